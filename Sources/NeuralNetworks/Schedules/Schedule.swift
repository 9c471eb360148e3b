import GliaGraph
import GliaTensors

/// How the learning rate goes with time: a function of the step, counted from 0, and the optimizer's own rate.
///
/// A step is whatever the caller counts: a batch or an epoch. Schedules are values and keep nothing, so a resumed run goes on
/// where it stopped.
public protocol Schedule: Part, Sendable {
  func rate(at step: Int, base: Double) -> Double
}

/// The base rate, always.
public struct ConstantSchedule: Schedule {
  public static let kind = "constant"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func rate(at step: Int, base: Double) -> Double { base }
}

/// Down along half a cosine, from the base rate at step 0 to `minimum` at `steps`, where it stays:
/// minimum + (base − minimum) · (1 + cos(π · step / steps)) / 2.
///
/// Loshchilov and Hutter 2017, "SGDR", arXiv:1608.03983, without restarts.
public struct CosineSchedule: Schedule {
  public static let kind = "cosine"
  public static let hyperparameters = [
    Hyperparameter("steps", .size, default: nil, "The steps to the minimum."),
    Hyperparameter("minimum", .notNegative, default: 0, "The rate at the end."),
  ]

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
    return minimum + (base - minimum) * (1 + cos(.pi * part)) / 2
  }
}

/// Up in a straight line, from `startFactor` · base at step 0 to the base rate at `steps`; from there on another schedule,
/// which then counts from 0.
public struct WarmUpSchedule: Schedule {
  public static let kind = "linearWarmUp"
  public static let hyperparameters = [
    Hyperparameter("steps", .size, default: nil, "The steps to the full rate."),
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

  public func rate(at step: Int, base: Double) -> Double {
    if step >= steps { return next.rate(at: step - steps, base: base) }
    return base * (startFactor + (1 - startFactor) * Double(max(step, 0)) / Double(steps))
  }
}

extension Schedule where Self == ConstantSchedule {
  public static var constant: ConstantSchedule { ConstantSchedule() }
}

extension Schedule where Self == CosineSchedule {
  public static func cosine(steps: Int, minimum: Double = 0) -> CosineSchedule {
    CosineSchedule(steps: steps, minimum: minimum)
  }
}

extension Schedule {
  /// This schedule after a warm-up.
  public func warmedUp(steps: Int, startFactor: Double = 1.0 / 3) -> WarmUpSchedule {
    WarmUpSchedule(steps: steps, startFactor: startFactor, next: self)
  }
}

extension Catalog where Row == ScheduleRow {
  /// The schedules: one row each.
  public static var schedules: Catalog {
    Catalog(
      "schedule",
      [
        ScheduleRow(ConstantSchedule.self), ScheduleRow(CosineSchedule.self, ["steps": 20]),
        ScheduleRow(WarmUpSchedule.self, ["steps": 5]),
      ])
  }
}

/// A schedule of the catalog, with settings to try it with.
public struct ScheduleRow: CatalogRow {
  public let type: any Schedule.Type
  public let exampleSettings: Settings
  init(_ type: any Schedule.Type, _ settings: Settings = [:]) {
    self.type = type
    exampleSettings = settings
  }
  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Schedule { try type.init(settings) }
}
