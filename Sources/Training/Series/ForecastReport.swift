import GliaFormats

/// What happened when a forecasting model was made, to be kept with it.
public struct ForecastReport: Sendable {
  /// A network that was tried, and its root mean squared error on the validation steps, in the channels' deviations.
  public struct Trial: Sendable, Equatable {
    public let name: String
    public let score: Double
  }

  public var file = ""
  /// The names of the series that were learned from; nil of a single one.
  public var members: [String]?
  /// The first stamp and the last one, and the steps of all series together.
  public var from = "", to = ""
  public var steps = 0
  /// How far a stamp is from the one before, in words.
  public var frequency = ""
  public var trainingSteps = 0
  public var validationSteps = 0
  public var testSteps = 0
  /// What was found in the series and done about it.
  public var notes: [String] = []
  /// The settings of the run in words.
  public var settings: [String] = []
  public var trials: [Trial] = []
  /// The trial that was kept.
  public var kept = 0
  /// Ways to find intervals that were tried, and the mean score of their intervals on watched steps, in the channels' deviations;
  /// empty where there was no choice.
  public var intervalTrials: [Trial] = []
  public var keptIntervals = 0
  /// How well the model does on the last steps, which were not learned from.
  public var backtest = Backtest(channels: [], origins: 0, horizon: 0, entries: [], coverage: 0, level: 0.9)
  public var warnings: [String] = []
  public var seed: UInt64 = 0
  public var seconds = 0.0
}

extension ForecastReport {
  /// Seconds are not kept: the same run would then not give the same file.
  var json: JSONValue {
    var object = JSONObject()
    for (key, text) in [("file", file), ("from", from), ("to", to), ("frequency", frequency)] {
      object[key] = .string(text)
    }
    let counts = [
      ("steps", steps), ("trainingSteps", trainingSteps), ("validationSteps", validationSteps),
      ("testSteps", testSteps),
      ("kept", kept),
    ]
    for (key, count) in counts { object[key] = .integer(Int64(count)) }
    for (key, texts) in [("notes", notes), ("settings", settings), ("warnings", warnings)] {
      object[key] = .array(texts.map(JSONValue.string))
    }
    object["trials"] = ForecastReport.json(trials)
    if !intervalTrials.isEmpty {
      object["intervalTrials"] = ForecastReport.json(intervalTrials)
      object["keptIntervals"] = .integer(Int64(keptIntervals))
    }
    if let members { object["series"] = .array(members.map(JSONValue.string)) }
    object["backtest"] = backtest.json
    object["seed"] = .string(String(seed))
    return .object(object)
  }

  private static func json(_ trials: [Trial]) -> JSONValue {
    .array(
      trials.map { trial in
        var entry = JSONObject()
        entry["name"] = .string(trial.name)
        entry["score"] = .number(trial.score)
        return .object(entry)
      })
  }

  private static func trials(_ values: [JSONValue]) -> [Trial] {
    values.compactMap { trial in
      guard let name = trial["name"]?.string, let score = trial["score"]?.number else { return nil }
      return Trial(name: name, score: score)
    }
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("the report is not an object") }
    file = try object.string("file")
    (from, to) = (try object.string("from"), try object.string("to"))
    frequency = try object.string("frequency")
    steps = try object.integer("steps")
    trainingSteps = try object.integer("trainingSteps")
    validationSteps = try object.integer("validationSteps")
    testSteps = try object.integer("testSteps")
    notes = try object.texts("notes")
    settings = try object.texts("settings")
    warnings = try object.texts("warnings")
    trials = ForecastReport.trials(try object.array("trials"))
    if let tried = object["intervalTrials"]?.array {
      intervalTrials = ForecastReport.trials(tried)
      keptIntervals = try object.integer("keptIntervals")
      guard intervalTrials.indices.contains(keptIntervals) else {
        throw TrainingError("the report keeps intervals that it has not")
      }
    }
    kept = try object.integer("kept")
    guard trials.indices.contains(kept) else { throw TrainingError("the report keeps a trial that it has not") }
    members = object["series"] == nil ? nil : try object.texts("series")
    backtest = try Backtest(json: object["backtest"] ?? .null)
    seed = UInt64(try object.string("seed")) ?? 0
  }
}

extension Backtest {
  /// For model files and programs.
  package var json: JSONValue {
    var object = JSONObject()
    object["origins"] = .integer(Int64(origins))
    object["horizon"] = .integer(Int64(horizon))
    object["level"] = .number(level)
    object["coverage"] = .number(coverage)
    object["channels"] = .array(channels.map(JSONValue.string))
    object["entries"] = .array(
      entries.map { entry in
        var one = JSONObject()
        one["name"] = .string(entry.name)
        one["overall"] = entry.overall.json
        one["channels"] = .array(entry.channels.map(\.json))
        return .object(one)
      })
    return .object(object)
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("the backtest is not an object") }
    let channels = try object.array("channels").compactMap(\.string)
    let entries = try object.array("entries").map { entry in
      let scores = try (entry["channels"]?.array ?? []).map { try Scores(json: $0) }
      guard scores.count == channels.count else { throw TrainingError("the backtest lacks the scores of a channel") }
      return Entry(
        name: entry["name"]?.string ?? "baseline", channels: scores, overall: try Scores(json: entry["overall"]))
    }
    guard !entries.isEmpty else { throw TrainingError("the backtest has no scores") }
    self.init(
      channels: channels, origins: try object.integer("origins"), horizon: try object.integer("horizon"),
      entries: entries, coverage: try object.number("coverage"), level: try object.number("level"))
  }
}
