import GliaTensors

/// −w · y · log p − (1 − y) · log(1 − p) with p = sigmoid(x), from logits x and probabilities y of one shape.
///
/// w, which is 1 unless it is set, makes a rare positive count more: one number for all outputs, or one for each along
/// the last axis. Without it the loss is computed as max(x, 0) − x · y + log(1 + e^−|x|), which overflows nowhere, with
/// the gradient p − y, which is exact also where the parts of that sum have kinks. `prediction` is p.
public struct BinaryCrossEntropy: Loss {
  public static let kind = "binaryCrossEntropy"
  public static let targets = TargetKind.probabilities
  public static let hyperparameters = [
    Hyperparameter(
      "positiveWeight", .list(of: .notNegative, atLeast: 0), default: [],
      "What a positive counts, in all outputs or in each; 1 where the list is empty.")
  ]

  public let positiveWeight: [Double]
  public init(positiveWeight: [Double] = []) { self.positiveWeight = positiveWeight }
  public init(_ settings: Settings) throws {
    self.init(positiveWeight: try Self.complete(settings).numbers("positiveWeight"))
  }
  public var settings: Settings { ["positiveWeight": Setting(positiveWeight)] }
  public var layout: LossLayout { .each(last: positiveWeight.count > 1 ? positiveWeight.count : nil) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let (x, y) = (output, target)
    if positiveWeight.isEmpty {
      let value = x.maximum(0.0) - x * y + (-x.abs()).exp().logOnePlus()
      return value.withGradient(by: [x, y]) { [($0 * (x.sigmoid() - y)), -($0 * x)] }
    }
    let weight =
      positiveWeight.count == 1
      ? Tensor(positiveWeight[0], dtype: x.dtype) : Tensor(positiveWeight, dtype: x.dtype)
    return y * weight * logOnePlusExp(-x) + (1.0 - y) * logOnePlusExp(x)
  }

  public func prediction(from output: Tensor) -> Tensor { output.sigmoid() }
}

/// log(1 + eˣ) = −log(1 − sigmoid(x)), computed as max(x, 0) + log(1 + e^−|x|), with the gradient sigmoid(x).
func logOnePlusExp(_ x: Tensor) -> Tensor {
  let value = x.maximum(0.0) + (-x.abs()).exp().logOnePlus()
  return value.withGradient(by: [x]) { [$0 * x.sigmoid()] }
}

extension Loss where Self == BinaryCrossEntropy {
  /// See ``BinaryCrossEntropy`` for the formula, the shapes and the settings.
  public static var binaryCrossEntropy: BinaryCrossEntropy { BinaryCrossEntropy() }
  /// See ``BinaryCrossEntropy`` for the formula, the shapes and the settings.
  public static func binaryCrossEntropy(positiveWeight: [Double]) -> BinaryCrossEntropy {
    BinaryCrossEntropy(positiveWeight: positiveWeight)
  }
}
