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
  static func scoreTable(_ report: TableReport) -> [String] {
    table([ScoreRow("network", report.scores)] + baselines(report))
  }

  static func baselines(_ report: TableReport) -> [ScoreRow] { report.baselines.map { ScoreRow($0.name, $0.scores) } }

  static func table(_ rows: [ScoreRow]) -> [String] {
    let names = rows.first?.scores.map(\.name) ?? []
    let cells =
      [[""] + names]
      + rows.map { row in [row.name] + names.map { name in row[name].map(Progress.short) ?? "–" } }
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
      row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? "  " + cell + blanks : blanks + cell
      }.joined(separator: "  ")
    }
  }

  // ---- For programs

  /// The result of a training run.
  static func json(of model: TabularModel, at path: String) throws -> String {
    let report = model.report
    var object = result(
      model, rows: report.testRows > 0 ? report.testRows : report.trainingRows, ScoreRow("network", report.scores),
      baselines(report), seconds: report.seconds, path)
    var split = JSONObject()
    split["training"] = .integer(Int64(report.trainingRows))
    split["validation"] = .integer(Int64(report.validationRows))
    split["test"] = .integer(Int64(report.testRows))
    object["split"] = .object(split)
    object["epochs"] = .integer(Int64(report.epochs))
    object["bestEpoch"] = .integer(Int64(report.bestEpoch))
    object["stopped"] = .string(report.stopReason)
    // A seed beyond 2^63 is a number that many readers of JSON cannot hold.
    object["seed"] = Int64(exactly: report.seed).map { .integer($0) } ?? .string("\(report.seed)")
    object["warnings"] = .array(report.warnings.map { .string($0) })
    return try JSONValue.object(object).text() + "\n"
  }

  /// The scores on a table.
  static func json(
    of model: TabularModel, at path: String, rows: Int, _ scores: ScoreRow, _ baselines: [ScoreRow], seconds: Double
  ) throws -> String {
    try JSONValue.object(result(model, rows: rows, scores, baselines, seconds: seconds, path)).text() + "\n"
  }

  private static func result(
    _ model: TabularModel, rows: Int, _ scores: ScoreRow, _ baselines: [ScoreRow], seconds: Double, _ path: String
  ) -> JSONObject {
    var object = JSONObject()
    object["task"] = .string(model.target.task.rawValue)
    object["rows"] = .integer(Int64(rows))
    object["metrics"] = numbers(scores)
    var others = JSONObject()
    for row in baselines { others[row.name] = numbers(row) }
    object["baselines"] = .object(others)
    object["seconds"] = .number(seconds)
    object["model"] = .string(path)
    return object
  }

  /// A metric that is not finite is null: JSON has no word for it.
  private static func numbers(_ row: ScoreRow) -> JSONValue {
    var object = JSONObject()
    for entry in row.scores { object[entry.name] = entry.value.isFinite ? .number(entry.value) : .null }
    return .object(object)
  }
}
