/// Mixes each row with another one, inputs and targets alike: λ · one + (1 − λ) · other, with λ drawn from Beta(α, α).
///
///     try trainer.fit(samples, epochs: 10, mixup: Mixup(alpha: 0.2))
///
/// The other row is any of the samples, and λ is drawn for each row, by the seed, the epoch and the row; so a row is mixed the
/// same whatever batch it is in. The paper takes both from the batch. A row keeps its own weight.
///
/// Zhang et al. 2018, "mixup: Beyond empirical risk minimization", arXiv:1710.09412.
public struct Mixup: Part, Sendable {
  public static let kind = "mixup"
  public static let hyperparameters = [
    Hyperparameter(
      "alpha", .positive, default: 0.2, "Near 0 rows stay nearly as they are; at 1 every share is as likely.")
  ]

  public let alpha: Double
  public init(alpha: Double = 0.2) { self.alpha = alpha }
  public init(_ settings: Settings) throws { self.init(alpha: try Self.complete(settings).number("alpha")) }
  public var settings: Settings { ["alpha": .number(alpha)] }

  /// Which of `count` rows to mix with, and the share of the row itself.
  package func draw(from count: Int, _ draws: inout RandomDraws) -> (row: Int, share: Float) {
    (draws.integer(in: 0...count - 1), Float(draws.share(alpha: alpha)))
  }
}
