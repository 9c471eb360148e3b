import GliaTensors

/// Adds penalty · Σ |x| / rows to the loss of a training step, and leaves x as it is: an L1 norm on what a layer gives, so that
/// few of its units answer to a row. The input may have any shape; its first axis is the rows.
///
/// A penalty on activations, not on weights (Olshausen and Field 1996, "Emergence of simple-cell receptive field properties by
/// learning a sparse code for natural images", doi:10.1038/381607a0). A validation loss is without it.
public struct SparseCode: Layer {
  public static let kind = "sparseCode"
  public static let hyperparameters = [
    Hyperparameter("penalty", .notNegative, default: 0.001, "What the sum of the absolute values counts in the loss.")
  ]

  public let penalty: Double
  public init(penalty: Double = 0.001) { self.penalty = penalty }
  public init(_ settings: Settings) throws { self.init(penalty: try Self.complete(settings).number("penalty")) }
  public var settings: Settings { ["penalty": .number(penalty)] }

  public func apply(_ x: Tensor) -> Tensor {
    if penalty > 0 { Trace.penalize(x.abs().sum() * (penalty / Double(max(x.shape.first ?? 1, 1)))) }
    return x
  }
}
