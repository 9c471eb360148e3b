/// Fills one column from blocks of fields and promotes its type as they demand: integers to numbers, numbers to text.
///
/// Numbers that have been read cannot be turned back into the text that they were, so a column that meets text too late
/// asks for a second pass (`needsSecondPass`), which all such columns share.
final class ColumnBuilder {
  private enum State { case undecided, integers, numbers, levels, deferred }

  let name: String
  private let declared: ColumnType?
  private var state = State.undecided
  private var count = 0
  private var integers: [Int64] = []
  private var missing: [Bool] = []
  private var numbers: [Double] = []
  private var codes: [Int32] = []
  private var pool = LevelPool()

  init(_ name: String, declared: ColumnType?) {
    self.name = name
    self.declared = declared
    switch declared {
    case .number: state = .numbers
    case .integer: state = .integers
    case .category, .text, .boolean, .date: state = .levels
    case nil: break
    }
  }

  var use: FieldUse {
    switch state {
    case .levels: .text
    case .deferred: .nothing
    default: .numbers
    }
  }

  var needsSecondPass: Bool { state == .deferred }

  func beginSecondPass() {
    state = .levels
    count = 0
  }

  func reserve(_ rows: Int) {
    switch state {
    case .integers: integers.reserveCapacity(rows)
    case .numbers: numbers.reserveCapacity(rows)
    case .levels: codes.reserveCapacity(rows)
    default: break
    }
  }

  /// Appends the block's rows of column `index`; `lines` knows all rows so far and these.
  func append(_ block: CellBlock, _ index: Int, _ scanner: CSVScanner, _ lines: LineMap) throws(TableError) {
    if state == .deferred { return }
    if state == .levels {
      appendLevels(block, index, scanner)
    } else {
      var row = 0
      while row < block.rows, state != .deferred {
        switch state {
        case .numbers: row = appendNumbers(block, index, row)
        case .integers: row = appendIntegers(block, index, row)
        default: row = skipMissing(block, index, row)
        }
        if row < block.rows { try promote(block, index, row, scanner, lines) }
      }
    }
    count += block.rows
  }

  private func skipMissing(_ block: CellBlock, _ index: Int, _ first: Int) -> Int {
    (first..<block.rows).first { block.kinds[$0 * block.columns + index] != CellBlock.Kind.missing } ?? block.rows
  }

  /// Decides the type anew for a cell that the present one cannot hold.
  private func promote(
    _ block: CellBlock, _ index: Int, _ row: Int, _ scanner: CSVScanner, _ lines: LineMap
  ) throws(TableError) {
    let cell = row * block.columns + index
    let kind = block.kinds[cell]
    let before = count + row
    if kind >= CellBlock.Kind.text {
      if let declared {
        let text = try scanner.text(block, cell)
        let what = declared == .integer ? "an integer" : "a number"
        throw TableError(
          .wrongType, "'\(text.prefix(60))' is not \(what)", file: scanner.file,
          line: lines.line(ofRow: before), column: name)
      }
      state = .deferred
      (integers, missing, numbers) = ([], [], [])
      return
    }
    if state == .undecided, kind == CellBlock.Kind.integer {
      state = .integers
      integers = Array(repeating: 0, count: before)
      missing = before > 0 ? Array(repeating: true, count: before) : []
      return
    }
    if declared == .integer {
      let value = Double(bitPattern: block.values[cell])
      guard let whole = Int64(exactly: value) else {
        throw TableError(
          .wrongType, "\(shortest(value)) is not an integer", file: scanner.file,
          line: lines.line(ofRow: before), column: name)
      }
      block.kinds[cell] = CellBlock.Kind.integer
      block.values[cell] = UInt64(bitPattern: whole)
      return
    }
    numbers = []
    numbers.reserveCapacity(max(integers.capacity, before + block.rows))
    if state == .undecided {
      numbers = Array(repeating: .nan, count: before)
    } else if missing.isEmpty {
      numbers.append(contentsOf: integers.lazy.map(Double.init))
    } else {
      numbers.append(contentsOf: zip(integers, missing).lazy.map { $1 ? .nan : Double($0) })
    }
    (integers, missing) = ([], [])
    state = .numbers
  }

  /// Appends until the block ends or a cell is text; returns the row of that cell.
  private func appendNumbers(_ block: CellBlock, _ index: Int, _ first: Int) -> Int {
    var numbers: [Double] = []
    swap(&numbers, &self.numbers)
    defer { swap(&numbers, &self.numbers) }
    var cell = first * block.columns + index
    for row in first..<block.rows {
      switch block.kinds[cell] {
      case CellBlock.Kind.number: numbers.append(Double(bitPattern: block.values[cell]))
      case CellBlock.Kind.integer: numbers.append(Double(Int64(bitPattern: block.values[cell])))
      case CellBlock.Kind.missing: numbers.append(.nan)
      default: return row
      }
      cell += block.columns
    }
    return block.rows
  }

