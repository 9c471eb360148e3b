/// How one column becomes numbers: its name, the type that it had in training, and the fitted rule.
public struct ColumnEncoding: Codable, Sendable, Equatable {
  public let column: String
  public let type: ColumnType
  public let rule: Rule

  /// As JSON: an object with a `kind` and the fields of that kind.
  public enum Rule: Sendable, Equatable {
    case number(NumberEncoding)
    case binary(BinaryEncoding)
    case oneHot(OneHotEncoding)
    case embedding(EmbeddingEncoding)
    case date(DateEncoding)
    case text(TextEncoding)
  }

  var numericNames: [String] {
    switch rule {
    case .number(let rule): rule.names(column)
    case .binary(let rule): rule.names(column)
    case .oneHot(let rule): rule.names(column)
    case .embedding: []
    case .date(let rule): rule.names(column)
    case .text(let rule): rule.names(column)
    }
  }

  /// The number of codes, where the column becomes codes.
  var cardinality: Int? {
    if case .embedding(let rule) = rule { rule.cardinality } else { nil }
  }

  static func fit(
    _ column: Column, _ rows: [Int], _ options: Preprocessor.Options, _ target: TextTarget?
  ) -> ColumnEncoding {
    let rule: Rule
    switch column.values {
    case .numbers where column.type == .date: rule = .date(DateEncoding.fit(column, rows))
    case .numbers, .integers: rule = .number(NumberEncoding.fit(column, rows, options.scaling))
    case .codes where column.type == .text: rule = .text(TextEncoding.fit(column, rows, target))
    case .codes(let codes, let levels):
      let hasMissing = rows.contains { codes[$0] < 0 }
      if column.type == .boolean {
        rule = .binary(BinaryEncoding(levels: Column.booleanLevels, hasIndicator: hasMissing))
        break
      }
      let counted = LevelCount(codes, levels, rows)
      if counted.levels.count == 2 {
        rule = .binary(BinaryEncoding(levels: counted.levels, hasIndicator: hasMissing))
        break
      }
      let minimum = rows.count >= 100 ? options.minimumLevelCount : 1
      let frequent = zip(counted.levels, counted.counts).filter { $1 >= minimum }.map(\.0)
      if frequent.count <= options.oneHotLimit {
        rule = .oneHot(
          OneHotEncoding(levels: frequent, hasOther: frequent.count < counted.levels.count, hasMissing: hasMissing))
      } else {
        rule = .embedding(EmbeddingEncoding(levels: frequent))
      }
    }
    return ColumnEncoding(column: column.name, type: column.type, rule: rule)
  }

  func write(
    _ table: Table, _ rows: [Int], into features: inout Features, offset: Int, codeOffset: Int
  ) throws(TableError) {
    let values = try table.column(column)
    let reading = ColumnReading(table, values, trainedAs: type)
    let width = features.numericNames.count
    switch rule {
    case .number(let rule):
      rule.write(try reading.numbers(), rows, into: &features.numbers, offset: offset, width: width)
    case .date(let rule):
      rule.write(try reading.dates(), rows, into: &features.numbers, offset: offset, width: width)
    case .binary(let rule):
      let (codes, unseen) = try reading.codes(rule.levels, rows)
      rule.write(codes, into: &features.numbers, offset: offset, width: width)
      if unseen > 0 { features.unseen[column] = unseen }
    case .oneHot(let rule):
      let (codes, unseen) = try reading.codes(rule.levels, rows)
      rule.write(codes, into: &features.numbers, offset: offset, width: width)
      if unseen > 0 { features.unseen[column] = unseen }
    case .embedding(let rule):
      let (codes, unseen) = try reading.codes(rule.levels, rows)
      // Missing is -2 and unseen -1 in the reading.
      for (i, code) in codes.enumerated() { features.codes[i * features.codeNames.count + codeOffset] = code + 2 }
      if unseen > 0 { features.unseen[column] = unseen }
    case .text(let rule): rule.write(values, rows, into: &features.numbers, offset: offset, width: width)
    }
  }
}

