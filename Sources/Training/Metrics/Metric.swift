/// What kind of answer a model gives.
public enum TaskKind: String, CaseIterable, Sendable {
  case classification
  case regression
}

/// A score by name: for early stopping, for histories, and for the command.
public struct Metric: Sendable, CustomStringConvertible {
  /// How the score is computed; nil where it is undefined.
  public enum Measure: Sendable {
    case ofClasses(@Sendable (ClassPredictions) -> Double?)
    case ofValues(@Sendable (ValuePredictions) -> Double?)
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

  /// The kind of task it is for.
  public var task: TaskKind {
    switch measure {
    case .ofClasses: .classification
    case .ofValues: .regression
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
    guard case .ofClasses(let measure) = measure else { throw wrongTask(.classification) }
    return measure(predictions)
  }

  /// The score of these predictions; nil where it is undefined (`undefined` says when).
  public func score(_ predictions: ValuePredictions) throws(MetricError) -> Double? {
    guard case .ofValues(let measure) = measure else { throw wrongTask(.regression) }
    return measure(predictions)
  }

  private func wrongTask(_ task: TaskKind) -> MetricError {
    .wrongTask(name: name, task: task, known: Metric.all(for: task).map(\.name))
  }
}

extension Metric {
  /// Every metric there is. To add one, add a row.
  ///
  /// Precision, recall and F1 are those of class 1 where there are two classes, else the mean over the classes.
  public static let all: [Metric] = [
    Metric(
      name: "accuracy", higherIsBetter: true, meaning: "the part of the rows that was predicted right",
      undefined: noRows, measure: .ofClasses { ConfusionMatrix($0).accuracy }),
    Metric(
      name: "rocAUC", higherIsBetter: true, meaning: "how probably a row of a class is ranked above one of another",
      undefined: "rows of one class only, or no probabilities", measure: .ofClasses { $0.rocAUC }),
    Metric(
      name: "logLoss", higherIsBetter: false, meaning: "the mean of -ln of the true class's probability",
      undefined: "no rows, or no probabilities", measure: .ofClasses { $0.logLoss }),
    Metric(
      name: "f1", higherIsBetter: true, meaning: "the harmonic mean of precision and recall", undefined: noRows,
      measure: .ofClasses { ConfusionMatrix($0).f1(average($0)) }),
    Metric(
      name: "precision", higherIsBetter: true, meaning: "of the rows taken for a class, the part that is of it",
      undefined: noRows, measure: .ofClasses { ConfusionMatrix($0).precision(average($0)) }),
    Metric(
      name: "recall", higherIsBetter: true, meaning: "of the rows of a class, the part that was taken for it",
      undefined: noRows, measure: .ofClasses { ConfusionMatrix($0).recall(average($0)) }),
    Metric(
      name: "rmse", higherIsBetter: false, meaning: "the root of the mean squared error, in the target's unit",
      undefined: noRows, measure: .ofValues { $0.rootMeanSquaredError }),
    Metric(
      name: "mae", higherIsBetter: false, meaning: "the mean absolute error, in the target's unit", undefined: noRows,
      measure: .ofValues { $0.meanAbsoluteError }),
    Metric(
      name: "r2", higherIsBetter: true, meaning: "the part of the target's variance that is explained",
      undefined: "no rows, or all targets the same", measure: .ofValues { $0.rSquared }),
  ]

  private static let noRows = "no rows"

  private static func average(_ predictions: ClassPredictions) -> ConfusionMatrix.Average {
    predictions.classCount == 2 ? .ofClass(1) : .macro
  }

  /// The metrics for a kind of task, in the order of the table.
  public static func all(for task: TaskKind) -> [Metric] { all.filter { $0.task == task } }

  /// The metric of this name, or an error that lists those there are.
  public static func named(_ name: String) throws(MetricError) -> Metric {
    guard let metric = all.first(where: { $0.name == name }) else {
      throw .unknown(name: name, known: all.map(\.name))
    }
    return metric
  }

  /// The metric of this name, if it is for this kind of task, or an error that lists those that are.
  public static func named(_ name: String, for task: TaskKind) throws(MetricError) -> Metric {
    let metric = try named(name)
    if metric.task != task {
      throw .wrongTask(name: name, task: task, known: all(for: task).map(\.name))
    }
    return metric
  }
}
