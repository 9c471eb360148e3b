/// Rows that are like an earlier one in some columns.
struct SameRows {
  /// The rows of the second list that a row of the first is the same as, with the first such row.
  let pairs: [(row: Int, like: Int)]
  /// How many there would be by chance, were the columns independent of each other.
  let expected: Double

  /// - Parameters:
  ///   - like: the rows of `table` to look among.
  ///   - others: the rows of `other` that are looked at.
  init(_ table: Table, _ like: [Int], _ other: Table, _ others: [Int], columns: [String]) {
    let columns = columns.compactMap { name in table[name].flatMap { own in other[name].map { (own, $0) } } }
    let keys = SameRows.keys(columns.map(\.0), like)
    let otherKeys = SameRows.keys(columns.map(\.1), others)
    var firstRow: [UInt64: Int] = [:]
    for (row, key) in zip(like, keys) where firstRow[key] == nil { firstRow[key] = row }
    pairs = zip(others, otherKeys).compactMap { row, key in
      guard let first = firstRow[key],
        columns.allSatisfy({ $0.0.isSame(first, as: $0.1, row) })
      else { return nil }
      return (row, first)
    }
    expected = pairs.isEmpty ? 0 : SameRows.expected(columns.map(\.0), like) * Double(others.count)
  }

  /// A number for each row that is equal for rows of equal values.
  private static func keys(_ columns: [Column], _ rows: [Int]) -> [UInt64] {
    var keys = Array(repeating: UInt64(0), count: rows.count)
    for column in columns {
      let hash = column.valueHashes
      for (place, row) in rows.enumerated() {
        keys[place] = (keys[place] ^ hash(row)) &* 0x9E37_79B9_7F4A_7C15
        keys[place] ^= keys[place] >> 32
      }
    }
    return keys
  }

  /// How many of these rows a further one would be the same as by chance: their number times the chance of two equal values in
  /// every column, which is nothing for a text.
  private static func expected(_ columns: [Column], _ rows: [Int]) -> Double {
    guard rows.count > 1, !columns.contains(where: { $0.type == .text }) else { return 0 }
    return columns.reduce(Double(rows.count)) { product, column in
      var counts: [UInt64: Int] = [:]
      let hash = column.valueHashes
      for row in rows { counts[hash(row), default: 0] += 1 }
      let pairs = counts.values.reduce(0) { $0 + Double($1) * Double($1 - 1) }
      return product * pairs / (Double(rows.count) * Double(rows.count - 1))
    }
  }
}

extension Column {
  /// A hash of each row's value, equal for equal values whatever the column's type.
  fileprivate var valueHashes: (Int) -> UInt64 {
    switch values {
    case .numbers(let numbers): return { (numbers[$0].isNaN ? .nan : numbers[$0] + 0).bitPattern }
    case .integers(let integers, let missing):
      return { (!missing.isEmpty && missing[$0] ? .nan : Double(integers[$0])).bitPattern }
    case .codes(let codes, let levels):
      // FNV-1a over the bytes, once for each level.
      let hashes = levels.map {
        $0.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
      }
      return { codes[$0] < 0 ? Double.nan.bitPattern : hashes[Int(codes[$0])] }
    }
  }

  fileprivate func isSame(_ row: Int, as other: Column, _ otherRow: Int) -> Bool {
    if let a = numbers(at: row), let b = other.numbers(at: otherRow) { return a == b || (a.isNaN && b.isNaN) }
    return text(row) == other.text(otherRow)
  }

  private func numbers(at row: Int) -> Double? {
    switch values {
    case .numbers(let numbers): numbers[row]
    case .integers(let integers, let missing): !missing.isEmpty && missing[row] ? .nan : Double(integers[row])
    case .codes: nil
    }
  }
}

extension Table {
  /// A warning where rows to score on are among those to train on, and more of them than chance gives in columns of few values:
  /// a network that learnt them by heart would score well. Up to a fiftieth of the rows is passed over.
  func sharedRows(
    _ rows: [Int], with other: Table, _ otherRows: [Int], columns: [String]
  ) -> [Inspection.Warning] {
    let same = SameRows(self, rows, other, otherRows, columns: columns)
    guard let first = same.pairs.first, same.isTelling(of: otherRows.count) else { return [] }
    let example =
      "\(other.place(of: first.row)) is \(place(of: first.like))\(other.file == file ? "" : " of \(file ?? "the table")")"
    return [
      Inspection.Warning(
        kind: .sameRows, column: "", other: nil,
        description: "\(counted(same.pairs.count, "row")) of the \(otherRows.count) to score on "
          + "\(same.pairs.count == 1 ? "is" : "are") among those to train on, target included: \(example)")
    ]
  }

  /// A warning where rows of the table are the same as earlier ones, by the same measure.
  func repeatedRows() -> [Inspection.Warning] {
    let rows = Array(0..<rowCount)
    let names = columnValues.filter { !DistinctValues($0, rows).isIdentifier }.map(\.name)
    guard !names.isEmpty else { return [] }
    let same = SameRows(self, rows, self, rows, columns: names)
    let repeats = SameRows(pairs: same.pairs.filter { $0.like < $0.row }, expected: same.expected)
    guard let first = repeats.pairs.first, repeats.isTelling(of: rowCount) else { return [] }
    return [
      Inspection.Warning(
        kind: .sameRows, column: "", other: nil,
        description:
          "\(counted(repeats.pairs.count, "row")) of \(rowCount) repeat\(repeats.pairs.count == 1 ? "s" : "") "
          + "an earlier one, first \(place(of: first.row)) that of \(place(of: first.like)): "
          + "a split at random puts such rows on both sides")
    ]
  }

  /// `line 12`, or `row 11` of a table that was built in memory.
  func place(of row: Int) -> String { line(ofRow: row).map { "line \($0)" } ?? "row \(row + 1)" }
}

extension SameRows {
  init(pairs: [(row: Int, like: Int)], expected: Double) {
    self.pairs = pairs
    self.expected = expected
  }

  func isTelling(of rows: Int) -> Bool { pairs.count * 50 > rows && Double(pairs.count) > 3 * expected }
}
