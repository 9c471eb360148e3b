/// What a table holds and what to beware of, before anything is trained.
public struct Inspection: Codable, Sendable, Equatable {
  /// Something to look at before training.
  public struct Warning: Codable, Sendable, Equatable, CustomStringConvertible {
    /// What a warning is about.
    public enum Kind: String, Codable, Sendable {
      case constant, identifier, duplicate, leak, manyMissing, imbalanced, nearlyNumbers, infinite
      /// Rows, rather than columns: rows that repeat others, classes of one or two rows, values that outweigh all others.
      case sameRows, smallClass, outliers
      /// A column that is spread otherwise in the rows to score on.
      case drift
      /// Levels that differ in case or blanks alone; dates in forms that are not all read.
      case spelling, nearlyDates
    }

    public let kind: Kind
    /// Empty where it is about whole rows.
    public let column: String
    /// The other column of a duplicate.
    public let other: String?
    /// A sentence that begins with the column, if it is about one.
    public let description: String
  }

  public let file: String?
  public let rows: Int
  public let columns: [ColumnSummary]
  public let target: String?
  public let task: LearningTask?
  public let warnings: [Warning]
}

extension Table {
  /// Statistics of every column, and warnings; with a target also about it and about columns that give it away.
  ///
  /// - Parameter test: another table of the same kind, to score on: columns that are spread otherwise there and rows that are
  ///   in both are warned of. Without it, rows that repeat others are.
  /// - Throws: `unknownColumn` for a target that is not there.
  public func inspect(target: String? = nil, test: Table? = nil) throws(TableError) -> Inspection {
    let targetColumn = try target.map { name throws(TableError) in try column(name) }
    let summaries = columnValues.map { ColumnSummary($0) }
    var warnings: [Inspection.Warning] = []
    for (column, summary) in zip(columnValues, summaries) {
      warnings += self.warnings(column, summary, isTarget: column.name == target)
    }
    // A line of the target is a leak, which is said below.
    warnings += duplicates() + linearTwins().filter { $0.column != target && $0.other != target }
    if let test {
      let (rows, others) = (Array(0..<rowCount), Array(0..<test.rowCount))
      warnings += sharedRows(rows, with: test, others, columns: columns)
      warnings += drift(rows, to: test, others, columns: columns)
    } else {
      warnings += repeatedRows()
    }
    let task = targetColumn.map(TargetEncoding.task)
    if let targetColumn, let task {
      warnings +=
        task == .classification ? imbalance(targetColumn) + smallClasses(targetColumn) : outliers(targetColumn)
      for column in columnValues where column.name != target {
        if let warning = leak(column, targetColumn, task) { warnings.append(warning) }
      }
    }
    return Inspection(
      file: file, rows: rowCount, columns: summaries, target: target, task: task, warnings: warnings)
  }

  private func warnings(_ column: Column, _ summary: ColumnSummary, isTarget: Bool) -> [Inspection.Warning] {
    var result: [Inspection.Warning] = []
    func warn(_ kind: Inspection.Warning.Kind, _ text: String) {
      result.append(
        Inspection.Warning(kind: kind, column: column.name, other: nil, description: "'\(column.name)' \(text)"))
    }
    let present = summary.count - summary.missing
    if present == 0 {
      warn(.manyMissing, "has no values at all")
    } else if summary.distinct == 1 {
      warn(.constant, "has the same value in every row\(summary.missing > 0 ? " that has one" : "")")
    }
    if present > 0, summary.missing * 10 >= summary.count * 3 {
      warn(.manyMissing, "is missing in \(percent(summary.missing, summary.count)) of the rows")
    }
    if !isTarget, DistinctValues(column, Array(0..<column.count)).isIdentifier {
      warn(.identifier, "looks like an identifier: its \(present) values all differ")
    }
    if let numbers = column.numbers, numbers.contains(where: \.isInfinite) {
      warn(.infinite, "has infinite values, which are taken as missing")
    }
    result += spellings(column) + nearlyDates(column)
    if column.type == .category, case .codes(let codes, let levels) = column.values {
      let odd = levels.indices.filter { NumberParser.number(levels[$0]) == nil }
      if let first = odd.first, odd.count * 10 <= levels.count, let row = codes.firstIndex(of: Int32(first)) {
        let place = line(ofRow: row).map { " on line \($0)" } ?? ""
        warn(
          .nearlyNumbers,
          "holds numbers but for \(counted(odd.count, "text")), first '\(levels[first].prefix(40))'\(place): missing values?"
        )
      }
    }
    return result
  }

  /// Columns with the same values in every row.
  func duplicates() -> [Inspection.Warning] {
    var result: [Inspection.Warning] = []
    var seen: [UInt64: [Column]] = [:]
    for column in columnValues {
      let key = column.fingerprint
      if let twin = seen[key]?.first(where: { $0.hasSameValues(as: column) }) {
        result.append(
          Inspection.Warning(
            kind: .duplicate, column: column.name, other: twin.name,
            description: "'\(column.name)' has the same value as '\(twin.name)' in every row"))
      } else {
        seen[key, default: []].append(column)
      }
    }
    return result
  }

  private func imbalance(_ target: Column) -> [Inspection.Warning] {
    var counts: [String: Int] = [:]
    for row in 0..<rowCount { if let text = target.text(row) { counts[text, default: 0] += 1 } }
    guard counts.count > 1, let rarest = counts.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return [] }
    let present = counts.values.reduce(0, +)
    guard rarest.value * 20 <= present else { return [] }
    let text =
      "'\(target.name)' is very unevenly spread: '\(rarest.key.prefix(40))' has \(rarest.value) of \(present) rows"
    return [Inspection.Warning(kind: .imbalanced, column: target.name, other: nil, description: text)]
  }
}

extension Column {
  /// Equal for columns of equal values.
  fileprivate var fingerprint: UInt64 {
    var hash: UInt64 = 0
    for row in 0..<min(count, 64) {
      let bits: UInt64
      if let numbers = singleNumber(row) {
        bits = numbers.isNaN ? 1 : (numbers + 0).bitPattern
      } else {
        bits = (text(row) ?? "").utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }
      }
      hash = (hash ^ bits) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    return hash
  }

  fileprivate func singleNumber(_ row: Int) -> Double? {
    switch values {
    case .numbers(let numbers): numbers[row]
    case .integers(let integers, let missing): !missing.isEmpty && missing[row] ? .nan : Double(integers[row])
    case .codes: nil
    }
  }

  fileprivate func hasSameValues(as other: Column) -> Bool {
    guard (levels.isEmpty && other.levels.isEmpty) || type == other.type else { return false }
    return (0..<count).allSatisfy { row in
      if let a = singleNumber(row), let b = other.singleNumber(row) { return a == b || (a.isNaN && b.isNaN) }
      return text(row) == other.text(row)
    }
  }
}

func percent(_ part: Int, _ whole: Int) -> String {
  let tenths = (Double(part) / Double(max(1, whole)) * 1000).rounded() / 10
  return "\(shortest(tenths))%"
}
