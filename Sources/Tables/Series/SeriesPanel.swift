/// Several series of one table, told apart by a column: each with its own stamps and its own length.
///
///     let panel = try SeriesPanel(
///       Table(csv: "stores.csv"), series: "store", time: "date", targets: ["sold"])
///     panel.members.map(\.name)       // ["Leeds", "York", …], in the order in which they come
///     panel.notes                     // what was found and repaired, and which series were left out and why
///
/// Each series is read and repaired as a ``TimeSeries`` is. One that cannot be, or that goes by another frequency than most, is
/// left out with a note that names it and says why.
public struct SeriesPanel: Sendable {
  /// One of the series, and its name.
  public struct Member: Sendable {
    /// What the column says; empty where the table is one series.
    public let name: String
    public let series: TimeSeries
  }

  /// The column that tells the series apart; nil for a single one.
  public let identifier: String?
  public let members: [Member]
  /// What was found in the series and what was done about it, a sentence each, with the series' name.
  public let notes: [String]

  /// A single series.
  public init(_ series: TimeSeries) {
    identifier = nil
    members = [Member(name: "", series: series)]
    notes = series.notes
  }

  /// - Parameters:
  ///   - series: the column whose values tell the series apart.
  ///   - time: the column of the stamps: dates, or numbers. Rows may stand in any order.
  ///   - targets: the columns of the channels. Rows past the last value of all of them are the future.
  ///   - known: columns whose values are known of the future too.
  /// - Throws: `TableError` where a row has no identifier, or no series of the table can be read.
  public init(_ table: Table, series: String, time: String, targets: [String], known: [String] = [])
    throws(TableError)
  {
    guard !([time] + targets + known).contains(series) else {
      throw TableError(.duplicateName, "the column is named twice", file: table.file, column: series)
    }
    for name in [time] + targets + known { _ = try table.column(name) }
    var (read, notes): ([Member], [String]) = ([], [])
    var failure: TableError?
    let groups = try SeriesPanel.groups(table, series)
    for group in groups {
      do {
        let one = try TimeSeries(table.rows(group.rows), time: time, targets: targets, known: known)
        read.append(Member(name: group.name, series: one))
        notes += one.notes.map { "'\(group.name)': \($0)" }
      } catch {
        failure = failure ?? error
        notes.append("'\(group.name)' is left out: \(SeriesPanel.reason(error))")
      }
    }
    guard let most = SeriesPanel.mostCommon(read.map(\.series.grid.frequency)) else {
      throw failure.map { SeriesPanel.none($0, groups.count, series, table) }
        ?? TableError(.noRows, "the table has no rows", file: table.file)
    }
    for other in read where other.series.grid.frequency != most {
      notes.append("'\(other.name)' is left out: it goes \(other.series.grid.frequency), most go \(most)")
    }
    identifier = series
    members = read.filter { $0.series.grid.frequency == most }
    self.notes = notes
  }

  /// The rows of each series, in the order in which the series come.
  private static func groups(_ table: Table, _ name: String) throws(TableError) -> [(name: String, rows: [Int])] {
    let column = try table.column(name)
    guard table.rowCount > 0 else { throw TableError(.noRows, "the table has no rows", file: table.file) }
    var (groups, places): ([(name: String, rows: [Int])], [String: Int]) = ([], [:])
    for row in 0..<table.rowCount {
      guard let text = column.text(row) else {
        throw TableError(
          .allMissing, "the row does not say which series it is of; give it, or leave the row out", file: table.file,
          line: table.line(ofRow: row), column: name)
      }
      if let place = places[text] {
        groups[place].rows.append(row)
      } else {
        places[text] = groups.count
        groups.append((text, [row]))
      }
    }
    return groups
  }

  private static func reason(_ error: TableError) -> String {
    let place = [error.line.map { "line \($0)" }, error.column.map { "column '\($0)'" }].compactMap { $0 }
    return (place.isEmpty ? "" : place.joined(separator: ", ") + ": ") + error.message
  }

  private static func none(_ first: TableError, _ count: Int, _ series: String, _ table: Table) -> TableError {
    TableError(
      first.kind,
      "none of its \(count) series can be read, the first because: \(reason(first))",
      file: table.file, column: series)
  }

  /// Of several that are as common the one that comes first.
  private static func mostCommon(_ frequencies: [Frequency]) -> Frequency? {
    typealias Counted = (frequency: Frequency, count: Int)
    var found: [Counted] = []
    for frequency in frequencies {
      if let place = found.firstIndex(where: { $0.frequency == frequency }) {
        found[place].count += 1
      } else {
        found.append((frequency, 1))
      }
    }
    return found.reduce(nil as Counted?) { best, next in best.map { next.count > $0.count ? next : $0 } ?? next }?
      .frequency
  }
}
