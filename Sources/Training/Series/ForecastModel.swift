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

  /// The column that tells series apart, where the model learned from several.
  public var identifier: String? { schema.identifier }

  /// The series of a table, by the columns that the model learned from.
  ///
  /// - Throws: `TableError` for what cannot be read.
  public func panel(_ table: Table) throws -> SeriesPanel {
    guard let identifier = schema.identifier else { return SeriesPanel(try series(table)) }
    return try SeriesPanel(
      table, series: identifier, time: schema.time, targets: schema.channels, known: schema.known)
  }

  /// The series of a table that holds a single one.
  public func series(_ table: Table) throws -> TimeSeries {
    try TimeSeries(table, time: schema.time, targets: schema.channels, known: schema.known)
  }

  /// The steps past the end of every series.
  ///
  /// A series that was not learned from is scaled by its own mean and deviation. One that cannot be forecast, since it is too
  /// short or lacks known values, is left out, and ``PanelForecast/notes`` says so.
  ///
  /// - Throws: ``TrainingError`` where no series can be forecast.
  public func forecast(_ panel: SeriesPanel) throws -> PanelForecast {
    var (members, notes): ([PanelForecast.Member], [String]) = ([], [])
    var failure: TrainingError?
    for member in panel.members {
      do {
        members.append(.init(name: member.name, forecast: try forecast(member.series, named: member.name)))
      } catch let error as TrainingError {
        failure = failure ?? error
        notes.append("'\(member.name)' is not forecast. \(error)")
      }
    }
    if let failure, members.isEmpty { throw failure }
    return PanelForecast(identifier: schema.identifier, members: members, notes: notes)
  }

  /// The steps past a series' end.
  ///
  /// - Parameter name: which of the series that were learned from it is; another one is scaled by its own mean and deviation.
  /// - Throws: ``TrainingError`` for a series of another frequency or other columns, one that is too short, or one without the
  ///   known values of these steps.
  public func forecast(_ series: TimeSeries, named name: String = "") throws -> Forecast {
    try check(series)
    if let short = series.known.first(where: { $0.values.count < series.count + horizon }) {
      throw TrainingError(
        "'\(short.name)' is known for \(short.values.count - series.count) steps past the end; the horizon is \(horizon). "
          + "Add rows with the stamps and its values, the targets left empty.")
    }
    let (rows, member) = try rows(series, name, fittedTo: 0..<series.count)
    let answers = try ForecastAnswers(network, rows.inputs([series.count]), horizon: horizon)
    let channels = schema.channels.indices.map { place in
      let said = answers.values(
        [place], rows.schema.scalings[place],
        margins: intervals.margins(member: member, channel: place, of: schema.channels.count))
      return Forecast.Channel(name: schema.channels[place], values: said.values, lower: said.lower, upper: said.upper)
    }
    return Forecast(
      time: schema.time, stamps: (0..<horizon).map { series.grid.text(at: series.count + $0) }, channels: channels)
  }

  /// The rows of a series, and which of those that were learned from it is; nil for another one, whose scaling is then fitted on
  /// some of its steps.
  private func rows(_ series: TimeSeries, _ name: String, fittedTo steps: Range<Int>) throws -> (SeriesRows, Int?) {
    guard let members = schema.members else { return (try SeriesRows(series, schema), 0) }
    if let place = members.firstIndex(of: name) {
      return (try SeriesRows(series, schema.member(place), code: place + 1), place)
    }
    let isLogarithmic = schema.scalings[0].isLogarithmic
    guard let own = schema.member(0).fitted(to: series, steps, isLogarithmic: isLogarithmic) else {
      throw TrainingError("A value is not greater than 0; the model works with logarithms.")
    }
    return (try SeriesRows(series, own), nil)
  }

  /// How the model does on the last steps of a series, beside forecasts that need no learning.
  ///
  /// - Parameters:
  ///   - name: which of the series that were learned from it is, where the model learned from several.
  ///   - steps: the last steps, which are scored on; all that have a window before them where nothing is said.
  ///   - stride: from one origin to the next; the horizon where nothing is said.
  public func backtest(_ series: TimeSeries, named name: String = "", steps: Int? = nil, stride: Int? = nil) throws
    -> Backtest
  {
    try check(series)
    let first = max(lookback, series.count - (steps ?? series.count))
    guard series.count - first >= horizon, stride ?? 1 >= 1 else {
      throw TrainingError(
        "The series has \(series.count) steps; to score a forecast of \(horizon) with \(lookback) before it takes "
          + "\(lookback + horizon), and a stride of at least 1.")
    }
    let (rows, member) = try rows(series, name, fittedTo: 0..<first)
    return try Backtest(
      of: network, PanelRows(rows), parts: [first..<series.count], stride: stride ?? horizon, intervals,
      members: [member])
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
  }
}
