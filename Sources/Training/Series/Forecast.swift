import GliaTables

/// What is said of the steps past a series' end.
public struct Forecast: Sendable {
  /// What is said of one column of the series.
  public struct Channel: Sendable {
    public let name: String
    /// In the channel's own unit, one for each step.
    public let values: [Double]
    /// The intervals' ends.
    public let lower, upper: [Double]
  }

  /// The column of the stamps.
  public let time: String
  /// The stamps as they are written.
  public let stamps: [String]
  public let channels: [Channel]

  /// The forecast of a channel; nil where there is none of the name.
  public subscript(name: String) -> Channel? { channels.first { $0.name == name } }

  /// The stamps, and of each channel the value and the ends of its interval, as CSV text.
  public var csv: String { CSVWriter.row(header) + rows() }

  fileprivate var header: [String] {
    [time] + channels.flatMap { [$0.name, "\($0.name) lower", "\($0.name) upper"] }
  }

  /// - Parameter first: what stands before each row.
  fileprivate func rows(after first: [String] = []) -> String {
    stamps.enumerated().map { step, stamp in
      let numbers = channels.flatMap { [$0.values[step], $0.lower[step], $0.upper[step]] }
      return CSVWriter.row(first + [stamp] + numbers.map(Forecast.number))
    }.joined()
  }

  /// As many digits as a network of float32 has to say.
  private static func number(_ value: Double) -> String {
    let text = "\(Float(value))"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// What is said of the steps past the ends of several series.
public struct PanelForecast: Sendable {
  /// What is said of one of the series.
  public struct Member: Sendable {
    public let name: String
    public let forecast: Forecast
  }

  /// The column that tells the series apart; nil for a single one.
  public let identifier: String?
  public let members: [Member]
  /// The series that are not forecast, a sentence each.
  public let notes: [String]

  /// The forecast of a series; nil where there is none of the name.
  public subscript(name: String) -> Forecast? { members.first { $0.name == name }?.forecast }

  /// The series, the stamps, and of each channel the value and the ends of its interval, as CSV text.
  public var csv: String {
    guard let first = members.first?.forecast else { return "" }
    guard let identifier else { return first.csv }
    return CSVWriter.row([identifier] + first.header)
      + members.map { $0.forecast.rows(after: [$0.name]) }.joined()
  }
}
