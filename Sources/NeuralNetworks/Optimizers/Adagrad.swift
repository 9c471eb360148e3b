import GliaTensors

/// Steps divided by the root of the sum of all squared gradients so far, so that parameters that are seldom moved take long
/// steps:
///
///     g ← gradient + weightDecay · p
///     s ← s + g²,    r = learningRate / (1 + (t − 1) · rateDecay)
///     p ← p − r · g / (√s + epsilon)
///
/// Duchi, Hazan and Singer 2011, "Adaptive subgradient methods", JMLR 12. Epsilon is added outside the square root.
public struct Adagrad: ElementwiseOptimizer {
  public static let kind = "adagrad"
  public static let hyperparameters = [
    .learningRate(0.01),
    Hyperparameter("rateDecay", .notNegative, default: 0, "How fast the rate falls with the steps."),
    Hyperparameter("initialSum", .notNegative, default: 0, "Where the sum of squares starts."),
    .epsilon(1e-10, "Added to the root, so that nothing is divided by 0."), .l2Decay,
  ]

  public var learningRate, rateDecay, initialSum, epsilon, weightDecay: Double

  public init(
    learningRate: Double = 0.01, rateDecay: Double = 0, initialSum: Double = 0, epsilon: Double = 1e-10,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.rateDecay = rateDecay
    self.initialSum = initialSum
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), rateDecay: all.number("rateDecay"),
      initialSum: all.number("initialSum"), epsilon: all.number("epsilon"), weightDecay: all.number("weightDecay"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "rateDecay": .number(rateDecay), "initialSum": .number(initialSum),
      "epsilon": .number(epsilon), "weightDecay": .number(weightDecay),
    ]
  }

  public var slots: [OptimizerSlot] {
    [OptimizerSlot("squareSum", initialValue: initialSum)] + (rateDecay == 0 ? [] : [OptimizerSlot("steps", .scalar)])
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let rate = rateDecay == 0 ? learningRate : learningRate / (state[1] * rateDecay + 1)
    let sum = state[0] + g.squared()
    let next = parameter - rate.like(g) * g / (sum.squareRoot() + epsilon)
    return (next, [sum] + (rateDecay == 0 ? [] : [state[1] + 1]))
  }
}

/// Steps in the parameters' own units: the gradient over its running root mean square, times that of the last changes.
///
///     g ← gradient + weightDecay · p
///     s ← rho · s + (1 − rho) · g²
///     d = √(c + epsilon) / √(s + epsilon) · g
///     c ← rho · c + (1 − rho) · d²
///     p ← p − learningRate · d
///
/// Zeiler 2012, "ADADELTA", arXiv:1212.5701, where the rate is 1. Epsilon is added within both square roots.
public struct Adadelta: ElementwiseOptimizer {
  public static let kind = "adadelta"
  public static let hyperparameters = [
    .learningRate(1),
    Hyperparameter("rho", .fraction, default: 0.9, "How much of the last mean squares is kept."),
    Hyperparameter("epsilon", .positive, default: 1e-6, "Added to the mean squares; it starts the first step."),
    .l2Decay,
  ]

  public var learningRate, rho, epsilon, weightDecay: Double

  public init(learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.rho = rho
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), rho: all.number("rho"), epsilon: all.number("epsilon"),
      weightDecay: all.number("weightDecay"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "rho": .number(rho), "epsilon": .number(epsilon),
      "weightDecay": .number(weightDecay),
    ]
  }

  public var slots: [OptimizerSlot] { [OptimizerSlot("meanSquare"), OptimizerSlot("meanSquareChange")] }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let square = state[0] * rho + g.squared() * (1 - rho)
    let change = (state[1] + epsilon).squareRoot() / (square + epsilon).squareRoot() * g
    let next = parameter - learningRate.like(g) * change
    return (next, [square, state[1] * rho + change.squared() * (1 - rho)])
  }
}

extension Optimizer where Self == Adagrad {
  /// See ``Adagrad`` for the formula, its source and the settings.
  public static func adagrad(
    learningRate: Double = 0.01, rateDecay: Double = 0, initialSum: Double = 0, epsilon: Double = 1e-10,
    weightDecay: Double = 0
  ) -> Adagrad {
    Adagrad(
      learningRate: learningRate, rateDecay: rateDecay, initialSum: initialSum, epsilon: epsilon,
      weightDecay: weightDecay)
  }
}

extension Optimizer where Self == Adadelta {
  /// See ``Adadelta`` for the formula, its source and the settings.
  public static func adadelta(
    learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0
  ) -> Adadelta {
    Adadelta(learningRate: learningRate, rho: rho, epsilon: epsilon, weightDecay: weightDecay)
  }
}
