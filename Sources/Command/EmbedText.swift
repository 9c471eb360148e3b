import GliaFormats
import GliaTables
import GliaTraining

/// What `glia embed` says on standard output.
enum EmbedText {
  static func found(_ table: Table) -> String {
    "\(table.file ?? "table"): \(Results.counted(table.rowCount, "row")), "
      + "\(Results.counted(table.columns.count, "column"))\n"
  }

  static func plan(_ report: AutoencoderReport) -> String {
    let parts = [
      ("to learn from", report.trainingRows), ("to watch", report.validationRows), ("to score", report.testRows),
    ].filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    let lines =
      ["split \(report.splitMethod): \(parts)", "autoencoder \(report.kind), seed \(report.seed):"]
      + report.settings.map { "  " + $0 } + Results.warnings(report.warnings)
    return lines.joined(separator: "\n") + "\n"
  }

  static func results(_ model: TableAutoencoder, model path: String, codes: [String]) -> String {
    let report = model.report
    // Warnings of before training were said then.
    let late = report.warnings.filter { $0.hasPrefix("the autoencoder ") || $0.hasPrefix("no ") }
    let lines =
      scores(of: report) + Results.warnings(late) + [
        "",
        "epoch \(report.keptEpoch) of \(report.epochs) kept; stopped because \(report.stopReason); "
          + "\(Progress.short(report.seconds)) s",
      ] + (codes + [path]).map { "wrote \($0)" } + [
        "next: glia embed \(TrainText.quoted(path)) \(model.imageShape == nil ? "TABLE.csv" : "IMAGES")"
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// How well rows are given back, and what linear models make of the code.
  static func scores(of report: AutoencoderReport) -> [String] {
    let rows =
      report.testRows > 0
      ? Results.counted(report.testRows, "held-out row")
      : "the \(Results.counted(report.trainingRows, "row")) that were learned from"
    var lines = ["", "Given back, on \(rows):"]
    let found = report.reconstructions
    lines += Results.grid(
      [
        [""] + found.map(\.name), ["error"] + Results.aligned(found.map(\.error)),
        ["explained"] + Results.aligned(found.map { $0.explained * 100 }).map { $0 + "%" },
      ]
        + (found.allSatisfy { $0.learnedError == nil }
          ? [] : [["error on the others"] + Results.aligned(found.map(\.learnedError))]))
    if let target = report.target, let first = report.linear.first {
      lines += ["", "Linear models for '\(target)', on the same rows:"]
      lines += Results.grid(
        [[""] + report.linear.map(\.name)]
          + first.scores.entries.map { entry in
            [entry.name] + Results.aligned(report.linear.map { $0.scores[entry.name] })
          })
    }
    return lines
  }

  static func json(of model: TableAutoencoder, model path: String, codes: [String]) throws -> String {
    let report = model.report
    var object = JSONObject()
    object["kind"] = .string(report.kind)
    object["width"] = .integer(Int64(report.width))
    var split = JSONObject()
    split["training"] = .integer(Int64(report.trainingRows))
    split["validation"] = .integer(Int64(report.validationRows))
    split["test"] = .integer(Int64(report.testRows))
    object["split"] = .object(split)
    var found = JSONObject()
    for entry in report.reconstructions {
      var numbers = JSONObject()
      numbers["error"] = .number(entry.error)
      numbers["explained"] = .number(entry.explained)
      if let error = entry.learnedError { numbers["learnedError"] = .number(error) }
      found[entry.name] = .object(numbers)
    }
    object["reconstruction"] = .object(found)
    var linear = JSONObject()
    for (name, scores) in report.linear { linear[name] = Results.numbers(scores) }
    if report.target != nil { object["linear"] = .object(linear) }
    object["warnings"] = .array(report.warnings.map { .string($0) })
    object["epochs"] = .integer(Int64(report.epochs))
    object["keptEpoch"] = .integer(Int64(report.keptEpoch))
    object["stopped"] = .string(report.stopReason)
    object["seed"] = Results.seed(report.seed)
    object["seconds"] = .number(report.seconds)
    object["model"] = .string(path)
    object["codes"] = .string(codes[0])
    if codes.count > 1 { object["testCodes"] = .string(codes[1]) }
    return try JSONValue.object(object).text() + "\n"
  }
}
