import GliaTensors

/// In training each element is set to 0 with probability `rate`, and the others are divided by 1 − rate, so that the expected
/// value stays; in inference nothing changes. The input may have any shape.
///
/// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout: a simple way to prevent neural networks from
/// overfitting", JMLR 15.
public struct Dropout: Layer {
  public static let kind = "dropout"
  public static let hyperparameters = [
    Hyperparameter("rate", .closedFraction, default: 0.5, "The part of the elements that is set to 0.")
  ]

  public let rate: Double
  public init(_ rate: Double = 0.5) { self.rate = rate }
  public init(_ settings: Settings) throws { self.init(try Self.complete(settings).number("rate")) }
  public var settings: Settings { ["rate": .number(rate)] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectDrawnType(dtype)
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    guard rate > 0, let uniform = Trace.trainingUniform(like: x) else { return x }
    let scale = Tensor(repeating: rate < 1 ? 1 / (1 - rate) : 0, shape: x.shape, dtype: x.dtype)
    return x * (uniform .>= rate).select(scale, .zeros(x.shape, dtype: x.dtype))
  }
}
