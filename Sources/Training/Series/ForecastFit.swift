import GliaNeuralNetworks
import GliaTables
import GliaTensors

extension ForecastModel {
  /// Learns to forecast a series.
  ///
  /// The last steps are set apart to score on, those before them to watch. Everything is fitted on the steps before both. A
  /// linear network is tried, of logarithms too where all values are positive, and then ones with hidden layers that see the
  /// calendar; the one that is best on the watched steps is kept. Heads for quantiles are kept where their intervals are better
  /// there.
  ///
  /// - Parameter beforeTraining: called when all is ready, with what is known then. An error of its own ends the run.
  /// - Throws: ``TrainingError`` for a series that is too short or constant, in words for the person whose series it is.
  public static func fit(
    _ series: TimeSeries, horizon: Int, options: ForecastOptions = ForecastOptions(),
    progress: Progress = Progress(.silent), beforeTraining: (ForecastReport) throws -> Void = { _ in }
  ) throws -> ForecastModel {
    try fit(
      SeriesPanel(series), horizon: horizon, options: options, progress: progress, beforeTraining: beforeTraining)
  }

  /// Learns to forecast several series by one network, each scaled by its own mean and deviation.
  ///
  /// The same number of last steps of each is scored on. Series that are too short for that, and those whose values are all the
  /// same, are not learned from; the report names them.
  ///
  /// - Throws: ``TrainingError`` where there is no series to learn from.
  public static func fit(
    _ panel: SeriesPanel, horizon: Int, options: ForecastOptions = ForecastOptions(),
    progress: Progress = Progress(.silent), beforeTraining: (ForecastReport) throws -> Void = { _ in }
  ) throws -> ForecastModel {
    var fit = try ForecastFit(panel, horizon: horizon, options)
    return try fit.run(progress, beforeTraining)
  }
}

/// One fit of series under way.
struct ForecastFit {
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  /// Those that are learned from.
  private let members: [SeriesPanel.Member]
  private let options: ForecastOptions
  private let learner: ForecastLearner
  private let startSeasons: Int
  private var report = ForecastReport()

  private var base: SeriesSchema { learner.base }

  /// A network that was tried.
  private struct Candidate {
    let name: String
    let rows: PanelRows
    let network: Sequential
    /// The root mean squared error on the watched steps, in the channels' deviations.
    let score: Double
    /// The epochs that were kept of its networks.
    let epochs: [Int]
    var kind = ForecastNetwork.linear
    /// The linear part that it was put on; none for one that is linear itself.
    var linear: [Candidate] = []
  }

  init(_ panel: SeriesPanel, horizon: Int, _ options: ForecastOptions) throws {
    started = clock.now
    self.options = options
    guard options.level > 0, options.level < 1 else {
      throw TrainingError(
        "The level of the intervals is \(options.level); it has to be greater than 0 and less than 1.")
    }
    let grid = panel.members[0].series.grid
    let seasons = options.season.map { [$0] } ?? grid.frequency.seasons
    guard seasons.allSatisfy({ $0 >= 1 }) else { throw TrainingError("The season has to be at least 1 step.") }
    let split = try PanelSplit(
      lengths: panel.members.map(\.series.count), horizon: horizon, seasons: seasons, options)
    let (members, parts, notes) = try ForecastFit.learned(panel, split)
    self.members = members
    let training = zip(members, parts).flatMap { member, part in
      member.series.channels.map { Array($0.values[part.training]) }
    }
    let learned = ForecastFit.telling(training, seasons, horizon)
    let first = members[0].series
    var schema = SeriesSchema(
      time: first.time, identifier: panel.identifier,
      members: panel.identifier == nil ? nil : members.map(\.name), frequency: grid.frequency,
      channels: first.channels.map(\.name), known: first.known.map(\.name), lookback: split.lookback,
      horizon: horizon,
      season: options.season ?? NaiveForecast.bestSeason(learned, among: seasons, horizon: horizon), scalings: [],
      deviations: [], knownScalings: [], calendar: .none)
    schema = schema.joined(
      zip(members, parts).compactMap { schema.fitted(to: $0.series, $1.training, isLogarithmic: false) })
    learner = ForecastLearner(options: options, parts: parts, base: schema)
    startSeasons = NaiveForecast.bestMean(
      learned, season: schema.season, lookback: schema.lookback, horizon: horizon)
    fillReport(notes: panel.notes + notes)
  }

  /// The series that can be learned from, their parts, and a sentence for each of the others.
  private static func learned(_ panel: SeriesPanel, _ split: PanelSplit) throws
    -> (members: [SeriesPanel.Member], parts: [SeriesSplit], notes: [String])
  {
    var (members, parts, notes): ([SeriesPanel.Member], [SeriesSplit], [String]) = ([], [], [])
    for (member, part) in zip(panel.members, split.parts) {
      guard let part else {
        notes.append("'\(member.name)' is too short to learn from, with \(member.series.count) steps")
        continue
      }
      let constant = member.series.channels.first { channel in
        channel.values[part.training].allSatisfy { $0 == channel.values[0] }
      }
      if let constant {
        let found =
          "very value of '\(constant.name)' is \(shortest(constant.values[0])) in the \(part.training.count) steps to learn "
          + "from"
        guard panel.members.count > 1 else { throw TrainingError("E\(found): there is nothing to forecast.") }
        notes.append("'\(member.name)' is not learned from: e\(found)")
        continue
      }
      members.append(member)
      parts.append(part)
    }
    guard !members.isEmpty else {
      throw TrainingError("There is no series to learn from. " + notes.prefix(3).joined(separator: "; ") + ".")
    }
    return (members, parts, notes)
  }

