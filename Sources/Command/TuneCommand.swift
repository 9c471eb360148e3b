import ArgumentParser
import GliaFormats
import GliaTables
import GliaTraining

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Look for the settings that a table is learned best with.",
    discussion: """
      Draws settings at random, scores them by cross-validation on fewer folds first and the better ones on more, holds the \
      best against the recipe on the same folds, trains with what won on all rows, and writes one model file. What was \
      tried is kept in a file of one JSON object a line; the same command again goes on from it.
      """)

  @Argument(help: "A table (CSV or TSV, gzip or not).")
  var file: String?
  @OptionGroup var table: TableArguments
  @Option(help: "The recipe to begin from, and to hold against: \(Recipe.all.map(\.name).joined(separator: ", ")).")
  var recipe: String?
  @Option(help: "How many settings are drawn, \(TuneCommand.trialRange.words).")
  var trials = TableTuning().trials
  @Option(
    help: "How long to look, in seconds. When it is over the best so far is taken; training comes after it.")
  var seconds: Double?
  @Option(help: "The parts that the rows are dealt into, \(TuneCommand.foldRange.words).")
  var folds = TableTuning().folds
  @Option(help: "What to be best in: \(TuneCommand.metrics).")
  var metric: String?
  @Option(
    help: ArgumentHelp(
      "A setting of glia train and what it may be: low:high, low:high:log, one value, or a list. Several times for several.",
      valueName: "name=low:high[:log]|value|[value, …]"))
  var range: [String] = []
  @Option(help: "A YAML file of such ranges, name: range, instead of those that are tuned where nothing is said.")
  var space: String?
  @Flag(help: "Print the ranges, as such a file has them, and end.")
  var showSpace = false
  @Option(help: "A table to score the model on. It has no part in the choice.")
  var test: String?
  @Option(help: "Of everything that is left to chance; same seed, same trials, same result.")
  var seed: UInt64 = 0
  @Option(help: "Threads, \(TrainRange.threads.words); the result does not depend on it.")
  var threads: Int?
  @Option(name: .shortAndLong, help: "The model file; in this folder, named after the table, where nothing is said.")
  var output: String?
  @Option(help: "The file of the trials; in this folder, named after the table, where nothing is said.")
  var log: String?
  @Flag(help: "No progress on standard error.")
  var quiet = false
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  private static let trialRange = TrainRange("trials", .integer(1...10_000))
  private static let foldRange = TrainRange("folds", .integer(2...100))
  private static let secondRange = TrainRange("seconds", .positive)
  private static var metrics: String {
    TaskKind.allCases.map { task in
      "for a \(task) \(Metric.all(for: task).map(\.name).joined(separator: ", "))"
    }.joined(separator: "; ")
  }

  func validate() throws {
    try TuneCommand.trialRange.check(trials)
    try TuneCommand.foldRange.check(folds)
    try TuneCommand.secondRange.check(seconds)
    try TrainRange.threads.check(threads)
    _ = try tuning()
    _ = try options()
  }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    let tuning = try tuning()
    if showSpace { return try StandardStreams.write(SpaceText.yaml(tuning.space)) }
    guard let file else { throw UsageError("Which table? Give its file: glia tune table.csv --target NAME") }
    if try IDX.isIDX(file) { throw UsageError("'\(file)' holds images; settings are tuned for tables") }
    let output = self.output ?? TrainCommand.modelName(for: file)
    let log = self.log ?? TrainCommand.baseName(of: file) + ".trials.jsonl"
    if log == output { throw UsageError("the model would overwrite the trials in '\(log)'; choose another --log") }
    try Host.checkOutput(output, of: "model", against: [file, test, space, log])
    try Host.checkOutput(log, of: "file of trials", against: [file, test, space], option: "--log")
    let rows = try Table(csv: file, names: table.names)
    let target = try table.target(in: rows)
    let held = try test.map { try TrainCommand.table($0, like: rows, table.names) }
    let result = try search(rows, target, tuning, log)
    if !json { try StandardStreams.write(TuneText.lines(result, file)) }
    var options = result.options
    options.testFraction = 0
    let model = try TabularModel.fit(
      rows, target: target, test: held, options: options, progress: Progress(quiet ? .silent : .automatic))
    try model.save(to: output)
    try StandardStreams.write(
      json ? TuneText.json(of: result, model, output, log) : TuneText.ending(result, model, output, log, file))
  }

  private func search(_ rows: Table, _ target: String, _ tuning: TableTuning, _ log: String) throws -> TuningResult {
    var tuning = tuning
    tuning.log = log
    let isSilent = quiet
    return try TabularModel.tune(rows, target: target, tuning: tuning, options: options()) { step in
      if !isSilent { StandardStreams.warn(TuneText.progress(step)) }
    }
  }

  private func options() throws -> TableOptions {
    var options = table.options
    do { options.recipe = try recipe.map(Recipe.named) ?? .default } catch { throw UsageError("\(error)") }
    options.seed = seed
    return options
  }

  private func tuning() throws -> TableTuning {
    var tuning = TableTuning()
    (tuning.trials, tuning.folds, tuning.seconds) = (trials, folds, seconds)
    if let metric {
      guard let found = Metric.all.first(where: { $0.name == metric }) else {
        throw UsageError("there is no metric '\(metric)'; there are \(TuneCommand.metrics)")
      }
      tuning.metric = found
    }
    if let space { tuning.space = try SpaceText.space(at: space) }
    for text in range { try SpaceText.add(text, to: &tuning.space) }
    do { try tuning.space.check() } catch { throw UsageError("\(error)") }
    return tuning
  }
}
