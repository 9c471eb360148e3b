import GliaNeuralNetworks
import GliaTables

/// One of the options of a run on a table by its name on the command line, so that values for it can be declared, drawn, checked
/// and kept in a file.
public struct TableSetting: Sendable {
  public let name: String
  /// What it may be.
  public let values: Hyperparameter.Values
  private let set: @Sendable (inout TableOptions, Setting) -> Void

  private init(
    _ name: String, _ values: Hyperparameter.Values, _ set: @escaping @Sendable (inout TableOptions, Setting) -> Void
  ) {
    self.name = name
    self.values = values
    self.set = set
  }

  /// Puts a value into options.
  ///
  /// - Throws: `SettingError` that names the setting, the value and its range.
  public func apply(_ value: Setting, to options: inout TableOptions) throws {
    try check(value)
    set(&options, value)
  }

  func check(_ value: Setting) throws {
    guard values.allows(value) else {
      throw SettingError("\(name) is \(value); it has to be \(values.range).")
    }
    if name == "embedding", case .part(let part) = value, part.kind != "none" {
      try TableNetwork.check(embedding: part)
    }
  }

  /// The settings that can be tuned. To add one, add a row.
  public static let all: [TableSetting] = [
    TableSetting("learning-rate", hyperparameter(AdamW.hyperparameters, "learningRate")) {
      $0.learningRate = $1.number
    },
    TableSetting("weight-decay", hyperparameter(AdamW.hyperparameters, "weightDecay")) { $0.weightDecay = $1.number },
    TableSetting("dropout", hyperparameter(Dropout.hyperparameters, "rate")) { $0.dropout = $1.number },
    TableSetting("hidden", .list(of: .integer(1...1 << 20), atLeast: 0)) { $0.hiddenSizes = $1.integers },
    TableSetting("activation", .choice(Catalog.activations.kinds)) { $0.activation = $1.text },
    TableSetting("bins", .integer(0...4096)) { $0.bins = $1.integer },
    TableSetting("bin-edges", .choice(BinEdges.allCases.map(\.rawValue))) {
      $0.binEdges = $1.text.flatMap(BinEdges.init(rawValue:))
    },
    TableSetting("scaling", .choice(Scaling.allCases.map(\.rawValue))) {
      $0.scaling = $1.text.flatMap(Scaling.init(rawValue:))
    },
    TableSetting("embedding", .part([Periodic.kind, "none"])) { $0.embedding = $1.part },
    TableSetting("linear-part", .flag) { $0.linearPart = $1 == .flag(true) },
    TableSetting("optimizer", .part(Catalog.optimizers.kinds)) { $0.optimizer = $1.part },
    TableSetting("schedule", .choice(Catalog.schedules.kinds)) { $0.schedule = $1.text },
    TableSetting("loss", .part(Catalog.losses.kinds)) { $0.loss = $1.part },
    TableSetting("batch-size", .integer(1...1 << 20)) { $0.batchSize = $1.integer },
    TableSetting("epochs", .integer(1...1 << 20)) { $0.epochs = $1.integer },
    TableSetting("patience", .integer(0...1 << 20)) { $0.patience = $1.integer },
    TableSetting("members", .integer(1...256)) { $0.members = $1.integer },
    TableSetting("networks", .integer(1...64)) { $0.networks = $1.integer },
  ]

  /// - Throws: `SettingError` with the names that there are.
  public static func named(_ name: String) throws -> TableSetting {
    if let setting = all.first(where: { $0.name == name }) { return setting }
    throw SettingError(
      "There is no setting '\(name)' to tune. There are: \(all.map(\.name).joined(separator: ", ")).")
  }

  private static func hyperparameter(_ all: [Hyperparameter], _ name: String) -> Hyperparameter.Values {
    all.first { $0.name == name }!.values
  }
}

extension TableOptions {
  /// Takes values by the names of ``TableSetting``.
  ///
  /// - Throws: `SettingError` for a name that there is not, or a value out of its range.
  public mutating func apply(_ settings: Settings) throws {
    for entry in settings.entries { try TableSetting.named(entry.name).apply(entry.value, to: &self) }
  }
}

// The value of a setting that was checked.
extension Setting {
  fileprivate var number: Double? { if case .number(let value) = self { value } else { nil } }
  fileprivate var integer: Int? { number.flatMap { Int(exactly: $0) } }
  fileprivate var text: String? { if case .text(let value) = self { value } else { nil } }
  fileprivate var part: PartDescription? { if case .part(let value) = self { value } else { nil } }
  fileprivate var integers: [Int]? { if case .list(let values) = self { values.compactMap(\.integer) } else { nil } }
}
