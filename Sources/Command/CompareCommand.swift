import ArgumentParser
import GliaFormats
import GliaTables
import GliaTraining

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Score recipes and baselines on the same folds of a table.",
    discussion: """
      Deals the rows into folds, scores each fold with models that learned from the others, and says of every recipe and \
      baseline whether it is behind the best one by more than chance (the corrected resampled t-test of Nadeau and Bengio \
      2003, at a level of \(PairedTest.level)). Writes no model.
      """)

  @Argument(help: "A table (CSV or TSV, gzip or not).")
  var file: String
  @OptionGroup var table: TableArguments
  @Option(
    help: """
      The recipes to compare, of \(names(Recipe.all)); where nothing is said \(names(Recipe.compared)).
      """,
    transform: CommaList.names)
  var recipe: [String]?
  @Option(help: "The parts that the rows are dealt into, \(CompareCommand.foldRange.words).")
  var folds = 5
  @Option(help: "How often the rows are dealt out anew, \(CompareCommand.repeatRange.words).")
  var repeats = 1
  @Option(help: "Of everything that is left to chance; same seed, same scores.")
  var seed: UInt64 = 0
  @Option(help: "Threads, \(TrainRange.threads.words); the scores do not depend on it.")
  var threads: Int?
  @Flag(help: "No progress on standard error.")
  var quiet = false
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  private static let foldRange = TrainRange("folds", .integer(2...Int.max))
  private static let repeatRange = TrainRange("repeats", .integer(1...1000))

  func validate() throws {
    try CompareCommand.foldRange.check(folds)
    try CompareCommand.repeatRange.check(repeats)
    try TrainRange.threads.check(threads)
    _ = try recipes()
  }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    if try IDX.isIDX(file) { throw UsageError("'\(file)' holds images; recipes are compared on tables") }
    let rows = try Table(csv: file, names: table.names)
    var options = table.options
    options.seed = seed
    let isSilent = quiet
    let comparison = try TabularModel.compare(
      rows, target: table.target(in: rows), recipes: recipes(), folds: folds, repeats: repeats, options: options
    ) { name, fold, folds in
      if !isSilent { StandardStreams.warn("fold \(fold) of \(folds): \(name)") }
    }
    try StandardStreams.write(json ? ComparisonText.json(of: comparison) : ComparisonText.lines(comparison, file))
  }

  private static func names(_ recipes: [Recipe]) -> String { recipes.map(\.name).joined(separator: ", ") }

  private func recipes() throws -> [Recipe] {
    guard let recipe else { return Recipe.compared }
    do {
      let recipes = try recipe.map(Recipe.named)
      guard Set(recipes).count == recipes.count else { throw UsageError("--recipe names one recipe twice") }
      return recipes
    } catch { throw UsageError("\(error)") }
  }
}

/// A comparison for people, as a table and sentences, and for programs.
private enum ComparisonText {
  /// The metrics that a person is shown; JSON has all.
  private static let shown: [LearningTask: [String]] = [
    .classification: ["accuracy", "rocAUC", "logLoss"], .regression: ["rmse", "mae", "r2"],
  ]

  static func lines(_ comparison: Comparison, _ file: String) -> String {
    let times = comparison.repeats == 1 ? "" : ", dealt out \(comparison.repeats) times"
    let entries = comparison.entries
    let metrics = (shown[comparison.task] ?? []).map { name in
      [name] + Results.estimates(entries.map { $0[name] })
    }
    let seconds = entries.map { Comparison.Estimate(of: $0.seconds) }
    let columns = [[""] + entries.map(\.name)] + metrics + [["seconds"] + Results.estimates(seconds)]
    let head = [
      "\(comparison.task.rawValue) of '\(comparison.target)' on \(Results.counted(comparison.rows, "row")) of \(file)",
      "\(comparison.folds) folds \(comparison.splitMethod)\(times), seed \(comparison.seed); mean ± standard deviation:",
    ]
    let verdicts = ["", "best by \(comparison.metric): '\(entries[comparison.best].name)'"] + comparison.verdicts
    return (head + Results.grid(columns) + verdicts + Results.warnings(comparison.warnings))
      .joined(separator: "\n") + "\n"
  }

  static func json(of comparison: Comparison) throws -> String {
    var object = JSONObject()
    object["task"] = .string(comparison.task.rawValue)
    object["target"] = .string(comparison.target)
    object["rows"] = .integer(Int64(comparison.rows))
    object["folds"] = .integer(Int64(comparison.folds))
    object["repeats"] = .integer(Int64(comparison.repeats))
    object["split"] = .string(comparison.splitMethod)
    object["seed"] = Results.seed(comparison.seed)
    object["metric"] = .string(comparison.metric)
    object["best"] = .string(comparison.entries[comparison.best].name)
    object["entries"] = .array(comparison.entries.map { .object(members(of: $0, comparison)) })
    object["verdicts"] = .array(comparison.verdicts.map { .string($0) })
    object["warnings"] = .array(comparison.warnings.map { .string($0) })
    return try JSONValue.object(object).text() + "\n"
  }

  private static func members(of entry: Comparison.Entry, _ comparison: Comparison) -> JSONObject {
    var object = JSONObject()
    object["name"] = .string(entry.name)
    object["baseline"] = .bool(entry.isBaseline)
    var metrics = JSONObject()
    for name in Comparison.metrics(of: comparison.task) {
      guard let estimate = entry[name] else { continue }
      var metric = members(of: estimate)
      metric["values"] = .array(entry.scores.map { number($0[name] ?? .nan) })
      metrics[name] = .object(metric)
    }
    object["metrics"] = .object(metrics)
    object["seconds"] = .object(members(of: Comparison.Estimate(of: entry.seconds)))
    guard let test = entry.test else { return object }
    var difference = JSONObject()
    difference["difference"] = number(test.meanDifference)
    difference["statistic"] = number(test.statistic)
    difference["degreesOfFreedom"] = .integer(Int64(test.degreesOfFreedom))
    difference["pValue"] = number(test.pValue)
    difference["moreThanChance"] = .bool(test.isMoreThanChance)
    object["behindBest"] = .object(difference)
    return object
  }

  private static func members(of estimate: Comparison.Estimate) -> JSONObject {
    var object = JSONObject()
    object["mean"] = number(estimate.mean)
    object["deviation"] = number(estimate.deviation)
    return object
  }

  private static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}
