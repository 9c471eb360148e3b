/// What was predicted for rows whose class is known: the input of the metrics of a classification.
///
/// Everything is checked here, so that the metrics themselves cannot fail.
public struct ClassPredictions: Sendable, JoinedRows {
  /// The true class of each row, from 0 to `classCount` - 1.
  public let labels: [Int]
  /// How many classes there are, whether or not they occur.
  public let classCount: Int
  /// The probability of each class, [rows, classes], row by row; nil if only classes were predicted.
  public let probabilities: [Double]?
  /// The predicted class of each row.
  public let predicted: [Int]
  /// How much each row counts, 0 or more; nil if all count 1.
  public let weights: [Double]?

  /// Predictions as probabilities; the most probable class is the predicted one, the first of equally probable ones.
  ///
  /// - Parameters:
  ///   - labels: [rows], each from 0 to `classCount` - 1
  ///   - probabilities: [rows, classes] row by row, each from 0 to 1
  ///   - weights: [rows], finite and not negative
  ///   - threshold: of two classes, the probability from which on class 1 is the predicted one
  public init(
    labels: [Int], probabilities: [Double], classCount: Int, weights: [Double]? = nil, threshold: Double? = nil
  ) throws(MetricError) {
    if classCount < 1 { throw .classCount(classCount) }
    guard probabilities.count.isMultiple(of: classCount), probabilities.count / classCount == labels.count else {
      throw .count(of: "probabilities", found: probabilities.count, rows: labels.count, each: classCount)
    }
    if let place = probabilities.firstIndex(where: { !($0 >= 0 && $0 <= 1.000_001) }) {
      throw .value(of: "probability", row: place / classCount, found: probabilities[place], allowed: "from 0 to 1")
    }
    let predicted = labels.indices.map { row in
      var best = 0
      let start = row * classCount
      if let threshold, classCount == 2 { return probabilities[start + 1] >= threshold ? 1 : 0 }
      for other in 1..<classCount where probabilities[start + other] > probabilities[start + best] { best = other }
      return best
    }
    try self.init(labels, predicted, probabilities, classCount, weights)
  }

  /// Predictions of two classes as the probability of class 1 in each row.
  public init(labels: [Int], positive: [Double], weights: [Double]? = nil) throws(MetricError) {
    try self.init(
      labels: labels, probabilities: positive.flatMap { [1 - $0, $0] }, classCount: 2, weights: weights)
  }

  /// Predictions as classes only; log loss and ROC AUC are then undefined.
  public init(labels: [Int], predicted: [Int], classCount: Int, weights: [Double]? = nil) throws(MetricError) {
    if classCount < 1 { throw .classCount(classCount) }
    try self.init(labels, predicted, nil, classCount, weights)
  }

  private init(
    _ labels: [Int], _ predicted: [Int], _ probabilities: [Double]?, _ classCount: Int, _ weights: [Double]?
  ) throws(MetricError) {
    if predicted.count != labels.count {
      throw .count(of: "predictions", found: predicted.count, rows: labels.count, each: 1)
    }
    for (name, classes) in [("label", labels), ("predicted class", predicted)] {
      if let row = classes.firstIndex(where: { $0 < 0 || $0 >= classCount }) {
        throw .value(of: name, row: row, found: Double(classes[row]), allowed: "from 0 to \(classCount - 1)")
      }
    }
    try MetricError.check(weights: weights, rows: labels.count)
    self.labels = labels
    self.predicted = predicted
    self.probabilities = probabilities
    self.classCount = classCount
    self.weights = weights
  }

  func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  /// The same with the most probable class as the predicted one, whatever threshold decided.
  var mostProbable: ClassPredictions {
    guard let probabilities else { return self }
    let checked = try? ClassPredictions(
      labels: labels, probabilities: probabilities, classCount: classCount, weights: weights)
    return checked ?? self
  }

  /// The probability of each class; nil if only classes were predicted.
  func probabilities(ofRow row: Int) -> ArraySlice<Double>? {
    probabilities?[row * classCount..<(row + 1) * classCount]
  }

  func appending(_ other: ClassPredictions) throws(MetricError) -> ClassPredictions {
    if other.classCount != classCount { throw .otherClasses(found: other.classCount, before: classCount) }
    var both: [Double]?
    if let probabilities, let others = other.probabilities { both = probabilities + others }
    return try ClassPredictions(
      labels + other.labels, predicted + other.predicted, both, classCount,
      joinedWeights(weights, labels.count, other.weights, other.labels.count))
  }
}

