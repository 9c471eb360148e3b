/// One or several channels of numbers at evenly spaced stamps, read from a table and repaired.
///
///     let series = try TimeSeries(Table(csv: "load.csv"), time: "Datetime", targets: ["MW"])
///     series.grid.frequency        // by the hour
///     series.notes                 // what was found and what was done, a sentence each
///
/// Rows are put in the order of time, the values of a stamp that comes twice become their mean, and short gaps are filled: up to
/// three steps by a straight line, longer ones by the values a season before. Nothing is done without a note, and what would
/// be guessing is an error: a table of many doubled stamps, stamps between the steps, and gaps of more than the longest season.
public struct TimeSeries: Sendable {
  /// A column of the series, a value for each step.
  public struct Channel: Sendable, Equatable {
    public let name: String
    public internal(set) var values: [Double]
  }

  /// The column that the stamps came from.
  public let time: String
  public let grid: TimeGrid
  public let channels: [Channel]
  /// What is known of the future too: as long as the channels, or longer.
  public let known: [Channel]
  /// The steps where a value of a channel was not in the table.
  public let isFilled: [Bool]
  /// What was found and what was done about it, a sentence each.
  public let notes: [String]

  /// The steps of the channels.
  public var count: Int { isFilled.count }

  /// - Parameters:
  ///   - time: the column of the stamps: dates, or numbers.
  ///   - targets: the columns of the channels. Rows past the last value of all of them are the future.
  ///   - known: columns whose values are known of the future too, such as prices that were announced.
  /// - Throws: `TableError` with the line and what would be right.
  public init(_ table: Table, time: String, targets: [String], known: [String] = []) throws(TableError) {
    var reader = try SeriesReader(table, time: time, targets: targets, known: known)
    self = try reader.series()
  }

  init(
    time: String, grid: TimeGrid, channels: [Channel], known: [Channel], isFilled: [Bool], notes: [String]
  ) {
    self.time = time
    self.grid = grid
    self.channels = channels
    self.known = known
    self.isFilled = isFilled
    self.notes = notes
  }
}
