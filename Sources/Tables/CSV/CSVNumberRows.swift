/// A table of which rows of numbers are read when they are asked for, so that neither its text nor its columns have to fit into
/// the memory. The places of every so many rows are found by one pass over the file, by the same rules as a table's.
///
/// The text has to be UTF-8 and not compressed, since it is read from the middle.
package final class CSVNumberRows: Sendable {
  /// A row, where it begins, and its line.
  private struct Mark {
    let row, offset, line: Int
  }

  package let count: Int
  /// Those that are read, in the order in which they were asked for.
  package let columns: [String]
  private let source: FileBytes
  private let file: String
  private let layout: CSVLayout
  private let chosen: [Int]
  private let marks: [Mark]

  /// - Throws: `TableError` as for a table, and where a column is not there.
  package init(_ path: String, columns: [String], options: CSVOptions) throws(TableError) {
    source = try FileBytes(path)
    file = path
    self.columns = columns
    guard source.count > 0 else { throw TableError(.empty, "is empty (0 bytes); a table has rows", file: path) }
    guard !source.bytes.starts(with: [0x1F, 0x8B]) else {
      throw TableError(.compressed, "is compressed, so that its rows cannot be found; gunzip it first", file: path)
    }
    guard options.encoding == .automatic || options.encoding == .utf8, !source.bytes.starts(with: [0xFF, 0xFE]),
      !source.bytes.starts(with: [0xFE, 0xFF])
    else { throw TableError(.encoding, "has to be UTF-8 to be read by rows; convert it first", file: path) }
    let (text, start) = try TextDecoding.utf8(source, .utf8, file: path)
    guard text.count > start else { throw TableError(.empty, "is empty; a table has rows", file: path) }
    let layout = try CSVSniffer(bytes: text.bytes, file: path, options: options)
      .layout(from: start, quote: options.quoting == .never ? nil : 0x22)
    self.layout = layout
    var chosen: [Int] = []
    for name in columns {
      guard let index = layout.names.firstIndex(of: name) else {
        let hint = nearest(to: name, among: layout.names).map { "; did you mean '\($0)'?" } ?? ""
        throw TableError(.unknownColumn, "there is no such column\(hint)", file: path, column: name)
      }
      chosen.append(index)
    }
    self.chosen = chosen
    (marks, count) = try CSVNumberRows.marks(source, layout, path)
  }

  private static func marks(
    _ source: FileBytes, _ layout: CSVLayout, _ file: String
  ) throws(TableError) -> ([Mark], count: Int) {
    var scanner = CSVScanner(
      source.bytes, from: layout.start, line: layout.line, dialect: layout.dialect,
      uses: Array(repeating: .nothing, count: layout.names.count), file: file)
    scanner.expectation = layout.expectation
    let block = CellBlock(columns: layout.names.count)
    var marks: [Mark] = []
    var released = layout.start
    while scanner.offset < source.count, !scanner.isAtEnd {
      let mark = Mark(row: scanner.row, offset: scanner.offset, line: scanner.line)
      try scanner.fill(block, until: source.count)
      if block.rows > 0 { marks.append(mark) }
      if scanner.offset - released > 1 << 24 {
        source.release(upTo: scanner.offset, from: released)
        released = scanner.offset
      }
    }
    guard scanner.row > 0 else { throw TableError(.headerOnly, "holds a header and no rows", file: file) }
    return (marks, scanner.row)
  }

  /// The numbers of rows, row by row. Traps where a row is out of range, as an array does.
  ///
  /// - Throws: `TableError` with line and column for what is no number, and where a value is missing.
  package func read(_ rows: Range<Int>) throws(TableError) -> [Double] {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "Rows \(rows) of \(count) rows.")
    if rows.isEmpty { return [] }
    var (low, high) = (0, marks.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if marks[middle].row <= rows.lowerBound { low = middle } else { high = middle }
    }
    let mark = marks[low]
    var uses = Array(repeating: FieldUse.nothing, count: layout.names.count)
    for index in chosen { uses[index] = .numbers }
    var scanner = CSVScanner(
      source.bytes, from: mark.offset, line: mark.line, dialect: layout.dialect, uses: uses, file: file)
    let builders = columns.map { ColumnBuilder($0, declared: .number) }
    let block = CellBlock(columns: layout.names.count)
    while mark.row + scanner.row < rows.upperBound {
      try scanner.fill(block, until: source.count)
      guard block.rows > 0 else {
        throw TableError(.truncated, "has fewer rows than when it was opened; it was changed since", file: file)
      }
      for (builder, index) in zip(builders, chosen) { try builder.append(block, index, scanner, scanner.lines) }
    }
    source.release(upTo: scanner.offset, from: mark.offset)
    return try numbers(builders, rows.lowerBound - mark.row..<rows.upperBound - mark.row, scanner.lines)
  }

  private func numbers(
    _ builders: [ColumnBuilder], _ rows: Range<Int>, _ lines: LineMap
  ) throws(TableError) -> [Double] {
    var result = [Double](repeating: 0, count: rows.count * builders.count)
    for (place, builder) in builders.enumerated() {
      let numbers = try builder.column(lines, file: file).numbers ?? []
      for row in rows {
        guard !numbers[row].isNaN else {
          throw TableError(
            .wrongType, "has no value; rows that are streamed need a number in each column", file: file,
            line: lines.line(ofRow: row), column: columns[place])
        }
        result[(row - rows.lowerBound) * builders.count + place] = numbers[row]
      }
    }
    return result
  }
}
