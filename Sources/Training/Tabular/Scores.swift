import GliaTables

/// Metrics by name, in the order of their table. A metric that is undefined for the rows is not there.
public struct Scores: Sendable, Equatable, CustomStringConvertible {
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let value: Double
  }

  public let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  public subscript(name: String) -> Double? { entries.first { $0.name == name }?.value }

  public var description: String {
    entries.map { "\($0.name) \(Progress.short($0.value))" }.joined(separator: "  ")
  }

  /// The scores of predictions for known targets, by the metrics that are reported or by those given.
  static func of(
    _ predictions: TablePredictions, _ target: EncodedTarget, _ encoding: TargetEncoding, by metrics: [Metric]? = nil
  ) throws -> Scores {
    let metrics = metrics ?? Metric.reported.filter { $0.task == encoding.task.kind }
    switch encoding.task {
    case .classification:
      let labels = target.classes.map(Int.init)
      let known = try ClassPredictions(
        labels: labels, probabilities: predictions.probabilities, classCount: encoding.levels.count)
      return Scores(
        try metrics.compactMap { metric in
          try metric.score(known).map { Entry(name: metric.name, value: $0) }
        })
    case .regression:
      let known = try ValuePredictions(targets: target.numbers, predictions: predictions.values)
      return Scores(
        try metrics.compactMap { metric in
          try metric.score(known).map { Entry(name: metric.name, value: $0) }
        })
    }
  }

  /// By how much these are better than others by the task's first metric: accuracy, or the root of the mean squared error,
  /// of which less is better. Below 0 where they are worse; nil where one has no such metric.
  public func advantage(over other: Scores, _ task: LearningTask) -> Double? {
    let metric = task.metric
    guard let own = self[metric.name], let others = other[metric.name] else { return nil }
    return metric.higherIsBetter ? own - others : others - own
  }
}

extension LearningTask {
  var kind: TaskKind { self == .classification ? .classification : .regression }

  /// The first metric of the task, by which models are compared: accuracy, or the root of the mean squared error.
  public var metric: Metric { Metric.reported.first { $0.task == kind }! }
}

/// What a model predicts for the rows of a table.
public struct TablePredictions: Sendable, Equatable {
  /// The classes; empty for a regression.
  public let levels: [String]
  /// [rows, classes] row by row; empty for a regression.
  public let probabilities: [Double]
  /// In the target's own unit; empty for classes.
  public let values: [Double]

  public var count: Int { levels.isEmpty ? values.count : probabilities.count / levels.count }

  /// Those of the given rows, in the order given.
  func rows(_ rows: [Int]) -> TablePredictions {
    let width = levels.count
    return TablePredictions(
      levels: levels, probabilities: width == 0 ? [] : rows.flatMap { probabilities[$0 * width..<($0 + 1) * width] },
      values: width == 0 ? rows.map { values[$0] } : [])
  }

  /// The most probable class of each row.
  public var classes: [String] {
    (0..<(levels.isEmpty ? 0 : count)).map { row in
      let own = probabilities[row * levels.count..<(row + 1) * levels.count]
      return levels[own.firstIndex(of: own.max()!)! - row * levels.count]
    }
  }
}
