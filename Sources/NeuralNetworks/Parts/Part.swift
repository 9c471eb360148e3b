import GliaTensors

/// A layer, loss, optimizer, schedule or initialiser: something that has a kind and settings, and can be made from them.
///
/// So every part can be written to a file, read from one, listed in a command's help and checked in one way.
public protocol Part {
  /// The name in files and on the command line: "batchNorm".
  static var kind: String { get }
  static var hyperparameters: [Hyperparameter] { get }
  /// What settings have to keep together, such as a size that its groups divide. Each by itself is in its range already.
  ///
  /// - Throws: `SettingError` that names the settings and their values.
  static func check(_ settings: Settings) throws
  /// The value of each hyperparameter.
  var settings: Settings { get }
  /// Makes the part from settings, taking the defaults for what is missing.
  init(_ settings: Settings) throws
  /// Checks every setting against its range, those of parts within too, and what settings have to keep together.
  ///
  /// - Throws: `SettingError` with the setting's name, its value and its range.
  func validateSettings() throws
}

extension Part {
  public static var hyperparameters: [Hyperparameter] { [] }
  public var settings: Settings { [:] }

  public var partDescription: PartDescription { PartDescription(Self.kind, settings) }

  public func validateSettings() throws { _ = try Self.complete(settings) }

  /// The settings with defaults for what is missing, all of them checked.
  public static func complete(_ given: Settings) throws -> Settings {
    let all = try hyperparameters.complete(given, of: kind)
    try check(all)
    return all
  }

  public static func check(_ settings: Settings) throws {}
}

/// A part that has nothing to set.
public protocol PlainPart: Part {
  init()
}

extension PlainPart {
  public init(_ settings: Settings) throws {
    _ = try Self.complete(settings)
    self.init()
  }
}

extension Array where Element == Hyperparameter {
  /// The settings of a part of some kind, with defaults for what is missing, all of them checked.
  func complete(_ given: Settings, of kind: String) throws -> Settings {
    if let unknown = given.names.first(where: { name in !contains { $0.name == name } }) {
      let known = self.map(\.name)
      throw SettingError(
        "\(kind) has no setting '\(unknown)'."
          + (known.isEmpty ? " It has none." : " It has \(known.joined(separator: ", "))."))
    }
    var complete = Settings()
    for parameter in self {
      guard let value = given[parameter.name] ?? parameter.defaultValue else {
        if case .part = parameter.values { continue }
        throw SettingError("\(kind) needs '\(parameter.name)': \(parameter.range). \(parameter.documentation)")
      }
      guard parameter.allows(value) else {
        throw SettingError("\(kind): \(parameter.name) is \(value); it has to be \(parameter.range).")
      }
      complete[parameter.name] = value
    }
    return complete
  }
}

/// The parts of one sort: a table with one row each, which makes parts by name and which tests walk through.
public struct Catalog<Row: CatalogRow> {
  /// What the rows are, for messages: "optimizer".
  public let sort: String
  public let rows: [Row]

  init(_ sort: String, _ rows: [Row]) {
    self.sort = sort
    self.rows = rows
  }

  public var kinds: [String] { rows.map(\.kind) }

  /// - Throws: `SettingError` with the kinds that there are.
  public func row(_ kind: String) throws -> Row {
    if let row = rows.first(where: { $0.kind == kind }) { return row }
    let near = kinds.first { $0.lowercased() == kind.lowercased() }
    throw SettingError(
      "There is no \(sort) '\(kind)'."
        + (near.map { " Do you mean '\($0)'?" } ?? " There are: \(kinds.joined(separator: ", "))."))
  }

  /// Makes a part from its description.
  ///
  /// - Throws: `SettingError` for an unknown kind, an unknown setting, or one that is out of its range.
  public func make(_ description: PartDescription) throws -> Row.Made {
    try row(description.kind).make(description.settings)
  }

  /// Makes a part by name, with its defaults where nothing is said.
  public func make(_ kind: String, _ settings: Settings = [:]) throws -> Row.Made {
    try row(kind).make(settings)
  }
}

/// One row of a catalog.
public protocol CatalogRow {
  associatedtype Made
  var kind: String { get }
  var hyperparameters: [Hyperparameter] { get }
  func make(_ settings: Settings) throws -> Made
}
