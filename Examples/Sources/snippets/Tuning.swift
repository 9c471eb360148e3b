// swift-format-ignore-file
// The Swift of Guides/Tuning.md, as it stands there.
import Glia

func tuning1(table: Table) throws {
  var tuning = TableTuning()
  tuning.trials = 27
  tuning.space["dropout"] = .numbers(0...0.5)
  tuning.log = "german.trials.jsonl"
  let result = try TabularModel.tune(table, target: "credit", tuning: tuning)
  result.isWorthIt                                    // whether other settings than the recipe's were chosen
  result.test?.pValue                                 // of the best trial against the recipe
  let model = try TabularModel.fit(table, target: "credit", options: result.options)
}
