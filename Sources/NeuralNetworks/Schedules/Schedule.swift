import GliaTensors

/// How the learning rate goes with time: a function of the step, counted from 0, and the optimizer's own rate.
///
/// A step is whatever the caller counts: a batch or an epoch. Schedules are values and keep nothing, so a resumed run goes on
/// where it stopped. They compose: a warm-up before any, one after the other, one that watches a figure around any.
public protocol Schedule: Part, Sendable {
  func rate(at step: Int, base: Double) -> Double

  /// The figure that the rate depends on too: "loss", or a metric's name. Nil where it depends on the step alone.
  var watched: String? { get }
  /// The same with the figure's values after each epoch so far.
  func rate(at step: Int, base: Double, after values: [Double]) -> Double
}

extension Schedule {
  public var watched: String? { nil }
  public func rate(at step: Int, base: Double, after values: [Double]) -> Double { rate(at: step, base: base) }
}

/// The base rate, always.
public struct ConstantSchedule: Schedule {
  public static let kind = "constant"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func rate(at step: Int, base: Double) -> Double { base }
}

extension Schedule where Self == ConstantSchedule {
  /// See ``ConstantSchedule`` for the formula and the settings.
  public static var constant: ConstantSchedule { ConstantSchedule() }
}

extension Hyperparameter {
  static func steps(_ documentation: String) -> Hyperparameter {
    Hyperparameter("steps", .size, default: nil, documentation)
  }
  static let minimumRate = Hyperparameter("minimum", .notNegative, default: 0, "The rate at the end.")
  static func gamma(_ value: Double) -> Hyperparameter {
    Hyperparameter(
      "gamma", .number(lower: 0, includingLower: false, upper: 1, includingUpper: true), default: .number(value),
      "What the rate is multiplied by.")
  }
  static let schedule = Hyperparameter(
    "schedule", .part([]), default: .part(PartDescription("constant")), "The schedule that it goes around.")
}

extension Catalog where Row == ScheduleRow {
  /// The schedules: one row each.
  public static var schedules: Catalog {
    Catalog(
      "schedule",
      [
        ScheduleRow(ConstantSchedule.self), ScheduleRow(StepSchedule.self, ["stepSize": 5]),
        ScheduleRow(MultiStepSchedule.self, ["milestones": [3, 9]]), ScheduleRow(ExponentialSchedule.self),
        ScheduleRow(PolynomialSchedule.self, ["steps": 20]), ScheduleRow(CosineSchedule.self, ["steps": 20]),
        ScheduleRow(CosineRestartsSchedule.self, ["firstPeriod": 4, "factor": 2]),
        ScheduleRow(OneCycleSchedule.self, ["maximum": 0.1, "steps": 20]),
        ScheduleRow(WarmUpSchedule.self, ["steps": 5]),
        ScheduleRow(
          SequenceSchedule.self,
          [
            "schedules": [.part(PartDescription("constant")), .part(PartDescription("exponential", ["gamma": 0.9]))],
            "lengths": [4],
          ]),
        ScheduleRow(PlateauSchedule.self),
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
