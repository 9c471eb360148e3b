// swift-format-ignore-file
// The Swift of Guides/Comparing.md, as it stands there.
import Glia

func comparing1() throws {
  let table = try Table(csv: "wine.csv")
  let comparison = try TabularModel.compare(table, target: "cultivar", recipes: [.default, .fast], folds: 5, repeats: 2)
  comparison.entries[comparison.best].name            // the best one
  comparison.entries[0]["accuracy"]                   // mean, deviation, folds
  comparison.entries[1].test?.pValue                  // against the best one; nil of the best itself
  comparison.verdicts                                 // in sentences
}
