import GliaTensors

/// A value that describes a part of a network: what a model file holds, and what a command line gives.
public enum Setting: Hashable, Sendable, CustomStringConvertible {
  case number(Double)
  case text(String)
  case flag(Bool)
  case part(PartDescription)
  case list([Setting])

  public var description: String {
    switch self {
    case .number(let value): Setting.plain(value)
    case .text(let value): value
    case .flag(let value): "\(value)"
    case .part(let value): value.description
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    }
  }

  /// `4` rather than `4.0`.
  package static func plain(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}

extension Setting: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(arrayLiteral elements: Setting...) { self = .list(elements) }
  init(_ value: Int) { self = .number(Double(value)) }
  init(_ values: [Double]) { self = .list(values.map { .number($0) }) }
  init(_ dtype: DType) { self = .text(dtype.rawValue) }
}

/// Settings by name, in the order in which they are printed.
public struct Settings: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// A setting's name and value.
  public struct Entry: Hashable, Sendable {
    public let name: String
    public let value: Setting
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  public init(dictionaryLiteral elements: (String, Setting?)...) {
    for (name, value) in elements { self[name] = value }
  }

  public var names: [String] { entries.map(\.name) }

  /// The value of that name; nil where there is none. Setting nil removes it.
  public subscript(name: String) -> Setting? {
    get { entries.first { $0.name == name }?.value }
    set {
      let place = entries.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let value?): entries[place] = Entry(name: name, value: value)
      case (let place?, nil): entries.remove(at: place)
      case (nil, let value?): entries.append(Entry(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  // Settings that were completed by a part's hyperparameters have each of its names, with the type that it says.

  /// The number of that name, which has to be there.
  public func number(_ name: String) -> Double {
    guard case .number(let value)? = self[name] else { fatalError("'\(name)' is not a number among \(names).") }
    return value
  }

  /// The list of numbers of that name, which has to be there.
  public func numbers(_ name: String) -> [Double] {
    guard case .list(let values)? = self[name] else { fatalError("'\(name)' is not a list among \(names).") }
    return values.compactMap { if case .number(let number) = $0 { number } else { nil } }
  }

  /// The whole number of that name, which has to be there.
  public func integer(_ name: String) -> Int { Int(number(name)) }

  /// One integer, or those of a list.
  public func integers(_ name: String) -> [Int] {
    guard case .list(let values)? = self[name] else { return [integer(name)] }
    return values.compactMap { if case .number(let value) = $0 { Int(value) } else { nil } }
  }

  /// The flag of that name, which has to be there.
  public func flag(_ name: String) -> Bool {
    guard case .flag(let value)? = self[name] else { fatalError("'\(name)' is not a flag among \(names).") }
    return value
  }

  /// The text of that name, which has to be there.
  public func text(_ name: String) -> String {
    guard case .text(let value)? = self[name] else { fatalError("'\(name)' is not a text among \(names).") }
    return value
  }

  /// Nil where the part was left out.
  public func part(_ name: String) -> PartDescription? {
    guard case .part(let value)? = self[name] else { return nil }
    return value
  }

  /// The list of parts of that name, which has to be there.
  public func parts(_ name: String) -> [PartDescription] {
    guard case .list(let values)? = self[name] else { fatalError("'\(name)' is not a list among \(names).") }
    return values.compactMap { if case .part(let part) = $0 { part } else { nil } }
  }
}

/// A part of a network as plain data: what kind it is, and with which settings.
///
///     options.loss = "huber"
///     options.optimizer = PartDescription("sgd", ["momentum": 0.9])
public struct PartDescription: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let kind: String
  public let settings: Settings

  public init(_ kind: String, _ settings: Settings = [:]) {
    self.kind = kind
    self.settings = settings
  }

  /// A kind with its defaults.
  public init(stringLiteral kind: String) { self.init(kind) }

  /// `adam(learningRate: 0.001)`
  public var description: String {
    if settings.entries.isEmpty { return kind }
    return kind + "(" + settings.entries.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + ")"
  }
}