func joinedWeights(_ first: [Double]?, _ count: Int, _ second: [Double]?, _ others: Int) -> [Double]? {
  if first == nil, second == nil { return nil }
  return (first ?? .init(repeating: 1, count: count)) + (second ?? .init(repeating: 1, count: others))
}

/// What was predicted for rows whose value is known: the input of the metrics of a regression.
public struct ValuePredictions: Sendable, JoinedRows {
  /// The true value of each row.
  public let targets: [Double]
  /// The predicted value of each row.
  public let predictions: [Double]
  /// How much each row counts, 0 or more; nil if all count 1.
  public let weights: [Double]?

  /// - Parameters:
  ///   - targets: [rows], finite
  ///   - predictions: [rows], finite
  ///   - weights: [rows], finite and not negative
  public init(targets: [Double], predictions: [Double], weights: [Double]? = nil) throws(MetricError) {
    if predictions.count != targets.count {
      throw .count(of: "predictions", found: predictions.count, rows: targets.count, each: 1)
    }
    for (name, values) in [("target", targets), ("prediction", predictions)] {
      if let row = values.firstIndex(where: { !$0.isFinite }) {
        throw .value(of: name, row: row, found: values[row], allowed: "finite")
      }
    }
    try MetricError.check(weights: weights, rows: targets.count)
    self.init(checked: targets, predictions, weights)
  }

  private init(checked targets: [Double], _ predictions: [Double], _ weights: [Double]?) {
    self.targets = targets
    self.predictions = predictions
    self.weights = weights
  }

  func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  func appending(_ other: ValuePredictions) -> ValuePredictions {
    ValuePredictions(
      checked: targets + other.targets, predictions + other.predictions,
      joinedWeights(weights, targets.count, other.weights, other.targets.count))
  }
}

/// Why predictions cannot be scored.
public enum MetricError: Error, Equatable, CustomStringConvertible {
  /// There is not the same number of each as there are rows.
  case count(of: String, found: Int, rows: Int, each: Int)
  /// A value is out of its range.
  case value(of: String, row: Int, found: Double, allowed: String)
  /// There has to be a class.
  case classCount(Int)
  /// A batch has another number of classes than those before it.
  case otherClasses(found: Int, before: Int)
  /// There is no score, for this reason.
  case undefined(name: String, reason: String)
  /// What stands in brackets behind a metric's name is not what it takes.
  case parameter(name: String, found: String, allowed: String)
  /// No metric has this name.
  case unknown(name: String, known: [String])
  /// The metric is for another kind of task.
  /// Nil is the task of rows with several labels.
  case wrongTask(name: String, task: TaskKind?, known: [String])

  public var description: String {
    switch self {
    case .count(let what, let found, let rows, let each):
      "there are \(found) \(what) for \(rows) rows; each row needs \(each)"
    case .value(let what, let row, let found, let allowed):
      "the \(what) of row \(row) is \(found == found.rounded() && abs(found) < 1e15 ? "\(Int(found))" : "\(found)"); "
        + "it has to be \(allowed)"
    case .classCount(let count): "there are \(count) classes; at least one is needed"
    case .otherClasses(let found, let before):
      "this batch has \(found) classes, those before it \(before)"
    case .undefined(let name, let reason): "the metric '\(name)' has no value here: \(reason)"
    case .parameter(let name, let found, let allowed): "\(name)(\(found)): what stands in brackets has to be \(allowed)"
    case .unknown(let name, let known):
      "there is no metric '\(name)'; there are \(known.joined(separator: ", "))"
    case .wrongTask(let name, let task, let known):
      "the metric '\(name)' is not for \(task?.rawValue ?? "several labels a row"); for that there are \(known.joined(separator: ", "))"
    }
  }

  static func check(weights: [Double]?, rows: Int) throws(MetricError) {
    guard let weights else { return }
    if weights.count != rows { throw .count(of: "weights", found: weights.count, rows: rows, each: 1) }
    if let row = weights.firstIndex(where: { !$0.isFinite || $0 < 0 }) {
      throw .value(of: "weight", row: row, found: weights[row], allowed: "finite and not negative")
    }
  }
}