  /// Of very many channels 200, and of these the ones in which a season can be seen, where there are such.
  private static func telling(_ channels: [[Double]], _ seasons: [Int], _ horizon: Int) -> [[Double]] {
    let long = channels.filter { $0.count >= 2 * (seasons.max() ?? 1) + horizon }
    let all = long.isEmpty ? channels : long
    return stride(from: 0, to: all.count, by: (all.count + 199) / 200).map { all[$0] }
  }

  private mutating func fillReport(notes: [String]) {
    let grids = members.map { ($0.series.grid, $0.series.count) }
    let from = grids.min { $0.0.start < $1.0.start }
    let to = grids.max { $0.0.stamp(at: $0.1 - 1) < $1.0.stamp(at: $1.1 - 1) }
    report.notes = notes
    report.members = base.members
    report.steps = members.reduce(0) { $0 + $1.series.count }
    report.from = from?.0.text(at: 0) ?? ""
    report.to = to.map { $0.0.text(at: $0.1 - 1) } ?? ""
    report.frequency = base.frequency.description
    report.trainingSteps = learner.parts.reduce(0) { $0 + $1.training.count }
    report.validationSteps = learner.parts.reduce(0) { $0 + $1.validation.count }
    report.testSteps = learner.parts.reduce(0) { $0 + $1.test.count }
    report.seed = options.seed
    let unit = base.frequency.unit
    report.settings = [
      "\(base.lookback) \(unit)s seen, \(base.horizon) forecast",
      base.season > 1 ? "a season of \(base.season) \(unit)s" : "no season",
    ]
    let ends = members.map { $0.series.grid.stamp(at: $0.series.count - 1) }
    if Set(ends).count > 1 {
      report.notes.append(
        "the series end at different times, so that some are learned from in times in which others are scored")
    }
  }

  // ---- The run

  mutating func run(_ progress: Progress, _ beforeTraining: (ForecastReport) throws -> Void) throws -> ForecastModel {
    try beforeTraining(report)
    var candidates = try linearCandidates(progress)
    var kept = best(of: candidates)
    let (linear, first) = (candidates[kept], candidates.count)
    for kind in [ForecastNetwork.residual, .dense] where [nil, kind].contains(options.network) {
      candidates.append(try hidden(kind, on: linear, hasCode: false, progress))
      // Whether an embedding helps is asked once, of the first of the networks.
      guard members.count > 1, kind == options.network ?? .residual else { continue }
      candidates.append(try hidden(kind, on: linear, hasCode: true, progress))
    }
    kept = best(of: candidates, from: candidates.count > first && options.network != nil ? first : 0)
    report.trials = candidates.map { .init(name: $0.name, score: $0.score) }
    report.kept = kept
    return try model(of: candidates[kept], progress)
  }

  /// The best of what was tried; a later one only where it gains more than 1%, for less is noise.
  private func best(of candidates: [Candidate], from first: Int = 0) -> Int {
    candidates.indices.dropFirst(first).reduce(first) {
      candidates[$1].score < 0.99 * candidates[$0].score ? $1 : $0
    }
  }

  /// The model with its intervals and scores: the intervals that are scored come from the watched steps, those that are kept
  /// from the scored ones too.
  private mutating func model(of chosen: Candidate, _ progress: Progress) throws -> ForecastModel {
    let heads = try quantileHeads(of: chosen, progress)
    let rows = heads?.rows ?? chosen.rows
    func whole(_ network: Sequential) -> Sequential {
      heads.map { ForecastNetworks.joined(network, width: chosen.rows.schema.width, $0.heads) } ?? network
    }
    let watched = try learner.errors(of: whole(chosen.network), rows, \.validation)
    let network = whole(options.refits ? try refitted(chosen) : chosen.network)
    report.backtest = try Backtest(
      of: network, rows, parts: learner.parts.map(\.test), stride: options.stride ?? base.horizon,
      intervals(watched), members: Array(members.indices), watched: watched)
    report.warnings = report.backtest.warnings
    let all = zip(watched, try learner.errors(of: network, rows, \.test)).map { $0 + $1 }
    report.seconds = Progress.seconds(clock.now - started)
    return ForecastModel(network: network, schema: rows.schema, intervals: intervals(all), report: report)
  }