  /// Appends until the block ends or a cell is no integer; returns the row of that cell.
  private func appendIntegers(_ block: CellBlock, _ index: Int, _ first: Int) -> Int {
    var integers: [Int64] = []
    swap(&integers, &self.integers)
    defer { swap(&integers, &self.integers) }
    var cell = first * block.columns + index
    for row in first..<block.rows {
      switch block.kinds[cell] {
      case CellBlock.Kind.integer:
        integers.append(Int64(bitPattern: block.values[cell]))
        if !missing.isEmpty { missing.append(false) }
      case CellBlock.Kind.missing:
        if missing.isEmpty { missing = Array(repeating: false, count: integers.count) }
        integers.append(0)
        missing.append(true)
      default: return row
      }
      cell += block.columns
    }
    return block.rows
  }

  private func appendLevels(_ block: CellBlock, _ index: Int, _ scanner: CSVScanner) {
    var cell = index
    for _ in 0..<block.rows {
      let bytes = UnsafeBufferPointer(start: scanner.base + Int(block.values[cell]), count: block.lengths[cell])
      switch block.kinds[cell] {
      case CellBlock.Kind.text: codes.append(pool.code(bytes))
      case CellBlock.Kind.escapedText:
        codes.append(scanner.unescaped(bytes).withUnsafeBufferPointer { pool.code($0) })
      default: codes.append(-1)
      }
      cell += block.columns
    }
  }

  /// The finished column. `lines` finds the line of a value that does not fit.
  func column(_ lines: LineMap, file: String?) throws(TableError) -> Column {
    switch state {
    case .integers: return Column(name: name, type: .integer, values: .integers(integers, missing: missing))
    case .numbers: return Column(name: name, type: .number, values: .numbers(numbers))
    case .undecided, .deferred:
      return Column(name: name, type: .number, values: .numbers(Array(repeating: .nan, count: count)))
    case .levels: break
    }
    var levels: [String] = []
    levels.reserveCapacity(pool.count)
    for code in 0..<pool.count {
      let bytes = pool.bytes(of: code)
      guard let level = TextDecoding.string(bytes) else {
        throw notUTF8(file, line: line(of: code, lines), column: name)
      }
      levels.append(level)
    }
    return try LevelTyping(name: name, codes: codes, levels: levels).column(declared: declared) { (code, reason) in
      TableError(.wrongType, reason, file: file, line: self.line(of: code, lines), column: self.name)
    }
  }

  private func line(of code: Int, _ lines: LineMap) -> Int? {
    codes.firstIndex(of: Int32(code)).flatMap { lines.line(ofRow: $0) }
  }
}

/// Says what a column of strings is: booleans, dates, text or categories.
struct LevelTyping {
  let name: String
  let codes: [Int32]
  let levels: [String]

  func column(
    declared: ColumnType?, error: (_ level: Int, _ reason: String) -> TableError
  ) throws(TableError) -> Column {
    switch declared {
    case .boolean:
      let words = ["true": 1, "false": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "y": 1, "n": 0, "1": 1, "0": 0]
      return booleans(try mapped({ words[$0.lowercased()] }, error, "true or false"))
    case .date:
      return dates(try mapped(CivilTime.parse, error, "a date such as 2016-07-01 or 2016-07-01 13:00:00"))
    case nil:
      let words = ["true": 1, "false": 0]
      if let values = all({ words[$0.lowercased()] }) { return booleans(values) }
      if let seconds = all(CivilTime.parse) { return dates(seconds) }
      return Column(name: name, type: isText ? .text : .category, values: .codes(codes, levels: levels))
    case .some(let type): return Column(name: name, type: type, values: .codes(codes, levels: levels))
    }
  }

  /// Whether the strings are sentences rather than names: many, long, of several words, and most of them different; from four
  /// words on a text may be repeated, or the rows be few. A word of a script without blanks counts by its bytes.
  private var isText: Bool {
    guard levels.count >= 20 else { return false }
    let present = codes.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
    var (bytes, breaks, wide) = (0, 0, 0)
    for level in levels {
      for byte in level.utf8 {
        bytes += 1
        if byte == 0x20 { breaks += 1 }
        if byte >= 0x80 { wide += 1 }
      }
    }
    guard bytes >= 20 * levels.count else { return false }
    let words = levels.count + breaks + wide / 3
    if words >= 4 * levels.count { return levels.count * 20 > present }
    return levels.count > 50 && levels.count * 2 > present && words >= 2 * levels.count
  }

  private func all<Value>(_ value: (String) -> Value?) -> [Value]? {
    var values: [Value] = []
    for level in levels {
      guard let value = value(level) else { return nil }
      values.append(value)
    }
    return values.isEmpty ? nil : values
  }

  private func mapped<Value>(
    _ value: (String) -> Value?, _ error: (Int, String) -> TableError, _ wanted: String
  ) throws(TableError) -> [Value] {
    var values: [Value] = []
    for (code, level) in levels.enumerated() {
      guard let value = value(level) else { throw error(code, "'\(level.prefix(60))' is not \(wanted)") }
      values.append(value)
    }
    return values
  }

  private func booleans(_ values: [Int]) -> Column {
    let codes = codes.map { $0 < 0 ? -1 : Int32(values[Int($0)]) }
    return Column(name: name, type: .boolean, values: .codes(codes, levels: Column.booleanLevels))
  }

  private func dates(_ seconds: [Double]) -> Column {
    Column(name: name, type: .date, values: .numbers(codes.map { $0 < 0 ? .nan : seconds[Int($0)] }))
  }
}
