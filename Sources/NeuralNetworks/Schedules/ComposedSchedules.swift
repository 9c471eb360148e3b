/// Up in a straight line, from `startFactor` · base at step 0 to the base rate at `steps`; from there on another schedule,
/// which then counts from 0.
public struct WarmUpSchedule: Schedule {
  public static let kind = "linearWarmUp"
  public static let hyperparameters = [
    .steps("The steps to the full rate."),
    Hyperparameter(
      "startFactor", .number(lower: 0, includingLower: false, upper: 1, includingUpper: true),
      default: .number(1.0 / 3), "The part of the rate to start with."),
    Hyperparameter("next", .part([]), default: nil, "The schedule after it; constant where nothing is said."),
  ]

  public let steps: Int
  public let startFactor: Double
  public let next: any Schedule
  public init(steps: Int, startFactor: Double = 1.0 / 3, next: any Schedule = ConstantSchedule()) {
    self.steps = steps
    self.startFactor = startFactor
    self.next = next
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      steps: all.integer("steps"), startFactor: all.number("startFactor"),
      next: try all.part("next").map(Catalog.schedules.make) ?? ConstantSchedule())
  }
  public var settings: Settings {
    ["steps": Setting(steps), "startFactor": .number(startFactor), "next": .part(next.partDescription)]
  }
  public func validateSettings() throws {
    _ = try Self.complete(settings)
    try next.validateSettings()
  }

  public var watched: String? { next.watched }
  public func rate(at step: Int, base: Double) -> Double { rate(at: step, base: base, after: []) }
  public func rate(at step: Int, base: Double, after values: [Double]) -> Double {
    if step >= steps { return next.rate(at: step - steps, base: base, after: values) }
    return base * (startFactor + (1 - startFactor) * Double(max(step, 0)) / Double(steps))
  }
}

/// One schedule after the other, each counting from 0: the first for the first of `lengths` steps, and so on; the last for what
/// remains.
///
///     .constant.then(.cosine(steps: 900), after: 100)
public struct SequenceSchedule: Schedule {
  public static let kind = "sequence"
  public static let hyperparameters = [
    Hyperparameter("schedules", .parts, default: nil, "The schedules in order."),
    Hyperparameter("lengths", .integers(0...Int.max), default: nil, "The steps of each but the last."),
  ]

  public let schedules: [any Schedule]
  public let lengths: [Int]

  public init(_ first: any Schedule, then others: [(schedule: any Schedule, after: Int)] = []) {
    schedules = [first] + others.map(\.schedule)
    lengths = others.map(\.after)
  }

  /// - Throws: `SettingError` also where there is not one length less than there are schedules.
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    let schedules = try all.parts("schedules").map { try Catalog.schedules.make($0) }
    let lengths = all.integers("lengths")
    guard let first = schedules.first, lengths.count == schedules.count - 1 else {
      throw SettingError(
        "sequence: lengths has \(lengths.count) numbers for \(schedules.count) schedules; "
          + "it has to have one for each but the last.")
    }
    self.init(first, then: zip(schedules.dropFirst(), lengths).map { ($0, $1) })
  }
  public var settings: Settings {
    [
      "schedules": .list(schedules.map { .part($0.partDescription) }),
      "lengths": .list(lengths.map { Setting($0) }),
    ]
  }
  public func validateSettings() throws {
    _ = try Self.complete(settings)
    for schedule in schedules { try schedule.validateSettings() }
  }

  public var watched: String? { schedules.lazy.compactMap(\.watched).first }
  public func rate(at step: Int, base: Double) -> Double { rate(at: step, base: base, after: []) }
  public func rate(at step: Int, base: Double, after values: [Double]) -> Double {
    var rest = step
    for (schedule, length) in zip(schedules, lengths) {
      if rest < length { return schedule.rate(at: rest, base: base, after: values) }
      rest -= length
    }
    return schedules[schedules.count - 1].rate(at: rest, base: base, after: values)
  }

  /// And then another, after so many steps of the last.
  public func then(_ next: any Schedule, after steps: Int) -> SequenceSchedule {
    SequenceSchedule(
      schedules[0], then: zip(schedules.dropFirst(), lengths).map { ($0, $1) } + [(schedule: next, after: steps)])
  }
}

