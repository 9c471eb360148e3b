/// A setting of a part as data: its name, what it may be, and what it is where nothing is said.
///
/// One table serves for checking, for the documentation and for the command's help.
public struct Hyperparameter: Hashable, Sendable {
  /// What a setting may be.
  public enum Values: Hashable, Sendable {
    /// From `lower` to `upper`; the bounds themselves where `including…` says so.
    case number(lower: Double, includingLower: Bool, upper: Double, includingUpper: Bool)
    case integer(ClosedRange<Int>)
    /// One of these numbers.
    case oneOf([Double])
    /// A list of so many elements at least, each of them one of these.
    indirect case list(of: Values, atLeast: Int)
    /// One integer for all axes, or a list of one for each of `axes`; or one of some words.
    case perAxis(ClosedRange<Int>, axes: Int, words: [String])
    case flag
    case text
    case choice([String])
    /// Another part of one of these kinds; it may be left out.
    case part([String])
    /// A list of parts.
    case parts
  }

  public let name: String
  public let values: Values
  /// Nil where it has to be given, or, for a part, may be left out.
  public let defaultValue: Setting?
  public let documentation: String

  init(_ name: String, _ values: Values, default defaultValue: Setting?, _ documentation: String) {
    self.name = name
    self.values = values
    self.defaultValue = defaultValue
    self.documentation = documentation
  }

  /// The values in words: "at least 0 and less than 1".
  public var range: String { values.range }

  /// Whether a value is of the right kind and within the range.
  public func allows(_ value: Setting) -> Bool { values.allows(value) }
}

extension Hyperparameter.Values {
  /// The values in words: "at least 0 and less than 1".
  public var range: String {
    switch self {
    case .number(let lower, let includingLower, let upper, let includingUpper):
      var words: [String] = []
      if lower.isFinite { words.append((includingLower ? "at least " : "greater than ") + Setting.plain(lower)) }
      if upper.isFinite { words.append((includingUpper ? "at most " : "less than ") + Setting.plain(upper)) }
      return words.isEmpty ? "any finite number" : words.joined(separator: " and ")
    case .integer(let range): return Self.text(range)
    case .oneOf(let numbers): return numbers.map(Setting.plain).joined(separator: " or ")
    case .list(let values, let count):
      return "a list of \(count == 0 ? "" : "at least \(count) ")number\(count == 1 ? "" : "s"), each \(values.range)"
    case .perAxis(let range, let axes, let words):
      let lists = axes > 1 ? ["a list of \(axes) such integers"] : []
      return ([Self.text(range)] + lists + words).joined(separator: " or ")
    case .flag: return "true or false"
    case .text: return "a text"
    case .choice(let choices): return "one of " + choices.joined(separator: ", ")
    case .part(let kinds): return kinds.isEmpty ? "a part" : "one of " + kinds.joined(separator: ", ")
    case .parts: return "a list of parts"
    }
  }

  private static func integer(_ setting: Setting) -> Int? {
    if case .number(let number) = setting { Int(exactly: number) } else { nil }
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "an integer of at least \(range.lowerBound)" : "an integer from \(range.lowerBound) to \(range.upperBound)"
  }

  /// Whether a value is of the right kind and within the range.
  public func allows(_ value: Setting) -> Bool {
    switch (self, value) {
    case (.number(let lower, let includingLower, let upper, let includingUpper), .number(let number)):
      number.isFinite && (includingLower ? number >= lower : number > lower)
        && (includingUpper ? number <= upper : number < upper)
    case (.integer(let range), .number(let number)): Int(exactly: number).map(range.contains) ?? false
    case (.oneOf(let numbers), .number(let number)): numbers.contains(number)
    case (.list(let values, let count), .list(let list)): list.count >= count && list.allSatisfy(values.allows)
    case (.perAxis(let range, _, _), .number(let number)): Int(exactly: number).map(range.contains) ?? false
    case (.perAxis(let range, let axes, _), .list(let list)):
      list.count == axes && list.allSatisfy { Self.integer($0).map(range.contains) ?? false }
    case (.perAxis(_, _, let words), .text(let text)): words.contains(text)
    case (.flag, .flag): true
    case (.text, .text): true
    case (.choice(let choices), .text(let text)): choices.contains(text)
    case (.part(let kinds), .part(let part)): kinds.isEmpty || kinds.contains(part.kind)
    case (.parts, .list(let list)): list.allSatisfy { if case .part = $0 { true } else { false } }
    default: false
    }
  }
}

extension Hyperparameter.Values {
  package static let positive = Self.number(lower: 0, includingLower: false, upper: .infinity, includingUpper: false)
  static let notNegative = Self.number(lower: 0, includingLower: true, upper: .infinity, includingUpper: false)
  /// 0 ≤ x < 1
  package static let fraction = Self.number(lower: 0, includingLower: true, upper: 1, includingUpper: false)
  /// 0 ≤ x ≤ 1
  static let closedFraction = Self.number(lower: 0, includingLower: true, upper: 1, includingUpper: true)
  /// 0 < x < 1
  package static let openFraction = Self.number(lower: 0, includingLower: false, upper: 1, includingUpper: false)
  package static let anyNumber = Self.number(
    lower: -.infinity, includingLower: false, upper: .infinity, includingUpper: false)
  static let size = Self.integer(1...Int.max)
  static func integers(_ range: ClosedRange<Int>) -> Self { .list(of: .integer(range), atLeast: 0) }
}

/// A setting that a part does not have, or that is out of its range.
public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  package init(_ description: String) { self.description = description }
}
