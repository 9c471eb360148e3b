import GliaTensors

/// Each row shifted and scaled to mean 0 and variance 1 over its last axis, then by a weight and a bias that are learned:
/// y = (x − mean) / √(variance + epsilon) · weight + bias, for x [..., size]. The variance is the biased one.
///
/// Ba, Kiros and Hinton 2016, "Layer normalization", arXiv:1607.06450.
public struct LayerNorm: Layer {
  public static let kind = "layerNorm"
  public static let hyperparameters = [
    Hyperparameter("size", .size, default: nil, "The features, which are the last axis."),
    Hyperparameter("epsilon", .positive, default: 1e-5, "Added to the variance, within the square root."),
    Hyperparameter("bias", .flag, default: true, "Whether a bias is added."),
    .dtype,
  ]

  public let size: Int
  public let epsilon: Double
  public let weight: Parameter
  public let bias: Parameter?

  public init(_ size: Int, epsilon: Double = 1e-5, bias: Bool = true, dtype: DType = .float32) {
    self.size = size
    self.epsilon = epsilon
    weight = Parameter([size], dtype: dtype, initializer: .ones)
    self.bias = bias ? Parameter([size], dtype: dtype, initializer: .zeros) : nil
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.integer("size"), epsilon: all.number("epsilon"), bias: all.flag("bias"), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "size": Setting(size), "epsilon": .number(epsilon), "bias": .flag(bias != nil), "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(size, axis: -1, of: input)
    try expectType(weight.dtype, dtype)
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    let scaled = x.standardized(along: -1, epsilon: epsilon) * weight.tensor
    return bias.map { scaled + $0.tensor } ?? scaled
  }
}

extension Tensor {
  /// Shifted and scaled to mean 0 and variance 1 along an axis.
  func standardized(along axis: Int, epsilon: Double) -> Tensor {
    let centred = self - mean([axis], keepingAxes: true)
    return centred * (centred.squared().mean([axis], keepingAxes: true) + epsilon).reciprocalSquareRoot()
  }

  /// One number for each feature, in as many axes as `x` [batch, features, …] has after the first.
  func spread(overFeaturesOf x: Tensor) -> Tensor {
    reshaped(Shape([shape[0]] + x.shape.dropFirst(2).map { _ in 1 }))
  }
}
