import GliaTensors

/// In training a number of the normal distribution with mean 0 and the given deviation is added to each element; in inference
/// nothing changes. The input may have any shape.
///
/// Bishop 1995, "Training with noise is equivalent to Tikhonov regularization", doi:10.1162/neco.1995.7.1.108.
public struct GaussianNoise: Layer {
  public static let kind = "gaussianNoise"
  public static let hyperparameters = [
    Hyperparameter("deviation", .notNegative, default: 0.1, "The standard deviation of the noise.")
  ]

  public let deviation: Double
  public init(_ deviation: Double = 0.1) { self.deviation = deviation }
  public init(_ settings: Settings) throws { self.init(try Self.complete(settings).number("deviation")) }
  public var settings: Settings { ["deviation": .number(deviation)] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectDrawnType(dtype)
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    guard deviation > 0, let radius = Trace.trainingUniform(like: x), let angle = Trace.trainingUniform(like: x) else {
      return x
    }
    return x + Tensor.standardNormal(radius: radius, angle: angle) * deviation
  }
}
