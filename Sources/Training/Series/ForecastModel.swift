import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// A series to a forecast in one value: windows, network, intervals, backtest.
///
///     let series = try TimeSeries(Table(csv: "load.csv"), time: "Datetime", targets: ["MW"])
///     let model = try ForecastModel.fit(series, horizon: 24)
///     print(model.report.backtest.scores)                 // beside seasonal naive, drift, mean
///     let next = try model.forecast(series)               // the 24 hours past its end
///     try model.save(to: "load.safetensors")
public struct ForecastModel {
  /// Takes windows [rows, …] of one channel each and gives the steps that follow: [rows, horizon], all scaled.
  public let network: any Module
  public package(set) var report: ForecastReport
  let schema: SeriesSchema
  let intervals: ForecastIntervals

  init(network: any Module, schema: SeriesSchema, intervals: ForecastIntervals, report: ForecastReport) {
    self.network = network
    self.schema = schema
    self.intervals = intervals
    self.report = report
  }

  /// The column of the stamps, those that are forecast, and those that have to be known of the future.
  public var time: String { schema.time }
  public var targets: [String] { schema.channels }
  public var known: [String] { schema.known }
  /// The steps that are forecast, and those that are seen before them.
  public var horizon: Int { schema.horizon }
  public var lookback: Int { schema.lookback }
  public var frequency: Frequency { schema.frequency }

  /// The series of a table, by the columns that the model learned from.
  public func series(_ table: Table) throws -> TimeSeries {
    try TimeSeries(table, time: schema.time, targets: schema.channels, known: schema.known)
  }

  /// The steps past a series' end.
  ///
  /// - Throws: ``TrainingError`` for a series of another frequency or other columns, one that is too short, or one without the
  ///   known values of these steps.
  public func forecast(_ series: TimeSeries) throws -> Forecast {
    try check(series)
    let rows = try SeriesRows(series, schema)
    let scaled = try Predictor(network).outputs(for: rows.inputs([series.count])).doubles
    let channels = schema.channels.indices.map { place in
      let own = scaled[place * horizon..<(place + 1) * horizon]
      let (widths, scaling) = (intervals.halfWidths[place], schema.scalings[place])
      return Forecast.Channel(
        name: schema.channels[place], values: own.map(scaling.undo),
        lower: zip(own, widths).map { scaling.undo($0 - $1) }, upper: zip(own, widths).map { scaling.undo($0 + $1) })
    }
    return Forecast(
      time: schema.time, stamps: (0..<horizon).map { series.grid.text(at: series.count + $0) }, channels: channels)
  }

  /// How the model does on the last steps of a series, beside forecasts that need no learning.
  ///
  /// - Parameters:
  ///   - steps: the last steps, which are scored on; all that have a window before them where nothing is said.
  ///   - stride: from one origin to the next; the horizon where nothing is said.
  public func backtest(_ series: TimeSeries, steps: Int? = nil, stride: Int? = nil) throws -> Backtest {
    try check(series)
    let first = max(lookback, series.count - (steps ?? series.count))
    guard series.count - first >= horizon, stride ?? 1 >= 1 else {
      throw TrainingError(
        "The series has \(series.count) steps; to score a forecast of \(horizon) with \(lookback) before it takes "
          + "\(lookback + horizon), and a stride of at least 1.")
    }
    return try Backtest(
      of: network, SeriesRows(series, schema), part: first..<series.count, stride: stride ?? horizon, intervals)
  }

  /// The network in a table, layer by layer.
  public func summary() throws -> Summary { try network.summary(input: [schema.width]) }

  private func check(_ series: TimeSeries) throws {
    let (names, known) = (series.channels.map(\.name), series.known.map(\.name))
    guard names == schema.channels, known == schema.known else {
      throw TrainingError(
        "The series has the channels \((names + known).joined(separator: ", ")); the model learned "
          + "\((schema.channels + schema.known).joined(separator: ", ")).")
    }
    guard series.grid.frequency == schema.frequency else {
      throw TrainingError(
        "The series goes \(series.grid.frequency), the model learned one that goes \(schema.frequency).")
    }
    guard series.count >= lookback else {
      throw TrainingError("The series has \(series.count) steps; the model looks at the last \(lookback).")
    }
    if let short = series.known.first(where: { $0.values.count < series.count + horizon }) {
      throw TrainingError(
        "'\(short.name)' is known for \(short.values.count - series.count) steps past the end; the horizon is \(horizon). "
          + "Add rows with the stamps and its values, the targets left empty.")
    }
  }
}

/// How far the ends of intervals lie from the forecast: split conformal, by the errors of steps that were not learned from.
///
/// The half width of a step is the ``Conformal/quantile(of:level:weights:)`` of the absolute errors at that step, scaled as the
/// network sees them. Where they are too few for that, the errors of all steps stand together.
public struct ForecastIntervals: Codable, Sendable, Equatable {
  public let level: Double
  /// For each channel and each step of the horizon, scaled.
  let halfWidths: [[Double]]

  /// - Parameter errors: of each channel, the absolute errors of forecasts one behind the other.
  init(level: Double, errors: [[Double]], horizon: Int) {
    self.level = level
    halfWidths = errors.map { own in
      let forecasts = own.count / horizon
      let pooled = Conformal.quantile(of: own, level: level) ?? own.max() ?? 0
      return (0..<horizon).map { step in
        Conformal.quantile(of: (0..<forecasts).map { own[$0 * horizon + step] }, level: level) ?? pooled
      }
    }
  }

  func isValid(channels: Int, horizon: Int) -> Bool {
    level > 0 && level < 1 && halfWidths.count == channels
      && halfWidths.allSatisfy { $0.count == horizon && $0.allSatisfy { $0.isFinite && $0 >= 0 } }
  }
}
