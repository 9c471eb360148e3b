import GliaTensors

/// Gradient descent, with momentum on demand, in PyTorch's form:
///
///     g ← gradient + weightDecay · p
///     v ← momentum · v + (1 − dampening) · g        (v ← g in the first step)
///     p ← p − learningRate · v                      (nesterov: g + momentum · v in v's place)
///
/// The learning rate stands outside the velocity, so that a change of it acts at once.
/// Sutskever, Martens, Dahl and Hinton 2013, "On the importance of initialization and momentum in deep learning".
public struct SGD: ElementwiseOptimizer {
  public static let kind = "sgd"
  public static let hyperparameters = [
    .learningRate(0.01),
    Hyperparameter("momentum", .fraction, default: 0, "How much of the last velocity is kept."),
    Hyperparameter("nesterov", .flag, default: false, "Whether to look ahead along the velocity; needs momentum."),
    Hyperparameter("dampening", .closedFraction, default: 0, "The part of a gradient that the velocity leaves out."),
    .weightDecay(0, "Added to the gradient, times the parameter (L2)."),
  ]

  public var learningRate, momentum: Double
  public var nesterov: Bool
  public var dampening, weightDecay: Double

  public init(
    learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false, dampening: Double = 0,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.dampening = dampening
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), momentum: all.number("momentum"), nesterov: all.flag("nesterov"),
      dampening: all.number("dampening"), weightDecay: all.number("weightDecay"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "momentum": .number(momentum), "nesterov": .flag(nesterov),
      "dampening": .number(dampening), "weightDecay": .number(weightDecay),
    ]
  }

  public var slots: [OptimizerSlot] {
    if momentum == 0 { return [] }
    // The first step takes the gradient whole, whatever the dampening: a factor that is 1 once.
    let scale = OptimizerSlot("gradientScale", .scalar, initialValue: 1)
    return [OptimizerSlot("velocity")] + (dampening == 0 ? [] : [scale])
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let rate = learningRate.like(parameter)
    let g = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    if momentum == 0 { return (parameter - rate * g, []) }
    var state = state
    if dampening == 0 {
      state[0] = state[0] * momentum + g
    } else {
      state[0] = state[0] * momentum + state[1].like(g) * g
      state[1] = Tensor(1 - dampening, dtype: .float64)
    }
    return (parameter - rate * (nesterov ? g + state[0] * momentum : state[0]), state)
  }
}

extension Optimizer where Self == SGD {
  /// See ``SGD`` for the formula, its source and the settings.
  public static func sgd(
    learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false, dampening: Double = 0,
    weightDecay: Double = 0
  ) -> SGD {
    SGD(
      learningRate: learningRate, momentum: momentum, nesterov: nesterov, dampening: dampening,
      weightDecay: weightDecay)
  }
}
