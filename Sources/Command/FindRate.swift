import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTraining

/// `glia train --find-rate`: the loss at learning rates that rise, and a rate to start with, instead of a model.
extension TrainCommand {
  func showRates(_ file: String) throws {
    if output != nil { throw UsageError("--find-rate trains no model; leave --output out") }
    let rates = try heldOut.labels == nil ? tableRates(file) : imageRates(file)
    try StandardStreams.write(json ? try RateText.json(rates) : RateText.lines(rates))
  }

  private func tableRates(_ file: String) throws -> TableRates {
    let (rows, target, _) = try tableRows(file)
    let held = try heldTables(like: rows)
    return try TabularModel.findLearningRate(
      rows, target: target, test: held.test, validation: held.validation, options: try options())
  }

  private func imageRates(_ file: String) throws -> TableRates {
    let (images, labels, held) = try labelledImages(file)
    return try TabularModel.findLearningRate(images: images, labels: labels, test: held, options: try options())
  }
}

/// What a range test found, for people as a curve that lies on its side, and for programs as JSON.
enum RateText {
  /// The lines of a curve, and the signs of its longest bar.
  private static let (height, width) = (25, 48)

  static func lines(_ rates: TableRates) -> String {
    let points = rates.curve.points
    let stride = max(1, (points.count + height - 1) / height)
    let shown = points.indices.filter { $0 % stride == 0 }.map { points[$0] }
    let losses = shown.map(\.smoothedLoss)
    // What runs away at the end would make all bars before it one.
    let (least, most) = (losses.min() ?? 0, min(losses.max() ?? 0, 1.25 * (losses.first ?? 0)))
    let bars = losses.map { loss -> String in
      let part = most > least ? min(1, (loss - least) / (most - least)) : 0
      return String(repeating: "▪", count: 1 + Int(part * Double(width - 1))) + (loss > most ? "…" : "")
    }
    let suggestion = rates.curve.suggestion
    let marked = suggestion.flatMap { rate in shown.lastIndex { $0.rate <= rate * (1 + 1e-9) } }
    let columns = [
      ["rate"] + shown.map { Progress.short($0.rate) }, ["loss"] + losses.map(Progress.short),
      ["  "] + bars.indices.map { index in (index == marked ? "→ " : "  ") + bars[index] },
    ]
    let curve = grid(columns)
    let about =
      "\(Results.counted(points.count, "batch", "batches")) of \(rates.batchSize) of \(rates.rows) rows, "
      + "the running mean of their loss as the rate rises:"
    return
      (rates.settings.map { "  " + $0 } + Results.warnings(rates.warnings) + [about] + curve + [""] + verdict(rates))
      .joined(separator: "\n") + "\n"
  }

  private static func grid(_ columns: [[String]]) -> [String] {
    // Bars start at one place, numbers end at one.
    Results.grid(Array(columns.dropLast())).enumerated().map { row, text in
      let bar = columns[columns.count - 1][row]
      return bar.allSatisfy { $0 == " " } ? text : text + " " + bar
    }
  }

  private static func verdict(_ rates: TableRates) -> [String] {
    guard let suggestion = rates.curve.suggestion else {
      return ["the loss never falls: no rate to suggest; are the columns such that the target can be told from them?"]
    }
    return [
      "suggested: --learning-rate \(Progress.short(suggestion)), where half of the fall is done; "
        + "where none is said, training takes \(Progress.short(rates.usual))"
    ]
  }

  static func json(_ rates: TableRates) throws -> String {
    var object = JSONObject()
    object["suggestion"] = rates.curve.suggestion.map { .number($0) } ?? .null
    object["usual"] = .number(rates.usual)
    object["batchSize"] = .integer(Int64(rates.batchSize))
    object["rows"] = .integer(Int64(rates.rows))
    object["curve"] = .array(
      rates.curve.points.map { point in
        var entry = JSONObject()
        entry["rate"] = .number(point.rate)
        entry["loss"] = .number(point.loss)
        entry["smoothedLoss"] = .number(point.smoothedLoss)
        return .object(entry)
      })
    object["warnings"] = .array(rates.warnings.map { .string($0) })
    return try JSONValue.object(object).text() + "\n"
  }
}
