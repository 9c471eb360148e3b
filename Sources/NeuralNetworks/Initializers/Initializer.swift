import GliaTensors

/// How a parameter starts: a function of its shape and a random key.
public struct Initializer: Sendable {
  public let kind: String
  public let settings: Settings
  private let draw: @Sendable (Shape, RandomKey, DType) -> Tensor

  /// An initialiser of your own: `draw` gives a tensor of the shape and type.
  public init(
    _ kind: String, _ settings: Settings = [:], draw: @escaping @Sendable (Shape, RandomKey, DType) -> Tensor
  ) {
    self.kind = kind
    self.settings = settings
    self.draw = draw
  }

  public func callAsFunction(_ shape: Shape, key: RandomKey, dtype: DType = .float32) -> Tensor {
    draw(shape, key, dtype)
  }

  public var partDescription: PartDescription { PartDescription(kind, settings) }

  /// As a layer's setting; nil for one of your own, which settings cannot make again.
  var setting: Setting? { Catalog.initializers.kinds.contains(kind) ? .part(partDescription) : nil }

  /// - Throws: `SettingError` for a setting that is out of its range.
  func validate() throws {
    if let row = Catalog.initializers.rows.first(where: { $0.kind == kind }) { _ = try row.make(settings) }
  }

  /// What a parameter starts as where nothing is said: Glorot's uniform for matrices, zeros for vectors.
  public static var `default`: Initializer {
    Initializer("default") { shape, key, dtype in
      (shape.rank >= 2 ? glorotUniform : zeros)(shape, key: key, dtype: dtype)
    }
  }

  /// The numbers of inputs and outputs that a weight of [outputs, inputs, …] joins; further axes count into both.
  static func fans(_ shape: Shape) -> (in: Double, out: Double) {
    guard shape.rank >= 2 else { return (Double(max(shape.elementCount, 1)), Double(max(shape.elementCount, 1))) }
    let field = shape.dropFirst(2).reduce(1, *)
    return (Double(max(shape[1] * field, 1)), Double(max(shape[0] * field, 1)))
  }
}

extension Catalog where Row == InitializerRow {
  /// The initialisers: one row each.
  public static var initializers: Catalog {
    Catalog(
      "initializer",
      [
        InitializerRow("zeros") { _ in .zeros },
        InitializerRow("ones") { _ in .ones },
        InitializerRow("constant", [Hyperparameter("value", .anyNumber, default: 0, "The number.")]) {
          .constant($0.number("value"))
        },
        InitializerRow("identity", [gain]) { .identity(gain: $0.number("gain")) },
        InitializerRow(
          "uniform",
          [
            Hyperparameter("lower", .anyNumber, default: -0.05, "The least number."),
            Hyperparameter("upper", .anyNumber, default: 0.05, "What all numbers are below."),
          ]
        ) {
          let (lower, upper) = ($0.number("lower"), $0.number("upper"))
          guard lower < upper else {
            throw SettingError("uniform: lower is \(lower); it has to be less than upper, which is \(upper).")
          }
          return .uniform(lower: lower, upper: upper)
        },
        InitializerRow("normal", [mean, deviation]) {
          .normal(mean: $0.number("mean"), deviation: $0.number("deviation"))
        },
        InitializerRow("truncatedNormal", [mean, deviation, cut]) {
          .truncatedNormal(mean: $0.number("mean"), deviation: $0.number("deviation"), cut: $0.number("cut"))
        },
        InitializerRow(
          "sparse", [Hyperparameter("sparsity", .closedFraction, default: 0.9, "The part that is 0."), deviation]
        ) { .sparse(sparsity: $0.number("sparsity"), deviation: $0.number("deviation")) },
        InitializerRow("glorotUniform", [gain]) { .glorotUniform(gain: $0.number("gain")) },
        InitializerRow("glorotNormal", [gain]) { .glorotNormal(gain: $0.number("gain")) },
        InitializerRow("heUniform", [slope, mode]) {
          .heUniform(negativeSlope: $0.number("negativeSlope"), mode: Initializer.Fan(rawValue: $0.text("mode"))!)
        },
        InitializerRow("heNormal", [slope, mode]) {
          .heNormal(negativeSlope: $0.number("negativeSlope"), mode: Initializer.Fan(rawValue: $0.text("mode"))!)
        },
        InitializerRow("lecunUniform", [gain]) { .lecunUniform(gain: $0.number("gain")) },
        InitializerRow("lecunNormal", [gain]) { .lecunNormal(gain: $0.number("gain")) },
        InitializerRow("orthogonal", [gain]) { .orthogonal(gain: $0.number("gain")) },
        InitializerRow("default") { _ in .default },
      ])
  }

  private static var gain: Hyperparameter {
    Hyperparameter("gain", .notNegative, default: 1, "What every number is multiplied by.")
  }
  private static var slope: Hyperparameter {
    Hyperparameter("negativeSlope", .notNegative, default: 0, "The slope of the activation for x below 0.")
  }
  private static var mode: Hyperparameter {
    Hyperparameter(
      "mode", .choice(Initializer.Fan.allCases.map(\.rawValue)), default: .text("fanIn"), "What the variance goes by.")
  }
  private static var mean: Hyperparameter { Hyperparameter("mean", .anyNumber, default: 0, "The mean.") }
  private static var deviation: Hyperparameter {
    Hyperparameter("deviation", .notNegative, default: 0.01, "The standard deviation.")
  }
  private static var cut: Hyperparameter {
    Hyperparameter(
      "cut", .number(lower: 0, includingLower: false, upper: 6, includingUpper: true), default: 2,
      "How many deviations from the mean the distribution ends.")
  }
}

/// An initialiser of the catalog.
public struct InitializerRow: CatalogRow {
  public let kind: String
  public let hyperparameters: [Hyperparameter]
  private let build: @Sendable (Settings) throws -> Initializer

  init(
    _ kind: String, _ hyperparameters: [Hyperparameter] = [],
    build: @escaping @Sendable (Settings) throws -> Initializer
  ) {
    self.kind = kind
    self.hyperparameters = hyperparameters
    self.build = build
  }

  public func make(_ settings: Settings) throws -> Initializer {
    try build(hyperparameters.complete(settings, of: kind))
  }
}