  /// Heads for quantiles where they are asked for, or their intervals are better by more than 1% on watched steps.
  private mutating func quantileHeads(of chosen: Candidate, _ progress: Progress) throws
    -> (rows: PanelRows, heads: Sequential)?
  {
    guard options.intervalMethod != .residual else { return nil }
    let plain = try learner.intervalScore(chosen.network, chosen.rows)
    guard plain != nil || options.intervalMethod == .quantile else { return nil }
    var schema = chosen.rows.schema
    schema.calendar = calendar
    schema.hasQuantiles = true
    let rows = try PanelRows(members.map(\.series), schema)
    let width = chosen.rows.schema.width
    let heads = try learner.heads(on: chosen.network, width: width, rows, progress)
    let whole = ForecastNetworks.joined(chosen.network, width: width, heads)
    guard let plain, let score = try learner.intervalScore(whole, rows) else { return (rows, heads) }
    let keeps = options.intervalMethod == .quantile || score < 0.99 * plain
    report.intervalTrials = [
      .init(name: "one width for each step", score: plain), .init(name: "quantiles of a network", score: score),
    ]
    report.keptIntervals = keeps ? 1 : 0
    return keeps ? (rows, heads) : nil
  }

  private var calendar: CalendarFeatures {
    CalendarFeatures(members[0].series.grid, steps: learner.parts.map(\.training.count).max() ?? 0)
  }

  private func intervals(_ errors: [[Double]]) -> ForecastIntervals {
    ForecastIntervals(
      level: options.level, errors: errors, horizon: base.horizon,
      channels: base.members == nil ? nil : base.channels.count)
  }

  // ---- Candidates

  private func linearCandidates(_ progress: Progress) throws -> [Candidate] {
    let kind = linearKind
    var schemas: [SeriesSchema] = options.isLogarithmic == true ? [] : [base]
    if options.isLogarithmic != false, let schema = logarithms { schemas.append(schema) }
    guard !schemas.isEmpty else {
      throw TrainingError("A value is not greater than 0, so there are no logarithms to learn from.")
    }
    return try schemas.map { schema in
      let network = ForecastNetworks(schema: schema, seasons: startSeasons).linear(kind)
      let rows = try PanelRows(members.map(\.series), schema)
      let epoch = try learner.train(network, rows, ForecastPlan.linear, options.seed, progress)
      let name = kind.rawValue + (schema.scalings[0].isLogarithmic ? " of logarithms" : "")
      return Candidate(
        name: name, rows: rows, network: network, score: try learner.score(network, rows), epochs: [epoch])
    }
  }

  private var logarithms: SeriesSchema? {
    let own = zip(members, learner.parts).compactMap { member, part -> SeriesSchema? in
      guard let fitted = base.fitted(to: member.series, part.training, isLogarithmic: true),
        zip(member.series.channels, fitted.scalings).allSatisfy({ $0.values.allSatisfy($1.allows) })
      else { return nil }
      return fitted
    }
    return own.count == members.count ? base.joined(own) : nil
  }

  private func hidden(_ kind: ForecastNetwork, on linear: Candidate, hasCode: Bool, _ progress: Progress) throws
    -> Candidate
  {
    var schema = linear.rows.schema
    schema.calendar = calendar
    if hasCode { schema.hasCode = true }
    let rows = try PanelRows(members.map(\.series), schema)
    let (network, epochs) = try hiddenNetwork(kind, on: linear.network, rows, progress)
    let name =
      linear.name + (kind == .dense ? " and dense blocks" : " and hidden layers") + " on what it leaves"
      + (hasCode ? ", with an embedding of the series" : "")
    return Candidate(
      name: name, rows: rows, network: network, score: try learner.score(network, rows), epochs: epochs, kind: kind,
      linear: [linear])
  }

  /// - Parameter fixed: how many epochs each network is trained for where steps are not watched.
  private func hiddenNetwork(
    _ kind: ForecastNetwork, on linear: Sequential, _ rows: PanelRows, _ progress: Progress, fixed: [Int]? = nil
  ) throws -> (network: Sequential, epochs: [Int]) {
    let maker = ForecastNetworks(schema: rows.schema, seasons: startSeasons)
    let networks = try (0..<max(options.networks, 1)).map { _ in try maker.hidden(kind, on: linear) }
    let progress = networks.count == 1 ? progress : Progress(.silent)
    let epochs = try sideBySide(networks.count) { index in
      let seed = RandomKey(seed: options.seed).folding(UInt64(index)).seed
      return try learner.train(
        networks[index], rows, ForecastPlan.residual, seed, progress, fixed: fixed?[index]
      )
    }
    return (networks.count == 1 ? networks[0] : Sequential([Average(networks)]), epochs)
  }

  /// The same network, trained anew for as many epochs on the steps that were watched too, which are the latest.
  private func refitted(_ candidate: Candidate) throws -> Sequential {
    if let linear = candidate.linear.first {
      return try hiddenNetwork(
        candidate.kind, on: refitted(linear), candidate.rows, Progress(.silent), fixed: candidate.epochs
      ).network
    }
    let network = ForecastNetworks(schema: candidate.rows.schema, seasons: startSeasons).linear(linearKind)
    _ = try learner.train(
      network, candidate.rows, ForecastPlan.linear, options.seed, Progress(.silent), fixed: candidate.epochs[0])
    return network
  }

  private var linearKind: ForecastNetwork { options.network == .decomposed ? .decomposed : .linear }
}
