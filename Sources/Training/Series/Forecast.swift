import GliaTables

/// What is said of the steps past a series' end.
public struct Forecast: Sendable {
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
  public var csv: String {
    var text = CSVWriter.row([time] + channels.flatMap { [$0.name, "\($0.name) lower", "\($0.name) upper"] })
    for (step, stamp) in stamps.enumerated() {
      let numbers = channels.flatMap { [$0.values[step], $0.lower[step], $0.upper[step]] }
      text += CSVWriter.row([stamp] + numbers.map(Forecast.number))
    }
    return text
  }

  /// As many digits as a network of float32 has to say.
  private static func number(_ value: Double) -> String {
    let text = "\(Float(value))"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
