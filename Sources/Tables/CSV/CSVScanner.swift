/// What the scanner has to find in a column.
enum FieldUse: UInt8 {
  /// A number if it is one, else text.
  case numbers
  /// Text, even where it looks like a number.
  case text
  /// Nothing: only where it ends.
  case nothing
}

/// How the bytes of a file are cut into fields.
struct CSVDialect {
  var delimiter: UInt8 = 0x2C
  var quote: UInt8? = 0x22
  var decimal: UInt8 = 0x2E
  var missing = MissingMarkers(CSVOptions.defaultMissing)
}

/// The texts that stand for a missing value.
struct MissingMarkers {
  private let markers: [[UInt8]]
  private let longest: Int
  /// Whether a number may be a marker, so that numbers have to be looked up too.
  let includesNumbers: Bool

  init(_ texts: [String]) {
    markers = texts.map { Array($0.utf8) }
    longest = markers.map(\.count).max() ?? -1
    includesNumbers = texts.contains { NumberParser.number($0) != nil }
  }

  func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count <= longest else { return false }
    return markers.contains { $0.count == text.count && $0.elementsEqual(text) }
  }
}

/// Cuts bytes into rows and fields, one pass, a block of rows at a time.
///
/// The rules, where readers differ:
/// - A line that is empty or holds only blanks is no row, also in a table of one column (a missing value there is
///   written `NA` or `""`).
/// - LF, CRLF and CR end a line.
/// - Blanks around an unquoted field are not part of it, nor are those around the quotes of a quoted one.
/// - A quote opens a quoted field only at the field's start; elsewhere it is an ordinary character. In a quoted field
///   `""` is one quote, and delimiters and line ends are ordinary. After the closing quote only the delimiter or the
///   line's end may follow.
/// - Each row has as many fields as the first.
struct CSVScanner {
  let base: UnsafePointer<UInt8>
  let limit: UnsafePointer<UInt8>
  let dialect: CSVDialect
  let file: String?
  var uses: [FieldUse]
  private let powers = NumberParser.PowersOfTen.shared
  private(set) var position: UnsafePointer<UInt8>
  /// The line of `position`, from 1.
  private(set) var line: Int
  private(set) var row = 0
  private(set) var lines = LineMap()
  /// Where the number of fields comes from, for the error of a ragged row: "the header", "line 1".
  var expectation = "the first row"

  init(
    _ bytes: UnsafeRawBufferPointer, from start: Int, line: Int, dialect: CSVDialect, uses: [FieldUse], file: String?
  ) {
    base = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
    limit = base + bytes.count
    quoteLimit = limit
    position = base + start
    self.line = line
    self.dialect = dialect
    self.uses = uses
    self.file = file
  }

  var offset: Int { position - base }

  /// Whether no row is left.
  private(set) var isAtEnd = false
  /// A quoted field that reaches this place is an error.
  private var quoteLimit: UnsafePointer<UInt8>

  mutating func closeQuotes(before end: Int) { quoteLimit = base + end }

  /// Fills the block with the next rows that begin before `end`. After an error it holds the rows before that.
  mutating func fill(_ block: CellBlock, until end: Int) throws(TableError) {
    block.rows = 0
    let columns = uses.count
    let runs = numberRuns()
    let stop = base + end
    while block.rows < block.capacity, skipBlankLines(before: stop) {
      lines.note(row: row, line: line)
      let rowStart = position
      let rowLine = line
      var cell = block.rows * columns
      var column = 0
      while column < columns {
        if runs[column] > 0 {
          let read = plainNumbers(block, cell, runs[column], endsRow: column + runs[column] == columns)
          column += read
          cell += read
          if column == columns { break }
        }
        let end = try field(column, block, cell)
        cell += 1
        column += 1
        if end == .delimiter ? column == columns : column < columns {
          throw ragged(rowStart, rowLine)
        }
      }
      block.rows += 1
      row += 1
    }
  }

  /// For each column, how many from it on are wanted as numbers that need not be compared with missing markers.
  private func numberRuns() -> [Int] {
    var runs = Array(repeating: 0, count: uses.count)
    guard !dialect.missing.includesNumbers else { return runs }
    var run = 0
    for column in uses.indices.reversed() {
      run = uses[column] == .numbers ? run + 1 : 0
      runs[column] = run
    }
    return runs
  }

