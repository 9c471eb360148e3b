import GliaTensors

extension Catalog where Row == LossRow {
  /// The losses: one row each, with settings to try them with beside their defaults.
  public static var losses: Catalog {
    Catalog(
      "loss",
      [
        LossRow(MeanSquaredError.self), LossRow(MeanAbsoluteError.self), LossRow(Huber.self, ["delta": 0.7]),
        LossRow(SmoothL1.self, ["beta": 0.7]), LossRow(LogCosh.self),
        LossRow(Quantile.self, ["levels": [0.9]], ["levels": [0.1, 0.5, 0.9]]),
        LossRow(BinaryCrossEntropy.self, ["positiveWeight": [2.5]], ["positiveWeight": [0.5, 2, 3]]),
        LossRow(
          CrossEntropy.self, ["labelSmoothing": 0.1], ["classWeights": [0.5, 2, 3]],
          ["labelSmoothing": 0.2, "classWeights": [0, 2, 3]]),
        LossRow(
          CrossEntropyWithProbabilities.self, ["labelSmoothing": 0.1], ["classWeights": [0.5, 2, 3]]),
        LossRow(KLDivergence.self), LossRow(BinaryFocal.self, ["gamma": 0.5, "alpha": 0.5]),
        LossRow(Focal.self, ["gamma": 0.5], ["classWeights": [0.5, 2, 3]]),
        LossRow(Hinge.self), LossRow(SquaredHinge.self),
        LossRow(MultiClassHinge.self, ["margin": 0.5], ["squared": true]),
        LossRow(PoissonNegativeLogLikelihood.self, ["logInput": false]),
        LossRow(GammaNegativeLogLikelihood.self), LossRow(Tweedie.self, ["power": 1.2]),
        LossRow(GaussianNegativeLogLikelihood.self, ["epsilon": 1e-3, "full": true]),
        LossRow(CosineEmbedding.self, ["margin": 0.2]), LossRow(TripletMargin.self, ["margin": 0.3]),
        LossRow(Contrastive.self, ["margin": 3]),
      ])
  }
}

/// A loss of the catalog, with settings that it can be tried with.
public struct LossRow: CatalogRow {
  public let type: any Loss.Type
  public let examples: [Settings]
  init(_ type: any Loss.Type, _ examples: Settings...) {
    self.type = type
    self.examples = [[:]] + examples
  }
  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Loss { try type.init(settings) }
}
