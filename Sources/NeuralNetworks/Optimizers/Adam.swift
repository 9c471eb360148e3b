import GliaTensors

// Adam and AdamW share the step and differ in where the weight decay goes.
//
// Goals, in order: the numbers of Kingma and Ba's algorithm 1 as PyTorch computes them; one chain of arithmetic on each
// element; bias corrections that stay exact, so β₁ᵗ and β₂ᵗ are kept as products in float64 and not raised to a power.

/// Steps by a running mean of the gradient over the root of a running mean of its square, both corrected for their start at 0:
///
///     g ← gradient + weightDecay · p
///     m ← beta1 · m + (1 − beta1) · g,    v ← beta2 · v + (1 − beta2) · g²
///     p ← p − learningRate · (m / (1 − beta1ᵗ)) / (√(v / (1 − beta2ᵗ)) + epsilon)
///
/// Epsilon is added outside the square root, after bias correction. The weight decay is L2, a part of the gradient; `AdamW`
/// has it decoupled. Kingma and Ba 2015, "Adam", arXiv:1412.6980.
public struct Adam: Optimizer {
  public static let kind = "adam"
  public static let hyperparameters =
    AdamStep.hyperparameters + [.weightDecay(0, "Added to the gradient, times the parameter (L2).")]

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

  public var settings: Settings { AdamStep.settings(learningRate, beta1, beta2, epsilon, weightDecay) }
  public var slots: [OptimizerSlot] { AdamStep.slots }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let (step, state) = AdamStep(beta1: beta1, beta2: beta2, epsilon: epsilon)(g, state, learningRate)
    return (parameter - step, state)
  }
}

/// Adam with decoupled weight decay: p ← p − learningRate · weightDecay · p before the step, so that the decay is not divided
/// by the gradient's size.
///
/// Loshchilov and Hutter 2019, "Decoupled weight decay regularization", arXiv:1711.05101. Else as `Adam`.
public struct AdamW: Optimizer {
  public static let kind = "adamW"
  public static let hyperparameters =
    AdamStep.hyperparameters + [.weightDecay(0.01, "The part of the parameter that a step of rate 1 takes away.")]

  public var learningRate, beta1, beta2, epsilon, weightDecay: Double

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
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

  public var settings: Settings { AdamStep.settings(learningRate, beta1, beta2, epsilon, weightDecay) }
  public var slots: [OptimizerSlot] { AdamStep.slots }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let kept = (1.0 - learningRate * weightDecay).like(parameter)
    let (step, state) = AdamStep(beta1: beta1, beta2: beta2, epsilon: epsilon)(gradient, state, learningRate)
    return (parameter * kept - step, state)
  }
}

/// The step that Adam's family shares.
struct AdamStep {
  static let hyperparameters = [
    .learningRate(0.001),
    Hyperparameter("beta1", .fraction, default: 0.9, "How much of the gradient's last mean is kept."),
    Hyperparameter("beta2", .fraction, default: 0.999, "How much of the last mean of its square is kept."),
    .epsilon(1e-8, "Added to the root, so that nothing is divided by 0."),
  ]

  static let slots = [
    OptimizerSlot("firstMoment"), OptimizerSlot("secondMoment"),
    OptimizerSlot("beta1Power", .scalar, initialValue: 1), OptimizerSlot("beta2Power", .scalar, initialValue: 1),
  ]

  static func settings(
    _ learningRate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ weightDecay: Double
  ) -> Settings {
    [
      "learningRate": .number(learningRate), "beta1": .number(beta1), "beta2": .number(beta2),
      "epsilon": .number(epsilon), "weightDecay": .number(weightDecay),
    ]
  }

  let beta1, beta2, epsilon: Double

  func callAsFunction(_ g: Tensor, _ state: [Tensor], _ learningRate: Tensor) -> (step: Tensor, state: [Tensor]) {
    let first = state[0] * beta1 + g * (1 - beta1)
    let second = state[1] * beta2 + g.squared() * (1 - beta2)
    let (power1, power2) = (state[2] * beta1, state[3] * beta2)
    let rate = (learningRate / (1.0 - power1)).like(g)
    let scale = (1.0 - power2).reciprocalSquareRoot().like(g)
    return (rate * first / (second.squareRoot() * scale + epsilon), [first, second, power1, power2])
  }
}

extension Optimizer where Self == Adam {
  public static func adam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) -> Adam {
    Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}

extension Optimizer where Self == AdamW {
  public static func adamW(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
  ) -> AdamW {
    AdamW(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}
