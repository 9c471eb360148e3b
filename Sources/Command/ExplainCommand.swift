import ArgumentParser
import GliaTables
import GliaTraining

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "What a model learnt: the columns that count, the rows it is wrong about, scores by a column.",
    discussion: """
      Give it a table that holds the target and that the model did not learn from. A column counts as much as the score \
      (accuracy, or rmse) gets worse when its values are shuffled among the rows. Rows are counted from 1, without the \
      header. A model of images cannot be explained.
      """)

  @Argument(help: "A model file.")
  var model: String
  @Argument(help: "A table that holds the target.")
  var file: String
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?
  @Option(help: "How often each column is shuffled, \(TrainRange.repeats.words).")
  var repeats = 5
  @Option(help: "Of the shuffles; same seed, same bits.")
  var seed: UInt64 = 0
  @Option(help: "How many of the rows that it is most wrong about to show.")
  var rows = 10
  @Option(help: "The scores for each value of this column; of many numbers, for each quarter.")
  var by: String?
  @Option(help: "The mean prediction with this column set to one value after another.")
  var partial: String?
  @Option(help: "Threads, \(TrainRange.threads.words).")
  var threads: Int?
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  func validate() throws {
    try TrainRange.repeats.check(repeats)
    try TrainRange.rows.check(rows)
    try TrainRange.threads.check(threads)
  }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    let clock = ContinuousClock()
    let started = clock.now
    let known = try TabularModel(path: model)
    guard let preprocessor = known.preprocessor else {
      throw UsageError("'\(model)' reads images, which have no columns to explain it by")
    }
    let table = try preprocessor.table(csv: file, names: names)
    // What is quick to find wrong comes before the shuffles.
    let segments = try by.map { (column: $0, segments: try known.segments(of: table, by: $0)) }
    let dependence = try partial.map { try known.partialDependence(of: $0, on: table) }
    let found = Explanation(
      importance: try known.importance(on: table, repeats: repeats, seed: seed),
      wrong: try known.mostWrong(on: table, count: rows), segments: segments, dependence: dependence)
    if json {
      let seconds = (clock.now - started) / .seconds(1)
      try StandardStreams.write(found.json(of: known, at: model, repeats: repeats, seed: seed, seconds: seconds))
    } else {
      try StandardStreams.write(found.lines(of: known, file).joined(separator: "\n") + "\n")
    }
  }
}