extension ColumnEncoding.Rule: Codable {
  private enum Key: String, CodingKey { case kind }
  private enum Kind: String, Codable { case number, binary, oneHot, embedding, date, text }

  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .kind) {
    case .number: self = .number(try NumberEncoding(from: decoder))
    case .binary: self = .binary(try BinaryEncoding(from: decoder))
    case .oneHot: self = .oneHot(try OneHotEncoding(from: decoder))
    case .embedding: self = .embedding(try EmbeddingEncoding(from: decoder))
    case .date: self = .date(try DateEncoding(from: decoder))
    case .text: self = .text(try TextEncoding(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .number(let rule):
      try container.encode(Kind.number, forKey: .kind)
      try rule.encode(to: encoder)
    case .binary(let rule):
      try container.encode(Kind.binary, forKey: .kind)
      try rule.encode(to: encoder)
    case .oneHot(let rule):
      try container.encode(Kind.oneHot, forKey: .kind)
      try rule.encode(to: encoder)
    case .embedding(let rule):
      try container.encode(Kind.embedding, forKey: .kind)
      try rule.encode(to: encoder)
    case .date(let rule):
      try container.encode(Kind.date, forKey: .kind)
      try rule.encode(to: encoder)
    case .text(let rule):
      try container.encode(Kind.text, forKey: .kind)
      try rule.encode(to: encoder)
    }
  }
}

extension ColumnEncoding {
  /// Why a column says nothing about other rows, or nil.
  static func reasonToDrop(_ column: Column, _ rows: [Int], isAsked: Bool) -> Preprocessor.Dropped.Reason? {
    let distinct = DistinctValues(column, rows)
    if distinct.present == 0 { return .empty }
    if distinct.count == 1 && distinct.present == rows.count { return .constant }
    return !isAsked && distinct.isIdentifier ? .identifier : nil
  }
}

/// How many values some rows have, and how many of these differ.
struct DistinctValues {
  private let column: Column
  /// Rows with a value.
  let present: Int
  let count: Int
  /// Whole numbers that follow one another, each once.
  private let isRun: Bool

  init(_ column: Column, _ rows: [Int]) {
    self.column = column
    switch column.values {
    case .numbers(let numbers):
      let sorted = rows.lazy.map { numbers[$0] }.filter { !$0.isNaN }.sorted()
      (present, count) = (sorted.count, DistinctValues.changes(sorted))
      isRun = false
    case .integers(let integers, let missing):
      let sorted = rows.lazy.filter { missing.isEmpty || !missing[$0] }.map { integers[$0] }.sorted()
      (present, count) = (sorted.count, DistinctValues.changes(sorted))
      isRun = count == present && !sorted.isEmpty && Double(sorted.last!) - Double(sorted.first!) < Double(2 * count)
    case .codes(let codes, let levels):
      let counted = LevelCount(codes, levels, rows)
      (present, count) = (counted.counts.reduce(0, +), counted.levels.count)
      isRun = false
    }
  }

  private static func changes<Value: Equatable>(_ sorted: [Value]) -> Int {
    sorted.isEmpty ? 0 : 1 + zip(sorted, sorted.dropFirst()).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
  }

  /// By the rule that `Preprocessor` states.
  var isIdentifier: Bool {
    guard count == present, present >= 20 else { return false }
    switch column.type {
    case .category: return true
    case .integer: return isRun || present >= 100 || isNamedLikeIdentifier
    default: return false
    }
  }

  private var isNamedLikeIdentifier: Bool {
    let name = column.name.lowercased()
    return ["id", "index", "key", "row", "nr", "number", "uuid"].contains(name)
      || ["_id", " id", "-id", ".id"].contains { name.hasSuffix($0) } || column.name.hasSuffix("Id")
      || column.name.hasSuffix("ID")
  }
}

/// The levels that some rows have, sorted, with their counts.
struct LevelCount {
  let levels: [String]
  let counts: [Int]

  init(_ codes: [Int32], _ levels: [String], _ rows: [Int]) {
    var countOfCode = Array(repeating: 0, count: levels.count)
    for row in rows where codes[row] >= 0 { countOfCode[Int(codes[row])] += 1 }
    let order = sortedLevels(levels.indices.filter { countOfCode[$0] > 0 }.map { levels[$0] })
    let codeOfLevel = Dictionary(zip(levels, levels.indices)) { first, _ in first }
    self.levels = order
    counts = order.map { countOfCode[codeOfLevel[$0]!] }
  }
}

/// Numbers by size if all levels are numbers, else by their characters' code points.
func sortedLevels(_ levels: [String]) -> [String] {
  let numbers = levels.map { NumberParser.number($0) }
  if !numbers.contains(nil) {
    return zip(levels, numbers).sorted { ($0.1!, $0.0) < ($1.1!, $1.0) }.map(\.0)
  }
  return levels.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
}
