import GliaTensors

/// AdamW that needs no schedule, because the weights to use are an average over the run, and the gradient is taken between them
/// and the point that steps:
///
///     y = (1 − beta1) · z + beta1 · x                            (y is trained, x is used)
///     v ← beta2 · v + (1 − beta2) · g²,    d = g / (√(v / (1 − beta2ᵗ)) + epsilon) + weightDecay · y
///     z ← z − r · d,    c = r² / Σ r²,    x ← (1 − c) · x + c · z
///
/// with the rate r rising in a straight line over the first `warmUpSteps` steps, and r in c the largest so far. It keeps z and v;
/// x is found from y and z. The model holds y while it is trained, and x when it is validated, saved and predicted with.
/// Statistics such as batch normalisation's are those of y.
///
/// Defazio and others 2024, "The road less scheduled", arXiv:2405.15682.
public struct ScheduleFreeAdamW: AdamRelative {
  public static let kind = "scheduleFreeAdamW"
  public static let hyperparameters = [
    .learningRate(0.0025),
    Hyperparameter(
      "beta1", .number(lower: 0, includingLower: false, upper: 1, includingUpper: false), default: 0.9,
      "How near the average the gradient is taken."),
    Hyperparameter("beta2", .fraction, default: 0.999, "How much of the last mean square is kept."),
    .epsilon(1e-8, "Added to the root of the mean square."), .decoupledDecay,
    Hyperparameter("warmUpSteps", .integer(0...Int.max), default: 0, "The steps to the full rate."),
  ]

  public var learningRate, beta1, beta2, epsilon, weightDecay: Double
  public var warmUpSteps: Int

  public init(
    learningRate: Double = 0.0025, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01, warmUpSteps: Int = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.warmUpSteps = warmUpSteps
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), beta1: all.number("beta1"), beta2: all.number("beta2"),
      epsilon: all.number("epsilon"), weightDecay: all.number("weightDecay"),
      warmUpSteps: all.integer("warmUpSteps"))
  }

  public var settings: Settings { settings(and: ("warmUpSteps", Setting(warmUpSteps))) }

  public var slots: [OptimizerSlot] {
    [
      OptimizerSlot("steppingPoint"), OptimizerSlot("secondMoment"), OptimizerSlot("steps", .scalar),
      OptimizerSlot("beta2Power", .scalar, initialValue: 1), OptimizerSlot("largestRate", .scalar),
      OptimizerSlot("weightSum", .scalar),
    ]
  }

  /// z, which before the first step is where the parameters are.
  private func steppingPoint(_ parameter: Tensor, _ state: [Tensor]) -> Tensor {
    (state[2] .> 0).broadcast(to: parameter.shape).select(state[0], parameter)
  }

  public func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
  {
    let step = state[2] + 1
    let power = state[3] * beta2
    let rate = warmUpSteps == 0 ? learningRate : learningRate * (step / Double(warmUpSteps)).minimum(1)
    let largest = state[4].maximum(rate)
    let weight = largest.squared()
    let sum = state[5] + weight
    // Where all rates were 0 nothing is averaged.
    let part = weight / sum.maximum(.leastNormalMagnitude)
    let second = state[1] * beta2 + gradient.squared() * (1 - beta2)
    let root = second.squareRoot() * (1.0 - power).reciprocalSquareRoot().like(gradient) + epsilon
    let direction = gradient / root + parameter * weightDecay
    let z = steppingPoint(parameter, state)
    // y in increments, so that a rate of 0 leaves it alone: y + c · (z − y) − r · (1 − beta1 · (1 − c)) · d
    let towards = part.like(parameter) * (z - parameter)
    let along = (rate * (1.0 - (1.0 - part) * beta1)).like(parameter) * direction
    let next = z - rate.like(parameter) * direction
    return (parameter + towards - along, [next, second, step, power, largest, sum])
  }

  public func evaluationWeights(_ layout: ParameterLayout, parameter: Tensor, state: [Tensor]) -> Tensor? {
    let z = steppingPoint(parameter, state)
    return z + (parameter - z) * (1 / beta1)
  }
}

extension Optimizer where Self == ScheduleFreeAdamW {
  /// See ``ScheduleFreeAdamW`` for the formula, its source and the settings.
  public static func scheduleFreeAdamW(
    learningRate: Double = 0.0025, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01, warmUpSteps: Int = 0
  ) -> ScheduleFreeAdamW {
    ScheduleFreeAdamW(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      warmUpSteps: warmUpSteps)
  }
}
