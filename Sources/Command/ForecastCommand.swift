import ArgumentParser
import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTraining

struct ForecastCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Learn to forecast columns of a table whose rows are moments, and forecast the steps past its end.",
    discussion: """
      Says what it finds in the series and repairs, learns from the first part, scores forecasts from origins in the last \
      part beside those that need no learning, and writes two files: the forecast with its intervals as CSV, and the model. \
      Rows past the last value of all targets are the future of --known columns.
      """)

  @Argument(help: "A table (CSV or TSV, gzip or not).")
  var file: String
  @Option(help: "The column of the stamps: dates, or numbers.")
  var time: String?
  @Option(help: "The columns to forecast; several between commas or by saying it again.", transform: CommaList.names)
  var target: [[String]] = []
  @Option(help: "The column that tells several series apart; one network learns from all of them.")
  var series: String?
  @Option(help: "The steps to forecast, \(ForecastCommand.horizonRange.words).")
  var horizon: Int?
  @Option(help: "Columns whose values are known of the future too.", transform: CommaList.names)
  var known: [String]?
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?

  // ---- How

  @Option(help: "The last steps, to score on; a fifth where nothing is said.")
  var test: Int?
  @Option(help: "The steps before them, to watch while training; an eighth of the rest where nothing is said.")
  var validation: Int?
  @Option(help: "The steps from one origin of the scored forecasts to the next; the horizon where nothing is said.")
  var stride: Int?
  @Option(help: "The steps that are seen before a forecast; the longest season where nothing is said.")
  var lookback: Int?
  @Option(help: "After how many steps the series comes round; found where nothing is said.")
  var season: Int?
  @Option(help: "The best on the watched steps where nothing is said: linear, decomposed, residual or dense.")
  var network: ForecastNetwork?
  @Option(help: "The part of the values that is to lie in the intervals, \(ForecastCommand.levelRange.words).")
  var level: Double = ForecastOptions().level
  @Option(
    name: .customLong("interval-by"),
    help: "How intervals are found, by residual or by quantile; the better on the watched steps where nothing is said.")
  var intervalMethod: ForecastIntervalMethod?
  @Option(help: "The most passes over the windows, \(TrainRange.epochs.words).")
  var epochs: Int?
  @Option(help: "How many networks are averaged on what the linear layer leaves, \(TrainRange.networks.words).")
  var networks: Int = ForecastOptions().networks
  @Flag(help: "Keep the network as it is, and do not train it anew on the watched steps too.")
  var noRefit = false
  @Option(help: "Of everything that is left to chance; same seed, same bits.")
  var seed: UInt64 = 0
  @Option(help: "Threads, \(TrainRange.threads.words); the result does not depend on it.")
  var threads: Int?

  // ---- What comes out

  @Option(help: "The file of the forecast; in this folder, named after the table, where nothing is said.")
  var forecast: String?
  @Option(name: .shortAndLong, help: "The model file; in this folder, named after the table, where nothing is said.")
  var output: String?
  @Flag(help: "No progress on standard error.")
  var quiet = false
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  private static let horizonRange = TrainRange("horizon", .integer(1...Int.max))
  private static let levelRange = TrainRange("level", .openFraction)
  private static let stepRanges = ["test", "validation", "stride", "lookback", "season"].map { name in
    TrainRange(name, .integer(1...Int.max))
  }

  func validate() throws {
    try ForecastCommand.horizonRange.check(horizon)
    try ForecastCommand.levelRange.check(level)
    for (range, value) in zip(ForecastCommand.stepRanges, [test, validation, stride, lookback, season]) {
      try range.check(value)
    }
    try TrainRange.epochs.check(epochs)
    try TrainRange.networks.check(networks)
    try TrainRange.threads.check(threads)
  }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    let model = self.output ?? TrainCommand.modelName(for: file)
    let future = forecast ?? String(TrainCommand.modelName(for: file).dropLast(".safetensors".count)) + ".forecast.csv"
    try checkOutputs(model, future)
    let table = try Table(csv: file, names: names)
    let (time, targets, horizon) = try asked(of: table)
    let panel = try panel(table, time, targets)
    var known = try ForecastModel.fit(
      panel, horizon: horizon, options: options, progress: Progress(quiet ? .silent : .automatic)
    ) { report in
      if !json { try StandardStreams.write(ForecastText.found(report, file, targets)) }
    }
    known.report.file = file
    let said = try known.forecast(panel)
    known.report.warnings += said.notes
    try known.save(to: model)
    try AtomicFile.write(Array(said.csv.utf8), to: future)
    try StandardStreams.write(
      json
        ? ForecastText.json(of: known, said, model: model, forecast: future)
        : ForecastText.results(known, model: model, forecast: future))
  }

  private func panel(_ table: Table, _ time: String, _ targets: [String]) throws -> SeriesPanel {
    guard let series else {
      return SeriesPanel(try TimeSeries(table, time: time, targets: targets, known: known ?? []))
    }
    return try SeriesPanel(table, series: series, time: time, targets: targets, known: known ?? [])
  }

  private var options: ForecastOptions {
    var options = ForecastOptions()
    options.testSteps = test
    options.validationSteps = validation
    options.stride = stride
    options.lookback = lookback
    options.season = season
    options.network = network
    options.level = level
    options.intervalMethod = intervalMethod
    options.epochs = epochs
    options.networks = networks
    options.refits = !noRefit
    options.seed = seed
    return options
  }

  private func checkOutputs(_ model: String, _ future: String) throws {
    if model == future || Host.areSame(model, future) {
      throw UsageError("the model and the forecast would be one file, '\(model)'")
    }
    try Host.checkOutput(model, of: "model", against: [file])
    try Host.checkOutput(future, of: "forecast", against: [file], option: "--forecast")
  }

  private func asked(of table: Table) throws -> (time: String, targets: [String], horizon: Int) {
    let columns = table.columns.prefix(40).joined(separator: ", ") + (table.columns.count > 40 ? ", …" : "")
    guard let time else { throw UsageError("Which column holds the time? Give --time, one of \(columns)") }
    guard !target.isEmpty else { throw UsageError("Which column is to be forecast? Give --target, of \(columns)") }
    guard let horizon else { throw UsageError("How many steps are to be forecast? Give --horizon") }
    return (time, target.flatMap { $0 }, horizon)
  }
}

extension ForecastIntervalMethod: ExpressibleByArgument {}
extension ForecastNetwork: ExpressibleByArgument {}
