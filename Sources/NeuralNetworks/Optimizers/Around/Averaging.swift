import GliaTensors

/// Keeps an exponential moving average of the weights beside those that are trained:
/// a ← decay · a + (1 − decay) · p after each step, from a = p after the first.
///
/// The average is what is validated, predicted with and saved; training goes on with p. Statistics such as batch
/// normalisation's are those of p. Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging",
/// doi:10.1137/0330046; Tarvainen and Valpola 2017, "Mean teachers", arXiv:1703.01780.
public struct AveragedOptimizer: WrappingOptimizer {
  public static let kind = "averaged"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("decay", .fraction, default: 0.999, "How much of the last average is kept."),
  ]

  public let optimizer: any GradientOptimizer
  public let decay: Double
  public init(_ optimizer: any GradientOptimizer, decay: Double) {
    self.optimizer = optimizer
    self.decay = decay
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.optimizer(), decay: all.number("decay"))
  }
  public var settings: Settings { ["optimizer": .part(optimizer.partDescription), "decay": .number(decay)] }

  /// `hasAverage` is 0 before the first step, and then 1.
  public var ownSlots: [OptimizerSlot] { [OptimizerSlot("average"), OptimizerSlot("hasAverage", .scalar)] }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let (moved, innerState) = optimizer.update(
      layout, parameter: parameter, gradient: gradient, state: inner(state), learningRate: learningRate)
    let (average, hasAverage) = (state[state.count - 2], state[state.count - 1])
    let kept = hasAverage * decay
    let next = average * kept.like(moved) + moved * (1.0 - kept).like(moved)
    return (moved, innerState + [next, Tensor(1, dtype: .float64)])
  }

  public func evaluationWeights(_ layout: ParameterLayout, parameter: Tensor, state: [Tensor]) -> Tensor? {
    (state[state.count - 1] .> 0).broadcast(to: parameter.shape).select(state[state.count - 2], parameter)
  }
}

/// Adds up the gradients of several steps and moves the parameters by their mean, so that a batch can be larger than memory
/// allows: the inner optimizer sees one step in `steps`.
///
/// The result is that of one large batch where the loss is a mean and all batches are of one size. A schedule counts the small
/// steps.
public struct AccumulatedOptimizer: WrappingOptimizer {
  public static let kind = "accumulated"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("steps", .size, default: 2, "The steps whose gradients are added up."),
  ]

  public let optimizer: any GradientOptimizer
  public let steps: Int
  public init(_ optimizer: any GradientOptimizer, steps: Int) {
    self.optimizer = optimizer
    self.steps = steps
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.optimizer(), steps: all.integer("steps"))
  }
  public var settings: Settings { ["optimizer": .part(optimizer.partDescription), "steps": Setting(steps)] }

  public var ownSlots: [OptimizerSlot] { [OptimizerSlot("gradientSum"), OptimizerSlot("gradientCount", .scalar)] }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let sum = state[state.count - 2] + gradient
    let count = state[state.count - 1] + 1
    let isDue = count .>= Double(steps)
    func chosen(_ new: Tensor, _ old: Tensor) -> Tensor { isDue.broadcast(to: new.shape).select(new, old) }
    let old = inner(state)
    let (moved, next) = optimizer.update(
      layout, parameter: parameter, gradient: sum * (1 / Double(steps)), state: old, learningRate: learningRate)
    let own = [chosen(sum * 0, sum), chosen(count * 0, count)]
    return (chosen(moved, parameter), zip(next, old).map(chosen) + own)
  }
}

extension GradientOptimizer {
  /// With a moving average of the weights, which is what is validated, predicted with and saved. See ``AveragedOptimizer``.
  public func averaged(decay: Double = 0.999) -> AveragedOptimizer { AveragedOptimizer(self, decay: decay) }
  /// With the mean gradient of several steps. See ``AccumulatedOptimizer``.
  public func accumulated(steps: Int) -> AccumulatedOptimizer { AccumulatedOptimizer(self, steps: steps) }
}
