import ArgumentParser
import GliaTables
import GliaTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a model on a table that holds the target too, beside the baselines that it has to beat.",
    discussion: """
      The baselines are those of training: the mean of the rows that were trained on, or their most frequent class, and \
      the linear model that was fitted on them.
      """)

  @Argument(help: "A model file.")
  var model: String
  @Argument(help: "A table, or images.")
  var file: String
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?
  @Option(help: "The labels of the images.")
  var labels: String?
  @Flag(help: "How often classes occur beside how probable they are said to be.")
  var reliability = false
  @Option(help: "Threads, \(TrainRange.threads.words).")
  var threads: Int?
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  func validate() throws { try TrainRange.threads.check(threads) }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    let clock = ContinuousClock()
    let started = clock.now
    let known = try TabularModel(path: model)
    if reliability, known.target.task == .regression {
      throw UsageError("'\(model)' predicts a number, which has no probabilities to rely on")
    }
    let evaluation = try evaluation(of: known)
    let seconds = (clock.now - started) / .seconds(1)
    if json {
      try StandardStreams.write(
        Results.json(of: known, at: model, evaluation, seconds: seconds, withReliability: reliability))
    } else {
      let rows = Results.counted(evaluation.rows, "row")
      let lines =
        ["\(known.target.task.rawValue) of '\(known.target.column)' on \(rows) of \(file):"]
        + Results.table(evaluation) + BeliefText.lines(evaluation, known) + Results.warnings(evaluation.warnings)
        + (reliability ? BeliefText.reliability(evaluation, known) : [])
      try StandardStreams.write(lines.joined(separator: "\n") + "\n")
    }
  }

  private func evaluation(of known: TabularModel) throws -> Evaluation {
    guard let preprocessor = known.preprocessor else {
      guard let labels else { throw UsageError("'\(model)' reads images; give the file of their --labels too") }
      return try known.evaluate(images: IDX.read(file), labels: IDX.read(labels))
    }
    if labels != nil { throw UsageError("--labels are for images; '\(model)' reads tables") }
    let table = try preprocessor.table(csv: file, names: names)
    let evaluation = try known.evaluate(table)
    for remark in preprocessor.remarks(on: table, apartFrom: known.rowWeights?.column) {
      StandardStreams.warn("glia: \(remark)")
    }
    return evaluation
  }
}
