// swift-format-ignore-file
// The Swift of Guides/Uncertainty.md, as it stands there.
import Glia

func uncertainty1(table: Table, new: Table, held: Table) throws {
  var options = TableOptions()
  options.calibration = .temperature              // .isotonic, .none
  options.threshold = .best(.f1)                  // or .value(0.3); of two classes
  options.interval = 0.9                          // of numbers; options.intervalMethod = .quantile
  options.weightColumn = "exposure"
  options.classWeights = .of(["yes": 2])          // or .balanced
  let model = try TabularModel.fit(table, target: "price", options: options)
  let answers = try model.predict(new)
  zip(answers.lower, answers.upper)               // the intervals
  try model.evaluate(held).belief["coverage"]
}
