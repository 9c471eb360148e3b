/// What was predicted for rows that may be of several classes at once, or of none: the input of the metrics of labels.
///
/// A score ought to be higher the more probably a label belongs to a row: a probability, or a margin.
public struct LabelPredictions: Sendable {
  /// How many labels there are.
  public let labelCount: Int
  /// Whether a row has a label, [rows, labels], row by row.
  public let targets: [Bool]
  /// [rows, labels], row by row.
  public let scores: [Double]
  /// Whether a label is said of a row, [rows, labels]: where its score is above the threshold.
  public let predicted: [Bool]
  /// How much each row counts, 0 or more; nil if all count 1.
  public let weights: [Double]?

  /// - Parameters:
  ///   - targets: [rows, labels] row by row, each 0 or 1
  ///   - scores: [rows, labels] row by row, finite
  ///   - threshold: a label is said of a row where its score is above it
  ///   - weights: [rows], finite and not negative
  public init(
    targets: [Double], scores: [Double], labelCount: Int, threshold: Double = 0.5, weights: [Double]? = nil
  ) throws(MetricError) {
    if labelCount < 1 { throw .classCount(labelCount) }
    let rows = targets.count / labelCount
    for (name, values) in [("targets", targets), ("scores", scores)] where values.count != rows * labelCount {
      throw .count(of: name, found: values.count, rows: rows, each: labelCount)
    }
    if let place = targets.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw .value(of: "target", row: place / labelCount, found: targets[place], allowed: "0 or 1")
    }
    if let place = scores.firstIndex(where: { !$0.isFinite }) {
      throw .value(of: "score", row: place / labelCount, found: scores[place], allowed: "finite")
    }
    try MetricError.check(weights: weights, rows: rows)
    self.init(labelCount, targets.map { $0 == 1 }, scores, scores.map { $0 > threshold }, weights)
  }

  private init(
    _ labelCount: Int, _ targets: [Bool], _ scores: [Double], _ predicted: [Bool], _ weights: [Double]?
  ) {
    self.labelCount = labelCount
    self.targets = targets
    self.scores = scores
    self.predicted = predicted
    self.weights = weights
  }

  public var rowCount: Int { targets.count / labelCount }

  func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  /// One row: whether it has each label, whether it is said to, and the labels' scores.
  struct Row {
    let targets, predicted: ArraySlice<Bool>
    let scores: ArraySlice<Double>
  }

  func row(_ row: Int) -> Row {
    let places = row * labelCount..<(row + 1) * labelCount
    return Row(targets: targets[places], predicted: predicted[places], scores: scores[places])
  }
}

extension LabelPredictions: JoinedRows {
  func appending(_ other: LabelPredictions) throws(MetricError) -> LabelPredictions {
    if other.labelCount != labelCount { throw .otherClasses(found: other.labelCount, before: labelCount) }
    return LabelPredictions(
      labelCount, targets + other.targets, scores + other.scores, predicted + other.predicted,
      joinedWeights(weights, rowCount, other.weights, other.rowCount))
  }
}
