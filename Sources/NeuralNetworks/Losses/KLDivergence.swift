import GliaTensors

/// Σ y · (log y − log softmax(x)), from logits x and probabilities y of the classes, both [batch, classes], one loss a
/// row.
///
/// It is the cross-entropy less the entropy of the target: 0 where the prediction is the target. A class of probability
/// 0 adds nothing. The mean is that over the rows (what PyTorch calls "batchmean"). `prediction` is softmax(x).
///
/// S. Kullback and R. A. Leibler 1951, "On information and sufficiency", doi:10.1214/aoms/1177729694.
public struct KLDivergence: Loss {
  public static let kind = "klDivergence"
  public static let targets = TargetKind.distributions
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let positive = (target .> 0.0).select(target, .ones(target.shape, dtype: target.dtype))
    return (target * (positive.log() - logSoftmax(output))).sum([-1])
  }

  public func prediction(from output: Tensor) -> Tensor { softmax(output) }
}

extension Loss where Self == KLDivergence {
  /// See ``KLDivergence`` for the formula, the shapes and the settings.
  public static var klDivergence: KLDivergence { KLDivergence() }
}
