/// What kind of answer a model gives.
public enum TaskKind: String, CaseIterable, Sendable {
  case classification
  case regression
}

/// A score by name: for early stopping, for histories, and for the command.
public struct Metric: Sendable, CustomStringConvertible {
  /// How the score is computed: what takes the rows, started anew for each score.
  public enum Measure: Sendable {
    case ofClasses(@Sendable () -> any MetricAccumulator<ClassPredictions>)
    case ofValues(@Sendable () -> any MetricAccumulator<ValuePredictions>)
    case ofLabels(@Sendable () -> any MetricAccumulator<LabelPredictions>)

    /// One that is under way.
    enum Running: Sendable {
      case ofClasses(any MetricAccumulator<ClassPredictions>)
      case ofValues(any MetricAccumulator<ValuePredictions>)
      case ofLabels(any MetricAccumulator<LabelPredictions>)
    }

    func start() -> Running {
      switch self {
      case .ofClasses(let make): .ofClasses(make())
      case .ofValues(let make): .ofValues(make())
      case .ofLabels(let make): .ofLabels(make())
      }
    }

    /// A score of all rows at once, which are kept; nil where it is undefined.
    public static func ofAllClasses(_ score: @escaping @Sendable (ClassPredictions) -> Double?) -> Measure {
      .ofClasses { WholeRows(score) }
    }

    /// A score of all rows at once, which are kept; nil where it is undefined.
    public static func ofAllValues(_ score: @escaping @Sendable (ValuePredictions) -> Double?) -> Measure {
      .ofValues { WholeRows(score) }
    }
  }

  /// The name in histories, in JSON and on the command line.
  public let name: String
  public let higherIsBetter: Bool
  /// In words, what it says.
  public let meaning: String
  /// In words, when there is no score.
  public let undefined: String
  public let measure: Measure

  public init(name: String, higherIsBetter: Bool, meaning: String, undefined: String, measure: Measure) {
    self.name = name
    self.higherIsBetter = higherIsBetter
    self.meaning = meaning
    self.undefined = undefined
    self.measure = measure
  }

  /// The kind of task it is for; nil for rows of several labels, of which there is no task of tables.
  public var task: TaskKind? {
    switch measure {
    case .ofClasses: .classification
    case .ofValues: .regression
    case .ofLabels: nil
    }
  }

  public var description: String { name }

  /// Whether one score is better than another; any number is better than none.
  public func isBetter(_ score: Double, than other: Double?) -> Bool {
    guard let other, !other.isNaN else { return !score.isNaN }
    return higherIsBetter ? score > other : score < other
  }

  /// The score of these predictions; nil where it is undefined (`undefined` says when).
  public func score(_ predictions: ClassPredictions) throws(MetricError) -> Double? {
    var score = running()
    try score.add(predictions)
    return score.value
  }

  /// The score of these predictions; nil where it is undefined (`undefined` says when).
  public func score(_ predictions: ValuePredictions) throws(MetricError) -> Double? {
    var score = running()
    try score.add(predictions)
    return score.value
  }

  /// The score of these predictions; nil where it is undefined (`undefined` says when).
  public func score(_ predictions: LabelPredictions) throws(MetricError) -> Double? {
    var score = running()
    try score.add(predictions)
    return score.value
  }

  /// The score of rows that come batch by batch.
  public func running() -> RunningScore { RunningScore(self) }

  func wrongTask(_ task: TaskKind?) -> MetricError {
    .wrongTask(name: name, task: task, known: Metric.all.filter { $0.task == task }.map(\.name))
  }
}
