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
/// has it decoupled. Kingma and Ba 2015, "Adam", arXiv:1412.6980. With `amsgrad` the largest v so far takes v's place, so that
/// no step grows again: Reddi, Kale and Kumar 2018, "On the convergence of Adam and beyond", arXiv:1904.09237; as in PyTorch
/// the largest is taken before the correction.
public struct Adam: PlainAdam {
  public static let kind = "adam"
  public static let hyperparameters = AdamStep.hyperparameters + [.l2Decay, AdamStep.amsgrad]

  public var learningRate, beta1, beta2, epsilon, weightDecay: Double
  public var amsgrad: Bool

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let (change, state) = step(g, state, learningRate)
    return (parameter - change, state)
  }
}

/// Adam with decoupled weight decay: p ← p − learningRate · weightDecay · p before the step, so that the decay is not divided
/// by the gradient's size.
///
/// Loshchilov and Hutter 2019, "Decoupled weight decay regularization", arXiv:1711.05101. Else as `Adam`.
public struct AdamW: PlainAdam {
  public static let kind = "adamW"
  public static let hyperparameters = AdamStep.hyperparameters + [.decoupledDecay, AdamStep.amsgrad]

  public var learningRate, beta1, beta2, epsilon, weightDecay: Double
  public var amsgrad: Bool

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01, amsgrad: Bool = false
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let kept = (1.0 - learningRate * weightDecay).like(parameter)
    let (change, state) = step(gradient, state, learningRate)
    return (parameter * kept - change, state)
  }
}

/// An optimizer with the settings of Adam's family: a rate, how much of two running means is kept, what is added to the root,
/// and a decay.
public protocol AdamRelative: ElementwiseOptimizer {
  var beta1: Double { get }
  var beta2: Double { get }
  var epsilon: Double { get }
  var weightDecay: Double { get }
}

extension AdamRelative {
  /// The settings that all of the family have, and those of one of them behind.
  func settings(and own: (name: String, value: Setting)...) -> Settings {
    var settings: Settings = [
      "learningRate": .number(learningRate), "beta1": .number(beta1), "beta2": .number(beta2),
      "epsilon": .number(epsilon), "weightDecay": .number(weightDecay),
    ]
    for (name, value) in own { settings[name] = value }
    return settings
  }

  public var settings: Settings { settings() }
}

/// `Adam` and `AdamW`, but for where the decay goes.
public protocol PlainAdam: AdamRelative {
  var amsgrad: Bool { get }
  init(learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, amsgrad: Bool)
}

extension PlainAdam {
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), beta1: all.number("beta1"), beta2: all.number("beta2"),
      epsilon: all.number("epsilon"), weightDecay: all.number("weightDecay"), amsgrad: all.flag("amsgrad"))
  }

  fileprivate var step: AdamStep { AdamStep(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad) }
  public var settings: Settings { settings(and: ("amsgrad", .flag(amsgrad))) }
  public var slots: [OptimizerSlot] { step.slots }
}

/// The step that Adam's family shares.
struct AdamStep {
  static let hyperparameters =
    [.learningRate(0.001)] + betas + [.epsilon(1e-8, "Added to the root of the mean square.")]
  static let betas = [
    Hyperparameter("beta1", .fraction, default: 0.9, "How much of the gradient's last mean is kept."),
    Hyperparameter("beta2", .fraction, default: 0.999, "How much of the last mean of its square is kept."),
  ]
  static let amsgrad = Hyperparameter("amsgrad", .flag, default: false, "Whether the largest mean square counts.")

  static let powers = [
    OptimizerSlot("beta1Power", .scalar, initialValue: 1), OptimizerSlot("beta2Power", .scalar, initialValue: 1),
  ]

  let beta1, beta2, epsilon: Double
  var amsgrad = false

  var slots: [OptimizerSlot] {
    [OptimizerSlot("firstMoment"), OptimizerSlot("secondMoment")] + AdamStep.powers
      + (amsgrad ? [OptimizerSlot("largestSecondMoment")] : [])
  }

  func callAsFunction(_ g: Tensor, _ state: [Tensor], _ learningRate: Tensor) -> (change: Tensor, state: [Tensor]) {
    let first = state[0] * beta1 + g * (1 - beta1)
    let second = state[1] * beta2 + g.squared() * (1 - beta2)
    let (power1, power2) = (state[2] * beta1, state[3] * beta2)
    let largest = amsgrad ? state[4].maximum(second) : second
    let rate = (learningRate / (1.0 - power1)).like(g)
    let scale = (1.0 - power2).reciprocalSquareRoot().like(g)
    let change = rate * first / (largest.squareRoot() * scale + epsilon)
    return (change, [first, second, power1, power2] + (amsgrad ? [largest] : []))
  }
}

extension Optimizer where Self == Adam {
  /// See ``Adam`` for the formula, its source and the settings.
  public static func adam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false
  ) -> Adam {
    Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      amsgrad: amsgrad)
  }
}

extension Optimizer where Self == AdamW {
  /// See ``AdamW`` for the formula, its source and the settings.
  public static func adamW(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01, amsgrad: Bool = false
  ) -> AdamW {
    AdamW(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      amsgrad: amsgrad)
  }
}
