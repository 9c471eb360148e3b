import GliaTensors

/// Adam whose first steps do without the mean square, until enough gradients were seen for it to mean something:
///
///     g ← gradient + weightDecay · p
///     m ← beta1 · m + (1 − beta1) · g,    v ← beta2 · v + (1 − beta2) · g²
///     ρ∞ = 2 / (1 − beta2) − 1,    ρ = ρ∞ − 2 t · beta2ᵗ / (1 − beta2ᵗ)
///     r = √((ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ))
///     p ← p − learningRate · m / (1 − beta1ᵗ) · (ρ > 5 ? r · √(1 − beta2ᵗ) / (√v + epsilon) : 1)
///
/// Liu and others 2020, "On the variance of the adaptive learning rate and beyond", arXiv:1908.03265. Epsilon is added to the
/// root of the uncorrected v, as in PyTorch.
public struct RAdam: AdamRelative {
  public static let kind = "radam"
  public static let hyperparameters =
    [.learningRate(0.001)] + AdamStep.betas + [.epsilon(1e-8, "Added to the root of the mean square."), .l2Decay]

  public var learningRate, beta1, beta2, epsilon, weightDecay: Double

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
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
    [OptimizerSlot("firstMoment"), OptimizerSlot("secondMoment")] + AdamStep.powers + [OptimizerSlot("steps", .scalar)]
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let first = state[0] * beta1 + g * (1 - beta1)
    let second = state[1] * beta2 + g.squared() * (1 - beta2)
    let (power1, power2, step) = (state[2] * beta1, state[3] * beta2, state[4] + 1)
    let corrected = 1.0 - power2
    let limit = 2 / (1 - beta2) - 1
    let length = limit - step * power2 * 2 / corrected
    let part = (length - 4) * (length - 2) / length * (limit / ((limit - 4) * (limit - 2)))
    let isKnown = length .> 5
    // The root is taken of what is known only; elsewhere of 1.
    let one = Tensor(1, dtype: .float64)
    let rectified = isKnown.select(part * corrected, one).squareRoot().like(g) / (second.squareRoot() + epsilon)
    let scale = isKnown.broadcast(to: g.shape).select(rectified, Tensor(repeating: 1, shape: g.shape, dtype: g.dtype))
    let rate = (learningRate / (1.0 - power1)).like(g)
    return (parameter - rate * first * scale, [first, second, power1, power2, step])
  }
}

extension Optimizer where Self == RAdam {
  /// See ``RAdam`` for the formula, its source and the settings.
  public static func radam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) -> RAdam {
    RAdam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}
