import GliaTensors

/// Steps divided by a running root mean square of the gradient, in PyTorch's form:
///
///     g ← gradient + weightDecay · p
///     s ← smoothing · s + (1 − smoothing) · g²
///     m ← smoothing · m + (1 − smoothing) · g       (where centered; else 0)
///     d ← g / (√(s − m²) + epsilon)
///     v ← momentum · v + d                          (where momentum is not 0; else v = d)
///     p ← p − learningRate · v
///
/// Tieleman and Hinton 2012, lecture 6.5 of "Neural networks for machine learning"; centered by Graves 2013,
/// arXiv:1308.0850. Epsilon is added outside the square root.
public struct RMSprop: ElementwiseOptimizer {
  public static let kind = "rmsprop"
  public static let hyperparameters = [
    .learningRate(0.01),
    Hyperparameter("smoothing", .fraction, default: 0.99, "How much of the last mean square is kept."),
    .epsilon(1e-8, "Added to the root, so that nothing is divided by 0."),
    Hyperparameter("centered", .flag, default: false, "Whether the variance takes the mean square's place."),
    Hyperparameter("momentum", .fraction, default: 0, "How much of the last velocity is kept."),
    .weightDecay(0, "Added to the gradient, times the parameter (L2)."),
  ]

  public var learningRate, smoothing, epsilon: Double
  public var centered: Bool
  public var momentum, weightDecay: Double

  public init(
    learningRate: Double = 0.01, smoothing: Double = 0.99, epsilon: Double = 1e-8, centered: Bool = false,
    momentum: Double = 0, weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.centered = centered
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), smoothing: all.number("smoothing"), epsilon: all.number("epsilon"),
      centered: all.flag("centered"), momentum: all.number("momentum"), weightDecay: all.number("weightDecay"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "smoothing": .number(smoothing), "epsilon": .number(epsilon),
      "centered": .flag(centered), "momentum": .number(momentum), "weightDecay": .number(weightDecay),
    ]
  }

  public var slots: [OptimizerSlot] {
    [OptimizerSlot("meanSquare")] + (centered ? [OptimizerSlot("mean")] : [])
      + (momentum == 0 ? [] : [OptimizerSlot("velocity")])
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let rate = learningRate.like(parameter)
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    var state = state
    state[0] = state[0] * smoothing + g.squared() * (1 - smoothing)
    var power = state[0]
    if centered {
      state[1] = state[1] * smoothing + g * (1 - smoothing)
      power = power - state[1].squared()
    }
    let direction = g / (power.squareRoot() + epsilon)
    if momentum == 0 { return (parameter - rate * direction, state) }
    let last = state.count - 1
    state[last] = state[last] * momentum + direction
    return (parameter - rate * state[last], state)
  }
}

extension Optimizer where Self == RMSprop {
  /// See ``RMSprop`` for the formula, its source and the settings.
  public static func rmsprop(
    learningRate: Double = 0.01, smoothing: Double = 0.99, epsilon: Double = 1e-8, centered: Bool = false,
    momentum: Double = 0, weightDecay: Double = 0
  ) -> RMSprop {
    RMSprop(
      learningRate: learningRate, smoothing: smoothing, epsilon: epsilon, centered: centered, momentum: momentum,
      weightDecay: weightDecay)
  }
}
