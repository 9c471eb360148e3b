import GliaTensors

/// Steps whose size has nothing to do with the gradient's: each element has its own, which grows as long as the gradient keeps
/// its sign and shrinks where it changes.
///
///     growth = growFactor where g · g₋₁ > 0, shrinkFactor where g · g₋₁ < 0, else 1
///     s ← growth · s, held between smallestStep and largestStep
///     g ← 0 where g · g₋₁ < 0
///     p ← p − s · sign(g)
///
/// The steps start at `learningRate`; where a schedule changes the rate, they change in proportion. It is for whole batches:
/// the sign of a small batch's gradient is noise. Riedmiller and Braun 1993, "A direct adaptive method for faster
/// backpropagation learning", doi:10.1109/ICNN.1993.298623; without going back after a change of sign, as in PyTorch.
public struct Rprop: ElementwiseOptimizer {
  public static let kind = "rprop"
  public static let hyperparameters = [
    .learningRate(0.01),
    Hyperparameter(
      "shrinkFactor", .number(lower: 0, includingLower: false, upper: 1, includingUpper: false), default: 0.5,
      "What a step is multiplied by where the gradient changes its sign."),
    Hyperparameter(
      "growFactor", .number(lower: 1, includingLower: false, upper: .infinity, includingUpper: false), default: 1.2,
      "What a step is multiplied by where it keeps it."),
    Hyperparameter("smallestStep", .notNegative, default: 1e-6, "The least that a step can be."),
    Hyperparameter("largestStep", .positive, default: 50, "The most that a step can be."),
  ]

  public var learningRate, shrinkFactor, growFactor, smallestStep, largestStep: Double

  public init(
    learningRate: Double = 0.01, shrinkFactor: Double = 0.5, growFactor: Double = 1.2, smallestStep: Double = 1e-6,
    largestStep: Double = 50
  ) {
    self.learningRate = learningRate
    self.shrinkFactor = shrinkFactor
    self.growFactor = growFactor
    self.smallestStep = smallestStep
    self.largestStep = largestStep
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), shrinkFactor: all.number("shrinkFactor"),
      growFactor: all.number("growFactor"), smallestStep: all.number("smallestStep"),
      largestStep: all.number("largestStep"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "shrinkFactor": .number(shrinkFactor),
      "growFactor": .number(growFactor), "smallestStep": .number(smallestStep),
      "largestStep": .number(largestStep),
    ]
  }

  /// The step sizes are kept as multiples of the rate.
  public var slots: [OptimizerSlot] {
    [OptimizerSlot("lastGradient"), OptimizerSlot("stepSize", initialValue: 1)]
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let one = Tensor(repeating: 1, shape: gradient.shape, dtype: gradient.dtype)
    let agreement = gradient.sign() * state[0].sign()
    let growth = (agreement .> 0).select(one * growFactor, (agreement .< 0).select(one * shrinkFactor, one))
    var size = state[1] * growth
    if self.learningRate > 0 {
      size = size.maximum(smallestStep / self.learningRate).minimum(largestStep / self.learningRate)
    }
    let kept = (agreement .< 0).select(one * 0, gradient)
    return (parameter - learningRate.like(gradient) * size * kept.sign(), [kept, size])
  }
}

extension Optimizer where Self == Rprop {
  /// See ``Rprop`` for the formula, its source and the settings.
  public static func rprop(
    learningRate: Double = 0.01, shrinkFactor: Double = 0.5, growFactor: Double = 1.2, smallestStep: Double = 1e-6,
    largestStep: Double = 50
  ) -> Rprop {
    Rprop(
      learningRate: learningRate, shrinkFactor: shrinkFactor, growFactor: growFactor, smallestStep: smallestStep,
      largestStep: largestStep)
  }
}
