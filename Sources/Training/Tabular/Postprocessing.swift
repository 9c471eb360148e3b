import GliaNeuralNetworks
import GliaTables

/// What is done with a network's answer before it is given to a person, all of it fitted on rows that no network learned
/// from: probabilities are calibrated, a class is decided by a threshold, a value gets an interval.
public struct Postprocessing: Sendable, Equatable {
  public let calibration: Calibration?
  public let threshold: DecisionThreshold?
  public let intervals: PredictionIntervals?

  init(
    calibration: Calibration? = nil, threshold: DecisionThreshold? = nil, intervals: PredictionIntervals? = nil
  ) {
    (self.calibration, self.threshold, self.intervals) = (calibration, threshold, intervals)
  }

  /// Fits what the options ask for. The threshold is tuned on calibrated probabilities.
  ///
  /// - Parameter held: nil where there are no such rows, and none are asked for.
  init(_ options: TableOptions, _ held: HeldOutAnswers?, _ encoding: TargetEncoding) throws {
    var (calibration, threshold): (Calibration?, DecisionThreshold?) = (nil, nil)
    if case .value(let value)? = options.threshold { threshold = try DecisionThreshold(value) }
    guard let held else {
      self.init(threshold: threshold)
      return
    }
    if encoding.task == .classification {
      calibration = try Calibration(options.calibration, fitting: held.answers.known(held.known))
      if case .best(let metric)? = options.threshold {
        let answers = Postprocessing(calibration: calibration)(held.answers)
        // Where no threshold is better than another, the more probable class stays the answer.
        threshold = try? DecisionThreshold(best: metric, fitting: answers.known(held.known))
      }
    }
    let intervals = try options.interval.map {
      try PredictionIntervals(
        level: $0, method: options.intervalMethod, fitting: held.answers, held.known.numbers,
        weights: held.known.weights
      ).scaled(by: held.errorScale)
    }
    self.init(calibration: calibration, threshold: threshold, intervals: intervals)
  }

  /// Whether answers are given as the network says them.
  var isNothing: Bool { calibration == nil && threshold == nil && intervals == nil }

  /// The answers as a person gets them, of those that the network gives.
  func callAsFunction(_ said: TablePredictions) -> TablePredictions {
    var answers = said
    if let calibration {
      answers.probabilities = calibration(said.probabilities, classCount: said.levels.count)
    }
    if let threshold { answers.threshold = threshold.value }
    return intervals?(answers) ?? answers
  }

  /// What baselines are compared by: what a threshold was tuned for; under a threshold that was given the ROC AUC, which does
  /// not depend on it; else the task's first metric.
  func metric(_ task: LearningTask) -> Metric {
    guard let threshold else { return task.metric }
    let name = threshold.metric?.rawValue ?? "rocAUC"
    return Metric.all.first { $0.name == name } ?? task.metric
  }

  /// In words, one a line, for reports.
  func words(_ encoding: TargetEncoding) -> [String] {
    var lines: [String] = []
    if let calibration { lines.append("probabilities calibrated by \(calibration.words)") }
    if let threshold {
      lines.append(
        "'\(encoding.levels[1])' from a probability of \(Progress.short(threshold.value)) on"
          + (threshold.metric.map { ", which is best for \($0.rawValue)" } ?? ""))
    }
    if let intervals { lines.append(intervals.words) }
    return lines
  }
}

/// What a model's networks say of rows that they did not learn from, and what is known of these rows.
struct HeldOutAnswers {
  let answers: TablePredictions
  let known: EncodedTarget
  /// What the errors of the model as a whole are by those of these answers.
  let errorScale: Double

