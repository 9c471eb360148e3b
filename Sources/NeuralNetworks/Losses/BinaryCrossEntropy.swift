import GliaTensors

/// −y · log p − (1 − y) · log(1 − p) with p = sigmoid(x), from logits x and probabilities y of one shape.
///
/// It is computed as max(x, 0) − x · y + log(1 + e^−|x|), which overflows nowhere, with the gradient p − y, which is exact
/// also where the parts of that sum have kinks. `prediction` is p.
public struct BinaryCrossEntropy: Loss {
  public static let kind = "binaryCrossEntropy"
  public static let targets = TargetKind.probabilities
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let (x, y) = (output, target)
    let value = x.maximum(0.0) - x * y + (-x.abs()).exp().logOnePlus()
    return value.withGradient(by: [x, y]) { [($0 * (x.sigmoid() - y)), -($0 * x)] }
  }

  public func prediction(from output: Tensor) -> Tensor { output.sigmoid() }
}

extension Loss where Self == BinaryCrossEntropy {
  public static var binaryCrossEntropy: BinaryCrossEntropy { BinaryCrossEntropy() }
}
