import GliaNeuralNetworks
import GliaTensors

/// Forecasts from origins of the past, scored: a network's beside those that need no learning.
public struct Backtest: Sendable {
  /// One way to forecast, with its scores.
  public struct Entry: Sendable {
    public let name: String
    /// Of each channel of each series, in its own unit.
    public let channels: [Scores]
    /// Over all channels, in their deviations on the steps that were learned from: `mse`, `rmse`, `mae`, `pinball`, and the mean
    /// of `mase` and `smape`.
    public let overall: Scores
  }

  /// The names of the channels, or of the series and their channels.
  public let channels: [String]
  /// The forecasts of each channel; of several series, of all together.
  public let origins: Int
  public let horizon: Int
  /// The network, then the baselines.
  public let entries: [Entry]
  /// The part of the values that lay within the intervals, and that was to.
  public let coverage, level: Double
  /// A sentence for each baseline that the network does not beat.
  public let warnings: [String]

  /// The network's entry.
  public var network: Entry { entries[0] }

  /// - Parameters:
  ///   - parts: of each series the steps to score on.
  ///   - members: of each series which of those that were learned from it is.
  ///   - watched: of each series and channel the errors of forecasts before these steps. With them intervals are renewed on
  ///     the way, by what was known of the errors then; without them they stay as they are.
  init(
    of network: any Module, _ rows: PanelRows, parts: [Range<Int>], stride: Int, _ intervals: ForecastIntervals,
    members: [Int?], watched: [[Double]]? = nil
  ) throws {
    let scorers = try zip(rows.members, parts).map {
      try BacktestScorer($0, part: $1, stride: stride, level: intervals.level)
    }
    let horizon = rows.schema.horizon
    let answers = try ForecastAnswers(network, rows.inputs(scorers.map(\.origins)), horizon: horizon)
    let channels = rows.schema.channels.count
    var (first, covered, all) = (0, 0, 0)
    var own: [Scores] = []
    for (place, scorer) in scorers.enumerated() {
      for channel in 0..<channels {
        let said = scorer.said(
          answers, first: first, channel, watched.map { $0[place * channels + channel] },
          margins: intervals.margins(member: members[place], channel: channel, of: channels))
        own.append(try scorer.scores(said, channel))
        covered += scorer.covered(said, channel)
        all += scorer.count
      }
      first += scorer.origins.count * channels
    }
    let deviations = rows.members.flatMap(\.schema.deviations)
    let naive = try NaiveForecast.all(season: rows.schema.season).map { baseline in
      let scores = try scorers.flatMap { scorer in
        try (0..<channels).map { try scorer.scores(scorer.naive(baseline, $0), $0) }
      }
      return Entry(baseline.name, scores, deviations)
    }
    self.init(
      channels: rows.schema.channelNames, origins: scorers.reduce(0) { $0 + $1.origins.count }, horizon: horizon,
      entries: [Entry("network", own, deviations)] + naive, coverage: Double(covered) / Double(max(all, 1)),
      level: intervals.level)
  }

  init(channels: [String], origins: Int, horizon: Int, entries: [Entry], coverage: Double, level: Double) {
    self.channels = channels
    self.origins = origins
    self.horizon = horizon
    self.entries = entries
    self.coverage = coverage
    self.level = level
    warnings = entries.dropFirst().compactMap { Backtest.warning(entries[0], $0) }
  }

  private static func warning(_ own: Entry, _ other: Entry) -> String? {
    let single = own.channels.count == 1
    let (name, mine, others) =
      single
      ? ("rmse", own.channels[0]["rmse"], other.channels[0]["rmse"]) : ("mse", own.overall["mse"], other.overall["mse"])
    guard let mine, let others, mine >= others else { return nil }
    return "the network does not beat the baseline '\(other.name)' (\(name) \(Progress.short(mine)) against "
      + "\(Progress.short(others))): that is the better forecast here"
  }
}

extension Backtest.Entry {
  /// Of the scores of each channel those over all.
  init(_ name: String, _ channels: [Scores], _ deviations: [Double]) {
    func mean(_ name: String, _ scaled: (Double, Double) -> Double) -> Scores.Entry? {
      let values = zip(channels, deviations).compactMap { scores, deviation in
        scores[name].map { scaled($0, deviation) }
      }
      guard values.count == channels.count, !values.isEmpty else { return nil }
      return Scores.Entry(name: name, value: values.reduce(0, +) / Double(values.count))
    }
    let mse = mean("rmse") { ($0 / $1) * ($0 / $1) }?.value
    let entries: [Scores.Entry?] = [
      mse.map { .init(name: "mse", value: $0) }, mse.map { .init(name: "rmse", value: $0.squareRoot()) },
      mean("mae") { $0 / $1 }, mean("smape") { value, _ in value }, mean("mase") { value, _ in value },
      mean("pinball") { $0 / $1 },
    ]
    self.init(name: name, channels: channels, overall: Scores(entries.compactMap { $0 }))
  }
}

/// The steps of a series that a backtest scores, channel by channel.
struct BacktestScorer {
  let rows: SeriesRows
  let origins: [Int]
  private let part: Range<Int>
  private let level: Double
  /// The places among a channel's forecasts whose value was in the table.
  private let places: [Int]

