import GliaTensors

/// Steps of one size for all elements, in the direction of the sign of a mean of the gradient:
///
///     c = beta1 · m + (1 − beta1) · g
///     p ← p − learningRate · (sign(c) + weightDecay · p)
///     m ← beta2 · m + (1 − beta2) · g
///
/// It keeps one number a parameter, and wants a rate three to ten times lower than Adam's. Chen and others 2023, "Symbolic
/// discovery of optimization algorithms", arXiv:2302.06675.
public struct Lion: ElementwiseOptimizer {
  public static let kind = "lion"
  public static let hyperparameters = [
    .learningRate(0.0001),
    Hyperparameter("beta1", .fraction, default: 0.9, "How much of the mean is in a step's direction."),
    Hyperparameter("beta2", .fraction, default: 0.99, "How much of the last mean is kept."), .decoupledDecay,
  ]

  public var learningRate, beta1, beta2, weightDecay: Double

  public init(
    learningRate: Double = 0.0001, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0.01
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), beta1: all.number("beta1"), beta2: all.number("beta2"),
      weightDecay: all.number("weightDecay"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "beta1": .number(beta1), "beta2": .number(beta2),
      "weightDecay": .number(weightDecay),
    ]
  }

  public var slots: [OptimizerSlot] { [OptimizerSlot("mean")] }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let direction = (state[0] * beta1 + gradient * (1 - beta1)).sign()
    let change = weightDecay == 0 ? direction : direction + parameter * weightDecay
    let next = parameter - learningRate.like(parameter) * change
    return (next, [state[0] * beta2 + gradient * (1 - beta2)])
  }
}

extension Optimizer where Self == Lion {
  /// See ``Lion`` for the formula, its source and the settings.
  public static func lion(
    learningRate: Double = 0.0001, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0.01
  ) -> Lion {
    Lion(learningRate: learningRate, beta1: beta1, beta2: beta2, weightDecay: weightDecay)
  }
}
