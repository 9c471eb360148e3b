import GliaNeuralNetworks
import GliaTables
import GliaTensors

extension ForecastModel {
  /// Learns to forecast a series.
  ///
  /// The last steps are set apart to score on, those before them to watch. Everything is fitted on the steps before both. A
  /// linear network is tried, of logarithms too where all values are positive, and then one with hidden layers that see the
  /// calendar; the one that is best on the watched steps is kept.
  ///
  /// - Parameter beforeTraining: called when all is ready, with what is known then. An error of its own ends the run.
  /// - Throws: ``TrainingError`` for a series that is too short or constant, in words for the person whose series it is.
  public static func fit(
    _ series: TimeSeries, horizon: Int, options: ForecastOptions = ForecastOptions(),
    progress: Progress = Progress(.silent), beforeTraining: (ForecastReport) throws -> Void = { _ in }
  ) throws -> ForecastModel {
    var fit = try ForecastFit(series, horizon: horizon, options)
    return try fit.run(progress, beforeTraining)
  }
}

/// One fit of a series under way.
struct ForecastFit {
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private let series: TimeSeries
  private let options: ForecastOptions
  private let split: SeriesSplit
  private let base: SeriesSchema
  private let startSeasons: Int
  private var report = ForecastReport()

  /// A network that was tried.
  private struct Candidate {
    let name: String
    let rows: SeriesRows
    let network: Sequential
    /// The root mean squared error on the watched steps, in the channels' deviations.
    let score: Double
    /// The epochs that were kept of its networks.
    let epochs: [Int]
    /// The linear part that it was put on; none for one that is linear itself.
    var linear: [Candidate] = []
  }

  init(_ series: TimeSeries, horizon: Int, _ options: ForecastOptions) throws {
    started = clock.now
    self.series = series
    self.options = options
    guard options.level > 0, options.level < 1 else {
      throw TrainingError(
        "The level of the intervals is \(options.level); it has to be greater than 0 and less than 1.")
    }
    let seasons = options.season.map { [$0] } ?? series.grid.frequency.seasons
    guard seasons.allSatisfy({ $0 >= 1 }) else { throw TrainingError("The season has to be at least 1 step.") }
    split = try SeriesSplit(count: series.count, horizon: horizon, seasons: seasons, options)
    let training = split.training
    for channel in series.channels where channel.values[training].allSatisfy({ $0 == channel.values[0] }) {
      throw TrainingError(
        "Every value of '\(channel.name)' is \(shortest(channel.values[0])) in the \(training.count) steps to learn "
          + "from: there is nothing to forecast.")
    }
    let learned = series.channels.map { Array($0.values[training]) }
    let plain = learned.compactMap { ChannelScaling.fit($0, isLogarithmic: false) }
    base = SeriesSchema(
      time: series.time, frequency: series.grid.frequency, channels: series.channels.map(\.name),
      known: series.known.map(\.name), lookback: split.lookback, horizon: horizon,
      season: options.season ?? NaiveForecast.bestSeason(learned, among: seasons, horizon: horizon),
      scalings: plain, deviations: plain.map(\.deviation),
      knownScalings: series.known.compactMap { ChannelScaling.fit($0.values[training], isLogarithmic: false) },
      calendar: .none)
    startSeasons = NaiveForecast.bestMean(
      learned, season: base.season, lookback: base.lookback, horizon: horizon)
    fillReport()
  }

  private mutating func fillReport() {
    report.notes = series.notes
    report.steps = series.count
    (report.from, report.to) = (series.grid.text(at: 0), series.grid.text(at: series.count - 1))
    report.frequency = series.grid.frequency.description
    report.trainingSteps = split.training.count
    report.validationSteps = split.validation.count
    report.testSteps = split.test.count
    report.seed = options.seed
    let unit = base.frequency.unit
    report.settings = [
      "\(base.lookback) \(unit)s seen, \(base.horizon) forecast",
      base.season > 1 ? "a season of \(base.season) \(unit)s" : "no season",
    ]
  }

  // ---- The run

  mutating func run(_ progress: Progress, _ beforeTraining: (ForecastReport) throws -> Void) throws -> ForecastModel {
    try beforeTraining(report)
    var candidates = try linearCandidates(progress)
    var kept = best(of: candidates)
    if options.network == nil || options.network == .residual {
      candidates.append(try residual(on: candidates[kept], progress))
      kept = options.network == .residual ? candidates.count - 1 : best(of: candidates)
    }
    let chosen = candidates[kept]
    report.trials = candidates.map { .init(name: $0.name, score: $0.score) }
    report.kept = kept
    return try model(of: chosen)
  }

