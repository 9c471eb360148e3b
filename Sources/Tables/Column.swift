/// What a column holds.
public enum ColumnType: String, Codable, CaseIterable, Sendable {
  /// Float64; a missing value is NaN.
  case number
  /// Int64, written without a point or an exponent.
  case integer
  /// One of several levels.
  case category
  case boolean
  /// A moment, in seconds since 1970-01-01 00:00:00 UTC.
  case date
  /// Many different strings, mostly long ones.
  case text
}

/// A named column of one type, with its missing values.
public struct Column: Sendable, Equatable {
  /// How the values lie in memory. Codes index `levels`; -1 is missing.
  package enum Values: Sendable, Equatable {
    case numbers([Double])
    /// `missing` is empty where no value is missing.
    case integers([Int64], missing: [Bool])
    case codes([Int32], levels: [String])
  }

  public let name: String
  public let type: ColumnType
  package let values: Values

  package init(name: String, type: ColumnType, values: Values) {
    self.name = name
    self.type = type
    self.values = values
  }

  /// Numbers; NaN is missing.
  public init(_ name: String, numbers: [Double]) {
    self.init(name: name, type: .number, values: .numbers(numbers))
  }

  /// Integers; nil is missing.
  public init(_ name: String, integers: [Int?]) {
    let missing = integers.contains(nil) ? integers.map { $0 == nil } : []
    self.init(name: name, type: .integer, values: .integers(integers.map { Int64($0 ?? 0) }, missing: missing))
  }

  /// Categories; nil is missing.
  public init(_ name: String, categories: [String?]) {
    self.init(name: name, type: .category, strings: categories)
  }

  /// Text; nil is missing.
  public init(_ name: String, text: [String?]) {
    self.init(name: name, type: .text, strings: text)
  }

  /// Booleans; nil is missing.
  public init(_ name: String, booleans: [Bool?]) {
    let codes = booleans.map { value in value.map { $0 ? Int32(1) : 0 } ?? -1 }
    self.init(name: name, type: .boolean, values: .codes(codes, levels: Column.booleanLevels))
  }

  /// Moments as seconds since 1970-01-01 00:00:00 UTC; NaN is missing.
  public init(_ name: String, dates seconds: [Double]) {
    self.init(name: name, type: .date, values: .numbers(seconds))
  }

  private init(name: String, type: ColumnType, strings: [String?]) {
    var levels: [String] = []
    var codeOf: [String: Int32] = [:]
    let codes = strings.map { string -> Int32 in
      guard let string else { return -1 }
      if let code = codeOf[string] { return code }
      codeOf[string] = Int32(levels.count)
      levels.append(string)
      return Int32(levels.count - 1)
    }
    self.init(name: name, type: type, values: .codes(codes, levels: levels))
  }

  package static let booleanLevels = ["false", "true"]

  public var count: Int {
    switch values {
    case .numbers(let numbers): numbers.count
    case .integers(let integers, _): integers.count
    case .codes(let codes, _): codes.count
    }
  }

  /// Whether the row has no value here; of numbers and dates that is NaN.
  public func isMissing(_ row: Int) -> Bool {
    switch values {
    case .numbers(let numbers): numbers[row].isNaN
    case .integers(_, let missing): !missing.isEmpty && missing[row]
    case .codes(let codes, _): codes[row] < 0
    }
  }

  public var missingCount: Int {
    switch values {
    case .numbers(let numbers): numbers.reduce(0) { $0 + ($1.isNaN ? 1 : 0) }
    case .integers(_, let missing): missing.reduce(0) { $0 + ($1 ? 1 : 0) }
    case .codes(let codes, _): codes.reduce(0) { $0 + ($1 < 0 ? 1 : 0) }
    }
  }

  /// The different strings of a category, text or boolean column, in order of first appearance; empty for other types.
  public var levels: [String] {
    if case .codes(_, let levels) = values { levels } else { [] }
  }

  /// All values as numbers, NaN where missing: dates as seconds, booleans as 0 and 1; nil for categories and text.
  public var numbers: [Double]? {
    switch values {
    case .numbers(let numbers): return numbers
    case .integers(let integers, let missing):
      guard !missing.isEmpty else { return integers.map(Double.init) }
      return zip(integers, missing).map { $1 ? .nan : Double($0) }
    case .codes(let codes, _):
      return type == .boolean ? codes.map { $0 < 0 ? .nan : Double($0) } : nil
    }
  }

  /// The value of a row as text, nil where it is missing: numbers in their shortest exact form, dates as ISO 8601.
  public func text(_ row: Int) -> String? {
    guard !isMissing(row) else { return nil }
    switch values {
    case .numbers(let numbers):
      return type == .date ? CivilTime(seconds: numbers[row]).description : shortest(numbers[row])
    case .integers(let integers, _): return String(integers[row])
    case .codes(let codes, let levels): return levels[Int(codes[row])]
    }
  }

  /// The column with the given rows only, in the order given.
  public func rows(_ rows: [Int]) -> Column {
    let picked: Values =
      switch values {
      case .numbers(let numbers): .numbers(rows.map { numbers[$0] })
      case .integers(let integers, let missing):
        .integers(rows.map { integers[$0] }, missing: missing.isEmpty ? [] : rows.map { missing[$0] })
      case .codes(let codes, let levels): .codes(rows.map { codes[$0] }, levels: levels)
      }
    return Column(name: name, type: type, values: picked)
  }

  /// The same values under another name.
  public func renamed(_ name: String) -> Column { Column(name: name, type: type, values: values) }
}

/// The shortest decimal that reads back as the same number, without a final `.0`.
package func shortest(_ number: Double) -> String {
  let text = String(number)
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
