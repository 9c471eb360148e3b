/// Reads a column as the type that it had in training, or says which value does not fit.
struct ColumnReading {
  private let table: Table
  private let column: Column
  private let trained: ColumnType
  /// Why the value ought to be of that type, to end the sentence of an error.
  private let reason: String

  init(
    _ table: Table, _ column: Column, trainedAs trained: ColumnType,
    reason: String = "as every value of this column was in training"
  ) {
    self.reason = reason
    self.table = table
    self.column = column
    self.trained = trained
  }

  /// One number for each row of the table, NaN where missing.
  func numbers() throws(TableError) -> [Double] {
    if column.type != .date, let numbers = column.numbers { return numbers }
    guard case .codes(let codes, let levels) = column.values else { throw wrong(firstRow, "a number") }
    var values: [Double] = []
    for (code, level) in levels.enumerated() {
      let value = NumberParser.number(level)
      if value == nil, let row = codes.firstIndex(of: Int32(code)) { throw wrong(row, "a number") }
      values.append(value ?? .nan)
    }
    return codes.map { $0 < 0 ? .nan : values[Int($0)] }
  }

  /// Seconds since 1970 for each row of the table, NaN where missing.
  func dates() throws(TableError) -> [Double] {
    if case .numbers(let seconds) = column.values, column.type == .date || column.missingCount == column.count {
      return seconds
    }
    guard case .codes(let codes, let levels) = column.values else { throw wrong(firstRow, "a date") }
    var values: [Double] = []
    for (code, level) in levels.enumerated() {
      let value = CivilTime.parse(level)
      if value == nil, let row = codes.firstIndex(of: Int32(code)) { throw wrong(row, "a date") }
      values.append(value ?? .nan)
    }
    return codes.map { $0 < 0 ? .nan : values[Int($0)] }
  }

  /// The index of each chosen row's level, -1 for a level that is not among them and -2 for a missing value; and how
  /// many rows have an unseen level.
  func codes(_ levels: [String], _ rows: [Int]) throws(TableError) -> (codes: [Int32], unseen: Int) {
    let indexOfLevel = Dictionary(zip(levels, levels.indices.map(Int32.init))) { first, _ in first }
    var result: [Int32] = []
    result.reserveCapacity(rows.count)
    if case .codes(let codes, let own) = column.values {
      if trained == .boolean, column.type != .boolean {
        let stranger = own.indices.first { indexOfLevel[own[$0].lowercased()] == nil }
        if let stranger, let row = codes.firstIndex(of: Int32(stranger)) { throw wrong(row, "true or false") }
      }
      let translated = own.map { indexOfLevel[$0] ?? (trained == .boolean ? indexOfLevel[$0.lowercased()] : nil) ?? -1 }
      for row in rows { result.append(codes[row] < 0 ? -2 : translated[Int(codes[row])]) }
    } else {
      for row in rows {
        guard let text = column.text(row) else {
          result.append(-2)
          continue
        }
        if trained == .boolean {
          guard text == "0" || text == "1" else { throw wrong(row, "true or false") }
          result.append(text == "1" ? 1 : 0)
        } else {
          result.append(indexOfLevel[text] ?? -1)
        }
      }
    }
    return (result, result.reduce(0) { $0 + ($1 == -1 ? 1 : 0) })
  }

  private var firstRow: Int { (0..<column.count).first { !column.isMissing($0) } ?? 0 }

  private func wrong(_ row: Int, _ wanted: String) -> TableError {
    let value = column.text(row).map { "'\($0.prefix(60))'" } ?? "this value"
    return TableError(
      .wrongType, "\(value) is not \(wanted), \(reason)", file: table.file,
      line: table.line(ofRow: row), column: column.name)
  }
}