  /// The best of what was tried; a later one only where it gains more than 1%, for less is noise.
  private func best(of candidates: [Candidate]) -> Int {
    candidates.indices.reduce(0) { candidates[$1].score < 0.99 * candidates[$0].score ? $1 : $0 }
  }

  /// The model with its intervals and scores: the intervals that are scored come from the watched steps, those that are kept
  /// from the scored ones too.
  private mutating func model(of chosen: Candidate) throws -> ForecastModel {
    let rows = chosen.rows
    let watched = try errors(of: chosen.network, rows, split.validation)
    let before = ForecastIntervals(level: options.level, errors: watched, horizon: base.horizon)
    let network = options.refits ? try refitted(chosen) : chosen.network
    report.backtest = try Backtest(
      of: network, rows, part: split.test, stride: options.stride ?? base.horizon, before)
    report.warnings = report.backtest.warnings
    let all = zip(watched, try errors(of: network, rows, split.test)).map { $0 + $1 }
    let intervals = ForecastIntervals(level: options.level, errors: all, horizon: base.horizon)
    report.seconds = Progress.seconds(clock.now - started)
    return ForecastModel(network: network, schema: rows.schema, intervals: intervals, report: report)
  }

  /// Of each channel, the absolute errors of forecasts from up to 2000 origins of a part, scaled.
  private func errors(of network: Sequential, _ rows: SeriesRows, _ part: Range<Int>) throws -> [[Double]] {
    let origins = watchedOrigins(part, most: 2000)
    let samples = rows.samples(origins)
    let said = try Predictor(network).outputs(for: samples.inputs).scalars(as: Float.self)
    let truth = samples.targets.scalars(as: Float.self)
    let (horizon, channels) = (base.horizon, base.channels.count)
    return (0..<channels).map { channel in
      origins.indices.flatMap { origin in
        let start = (origin * channels + channel) * horizon
        return (start..<start + horizon).map { Double(abs(said[$0] - truth[$0])) }
      }
    }
  }

  /// Evenly spaced origins of a part, `most` at most.
  private func watchedOrigins(_ part: Range<Int>, most: Int) -> [Int] {
    let all = part.count - base.horizon + 1
    return SeriesSplit.origins(part, horizon: base.horizon, stride: max(1, (all + most - 1) / most))
  }

  // ---- Candidates

  private func linearCandidates(_ progress: Progress) throws -> [Candidate] {
    let kind = linearKind
    var schemas: [SeriesSchema] = options.isLogarithmic == true ? [] : [base]
    if options.isLogarithmic != false, let scalings = logarithms {
      var schema = base
      schema.scalings = scalings
      schemas.append(schema)
    }
    guard !schemas.isEmpty else {
      throw TrainingError("A value is not greater than 0, so there are no logarithms to learn from.")
    }
    return try schemas.map { schema in
      let network = ForecastNetworks(schema: schema, seasons: startSeasons).linear(kind)
      let rows = try SeriesRows(series, schema)
      let epoch = try train(network, rows, ForecastPlan.linear, options.seed, progress)
      let name = kind.rawValue + (schema.scalings[0].isLogarithmic ? " of logarithms" : "")
      return Candidate(
        name: name, rows: rows, network: network, score: try score(network, rows), epochs: [epoch])
    }
  }

  private var logarithms: [ChannelScaling]? {
    let scalings = series.channels.compactMap { channel -> ChannelScaling? in
      guard let scaling = ChannelScaling.fit(channel.values[split.training], isLogarithmic: true),
        channel.values.allSatisfy(scaling.allows)
      else { return nil }
      return scaling
    }
    return scalings.count == series.channels.count ? scalings : nil
  }

  private func residual(on linear: Candidate, _ progress: Progress) throws -> Candidate {
    var schema = linear.rows.schema
    schema.calendar = CalendarFeatures(series.grid, steps: split.training.count)
    let rows = try SeriesRows(series, schema)
    let (network, epochs) = try residualNetwork(on: linear.network, rows, progress)
    let name = linear.name + " and hidden layers on what it leaves"
    return Candidate(
      name: name, rows: rows, network: network, score: try score(network, rows), epochs: epochs, linear: [linear])
  }

  /// - Parameter fixed: how many epochs each network is trained for where steps are not watched.
  private func residualNetwork(
    on linear: Sequential, _ rows: SeriesRows, _ progress: Progress, fixed: [Int]? = nil
  ) throws -> (network: Sequential, epochs: [Int]) {
    let maker = ForecastNetworks(schema: rows.schema, seasons: startSeasons)
    let networks = try (0..<max(options.networks, 1)).map { _ in try maker.residual(on: linear) }
    let progress = networks.count == 1 ? progress : Progress(.silent)
    let epochs = try sideBySide(networks.count) { index in
      let seed = RandomKey(seed: options.seed).folding(UInt64(index)).seed
      return try train(
        networks[index], rows, ForecastPlan.residual, seed, progress, fixed: fixed?[index]
      )
    }
    return (networks.count == 1 ? networks[0] : Sequential([Average(networks)]), epochs)
  }

