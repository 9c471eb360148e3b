/// Down along half a cosine, from the base rate at step 0 to `minimum` at `steps`, where it stays:
/// minimum + (base − minimum) · (1 + cos(π · step / steps)) / 2.
///
/// Loshchilov and Hutter 2017, "SGDR", arXiv:1608.03983, without restarts.
public struct CosineSchedule: Schedule {
  public static let kind = "cosine"
  public static let hyperparameters: [Hyperparameter] = [.steps("The steps to the minimum."), .minimumRate]

  public let steps: Int
  public let minimum: Double
  public init(steps: Int, minimum: Double = 0) {
    self.steps = steps
    self.minimum = minimum
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(steps: all.integer("steps"), minimum: all.number("minimum"))
  }
  public var settings: Settings { ["steps": Setting(steps), "minimum": .number(minimum)] }

  public func rate(at step: Int, base: Double) -> Double {
    let part = Double(min(max(step, 0), steps)) / Double(max(steps, 1))
    return cosineFall(from: base, to: minimum, part)
  }
}

/// Down along half a cosine again and again: from the base rate to `minimum` in `firstPeriod` steps, then back to the base rate
/// at once, each period `factor` times as long as the last.
///
/// Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", arXiv:1608.03983.
public struct CosineRestartsSchedule: Schedule {
  public static let kind = "cosineRestarts"
  public static let hyperparameters = [
    Hyperparameter("firstPeriod", .size, default: nil, "The steps to the first restart."),
    Hyperparameter("factor", .size, default: 1, "How many times longer each period is than the last."), .minimumRate,
  ]

  public let firstPeriod, factor: Int
  public let minimum: Double
  public init(firstPeriod: Int, factor: Int = 1, minimum: Double = 0) {
    self.firstPeriod = firstPeriod
    self.factor = factor
    self.minimum = minimum
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      firstPeriod: all.integer("firstPeriod"), factor: all.integer("factor"), minimum: all.number("minimum"))
  }
  public var settings: Settings {
    ["firstPeriod": Setting(firstPeriod), "factor": Setting(factor), "minimum": .number(minimum)]
  }

  public func rate(at step: Int, base: Double) -> Double {
    var period = max(firstPeriod, 1)
    var place = max(step, 0)
    if factor <= 1 { place %= period }
    while place >= period {
      place -= period
      let (longer, isTooLong) = period.multipliedReportingOverflow(by: factor)
      period = isTooLong ? .max : longer
    }
    return cosineFall(from: base, to: minimum, Double(place) / Double(period))
  }
}

/// Up along half a cosine from maximum / startDivisor to `maximum` in the first part of the steps, then down along another, to
/// maximum / (startDivisor · endDivisor) at the last step. The base rate has no part in it.
///
/// Smith and Topin 2019, "Super-convergence", arXiv:1708.07120; the two phases with cosines are PyTorch's.
public struct OneCycleSchedule: Schedule {
  public static let kind = "oneCycle"
  private static let divisor = Hyperparameter.Values.number(
    lower: 1, includingLower: true, upper: .infinity, includingUpper: false)
  public static let hyperparameters = [
    Hyperparameter("maximum", .notNegative, default: nil, "The highest rate."), .steps("All steps of the run."),
    Hyperparameter("upFraction", .closedFraction, default: 0.3, "The part of the steps in which the rate goes up."),
    Hyperparameter("startDivisor", divisor, default: 25, "How many times lower it starts."),
    Hyperparameter("endDivisor", divisor, default: 10_000, "How many times lower than at the start it ends."),
  ]

  public let maximum: Double
  public let steps: Int
  public let upFraction, startDivisor, endDivisor: Double
  public init(
    maximum: Double, steps: Int, upFraction: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 10_000
  ) {
    self.maximum = maximum
    self.steps = steps
    self.upFraction = upFraction
    self.startDivisor = startDivisor
    self.endDivisor = endDivisor
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      maximum: all.number("maximum"), steps: all.integer("steps"), upFraction: all.number("upFraction"),
      startDivisor: all.number("startDivisor"), endDivisor: all.number("endDivisor"))
  }
  public var settings: Settings {
    [
      "maximum": .number(maximum), "steps": Setting(steps), "upFraction": .number(upFraction),
      "startDivisor": .number(startDivisor), "endDivisor": .number(endDivisor),
    ]
  }

  public func rate(at step: Int, base: Double) -> Double {
    let start = maximum / startDivisor
    let top = max(upFraction * Double(steps) - 1, 0)
    let place = Double(max(step, 0))
    if place < top { return cosineFall(from: start, to: maximum, place / top) }
    let rest = Double(steps - 1) - top
    return cosineFall(from: maximum, to: start / endDivisor, rest > 0 ? min((place - top) / rest, 1) : 1)
  }
}

/// From one rate to another along half a cosine.
private func cosineFall(from start: Double, to end: Double, _ part: Double) -> Double {
  end + (start - end) * (1 + halfTurnCosine(part)) / 2
}

extension Schedule where Self == CosineSchedule {
  /// See ``CosineSchedule`` for the formula and the settings.
  public static func cosine(steps: Int, minimum: Double = 0) -> CosineSchedule {
    CosineSchedule(steps: steps, minimum: minimum)
  }
}

extension Schedule where Self == CosineRestartsSchedule {
  /// See ``CosineRestartsSchedule`` for the formula and the settings.
  public static func cosineRestarts(firstPeriod: Int, factor: Int = 1, minimum: Double = 0) -> CosineRestartsSchedule {
    CosineRestartsSchedule(firstPeriod: firstPeriod, factor: factor, minimum: minimum)
  }
}

extension Schedule where Self == OneCycleSchedule {
  /// See ``OneCycleSchedule`` for the formula and the settings.
  public static func oneCycle(
    maximum: Double, steps: Int, upFraction: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 10_000
  ) -> OneCycleSchedule {
    OneCycleSchedule(
      maximum: maximum, steps: steps, upFraction: upFraction, startDivisor: startDivisor, endDivisor: endDivisor)
  }
}
