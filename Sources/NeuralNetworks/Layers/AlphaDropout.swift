import GliaTensors

/// Dropout for SELU: in training each element is set to SELU's least value −λα with probability `rate`, and all are scaled and
/// shifted so that mean 0 and variance 1 stay; in inference nothing changes. The input may have any shape.
///
/// y = a · x + b where kept, −a · λα + b where dropped, with a = 1 / √((1 − rate) · (1 + rate · (λα)²)) and b = a · λα · rate.
///
/// Klambauer, Unterthiner, Mayr and Hochreiter 2017, "Self-normalizing neural networks", arXiv:1706.02515.
public struct AlphaDropout: Layer {
  public static let kind = "alphaDropout"
  public static let hyperparameters = [
    Hyperparameter("rate", .fraction, default: 0.5, "The part of the elements that is set to SELU's least value.")
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
    let least = SELU.alpha * SELU.scale
    let scale = 1 / ((1 - rate) * (1 + rate * least * least)).squareRoot()
    let dropped = Tensor(repeating: -least, shape: x.shape, dtype: x.dtype)
    return (uniform .>= rate).select(x, dropped) * scale + scale * least * rate
  }
}
