import GliaNeuralNetworks
import GliaTensors

/// Forecasts from origins of the past, scored: a network's beside those that need no learning.
public struct Backtest: Sendable {
  /// One way to forecast, with its scores.
  public struct Entry: Sendable {
    public let name: String
    /// Of each channel, in its own unit.
    public let channels: [Scores]
    /// Over all channels, in their deviations on the steps that were learned from: `mse`, `mae`, and the mean of `mase`.
    public let overall: Scores
  }

  public let channels: [String]
  /// The forecasts of each channel.
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

  init(
    of network: any Module, _ rows: SeriesRows, part: Range<Int>, stride: Int, _ intervals: ForecastIntervals
  ) throws {
    let (schema, series) = (rows.schema, rows.series)
    // After a step that was filled by what came behind it, a forecast would know the future.
    let origins = SeriesSplit.origins(part, horizon: schema.horizon, stride: stride).filter { !series.isFilled[$0 - 1] }
    guard !origins.isEmpty else {
      throw TrainingError("No step to score on has a value of the table before it: there is nothing to backtest.")
    }
    let scorer = BacktestScorer(rows, origins, training: 0..<part.lowerBound)
    let scaled = try Predictor(network).outputs(for: rows.inputs(origins)).scalars(as: Float.self)
    var covered = (inside: 0, all: 0)
    let own = try scorer.entry("network") { channel in
      let said = scorer.scaled(scaled, channel)
      covered.inside += scorer.covered(said, channel, intervals.halfWidths[channel])
      covered.all += scorer.count
      return said.map(schema.scalings[channel].undo)
    }
    let naive = try NaiveForecast.all(season: schema.season).map { baseline in
      try scorer.entry(baseline.name) { channel in
        baseline.values(series.channels[channel].values, origins: origins, horizon: schema.horizon)
      }
    }
    self.init(
      channels: schema.channels, origins: origins.count, horizon: schema.horizon, entries: [own] + naive,
      coverage: Double(covered.inside) / Double(max(covered.all, 1)), level: intervals.level)
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

/// The steps that a backtest scores, channel by channel.
struct BacktestScorer {
  private let rows: SeriesRows
  private let origins: [Int]
  private let training: Range<Int>
  /// The places among a channel's forecasts whose value was in the table.
  private let places: [Int]

  init(_ rows: SeriesRows, _ origins: [Int], training: Range<Int>) {
    self.rows = rows
    self.origins = origins
    self.training = training
    let horizon = rows.schema.horizon
    places = origins.indices.flatMap { origin in
      (0..<horizon).filter { !rows.series.isFilled[origins[origin] + $0] }.map { origin * horizon + $0 }
    }
  }

  /// How many values of a channel are scored.
  var count: Int { places.count }

  private func truth(_ channel: Int) -> [Double] {
    let (values, horizon) = (rows.series.channels[channel].values, rows.schema.horizon)
    return places.map { values[origins[$0 / horizon] + $0 % horizon] }
  }

  /// A channel's part of the network's answers, [origins · channels, horizon].
  func scaled(_ answers: [Float], _ channel: Int) -> [Double] {
    let (horizon, channels) = (rows.schema.horizon, rows.schema.channels.count)
    return origins.indices.flatMap { origin in
      let start = (origin * channels + channel) * horizon
      return answers[start..<start + horizon].map(Double.init)
    }
  }

  func covered(_ said: [Double], _ channel: Int, _ halfWidths: [Double]) -> Int {
    let scaling = rows.schema.scalings[channel]
    return zip(places, truth(channel)).reduce(0) { count, pair in
      let inside = abs(scaling.apply(pair.1) - said[pair.0]) <= halfWidths[pair.0 % halfWidths.count]
      return count + (inside ? 1 : 0)
    }
  }

  /// - Parameter forecasts: of a channel, those of all origins one behind the other, in its own unit.
  func entry(_ name: String, _ forecasts: (Int) throws -> [Double]) throws -> Backtest.Entry {
    var (channels, squares, sizes, scaledErrors): ([Scores], Double, Double, [Double]) = ([], 0, 0, [])
    for channel in rows.schema.channels.indices {
      let said = try forecasts(channel)
      let known = try ValuePredictions(targets: truth(channel), predictions: places.map { said[$0] })
      let before = Array(rows.series.channels[channel].values[training])
      let metrics =
        try [Metric.named("rmse"), .named("mae"), .named("smape")]
        + [.mase(training: before, season: rows.schema.season)]
      channels.append(
        Scores(try metrics.compactMap { metric in try metric.score(known).map { .init(name: metric.name, value: $0) } })
      )
      let (deviation, scores) = (rows.schema.deviations[channel], channels[channel])
      squares += (scores["rmse"] ?? 0) * (scores["rmse"] ?? 0) / (deviation * deviation)
      sizes += (scores["mae"] ?? 0) / deviation
      if let error = scores["mase"] { scaledErrors.append(error) }
    }
    let count = Double(channels.count)
    var overall = [Scores.Entry(name: "mse", value: squares / count), .init(name: "mae", value: sizes / count)]
    if scaledErrors.count == channels.count {
      overall.append(.init(name: "mase", value: scaledErrors.reduce(0, +) / count))
    }
    return Backtest.Entry(name: name, channels: channels, overall: Scores(overall))
  }
}
