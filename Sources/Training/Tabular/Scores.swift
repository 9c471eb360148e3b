import GliaTables

/// Metrics by name, in the order of their table. A metric that is undefined for the rows is not there.
public struct Scores: Sendable, Equatable, CustomStringConvertible {
  /// A metric and its value.
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let value: Double
  }

  public let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// The metric of that name; nil where it is undefined for the rows.
  public subscript(name: String) -> Double? { entries.first { $0.name == name }?.value }

  public var description: String {
    entries.map { "\($0.name) \(Progress.short($0.value))" }.joined(separator: "  ")
  }

  /// The scores of predictions for known targets, by the metrics that are reported or by those given.
  ///
  /// - Parameter further: a metric beside those that are reported, if it is none of them.
  static func of(
    _ predictions: TablePredictions, _ target: EncodedTarget, _ encoding: TargetEncoding, by metrics: [Metric]? = nil,
    with further: Metric? = nil
  ) throws -> Scores {
    let reported = metrics ?? Metric.reported(encoding.task.kind, classes: encoding.levels.count)
    let metrics =
      reported + [further].compactMap { $0 }.filter { other in !reported.contains { $0.name == other.name } }
    switch encoding.task {
    case .classification:
      let known = try predictions.known(target)
      return Scores(
        try metrics.compactMap { metric in
          try metric.score(known).map { Entry(name: metric.name, value: $0) }
        })
    case .regression:
      let known = try ValuePredictions(
        targets: target.numbers, predictions: predictions.values, weights: target.weights)
      return Scores(
        try metrics.compactMap { metric in
          try metric.score(known).map { Entry(name: metric.name, value: $0) }
        })
    }
  }

  /// What calibration and intervals gave on known rows; no entries where there are neither.
  ///
  /// - Parameter said: what the network said before calibration.
  static func belief(
    said: TablePredictions, _ answers: TablePredictions, _ known: EncodedTarget, isCalibrated: Bool
  ) throws -> Scores {
    var entries: [Entry] = []
    func add(_ name: String, _ value: Double?) { if let value { entries.append(Entry(name: name, value: value)) } }
    if isCalibrated {
      let (before, after) = (try said.known(known), try answers.known(known).mostProbable)
      add("expectedCalibrationErrorBefore", before.expectedCalibrationError())
      add("expectedCalibrationError", after.expectedCalibrationError())
      add("logLossBefore", before.logLoss)
    }
    if !answers.lower.isEmpty {
      let weights = known.weights ?? .init(repeating: 1, count: known.numbers.count)
      let total = weights.reduce(0, +)
      let held = weights.indices.filter { (answers.lower[$0]...answers.upper[$0]).contains(known.numbers[$0]) }
      add("coverage", held.reduce(0) { $0 + weights[$1] } / total)
      add("meanWidth", weights.indices.reduce(0) { $0 + weights[$1] * (answers.upper[$1] - answers.lower[$1]) } / total)
    }
    return Scores(entries)
  }

  /// By how much these are better than others by the task's first metric: accuracy, or the root of the mean squared error,
  /// of which less is better. Below 0 where they are worse; nil where one has no such metric.
  public func advantage(over other: Scores, _ task: LearningTask) -> Double? {
    advantage(over: other, by: task.metric)
  }

  /// The same by a metric of one's choice.
  func advantage(over other: Scores, by metric: Metric) -> Double? {
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
  public internal(set) var probabilities: [Double]
  /// In the target's own unit; empty for classes.
  public let values: [Double]
  /// The ends of each value's interval; empty where the model has none.
  public internal(set) var lower: [Double] = []
  public internal(set) var upper: [Double] = []
  /// Of two classes, the probability of the second from which on a row is taken for it; nil where the more probable is.
  public internal(set) var threshold: Double?

  init(levels: [String], probabilities: [Double], values: [Double]) {
    (self.levels, self.probabilities, self.values) = (levels, probabilities, values)
  }

  public var count: Int { levels.isEmpty ? values.count : probabilities.count / levels.count }

  /// Those of the given rows, in the order given.
  func rows(_ rows: [Int]) -> TablePredictions {
    let width = levels.count
    var picked = TablePredictions(
      levels: levels, probabilities: width == 0 ? [] : rows.flatMap { probabilities[$0 * width..<($0 + 1) * width] },
      values: width == 0 ? rows.map { values[$0] } : [])
    picked.threshold = threshold
    if !lower.isEmpty { (picked.lower, picked.upper) = (rows.map { lower[$0] }, rows.map { upper[$0] }) }
    return picked
  }

  /// The most probable class of each row, or, of two, the one that the threshold decides for.
  public var classes: [String] {
    (0..<(levels.isEmpty ? 0 : count)).map { row in
      if let threshold, levels.count == 2 { return levels[probabilities[2 * row + 1] >= threshold ? 1 : 0] }
      let own = probabilities[row * levels.count..<(row + 1) * levels.count]
      return levels[own.firstIndex(of: own.max()!)! - row * levels.count]
    }
  }
}