  init(_ rows: SeriesRows, part: Range<Int>, stride: Int, level: Double) throws {
    self.rows = rows
    self.part = part
    self.level = level
    let (series, horizon) = (rows.series, rows.schema.horizon)
    // After a step that was filled by what came behind it, a forecast would know the future.
    let origins = SeriesSplit.origins(part, horizon: horizon, stride: stride).filter { !series.isFilled[$0 - 1] }
    guard !origins.isEmpty else {
      throw TrainingError("No step to score on has a value of the table before it: there is nothing to backtest.")
    }
    self.origins = origins
    places = origins.indices.flatMap { origin in
      (0..<horizon).filter { !series.isFilled[origins[origin] + $0] }.map { origin * horizon + $0 }
    }
  }

  /// How many values of a channel are scored.
  var count: Int { places.count }

  private func truth(_ channel: Int) -> [Double] {
    let (values, horizon) = (rows.series.channels[channel].values, rows.schema.horizon)
    return places.map { values[origins[$0 / horizon] + $0 % horizon] }
  }

  func covered(_ said: ForecastValues, _ channel: Int) -> Int {
    zip(places, truth(channel)).reduce(0) { count, pair in
      count + (said.lower[pair.0] <= pair.1 && pair.1 <= said.upper[pair.0] ? 1 : 0)
    }
  }

  /// What the network says of a channel.
  ///
  /// - Parameters:
  ///   - first: the place of the series' first row among the answers.
  ///   - watched: the errors of forecasts before the scored steps, one behind the other; nil where the margins stay as they are.
  func said(_ answers: ForecastAnswers, first: Int, _ channel: Int, _ watched: [Double]?, margins: [Double])
    -> ForecastValues
  {
    let (horizon, channels) = (rows.schema.horizon, rows.schema.channels.count)
    let scaling = rows.schema.scalings[channel]
    let places = origins.indices.map { first + $0 * channels + channel }
    guard var recent = watched, recent.count >= horizon * Conformal.fewestRows(for: level) else {
      return answers.values(places, scaling, margins: margins)
    }
    let values = rows.series.channels[channel].values
    let count = recent.count
    var (all, known) = (ForecastValues(), 0)
    let renewal = max(1, (origins.count + BacktestScorer.renewals - 1) / BacktestScorer.renewals)
    for start in stride(from: 0, to: origins.count, by: renewal) {
      while origins[known] + horizon <= origins[start] {
        recent += (0..<horizon).map {
          answers.score(places[known], $0, scaling.apply(values[origins[known] + $0]))
        }
        known += 1
      }
      let intervals = ForecastIntervals(level: level, errors: [Array(recent.suffix(count))], horizon: horizon)
      let block = places[start..<min(start + renewal, origins.count)]
      all.append(answers.values(block, scaling, margins: intervals.halfWidths[0]))
    }
    return all
  }

  /// How often intervals are renewed in a backtest, at most.
  private static let renewals = 20

  /// What a baseline says of a channel. Its intervals are conformal too, by its errors before the scored steps.
  func naive(_ baseline: NaiveForecast, _ channel: Int) -> ForecastValues {
    let (values, horizon) = (rows.series.channels[channel].values, rows.schema.horizon)
    let said = baseline.values(values, origins: origins, horizon: horizon)
    let earlier = SeriesSplit.origins(
      1..<part.lowerBound, horizon: horizon, stride: max(1, (part.lowerBound + 499) / 500))
    let errors = zip(
      baseline.values(values, origins: earlier, horizon: horizon), earlier.flatMap { values[$0..<$0 + horizon] }
    ).map { abs($0 - $1) }
    let widths = ForecastIntervals(level: level, errors: [errors], horizon: horizon).halfWidths[0]
    return ForecastValues(
      values: said, lower: said.indices.map { said[$0] - widths[$0 % horizon] },
      upper: said.indices.map { said[$0] + widths[$0 % horizon] })
  }

  /// - Parameter said: of a channel, the forecasts of all origins one behind the other, in its own unit.
  func scores(_ said: ForecastValues, _ channel: Int) throws -> Scores {
    let truth = truth(channel)
    func known(_ all: [Double]) throws -> ValuePredictions {
      try ValuePredictions(targets: truth, predictions: places.map { all[$0] })
    }
    let values = try known(said.values)
    let before = Array(rows.series.channels[channel].values[..<part.lowerBound])
    let metrics =
      try [Metric.named("rmse"), .named("mae"), .named("smape")]
      + [.mase(training: before, season: rows.schema.season)]
    var entries = try metrics.compactMap { metric in
      try metric.score(values).map { Scores.Entry(name: metric.name, value: $0) }
    }
    let tail = (1 - level) / 2
    let losses = [
      try known(said.lower).pinballLoss(tail), values.pinballLoss(0.5), try known(said.upper).pinballLoss(1 - tail),
    ].compactMap { $0 }
    if losses.count == 3 { entries.append(.init(name: "pinball", value: losses.reduce(0, +) / 3)) }
    return Scores(entries)
  }
}
