import GliaFormats
import GliaTraining

/// What `glia explain` found, for people and for programs.
struct Explanation {
  let importance: PermutationImportance
  let wrong: [WrongRow]
  let segments: (column: String, segments: [Segment])?
  let dependence: PartialDependence?

  // ---- For people

  func lines(of model: TabularModel, _ file: String) -> [String] {
    let (target, rows) = (model.target.column, Results.counted(importance.rows, "row"))
    var lines = [
      "\(model.target.task.rawValue) of '\(target)' on \(rows) of \(file): \(importance.metric) "
        + Progress.short(importance.score)
    ]
    lines += ["", "By how much \(importance.metric) gets worse when a column is shuffled"] + importanceLines
    if !wrong.isEmpty { lines += ["", "The rows that it is most wrong about"] + wrongLines(target) }
    if let segments {
      lines += ["", "Scores by '\(segments.column)'"] + Explanation.lines(segments.segments)
    }
    if let dependence {
      let what = dependence.levels.isEmpty ? "prediction" : "probability"
      lines += ["", "The mean \(what) of '\(target)' with '\(dependence.column)' set in every row"]
      lines += Explanation.lines(dependence, target)
    }
    return lines
  }

  private var importanceLines: [String] {
    let entries = importance.entries
    // One scale for both, so that a mean and its deviation can be compared.
    let numbers = Results.aligned(entries.map(\.mean) + entries.map(\.deviation))
    return Results.grid([
      [""] + entries.map(\.column), ["mean"] + numbers.prefix(entries.count),
      ["deviation"] + numbers.dropFirst(entries.count),
    ])
  }

  private func wrongLines(_ target: String) -> [String] {
    func texts(_ answers: [WrongRow.Answer]) -> [String] {
      let numbers = Results.aligned(answers.map { if case .value(let number) = $0 { number } else { nil } })
      return zip(answers, numbers).map { if case .label(let name) = $0 { name } else { $1 } }
    }
    let probabilities = wrong.compactMap(\.probability)
    return Results.grid(
      [
        ["row"] + wrong.map { "\($0.row + 1)" }, ["line"] + wrong.map { $0.line.map(String.init) ?? "–" },
        [target] + texts(wrong.map(\.target)), ["predicted"] + texts(wrong.map(\.prediction)),
      ] + (probabilities.isEmpty ? [] : [["probability"] + Results.aligned(probabilities)])
        + [["loss"] + Results.aligned(wrong.map(\.loss))])
  }

  private static func lines(_ segments: [Segment]) -> [String] {
    var names: [String] = []
    for entry in segments.flatMap(\.scores.entries) where !names.contains(entry.name) { names.append(entry.name) }
    return Results.grid(
      [[""] + segments.map(\.name), ["rows"] + segments.map { "\($0.rows)" }]
        + names.map { name in [name] + Results.aligned(segments.map { $0.scores[name] }) })
  }

  private static func lines(_ dependence: PartialDependence, _ target: String) -> [String] {
    let heads = dependence.levels.isEmpty ? [target] : dependence.levels.map { "\(target)=\($0)" }
    return Results.grid(
      [[dependence.column] + dependence.points.map(\.value)]
        + heads.enumerated().map { place, head in [head] + Results.aligned(dependence.points.map { $0.means[place] }) })
  }

  // ---- For programs

  func json(of model: TabularModel, at path: String, repeats: Int, seed: UInt64, seconds: Double) throws -> String {
    let object = Explanation.object([
      ("task", .string(model.target.task.rawValue)), ("target", .string(model.target.column)),
      ("rows", .integer(Int64(importance.rows))), ("metric", .string(importance.metric)),
      ("score", Explanation.number(importance.score)), ("repeats", .integer(Int64(repeats))),
      // A seed beyond 2^63 is a number that many readers of JSON cannot hold.
      ("seed", Int64(exactly: seed).map { .integer($0) } ?? .string("\(seed)")),
      ("importance", .array(importance.entries.map(Explanation.value))),
      ("mostWrong", .array(wrong.map(Explanation.value))),
      ("by", segments.map(Explanation.value)), ("partial", dependence.map(Explanation.value)),
      ("seconds", .number(seconds)), ("model", .string(path)),
    ])
    return try object.text() + "\n"
  }

  private static func value(_ entry: PermutationImportance.Entry) -> JSONValue {
    object([
      ("column", .string(entry.column)), ("mean", number(entry.mean)), ("deviation", number(entry.deviation)),
      ("drops", .array(entry.drops.map(number))),
    ])
  }

  private static func value(_ row: WrongRow) -> JSONValue {
    func answer(_ answer: WrongRow.Answer) -> JSONValue {
      switch answer {
      case .label(let name): .string(name)
      case .value(let value): number(value)
      }
    }
    return object([
      ("row", .integer(Int64(row.row + 1))), ("line", row.line.map { .integer(Int64($0)) }),
      ("target", answer(row.target)), ("prediction", answer(row.prediction)),
      ("probability", row.probability.map(number)), ("loss", number(row.loss)),
    ])
  }

  private static func value(_ found: (column: String, segments: [Segment])) -> JSONValue {
    let segments = found.segments.map { segment in
      object([
        ("value", .string(segment.name)), ("rows", .integer(Int64(segment.rows))),
        ("metrics", Results.numbers(segment.scores)),
      ])
    }
    return object([("column", .string(found.column)), ("segments", .array(segments))])
  }

  private static func value(_ dependence: PartialDependence) -> JSONValue {
    let points = dependence.points.map { point in
      let means =
        dependence.levels.isEmpty
        ? number(point.means[0]) : object(zip(dependence.levels, point.means).map { ($0, number($1)) })
      return object([("value", .string(point.value)), ("mean", means)])
    }
    return object([("column", .string(dependence.column)), ("points", .array(points))])
  }

  private static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in members { object[key] = value }
    return .object(object)
  }

  /// A number that is not finite is null: JSON has no word for it.
  private static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}
