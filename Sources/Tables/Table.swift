/// Named, typed columns of the same length, read from a file or built in memory.
///
///     let table = try Table(csv: "housing.csv")
///     table.columns                               // ["longitude", "latitude", …]
///     table["total_rooms"]?.type                  // .number
///     let young = table.rows([0, 4, 8])
public struct Table: Sendable {
  /// Where the rows came from, to be named in errors.
  package struct Source: Sendable {
    let file: String
    let lines: LineMap
    /// Row in the file of each row here; nil where the table is the whole file.
    var rows: [Int]?
  }

  public let columnValues: [Column]
  public let rowCount: Int
  package let source: Source?
  private let indexOfName: [String: Int]

  /// A table of columns.
  ///
  /// - Throws: `TableError` where two columns share a name or differ in length.
  public init(_ columns: [Column]) throws(TableError) {
    try self.init(columns, source: nil)
  }

  package init(_ columns: [Column], source: Source?) throws(TableError) {
    let rows = columns.first?.count ?? 0
    var indexOfName: [String: Int] = [:]
    for (index, column) in columns.enumerated() {
      guard column.count == rows else {
        throw TableError(
          .raggedRow, "has \(column.count) values, '\(columns[0].name)' has \(rows)", column: column.name)
      }
      guard indexOfName.updateValue(index, forKey: column.name) == nil else {
        throw TableError(.duplicateName, "two columns have this name", column: column.name)
      }
    }
    self.columnValues = columns
    self.rowCount = rows
    self.source = source
    self.indexOfName = indexOfName
  }

  /// The names of the columns, in order.
  public var columns: [String] { columnValues.map(\.name) }

  /// The file that the table was read from, as it was named.
  public var file: String? { source?.file }

  /// The column of that name, or nil.
  public subscript(name: String) -> Column? { indexOfName[name].map { columnValues[$0] } }

  /// The column of that name.
  ///
  /// - Throws: `TableError.unknownColumn`, with the nearest name that exists.
  public func column(_ name: String) throws(TableError) -> Column {
    if let column = self[name] { return column }
    let hint = nearest(to: name, among: columns).map { "did you mean '\($0)'? The" } ?? "the"
    throw TableError(
      .unknownColumn,
      "there is no column '\(name)'; \(hint) columns are \(quotedList(columns, limit: 40))\(hintAtNames)", file: file)
  }

  /// What to do where the file gave no names.
  package var hintAtNames: String {
    let isUnnamed = columns.enumerated().allSatisfy { $1 == CSVLayout.madeUpName($0) }
    return isUnnamed && !columns.isEmpty ? ", for no header was found; give the columns' names (--names a,b,c)" : ""
  }

  /// The named columns, in the order given.
  public func selecting(_ names: [String]) throws(TableError) -> Table {
    var chosen: [Column] = []
    for name in names { chosen.append(try column(name)) }
    return try Table(chosen, source: source)
  }

  /// All columns but the named ones.
  public func dropping(_ names: [String]) throws(TableError) -> Table {
    for name in names { _ = try column(name) }
    return try Table(columnValues.filter { !names.contains($0.name) }, source: source)
  }

  /// The table with this column in the place of the one of its name.
  ///
  /// - Throws: `TableError.unknownColumn` where there is none; `raggedRow` where it has another number of values.
  public func replacing(_ column: Column) throws(TableError) -> Table {
    _ = try self.column(column.name)
    return try Table(columnValues.map { $0.name == column.name ? column : $0 }, source: source)
  }

  /// The given rows, in the order given; a row may be repeated. Traps where a row is out of range, as an array does.
  public func rows(_ rows: [Int]) -> Table {
    var source = source
    if let earlier = source?.rows {
      source?.rows = rows.map { earlier[$0] }
    } else {
      source?.rows = rows
    }
    return Table(unchecked: columnValues.map { $0.rows(rows) }, rowCount: rows.count, source: source, indexOfName)
  }

  private init(unchecked columns: [Column], rowCount: Int, source: Source?, _ indexOfName: [String: Int]) {
    self.columnValues = columns
    self.rowCount = rowCount
    self.source = source
    self.indexOfName = indexOfName
  }

  /// The line of the file where a row begins, counted from 1; nil for a table built in memory.
  public func line(ofRow row: Int) -> Int? {
    guard let source else { return nil }
    return source.lines.line(ofRow: source.rows?[row] ?? row)
  }

  /// The rows where the column has a value, and how many have none.
  ///
  /// - Throws: `unknownColumn`; `allMissing` where no row has a value; `noRows` for a table without rows.
  public func rowsWithValue(in name: String) throws(TableError) -> (rows: [Int], missing: Int) {
    let column = try column(name)
    guard rowCount > 0 else { throw TableError(.noRows, "the table has no rows", file: file) }
    let rows = (0..<rowCount).filter { !column.isMissing($0) }
    guard !rows.isEmpty else {
      throw TableError(.allMissing, "every value of this column is missing", file: file, column: name)
    }
    return (rows, rowCount - rows.count)
  }
}

/// The line of each row, kept as the few places where lines and rows do not run in step.
package struct LineMap: Sendable {
  private var rows: [Int] = []
  private var lines: [Int] = []

  package init() {}

  /// To be told of rows in rising order.
  package mutating func note(row: Int, line: Int) {
    if let lastRow = rows.last, let lastLine = lines.last, line - lastLine == row - lastRow { return }
    rows.append(row)
    lines.append(line)
  }

  /// Notes the rows of another map, which counts rows and lines from these on.
  mutating func append(_ other: LineMap, row: Int, line: Int) {
    for (otherRow, otherLine) in zip(other.rows, other.lines) { note(row: row + otherRow, line: line + otherLine) }
  }

  package func line(ofRow row: Int) -> Int? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] <= row { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : lines[low - 1] + row - rows[low - 1]
  }
}