/// Down by a factor each time that a figure has not got better for more than `patience` epochs: the loss on the validation rows
/// (on the training rows where there are none), or a metric.
///
/// As in PyTorch, a value is better where it is below best · (1 − minimumChange), or above best · (1 + minimumChange) where
/// higher is better; and after a fall the next `cooldown` epochs do not count. Without values it is the schedule that it goes
/// around, whose rate it lowers.
public struct PlateauSchedule: Schedule {
  public static let kind = "plateau"
  public static let hyperparameters = [
    Hyperparameter(
      "factor", .number(lower: 0, includingLower: false, upper: 1, includingUpper: false), default: 0.1,
      "What the rate is multiplied by."),
    Hyperparameter("patience", .integer(0...Int.max), default: 10, "The epochs without getting better that are borne."),
    Hyperparameter("minimumChange", .notNegative, default: 1e-4, "How much better counts, as a part of the best."),
    Hyperparameter("cooldown", .integer(0...Int.max), default: 0, "The epochs after a fall that do not count."),
    Hyperparameter("minimum", .notNegative, default: 0, "The rate below which it does not fall."),
    Hyperparameter("metric", .text, default: "loss", "What is watched: loss, or a metric's name."),
    Hyperparameter("higherIsBetter", .flag, default: false, "Whether a higher value is a better one."), .schedule,
  ]

  public let factor: Double
  public let patience: Int
  public let minimumChange: Double
  public let cooldown: Int
  public let minimum: Double
  public let metric: String
  public let higherIsBetter: Bool
  public let schedule: any Schedule

  public init(
    factor: Double = 0.1, patience: Int = 10, minimumChange: Double = 1e-4, cooldown: Int = 0, minimum: Double = 0,
    metric: String = "loss", higherIsBetter: Bool = false, schedule: any Schedule = ConstantSchedule()
  ) {
    self.factor = factor
    self.patience = patience
    self.minimumChange = minimumChange
    self.cooldown = cooldown
    self.minimum = minimum
    self.metric = metric
    self.higherIsBetter = higherIsBetter
    self.schedule = schedule
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      factor: all.number("factor"), patience: all.integer("patience"), minimumChange: all.number("minimumChange"),
      cooldown: all.integer("cooldown"), minimum: all.number("minimum"), metric: all.text("metric"),
      higherIsBetter: all.flag("higherIsBetter"), schedule: try Catalog.schedules.make(all.part("schedule")!))
  }
  public var settings: Settings {
    [
      "factor": .number(factor), "patience": Setting(patience), "minimumChange": .number(minimumChange),
      "cooldown": Setting(cooldown), "minimum": .number(minimum), "metric": .text(metric),
      "higherIsBetter": .flag(higherIsBetter), "schedule": .part(schedule.partDescription),
    ]
  }
  public func validateSettings() throws {
    _ = try Self.complete(settings)
    try schedule.validateSettings()
  }

  public var watched: String? { metric }
  public func rate(at step: Int, base: Double) -> Double { rate(at: step, base: base, after: []) }
  public func rate(at step: Int, base: Double, after values: [Double]) -> Double {
    let rate = schedule.rate(at: step, base: base, after: values)
    return min(rate, max(rate * power(factor, falls(in: values)), minimum))
  }

  /// How often the values have led to a fall.
  private func falls(in values: [Double]) -> Int {
    var best = higherIsBetter ? -Double.infinity : .infinity
    var (bad, cooling, falls) = (0, 0, 0)
    for value in values {
      let isBetter = higherIsBetter ? value > best * (1 + minimumChange) : value < best * (1 - minimumChange)
      bad = isBetter ? 0 : bad + 1
      if isBetter { best = value }
      if cooling > 0 {
        cooling -= 1
        bad = 0
      }
      if bad > patience {
        falls += 1
        cooling = cooldown
        bad = 0
      }
    }
    return falls
  }
}

extension Schedule {
  /// This schedule after a warm-up.
  public func warmedUp(steps: Int, startFactor: Double = 1.0 / 3) -> WarmUpSchedule {
    WarmUpSchedule(steps: steps, startFactor: startFactor, next: self)
  }

  /// This schedule for so many steps, and then another, which counts from 0.
  public func then(_ next: any Schedule, after steps: Int) -> SequenceSchedule {
    SequenceSchedule(self, then: [(next, steps)])
  }

  /// This schedule, lowered by a factor each time that a figure has not got better for a while. See ``PlateauSchedule``.
  public func reducedOnPlateau(
    factor: Double = 0.1, patience: Int = 10, minimumChange: Double = 1e-4, cooldown: Int = 0, minimum: Double = 0,
    metric: String = "loss", higherIsBetter: Bool = false
  ) -> PlateauSchedule {
    PlateauSchedule(
      factor: factor, patience: patience, minimumChange: minimumChange, cooldown: cooldown, minimum: minimum,
      metric: metric, higherIsBetter: higherIsBetter, schedule: self)
  }
}

extension Schedule where Self == PlateauSchedule {
  /// See ``PlateauSchedule`` for the formula and the settings.
  public static func plateau(factor: Double = 0.1, patience: Int = 10) -> PlateauSchedule {
    PlateauSchedule(factor: factor, patience: patience)
  }
}
