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

extension TablePredictions {
  /// The classes predicted beside the true ones.
  func known(_ target: EncodedTarget) throws(MetricError) -> ClassPredictions {
    try ClassPredictions(
      labels: target.classes.map(Int.init), probabilities: probabilities, classCount: levels.count,
      weights: target.weights, threshold: threshold)
  }
}
