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
        InitializerRow(
          "normal",
          [
            Hyperparameter("mean", .anyNumber, default: 0, "The mean."),
            Hyperparameter("deviation", .notNegative, default: 0.01, "The standard deviation."),
          ]
        ) { .normal(mean: $0.number("mean"), deviation: $0.number("deviation")) },
        InitializerRow("glorotUniform") { _ in .glorotUniform },
        InitializerRow("glorotNormal") { _ in .glorotNormal },
        InitializerRow("heUniform", [slope]) { .heUniform(negativeSlope: $0.number("negativeSlope")) },
        InitializerRow("heNormal", [slope]) { .heNormal(negativeSlope: $0.number("negativeSlope")) },
        InitializerRow("constant", [Hyperparameter("value", .anyNumber, default: 0, "The number.")]) {
          .constant($0.number("value"))
        },
        InitializerRow("lecunUniform") { _ in .lecunUniform },
        InitializerRow("lecunNormal") { _ in .lecunNormal },
        InitializerRow("default") { _ in .default },
      ])
  }

  private static var slope: Hyperparameter {
    Hyperparameter("negativeSlope", .notNegative, default: 0, "The slope of the activation for x below 0.")
  }
}

/// An initialiser of the catalog.
public struct InitializerRow: CatalogRow {
  public let kind: String
  public let hyperparameters: [Hyperparameter]
  private let build: @Sendable (Settings) -> Initializer

  init(_ kind: String, _ hyperparameters: [Hyperparameter] = [], build: @escaping @Sendable (Settings) -> Initializer) {
    self.kind = kind
    self.hyperparameters = hyperparameters
    self.build = build
  }

  public func make(_ settings: Settings) throws -> Initializer {
    build(try hyperparameters.complete(settings, of: kind))
  }
}
