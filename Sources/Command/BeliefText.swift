import ArgumentParser
import GliaFormats
import GliaTables
import GliaTraining

/// How far a model's answers can be believed, in words and as JSON.
enum BeliefText {
  /// What calibration, a threshold and intervals gave; nothing where there are none.
  static func lines(_ evaluation: Evaluation, _ model: TabularModel) -> [String] {
    let belief = evaluation.belief
    func short(_ name: String) -> String { belief[name].map { Progress.short($0) } ?? "unknown" }
    var lines: [String] = []
    if belief["expectedCalibrationError"] != nil {
      lines.append(
        "calibrated: expected calibration error \(short("expectedCalibrationErrorBefore")) before, "
          + "\(short("expectedCalibrationError")) after; log loss \(short("logLossBefore")) before, "
          + "\(evaluation.scores["logLoss"].map { Progress.short($0) } ?? "unknown") after")
    }
    if let threshold = model.postprocessing.threshold {
      lines.append("'\(model.target.levels[1])' from a probability of \(Progress.short(threshold.value)) on")
    }
    if let intervals = model.postprocessing.intervals, belief["coverage"] != nil {
      lines.append(
        "intervals of \(shortest(intervals.level)): \(short("coverage")) of the targets are inside, "
          + "mean width \(short("meanWidth"))")
    }
    return lines
  }

  /// A line a bin.
  static func reliability(_ evaluation: Evaluation, _ model: TabularModel) -> [String] {
    guard let reliability = evaluation.reliability else { return [] }
    let (bins, levels) = (reliability.bins, model.target.levels)
    let what = levels.count == 2 ? "'\(levels[1])'" : "the most probable class"
    let rows = bins.map { $0.rows == $0.rows.rounded() ? shortest($0.rows) : Progress.short($0.rows) }
    return [
      "",
      "How probable \(what) was said to be, and how often it was so "
        + "(expected calibration error \(Progress.short(reliability.expectedCalibrationError)))",
    ]
      + Results.grid([
        ["probability"] + bins.map { "\(shortest($0.lower)) to \(shortest($0.upper))" }, ["rows"] + rows,
        ["said"] + Results.aligned(bins.map(\.said)), ["seen"] + Results.aligned(bins.map(\.seen)),
      ])
  }

  static func json(_ reliability: Reliability) -> JSONValue {
    .array(
      reliability.bins.map { bin in
        var object = JSONObject()
        object["lower"] = .number(bin.lower)
        object["upper"] = .number(bin.upper)
        object["rows"] = .number(bin.rows)
        object["said"] = .number(bin.said)
        object["seen"] = .number(bin.seen)
        return .object(object)
      })
  }
}

extension TrainCommand {
  static func calibration(_ text: String) throws -> CalibrationMethod { try choice(text, "calibrate") }
  static func intervalMethod(_ text: String) throws -> IntervalMethod { try choice(text, "interval-by") }

  static func threshold(_ text: String) throws -> ThresholdChoice {
    if let choice = ThresholdChoice(text) { return choice }
    throw UsageError(
      "--threshold is '\(text)'; it has to be f1, balancedAccuracy, mcc, or a number greater than 0 and less than 1")
  }

  private static func choice<Value: RawRepresentable & CaseIterable>(_ text: String, _ option: String) throws -> Value
  where Value.RawValue == String {
    if let value = Value(rawValue: text) { return value }
    let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
    throw UsageError("--\(option) is '\(text)'; there are \(known)")
  }
}

extension ClassWeights {
  /// `balanced`, or `yes=2,no=1`.
  init(words: String) throws {
    if words == "balanced" {
      self = .balanced
      return
    }
    var weights: [String: Double] = [:]
    for word in try CommaList.names(words) {
      guard let sign = word.lastIndex(of: "="), let weight = Double(word[word.index(after: sign)...]) else {
        throw UsageError("--class-weights: '\(word)' gives no class a weight; write balanced, or class=number,…")
      }
      let name = String(word[..<sign])
      guard weights.updateValue(weight, forKey: name) == nil else {
        throw UsageError("--class-weights gives '\(name)' two weights")
      }
    }
    self = .of(weights)
  }
}
