import ArgumentParser
import GliaTables
import GliaTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score a model on a table that holds the target too.")

  @Argument(help: "A model file.")
  var model: String
  @Argument(help: "A table, or images.")
  var file: String
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?
  @Option(help: "The labels of the images.")
  var labels: String?
  @Option(help: "Threads, \(TrainRange.threads.words).")
  var threads: Int?
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  func validate() throws { try TrainRange.threads.check(threads.map(Double.init)) }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    let clock = ContinuousClock()
    let started = clock.now
    let known = try TabularModel(path: model)
    let (scores, baseline, rows) = try score(known)
    let seconds = (clock.now - started) / .seconds(1)
    if json {
      try StandardStreams.write(
        Results.json(of: known, at: model, rows: rows, scores, [baseline], seconds: seconds))
    } else {
      let lines =
        ["\(known.target.task.rawValue) of '\(known.target.column)' on \(Results.counted(rows, "row")) of \(file):"]
        + Results.table([scores, baseline])
      try StandardStreams.write(lines.joined(separator: "\n") + "\n")
    }
  }

  private func score(_ known: TabularModel) throws -> (scores: ScoreRow, baseline: ScoreRow, rows: Int) {
    guard let preprocessor = known.preprocessor else {
      guard let labels else { throw UsageError("'\(model)' reads images; give the file of their --labels too") }
      let shown = try IDX.read(labels)
      let (scores, rows) = try known.evaluate(images: IDX.read(file), labels: shown)
      let table = try Table([Column(known.target.column, integers: shown.floats.map { Int(exactly: $0) })])
      return (ScoreRow("network", scores), try ConstantAnswer.scores(known.target, on: table), rows)
    }
    if labels != nil { throw UsageError("--labels are for images; '\(model)' reads tables") }
    let table = try preprocessor.table(csv: file, names: names)
    let (scores, rows) = try known.evaluate(table)
    return (ScoreRow("network", scores), try ConstantAnswer.scores(known.target, on: table), rows)
  }
}