  /// Where each network watched rows of its own, what it says of them, which together are all rows of training; where rows were
  /// set apart for all, what the model as a whole says of them. Nil where every row was learned from.
  init?(_ data: TableData, _ networks: [any Module], _ parts: [TableCommittee.Part], whole: any Module) throws {
    if parts[0].watched.isEmpty {
      guard let validation = data.validation, let known = data.validationTarget else { return nil }
      answers = data.loss.predictions(try Predictor(whole).outputs(for: validation.inputs))
      self.known = known
      errorScale = 1
      return
    }
    var (rows, answers): ([Int], [TablePredictions]) = ([], [])
    for (network, part) in zip(networks, parts) {
      guard let watched = part.validation else { return nil }
      answers.append(data.loss.predictions(try Predictor(network).outputs(for: watched.inputs)))
      rows += part.watched
    }
    var places = rows
    for (place, row) in rows.enumerated() { places[row] = place }
    self.answers = TablePredictions(joining: answers).rows(places)
    known = data.trainingTarget
    errorScale =
      data.encoding.task == .regression
      ? HeldOutAnswers.errorScale(data, networks, self.answers.values) : 1
  }

  /// √(1 − A / E), with E the mean squared error of networks by themselves, and A the mean squared distance of their answers
  /// from the mean of them: what the mean of networks errs by is E − A (A. Krogh and J. Vedelsby 1994, "Neural network
  /// ensembles, cross validation, and active learning"). On rows that most of the networks learned from they differ less than
  /// on new ones, so the scale is rather too large than too small.
  private static func errorScale(_ data: TableData, _ networks: [any Module], _ answers: [Double]) -> Double {
    let all = networks.map { data.loss.predictions(Predictor($0)(data.training.inputs)).values }
    let (known, count) = (data.trainingTarget, Double(networks.count))
    var (error, distance) = (0.0, 0.0)
    for row in answers.indices {
      let weight = known.weights?[row] ?? 1
      let mean = all.reduce(0) { $0 + $1[row] } / count
      error += weight * (known.numbers[row] - answers[row]) * (known.numbers[row] - answers[row])
      distance += weight * all.reduce(0) { $0 + ($1[row] - mean) * ($1[row] - mean) } / count
    }
    // Networks that differ more than they err have not learned the table.
    return error > 0 ? max(1 - distance / error, 0.25).squareRoot() : 1
  }

  /// - Throws: ``TrainingError`` before any training where the options ask for what takes more such rows than there are, or
  ///   do not suit the target.
  static func check(_ options: TableOptions, _ parts: [TableCommittee.Part], _ encoding: TargetEncoding) throws {
    let isClassification = encoding.task == .classification
    if let interval = options.interval {
      if isClassification { throw TrainingError("Intervals are for numbers; '\(encoding.column)' has classes.") }
      try PredictionIntervals.check(interval)
    } else if options.intervalMethod != nil {
      throw TrainingError("A method for intervals is given, and no level: give `interval`, such as 0.9.")
    }
    if !isClassification, options.calibration != .none || options.threshold != nil {
      throw TrainingError("Calibration and thresholds are for classes; '\(encoding.column)' is a number.")
    }
    if options.threshold != nil, encoding.levels.count != 2 {
      throw TrainingError(
        "A threshold decides between two classes; '\(encoding.column)' has \(encoding.levels.count).")
    }
    if case .value(let value)? = options.threshold { _ = try DecisionThreshold(value) }
    guard options.needsHeldOutRows else { return }
    let rows = parts[0].watched.isEmpty ? parts[0].validation?.count ?? 0 : parts.reduce(0) { $0 + $1.watched.count }
    let needed = options.interval.map { PredictionIntervals.fewestRows(for: $0, options.intervalMethod) } ?? 1
    guard rows >= needed else {
      throw TrainingError(
        "Calibration, tuned thresholds and intervals take rows that no network learns from: at least \(needed) here, and "
          + "there are \(rows). Give more rows, or a validation fraction.")
    }
  }
}

extension TablePredictions {
  /// Rows one behind the other.
  init(joining parts: [TablePredictions]) {
    self.init(
      levels: parts.first?.levels ?? [], probabilities: parts.flatMap(\.probabilities), values: parts.flatMap(\.values))
    lower = parts.flatMap(\.lower)
    upper = parts.flatMap(\.upper)
    threshold = parts.first?.threshold
  }

  /// The classes predicted beside the true ones.
  func known(_ target: EncodedTarget) throws(MetricError) -> ClassPredictions {
    try ClassPredictions(
      labels: target.classes.map(Int.init), probabilities: probabilities, classCount: levels.count,
      weights: target.weights, threshold: threshold)
  }
}
