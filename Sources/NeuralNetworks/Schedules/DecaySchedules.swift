/// Down by a factor every so many steps: base · gamma^⌊step / stepSize⌋.
public struct StepSchedule: Schedule {
  public static let kind = "step"
  public static let hyperparameters = [
    Hyperparameter("stepSize", .size, default: nil, "The steps from one fall to the next."), .gamma(0.1),
  ]

  public let stepSize: Int
  public let gamma: Double
  public init(stepSize: Int, gamma: Double = 0.1) {
    self.stepSize = stepSize
    self.gamma = gamma
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(stepSize: all.integer("stepSize"), gamma: all.number("gamma"))
  }
  public var settings: Settings { ["stepSize": Setting(stepSize), "gamma": .number(gamma)] }

  public func rate(at step: Int, base: Double) -> Double { base * power(gamma, max(step, 0) / max(stepSize, 1)) }
}

/// Down by a factor at each of some steps: base · gamma^(milestones reached).
public struct MultiStepSchedule: Schedule {
  public static let kind = "multiStep"
  public static let hyperparameters = [
    Hyperparameter("milestones", .integers(0...Int.max), default: nil, "The steps at which the rate falls."),
    .gamma(0.1),
  ]

  public let milestones: [Int]
  public let gamma: Double
  public init(milestones: [Int], gamma: Double = 0.1) {
    self.milestones = milestones
    self.gamma = gamma
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(milestones: all.integers("milestones"), gamma: all.number("gamma"))
  }
  public var settings: Settings { ["milestones": .list(milestones.map { Setting($0) }), "gamma": .number(gamma)] }

  public func rate(at step: Int, base: Double) -> Double {
    base * power(gamma, milestones.count { $0 <= step })
  }
}

/// Down by a factor at every step: base · gammaˢᵗᵉᵖ.
public struct ExponentialSchedule: Schedule {
  public static let kind = "exponential"
  public static let hyperparameters = [Hyperparameter.gamma(0.99)]

  public let gamma: Double
  public init(gamma: Double = 0.99) { self.gamma = gamma }
  public init(_ settings: Settings) throws { self.init(gamma: try Self.complete(settings).number("gamma")) }
  public var settings: Settings { ["gamma": .number(gamma)] }

  public func rate(at step: Int, base: Double) -> Double { base * power(gamma, max(step, 0)) }
}

/// Down from the base rate at step 0 to `minimum` at `steps`, where it stays:
/// minimum + (base − minimum) · (1 − step / steps)^power. A power of 1 is a straight line.
public struct PolynomialSchedule: Schedule {
  public static let kind = "polynomial"
  public static let hyperparameters = [
    .steps("The steps to the minimum."),
    Hyperparameter("power", .positive, default: 1, "How soon the rate falls."), .minimumRate,
  ]

  public let steps: Int
  public let power, minimum: Double
  public init(steps: Int, power: Double = 1, minimum: Double = 0) {
    self.steps = steps
    self.power = power
    self.minimum = minimum
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(steps: all.integer("steps"), power: all.number("power"), minimum: all.number("minimum"))
  }
  public var settings: Settings {
    ["steps": Setting(steps), "power": .number(power), "minimum": .number(minimum)]
  }

  public func rate(at step: Int, base: Double) -> Double {
    if step >= steps { return minimum }
    let rest = 1 - Double(max(step, 0)) / Double(steps)
    return minimum + (base - minimum) * (power == 1 ? rest : realPower(rest, power))
  }
}

extension Schedule where Self == StepSchedule {
  /// See ``StepSchedule`` for the formula and the settings.
  public static func step(stepSize: Int, gamma: Double = 0.1) -> StepSchedule {
    StepSchedule(stepSize: stepSize, gamma: gamma)
  }
}

extension Schedule where Self == MultiStepSchedule {
  /// See ``MultiStepSchedule`` for the formula and the settings.
  public static func multiStep(milestones: [Int], gamma: Double = 0.1) -> MultiStepSchedule {
    MultiStepSchedule(milestones: milestones, gamma: gamma)
  }
}

extension Schedule where Self == ExponentialSchedule {
  /// See ``ExponentialSchedule`` for the formula and the settings.
  public static func exponential(gamma: Double = 0.99) -> ExponentialSchedule { ExponentialSchedule(gamma: gamma) }
}

extension Schedule where Self == PolynomialSchedule {
  /// See ``PolynomialSchedule`` for the formula and the settings.
  public static func polynomial(steps: Int, power: Double = 1, minimum: Double = 0) -> PolynomialSchedule {
    PolynomialSchedule(steps: steps, power: power, minimum: minimum)
  }
}
