// The works of peers.py by the same rules: one JSON line each, a rate that is the median of five slices.
//
//   swift run -c release --package-path Benchmarks bench WORK [--seconds S] [--fit]
//   swift run -c release --package-path Benchmarks bench list
//   swift run -c release --package-path Benchmarks bench WORK --plan      what a training step becomes
import Glia

let arguments = Array(CommandLine.arguments.dropFirst())
var seconds = 2.0
if let place = arguments.firstIndex(of: "--seconds"), place + 1 < arguments.count,
  let value = Double(arguments[place + 1])
{
  seconds = value
}
let usesFit = arguments.contains("--fit")
let names = Work.training.map(\.name) + Work.inference.map(\.name) + ["lstm", "perceptron", "csv"]

func fail(_ message: String) -> Never {
  print(message)
  exitProcess(2)
}

guard let name = arguments.first, name != "list" else {
  print(names.joined(separator: "\n"))
  exitProcess(0)
}

if let entry = Work.training.first(where: { $0.name == name }), arguments.contains("--plan") {
  let samples = try entry.work.samples()
  print(try entry.work.step().describe(samples.inputs, samples.targets))
} else if let entry = Work.training.first(where: { $0.name == name }) {
  let rate = try usesFit ? measureFit(entry.work, seconds) : measureSteps(entry.work, seconds)
  report(
    name, unit: "steps/s", rate, [("rows/s", rate * Double(entry.work.batch))],
    operations: 3 * entry.work.operationsPerRow * Double(entry.work.batch))
} else if let entry = Work.inference.first(where: { $0.name == name }) {
  let work = Work.training.first { $0.name == entry.work }!.work
  let rate = try measureInference(work, rows: entry.rows, entry.weights, seconds)
  report(
    name, unit: "calls/s", rate, [("rows/s", rate * Double(entry.rows))],
    operations: work.operationsPerRow * Double(entry.rows))
} else if name == "lstm", arguments.contains("--plan") {
  print(try LSTMWork.step().describe(LSTMWork.samples.inputs, LSTMWork.samples.targets))
} else if name == "lstm" {
  try LSTMWork.measure(seconds)
} else if name == "perceptron" {
  report(name, unit: "rows/s", try measurePerceptron(), [], operations: 0)
} else if name == "csv" {
  report(name, unit: "MB/s", try measureCSV(seconds), [], operations: 0)
} else {
  fail("There is no work '\(name)'. There are: \(names.joined(separator: ", ")).")
}
