import GliaTensors

/// x where x > 0, weight · x elsewhere, which is also the slope at 0; the weight is learned: one for all, or one for each of
/// `size` features, which are axis 1: [batch, size, …].
///
/// He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers", arXiv:1502.01852.
public struct PReLU: Layer, Nonlinearity {
  public static let kind = "prelu"
  public static let hyperparameters = [
    Hyperparameter("size", .size, default: 1, "How many weights: one for all, or one for each feature."),
    Hyperparameter("start", .anyNumber, default: 0.25, "The weight before training."),
    .dtype,
  ]

  public let size: Int
  public let start: Double
  public let weight: Parameter

  public init(_ size: Int = 1, start: Double = 0.25, dtype: DType = .float32) {
    self.size = size
    self.start = start
    weight = Parameter([size], dtype: dtype, initializer: .constant(start))
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.integer("size"), start: all.number("start"), dtype: .named(all))
  }

  public var settings: Settings {
    ["size": Setting(size), "start": .number(start), "dtype": Setting(weight.dtype)]
  }

  public var precedingInitializer: Initializer { .heNormal(negativeSlope: abs(start)) }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    if size > 1 { try expectFeatures(size, axis: 1, of: input) }
    try expectType(weight.dtype, dtype)
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    let slope = size == 1 ? weight.tensor : weight.tensor.spread(overFeaturesOf: x)
    return (x .> 0.0).select(x, x * slope)
  }
}
