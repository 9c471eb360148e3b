import GliaTensors

/// Adam with the largest gradient, fading, in the place of the root mean square:
///
///     g ← gradient + weightDecay · p
///     m ← beta1 · m + (1 − beta1) · g,    u ← max(beta2 · u, |g| + epsilon)
///     p ← p − learningRate / (1 − beta1ᵗ) · m / u
///
/// Kingma and Ba 2015, "Adam", section 7.1, arXiv:1412.6980. Epsilon is added to the gradient's size, as in PyTorch.
public struct Adamax: AdamRelative {
  public static let kind = "adamax"
  public static let hyperparameters =
    [.learningRate(0.002)] + AdamStep.betas
    + [Hyperparameter("epsilon", .positive, default: 1e-8, "Added to the gradient's size."), .l2Decay]

  public var learningRate, beta1, beta2, epsilon, weightDecay: Double

  public init(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), beta1: all.number("beta1"), beta2: all.number("beta2"),
      epsilon: all.number("epsilon"), weightDecay: all.number("weightDecay"))
  }

  public var slots: [OptimizerSlot] {
    [
      OptimizerSlot("firstMoment"), OptimizerSlot("largestGradient"),
      OptimizerSlot("beta1Power", .scalar, initialValue: 1),
    ]
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let first = state[0] * beta1 + g * (1 - beta1)
    let largest = (state[1] * beta2).maximum(g.abs() + epsilon)
    let power = state[2] * beta1
    return (parameter - (learningRate / (1.0 - power)).like(g) * first / largest, [first, largest, power])
  }
}

extension Optimizer where Self == Adamax {
  /// See ``Adamax`` for the formula, its source and the settings.
  public static func adamax(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) -> Adamax {
    Adamax(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}
