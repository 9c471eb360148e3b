/// What a decision threshold is chosen to make greatest.
public enum ThresholdMetric: String, CaseIterable, Sendable {
  /// F1 of class 1.
  case f1
  case balancedAccuracy
  case matthewsCorrelation

  /// By its name, or `mcc` for Matthews' correlation.
  public init?(named name: String) {
    self.init(rawValue: name == "mcc" ? "matthewsCorrelation" : name)
  }

  func score(_ matrix: ConfusionMatrix) -> Double? {
    switch self {
    case .f1: matrix.f1(.ofClass(1))
    case .balancedAccuracy: matrix.balancedAccuracy
    case .matthewsCorrelation: matrix.matthewsCorrelation
    }
  }
}

/// From which probability of class 1 on a row is taken for it, of two classes.
public enum ThresholdChoice: Sendable, Equatable {
  /// This probability, above 0 and below 1.
  case value(Double)
  /// The one that is best by a metric on rows that no network learned from.
  case best(ThresholdMetric)

  /// The metric's name or the number: `f1`, `balancedAccuracy`, `mcc`, `0.3`. Nil for what is neither.
  public init?(_ text: String) {
    if let metric = ThresholdMetric(named: text) {
      self = .best(metric)
    } else if let value = Double(text), value > 0, value < 1 {
      self = .value(value)
    } else {
      return nil
    }
  }
}

/// The probability of class 1 from which on a row is taken for it.
public struct DecisionThreshold: Sendable, Equatable {
  public let value: Double
  /// What it was tuned for; nil where it was given.
  public let metric: ThresholdMetric?

  /// - Throws: ``TrainingError`` for a value that is not above 0 and below 1.
  public init(_ value: Double, for metric: ThresholdMetric? = nil) throws {
    guard value > 0, value < 1 else {
      throw TrainingError("The threshold is \(value); it has to be greater than 0 and less than 1.")
    }
    self.value = value
    self.metric = metric
  }

  /// The threshold with the best score on known rows, halfway between two probabilities that occur; of equally good ones
  /// that next to 0.5.
  ///
  /// One pass over the sorted rows: each moves from one side of the confusion matrix to the other.
  ///
  /// - Throws: `MetricError` without probabilities of two classes, and where the metric is undefined.
  public init(best metric: ThresholdMetric, fitting known: ClassPredictions) throws(MetricError) {
    guard let probabilities = known.probabilities, known.classCount == 2 else {
      throw .undefined(name: metric.rawValue, reason: "a threshold takes the probabilities of two classes")
    }
    let positive = known.labels.indices.map { probabilities[2 * $0 + 1] }
    let order = known.labels.indices.filter { known.weight($0) > 0 }.sorted { (positive[$0], $0) < (positive[$1], $1) }
    var counts = [0.0, 0, 0, 0]
    for row in order { counts[2 * known.labels[row] + 1] += known.weight(row) }
    var best: (score: Double, value: Double)?
    for (place, row) in order.enumerated() {
      counts[2 * known.labels[row] + 1] -= known.weight(row)
      counts[2 * known.labels[row]] += known.weight(row)
      guard place + 1 < order.count, case let next = positive[order[place + 1]], next > positive[row] else { continue }
      let middle = (positive[row] + next) / 2
      // Of neighbouring numbers the middle is one of the two.
      let value = middle > positive[row] ? middle : next
      guard value < 1, let score = metric.score(ConfusionMatrix(classCount: 2, counts: counts)) else { continue }
      if let best, (best.score, -abs(best.value - 0.5)) >= (score, -abs(value - 0.5)) { continue }
      best = (score, value)
    }
    guard let best else {
      throw .undefined(name: metric.rawValue, reason: "the rows are of one class, or all have one probability")
    }
    value = best.value
    self.metric = metric
  }
}