  /// The same network, trained anew for as many epochs on the steps that were watched too, which are the latest.
  private func refitted(_ candidate: Candidate) throws -> Sequential {
    if let linear = candidate.linear.first {
      return try residualNetwork(
        on: refitted(linear), candidate.rows, Progress(.silent), fixed: candidate.epochs
      ).network
    }
    let network = ForecastNetworks(schema: candidate.rows.schema, seasons: startSeasons).linear(linearKind)
    _ = try train(
      network, candidate.rows, ForecastPlan.linear, options.seed, Progress(.silent), fixed: candidate.epochs[0])
    return network
  }

  private var linearKind: ForecastNetwork { options.network == .decomposed ? .decomposed : .linear }

  /// Trains until the watched steps gain no more, or for a number of epochs on them too.
  ///
  /// - Returns: the epoch that was kept.
  private func train(
    _ network: Sequential, _ rows: SeriesRows, _ plan: ForecastPlan, _ seed: UInt64, _ progress: Progress,
    fixed: Int? = nil
  ) throws -> Int {
    let end = fixed == nil ? split.training.upperBound : split.validation.upperBound
    let origins = base.lookback..<end - base.horizon + 1
    let windows = origins.count * base.channels.count
    let batch = ForecastPlan.batchSize(windows: windows)
    let perEpoch = (windows + batch - 1) / batch
    let epochs = options.epochs ?? plan.epochs(perEpoch)
    let trainer = Trainer(
      anyModel: network, loss: .meanSquaredError, optimizer: plan.optimizer(lookback: base.lookback),
      schedule: CosineSchedule(steps: max(epochs * perEpoch, 1)), seed: seed)
    let watched = watchedOrigins(split.validation, most: max(1, 20_000 / base.channels.count))
    let history = try trainer.fit(
      validation: fixed == nil ? rows.samples(watched) : nil, epochs: fixed.map { min($0, epochs) } ?? epochs,
      earlyStopping: fixed == nil ? EarlyStopping(patience: max(3, epochs / 4)) : nil, progress: progress,
      batches: { rows.batches(origins, size: batch, seed: seed, epoch: $0) })
    return history.bestEpoch
  }

  /// The root mean squared error on the watched steps, in the channels' own units, divided by their deviations.
  private func score(_ network: Sequential, _ rows: SeriesRows) throws -> Double {
    let samples = rows.samples(watchedOrigins(split.validation, most: max(1, 20_000 / base.channels.count)))
    let said = try Predictor(network).outputs(for: samples.inputs).scalars(as: Float.self)
    let truth = samples.targets.scalars(as: Float.self)
    let (horizon, channels) = (base.horizon, base.channels.count)
    var sum = 0.0
    for place in said.indices {
      let channel = place / horizon % channels
      let scaling = rows.schema.scalings[channel]
      let error = (scaling.undo(Double(said[place])) - scaling.undo(Double(truth[place]))) / base.deviations[channel]
      sum += error * error
    }
    return (sum / Double(max(said.count, 1))).squareRoot()
  }
}

/// How long and how fast a network of a forecast learns.
struct ForecastPlan {
  /// For a number of values that are seen: those of a series move together, so that the steps of a linear layer add up.
  let learningRate: @Sendable (Int) -> Double
  let weightDecay: Double
  /// About so many steps are taken, in `epochs` epochs.
  let steps: Int
  let epochs: ClosedRange<Int>

  static let linear = ForecastPlan(
    learningRate: { 0.05 / Double($0) }, weightDecay: 0, steps: 4000, epochs: 4...300)
  static let residual = ForecastPlan(
    learningRate: { _ in 0.001 }, weightDecay: 0.01, steps: 8000, epochs: 4...100)

  /// The weights that are used are a moving average: the watched steps then see less of the noise of single steps.
  func optimizer(lookback: Int) -> any Optimizer {
    AveragedOptimizer(AdamW(learningRate: learningRate(lookback), weightDecay: weightDecay), decay: 0.99)
  }

  func epochs(_ stepsPerEpoch: Int) -> Int {
    min(max(steps / max(stepsPerEpoch, 1), epochs.lowerBound), epochs.upperBound)
  }

  /// Windows in a step.
  static func batchSize(windows: Int) -> Int { windows < 1000 ? 16 : windows < 10_000 ? 64 : 256 }
}
