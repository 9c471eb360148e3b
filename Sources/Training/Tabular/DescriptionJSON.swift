import GliaFormats
import GliaNeuralNetworks

// Parts of networks, and reports, as JSON.

extension PartDescription {
  var json: JSONValue {
    var object = JSONObject()
    object["kind"] = .string(kind)
    if !settings.entries.isEmpty {
      var values = JSONObject()
      for entry in settings.entries { values[entry.name] = entry.value.json }
      object["settings"] = .object(values)
    }
    return .object(object)
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("a part of the network is not described by an object") }
    var settings = Settings()
    for member in object["settings"]?.object?.members ?? [] {
      settings[member.key] = try Setting(json: member.value)
    }
    self.init(try object.string("kind"), settings)
  }
}

extension Setting {
  var json: JSONValue {
    switch self {
    case .number(let value): Int64(exactly: value).map(JSONValue.integer) ?? .number(value)
    case .text(let value): .string(value)
    case .flag(let value): .bool(value)
    case .part(let value): value.json
    case .list(let values): .array(values.map(\.json))
    }
  }

  init(json: JSONValue) throws {
    switch json {
    case .bool(let value): self = .flag(value)
    case .integer(let value): self = .number(Double(value))
    case .number(let value): self = .number(value)
    case .string(let value): self = .text(value)
    case .array(let values): self = .list(try values.map(Setting.init(json:)))
    case .object: self = .part(try PartDescription(json: json))
    case .null: throw TrainingError("a setting of the network is null")
    }
  }
}

extension Scores {
  package var json: JSONValue {
    var object = JSONObject()
    for entry in entries { object[entry.name] = .number(entry.value) }
    return .object(object)
  }

  init(json: JSONValue?) throws {
    self.init(
      (json?.object?.members ?? []).compactMap { member in
        member.value.number.map { Entry(name: member.key, value: $0) }
      })
  }
}

extension Scores {
  static func json(of named: [(name: String, scores: Scores)]) -> JSONValue {
    .array(
      named.map { name, scores in
        var entry = JSONObject()
        entry["name"] = .string(name)
        entry["scores"] = scores.json
        return .object(entry)
      })
  }
}

extension JSONObject {
  func texts(_ key: String) throws -> [String] { try array(key).compactMap(\.string) }

  func namedScores(_ key: String, unnamed: String) throws -> [(name: String, scores: Scores)] {
    try array(key).map { ($0["name"]?.string ?? unnamed, try Scores(json: $0["scores"])) }
  }
}

extension TableReport {
  var json: JSONValue {
    var object = JSONObject()
    run.write(to: &object)
    object["recipe"] = .string(recipe)
    object["scores"] = scores.json
    object["baselines"] = Scores.json(of: baselines)
    if !belief.entries.isEmpty { object["belief"] = belief.json }
    object["keptEpochs"] = .array(keptEpochs.map { .integer(Int64($0)) })
    if let transfer { object["transfer"] = transfer.json }
    return .object(object)
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("the report is not an object") }
    run = try RunReport(object)
    recipe = try object.string("recipe")
    scores = try Scores(json: object["scores"])
    baselines = try object.namedScores("baselines", unnamed: "baseline")
    belief = try Scores(json: object["belief"])
    // Files of before there were several networks have the one.
    keptEpochs =
      object["bestEpoch"] == nil
      ? try object.array("keptEpochs").compactMap { $0.number.flatMap { Int(exactly: $0) } }
      : [try object.integer("bestEpoch")]
    transfer = try object["transfer"].map(TransferReport.init(json:))
  }
}