  /// Reads the numbers from here on that stand bare between delimiters, the commonest case by far, and returns how
  /// many. `field` reads what this leaves: it stops before anything else, a ragged row's end included.
  @inline(__always)
  private mutating func plainNumbers(_ block: CellBlock, _ firstCell: Int, _ fields: Int, endsRow: Bool) -> Int {
    let delimiter = dialect.delimiter
    let decimal = dialect.decimal
    let limit = limit
    let values = block.values + firstCell
    let kinds = block.kinds + firstCell
    let powers = powers
    var p = position
    for field in 0..<fields {
      let number = NumberParser.parse(p, limit, decimal: decimal, powers: powers)
      guard number.kind != .none, number.end < limit else {
        position = p
        return field
      }
      values[field] = number.bits
      kinds[field] = number.kind == .integer ? CellBlock.Kind.integer : CellBlock.Kind.number
      let byte = number.end.pointee
      if byte == delimiter, !endsRow || field + 1 < fields {
        p = number.end + 1
      } else if endsRow, field + 1 == fields, byte == 0x0A || byte == 0x0D {
        endLine(number.end)
        return fields
      } else {
        position = p
        return field
      }
    }
    position = p
    return fields
  }

  private enum End { case delimiter, line }

  /// Moves to the next line that holds something; false where it would begin at `stop` or behind, or at the file's end.
  private mutating func skipBlankLines(before stop: UnsafePointer<UInt8>) -> Bool {
    while position < stop {
      var p = position
      while p < limit, p.pointee == 0x20 || p.pointee == 0x09 { p += 1 }
      guard p < limit else {
        isAtEnd = true
        return false
      }
      guard p.pointee == 0x0A || p.pointee == 0x0D else { return true }
      // A line of delimiters alone is a row of missing values, tabs included.
      if dialect.delimiter == 0x09, UnsafeBufferPointer(start: position, count: p - position).contains(0x09) {
        return true
      }
      endLine(p)
    }
    return false
  }

  @inline(__always)
  private mutating func endLine(_ p: UnsafePointer<UInt8>) {
    let next = p + 1
    position = p.pointee == 0x0D && next < limit && next.pointee == 0x0A ? next + 1 : next
    line &+= 1
  }

  /// Reads one field into the block's cell and moves behind its delimiter or line end.
  @inline(__always)
  private mutating func field(_ column: Int, _ block: CellBlock, _ cell: Int) throws(TableError) -> End {
    var p = position
    while p < limit, isBlank(p.pointee) { p += 1 }
    if p < limit, p.pointee == dialect.quote {
      return try quotedField(column, block, cell, openedAt: p)
    }
    if uses[column] == .numbers {
      let number = NumberParser.parse(p, limit, decimal: dialect.decimal)
      if number.kind != .none {
        var q = number.end
        while q < limit, isBlank(q.pointee) { q += 1 }
        if q == limit || isEnd(q.pointee) {
          block.values[cell] = number.bits
          block.kinds[cell] = number.kind == .integer ? CellBlock.Kind.integer : CellBlock.Kind.number
          if dialect.missing.includesNumbers, isMissing(p, number.end) { block.kinds[cell] = CellBlock.Kind.missing }
          return finish(at: q)
        }
      }
    }
    let start = p
    while p < limit, !isEnd(p.pointee) { p += 1 }
    var last = p
    while last > start, isBlank((last - 1).pointee) { last -= 1 }
    store(start, last, isEscaped: false, block, cell)
    return finish(at: p)
  }

  @inline(__always)
  private func isBlank(_ byte: UInt8) -> Bool {
    (byte == 0x20 || byte == 0x09) && byte != dialect.delimiter
  }

  @inline(__always)
  private func isEnd(_ byte: UInt8) -> Bool { byte == dialect.delimiter || byte == 0x0A || byte == 0x0D }

  @inline(__always)
  private mutating func finish(at p: UnsafePointer<UInt8>) -> End {
    guard p < limit else {
      position = limit
      return .line
    }
    if p.pointee == dialect.delimiter {
      position = p + 1
      return .delimiter
    }
    endLine(p)
    return .line
  }

  private func isMissing(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
    dialect.missing.contains(UnsafeBufferPointer(start: start, count: end - start))
  }

