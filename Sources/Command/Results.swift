import GliaFormats
import GliaTables
import GliaTraining

/// Scores for people, as an aligned table, and for programs, as JSON.
enum Results {
  // ---- For people

  static func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count) \(count == 1 ? one : many ?? one + "s")"
  }

  /// "30 held-out rows"
  static func rows(_ report: TableReport) -> String {
    report.testRows > 0
      ? counted(report.testRows, "held-out row") : "the \(counted(report.trainingRows, "row")) that were trained on"
  }

  /// The network's scores beside the baselines'.
  static func table(_ evaluation: Evaluation) -> [String] {
    let rows = [(name: "network", scores: evaluation.scores)] + evaluation.baselines
    return grid(
      [[""] + rows.map(\.name)]
        + evaluation.scores.entries.map { entry in [entry.name] + aligned(rows.map { $0.scores[entry.name] }) })
  }

  /// Columns of cells side by side, the first to the left and the others to the right.
  static func grid(_ columns: [[String]]) -> [String] {
    columns[0].indices.map { row in
      columns.enumerated().map { column, cells in
        let blanks = String(repeating: " ", count: (cells.map(\.count).max() ?? 0) - cells[row].count)
        return column == 0 ? "  " + cells[row] + blanks : blanks + cells[row]
      }.joined(separator: "  ")
    }
  }

  /// Numbers to stand one under the other: with four digits of the greatest and two of the first, six decimals at most.
  static func aligned(_ values: [Double?]) -> [String] {
    func decimals(_ digits: Int, of value: Double) -> Int {
      guard value > 0 else { return 0 }
      var (decimals, scaled, least) = (0, value, (1..<digits).reduce(1.0) { least, _ in least * 10 })
      while decimals < 6, scaled <= least { (decimals, scaled) = (decimals + 1, scaled * 10) }
      return decimals
    }
    let sizes = values.compactMap { $0?.magnitude }.filter { $0.isFinite }
    let needed = max(decimals(4, of: sizes.max() ?? 0), decimals(2, of: sizes.first ?? 0))
    return values.map { $0.map { fixed($0, decimals: needed) } ?? "–" }
  }

  /// Means and how far the folds lie apart, to stand one under the other.
  static func estimates(_ values: [Comparison.Estimate?]) -> [String] {
    let numbers = aligned(values.map { $0?.mean } + values.map { $0?.deviation })
    let deviations = numbers[values.count...]
    let width = deviations.map(\.count).max() ?? 0
    return zip(zip(numbers, deviations), values).map { pair, value in
      let blanks = String(repeating: " ", count: width - pair.1.count)
      return value == nil ? "–" : "\(pair.0) ± \(blanks)\(pair.1)"
    }
  }

  private static func fixed(_ value: Double, decimals: Int) -> String {
    let scaled = ((0..<decimals).reduce(value) { value, _ in value * 10 }).rounded()
    guard let whole = Int64(exactly: scaled) else { return "\(value)" }
    var digits = String(whole.magnitude)
    digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    if decimals > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals)) }
    return (whole < 0 ? "-" : "") + digits
  }

  static func warnings(_ warnings: [String]) -> [String] { warnings.map { "warning: \($0)" } }

  /// Which epochs were kept, and why training ended there.
  static func kept(_ report: TableReport) -> String {
    let epochs = report.keptEpochs.map(String.init).joined(separator: ", ")
    return report.keptEpochs.count > 1
      ? "epochs \(epochs) of the \(report.keptEpochs.count) networks kept, of up to \(report.epochs)"
      : "epoch \(epochs) of \(report.epochs) kept; stopped because \(report.stopReason)"
  }

  // ---- For programs

  /// The result of a training run, on a table with these remarks.
  static func json(of model: TabularModel, at path: String, _ remarks: [String]) throws -> String {
    let report = model.report
    var object = result(
      model, at: path, model.evaluation, warnings: remarks + report.warnings, seconds: report.seconds)
    var split = JSONObject()
    split["training"] = .integer(Int64(report.trainingRows))
    split["validation"] = .integer(Int64(report.validationRows))
    split["test"] = .integer(Int64(report.testRows))
    object["split"] = .object(split)
    object["epochs"] = .integer(Int64(report.epochs))
    object["keptEpochs"] = .array(report.keptEpochs.map { .integer(Int64($0)) })
    object["stopped"] = .string(report.stopReason)
    object["seed"] = seed(report.seed)
    if let transfer = report.transfer { object["transfer"] = transfer.json }
    return try JSONValue.object(object).text() + "\n"
  }

  /// A seed beyond 2^63 is a number that many readers of JSON cannot hold.
  static func seed(_ seed: UInt64) -> JSONValue { Int64(exactly: seed).map { .integer($0) } ?? .string("\(seed)") }

  /// The scores on a table.
  static func json(
    of model: TabularModel, at path: String, _ evaluation: Evaluation, seconds: Double, withReliability: Bool
  ) throws -> String {
    var object = result(model, at: path, evaluation, warnings: evaluation.warnings, seconds: seconds)
    if withReliability { object["reliability"] = evaluation.reliability.map(BeliefText.json) }
    return try JSONValue.object(object).text() + "\n"
  }

  private static func result(
    _ model: TabularModel, at path: String, _ evaluation: Evaluation, warnings: [String], seconds: Double
  ) -> JSONObject {
    var object = JSONObject()
    object["task"] = .string(model.target.task.rawValue)
    object["rows"] = .integer(Int64(evaluation.rows))
    object["metrics"] = numbers(evaluation.scores)
    var others = JSONObject()
    for (name, scores) in evaluation.baselines { others[name] = numbers(scores) }
    object["baselines"] = .object(others)
    if !evaluation.belief.entries.isEmpty { object["belief"] = numbers(evaluation.belief) }
    object["warnings"] = .array(warnings.map { .string($0) })
    object["seconds"] = .number(seconds)
    object["model"] = .string(path)
    return object
  }

  /// A metric that is not finite is null: JSON has no word for it.
  static func numbers(_ scores: Scores) -> JSONValue {
    var object = JSONObject()
    for entry in scores.entries { object[entry.name] = entry.value.isFinite ? .number(entry.value) : .null }
    return .object(object)
  }
}
