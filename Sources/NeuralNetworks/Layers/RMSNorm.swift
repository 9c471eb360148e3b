import GliaTensors

/// Each row divided by the root of its mean square over the last axis, then scaled by a weight that is learned:
/// y = x / √(mean(x²) + epsilon) · weight, for x [..., size]. (PyTorch's epsilon is the type's own ε where none is given.)
///
/// Zhang and Sennrich 2019, "Root mean square layer normalization", arXiv:1910.07467.
public struct RMSNorm: Layer {
  public static let kind = "rmsNorm"
  public static let hyperparameters = [
    Hyperparameter("size", .size, default: nil, "The features, which are the last axis."),
    Hyperparameter("epsilon", .positive, default: 1e-6, "Added to the mean square, within the square root."),
    .dtype,
  ]

  public let size: Int
  public let epsilon: Double
  public let weight: Parameter

  public init(_ size: Int, epsilon: Double = 1e-6, dtype: DType = .float32) {
    self.size = size
    self.epsilon = epsilon
    weight = Parameter([size], dtype: dtype, initializer: .ones)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.integer("size"), epsilon: all.number("epsilon"), dtype: .named(all))
  }

  public var settings: Settings {
    ["size": Setting(size), "epsilon": .number(epsilon), "dtype": Setting(weight.dtype)]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(size, axis: -1, of: input)
    try expectType(weight.dtype, dtype)
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    x * (x.squared().mean([-1], keepingAxes: true) + epsilon).reciprocalSquareRoot() * weight.tensor
  }
}