  private func store(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, isEscaped: Bool, _ block: CellBlock, _ cell: Int
  ) {
    block.values[cell] = UInt64(start - base)
    block.lengths[cell] = end - start
    block.kinds[cell] =
      start == end || isMissing(start, end)
      ? CellBlock.Kind.missing : isEscaped ? CellBlock.Kind.escapedText : CellBlock.Kind.text
  }

  @inline(never)
  private mutating func quotedField(
    _ column: Int, _ block: CellBlock, _ cell: Int, openedAt open: UnsafePointer<UInt8>
  ) throws(TableError) -> End {
    let openLine = line
    let start = open + 1
    var p = start
    var isEscaped = false
    while true {
      guard p < quoteLimit else {
        throw TableError(
          .unterminatedQuote,
          "a quote opens field \(column + 1) and is never closed; double it (\"\") if it is part of the text",
          file: file, line: openLine)
      }
      let byte = p.pointee
      if byte == dialect.quote {
        guard p + 1 < limit, (p + 1).pointee == dialect.quote else { break }
        isEscaped = true
        p += 1
      } else if byte == 0x0A || (byte == 0x0D && !(p + 1 < limit && (p + 1).pointee == 0x0A)) {
        line += 1
      }
      p += 1
    }
    let end = p
    p += 1
    while p < limit, isBlank(p.pointee) { p += 1 }
    guard p == limit || isEnd(p.pointee) else {
      throw TableError(
        .malformedQuote,
        "text follows the closing quote of field \(column + 1); double the quotes (\"\") that are part of the text",
        file: file, line: openLine)
    }
    store(start, end, isEscaped: isEscaped, block, cell)
    if uses[column] == .numbers, block.kinds[cell] == CellBlock.Kind.text,
      let number = NumberParser.parseWhole(
        UnsafeBufferPointer(start: start, count: end - start), decimal: dialect.decimal)
    {
      block.values[cell] = number.bits
      block.kinds[cell] = number.kind == .integer ? CellBlock.Kind.integer : CellBlock.Kind.number
    }
    return finish(at: p)
  }

  /// Counts the row's fields again, for the error.
  private func ragged(_ rowStart: UnsafePointer<UInt8>, _ rowLine: Int) -> TableError {
    var again = CSVScanner(
      UnsafeRawBufferPointer(start: base, count: limit - base), from: rowStart - base, line: rowLine, dialect: dialect,
      uses: [.nothing], file: file)
    again.quoteLimit = quoteLimit
    let block = CellBlock(columns: 1, fields: 1)
    var count = 0
    while count < 1_000_000 {
      count += 1
      guard let end = try? again.field(0, block, 0), end == .delimiter else { break }
    }
    return TableError(
      .raggedRow, "this row has \(counted(count, "field")), \(expectation) has \(uses.count)", file: file, line: rowLine
    )
  }

  /// The fields of the next row, however many; nil at the end of the file.
  mutating func nextRow() throws(TableError) -> [String]? {
    guard skipBlankLines(before: limit) else { return nil }
    uses = [.text]
    let block = CellBlock(columns: 1, fields: 1)
    var fields: [String] = []
    while true {
      let end = try field(0, block, 0)
      fields.append(block.kinds[0] == CellBlock.Kind.missing && block.lengths[0] == 0 ? "" : try text(block, 0))
      if end == .line { return fields }
    }
  }

  /// The number of fields of the next row; nil at the end of the file.
  mutating func nextFieldCount() throws(TableError) -> Int? {
    guard skipBlankLines(before: limit) else { return nil }
    uses = [.nothing]
    let block = CellBlock(columns: 1, fields: 1)
    var count = 1
    while try field(0, block, 0) == .delimiter { count += 1 }
    return count
  }

  /// The text of a cell, its doubled quotes made single.
  func text(_ block: CellBlock, _ cell: Int) throws(TableError) -> String {
    let bytes = UnsafeBufferPointer(start: base + Int(block.values[cell]), count: block.lengths[cell])
    if block.kinds[cell] == CellBlock.Kind.escapedText {
      return String(decoding: unescaped(bytes), as: UTF8.self)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var i = 0
    while i < bytes.count {
      result.append(bytes[i])
      i += bytes[i] == dialect.quote ? 2 : 1
    }
    return result
  }
}

func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
