import GliaTensors

/// Adam that looks ahead along its own mean, as Nesterov's momentum does:
///
///     g ← gradient + weightDecay · p
///     μₜ = beta1 · (1 − 0.96^(t · momentumDecay) / 2),    Πₜ = μ₁ · … · μₜ
///     m ← beta1 · m + (1 − beta1) · g,    v ← beta2 · v + (1 − beta2) · g²
///     m̂ = μₜ₊₁ · m / (1 − Πₜ · μₜ₊₁) + (1 − μₜ) · g / (1 − Πₜ)
///     p ← p − learningRate · m̂ / (√(v / (1 − beta2ᵗ)) + epsilon)
///
/// Dozat 2016, "Incorporating Nesterov momentum into Adam", ICLR workshop; the rule for μₜ is Sutskever's, as in PyTorch.
public struct NAdam: AdamRelative {
  public static let kind = "nadam"
  public static let hyperparameters =
    [.learningRate(0.002)] + AdamStep.betas
    + [
      .epsilon(1e-8, "Added to the root of the mean square."), .l2Decay,
      Hyperparameter("momentumDecay", .notNegative, default: 0.004, "How fast μ rises to beta1."),
    ]

  public var learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay: Double

  public init(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, momentumDecay: Double = 0.004
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentumDecay = momentumDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), beta1: all.number("beta1"), beta2: all.number("beta2"),
      epsilon: all.number("epsilon"), weightDecay: all.number("weightDecay"),
      momentumDecay: all.number("momentumDecay"))
  }

  public var settings: Settings { settings(and: ("momentumDecay", .number(momentumDecay))) }

  public var slots: [OptimizerSlot] {
    [
      OptimizerSlot("firstMoment"), OptimizerSlot("secondMoment"), OptimizerSlot("steps", .scalar),
      OptimizerSlot("momentumProduct", .scalar, initialValue: 1),
      OptimizerSlot("beta2Power", .scalar, initialValue: 1),
    ]
  }

  /// μ of a step, counted from 1.
  private func momentum(_ step: Tensor) -> Tensor {
    // 0.96ˣ as eˣ ˡⁿ ⁰·⁹⁶
    let logarithm = -0.040_821_994_520_255_166
    return (1.0 - (step * (momentumDecay * logarithm)).exp() * 0.5) * beta1
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let first = state[0] * beta1 + g * (1 - beta1)
    let second = state[1] * beta2 + g.squared() * (1 - beta2)
    let step = state[2] + 1
    let (now, next) = (momentum(step), momentum(step + 1))
    let product = state[3] * now
    let power = state[4] * beta2
    let ofMean = (learningRate * next / (1.0 - product * next)).like(g)
    let ofGradient = (learningRate * (1.0 - now) / (1.0 - product)).like(g)
    let root = second.squareRoot() * (1.0 - power).reciprocalSquareRoot().like(g) + epsilon
    return (parameter - (ofMean * first + ofGradient * g) / root, [first, second, step, product, power])
  }
}

extension Optimizer where Self == NAdam {
  /// See ``NAdam`` for the formula, its source and the settings.
  public static func nadam(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, momentumDecay: Double = 0.004
  ) -> NAdam {
    NAdam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      momentumDecay: momentumDecay)
  }
}
