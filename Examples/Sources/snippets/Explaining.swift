// swift-format-ignore-file
// The Swift of Guides/Explaining.md, as it stands there.
import Glia

func explaining1() throws {
  let model = try TabularModel(path: "wine.safetensors")
  let table = try Table(csv: "wine-test.csv")
  let importance = try model.importance(on: table, repeats: 5, seed: 0)
  for entry in importance.entries { print(entry.column, entry.mean, entry.deviation) }
  let worst = try model.mostWrong(on: table, count: 3)        // row, line, target, prediction, loss
  let segments = try model.segments(of: table, by: "alcohol")  // name, rows, scores
  let dependence = try model.partialDependence(of: "flavanoids", on: table, points: 12)
}
