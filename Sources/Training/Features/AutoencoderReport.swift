import GliaFormats

/// What happened when an autoencoder was made, to be kept with it.
public struct AutoencoderReport: Sendable {
  /// How well rows are given back: the mean squared error of a column, in the units of the encoded columns, and the part of
  /// their variance that is not lost.
  public struct Reconstruction: Sendable {
    public let name: String
    public let error: Double
    public let explained: Double
  }

  public var file = ""
  public var rows = 0
  public var trainingRows = 0
  public var validationRows = 0
  public var testRows = 0
  public var splitMethod = ""
  public var width = 0
  /// The kind with its settings, in words.
  public var kind = ""
  /// The settings of the run in words.
  public var settings: [String] = []
  /// On the rows that were held out: the autoencoder, principal components of the same width, and the mean of each column.
  public var reconstructions: [Reconstruction] = []
  /// The target that linear models were fitted to, where there was one.
  public var target: String?
  /// On the held-out rows: linear models on the code, on principal components and on the columns themselves.
  public var linear: [(name: String, scores: Scores)] = []
  public var warnings: [String] = []
  public var epochs = 0
  public var keptEpoch = 0
  public var stopReason = ""
  public var seed: UInt64 = 0
  /// A hash of the values that were learned from.
  public var dataHash = ""
  public var seconds = 0.0
}

extension AutoencoderReport {
  /// Seconds are not kept: the same run would then not give the same file.
  var json: JSONValue {
    var object = JSONObject()
    for (name, text) in [
      ("file", file), ("splitMethod", splitMethod), ("kind", kind), ("stopReason", stopReason), ("seed", "\(seed)"),
      ("dataHash", dataHash),
    ] {
      object[name] = .string(text)
    }
    for (name, count) in [
      ("rows", rows), ("trainingRows", trainingRows), ("validationRows", validationRows), ("testRows", testRows),
      ("width", width), ("epochs", epochs), ("keptEpoch", keptEpoch),
    ] {
      object[name] = .integer(Int64(count))
    }
    object["settings"] = .array(settings.map(JSONValue.string))
    object["warnings"] = .array(warnings.map(JSONValue.string))
    object["reconstructions"] = .array(
      reconstructions.map {
        var entry = JSONObject()
        entry["name"] = .string($0.name)
        entry["error"] = .number($0.error)
        entry["explained"] = .number($0.explained)
        return .object(entry)
      })
    if let target { object["target"] = .string(target) }
    object["linear"] = Scores.json(of: linear)
    return .object(object)
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("the report is not an object") }
    file = try object.string("file")
    splitMethod = try object.string("splitMethod")
    kind = try object.string("kind")
    stopReason = try object.string("stopReason")
    seed = UInt64(try object.string("seed")) ?? 0
    dataHash = try object.string("dataHash")
    rows = try object.integer("rows")
    trainingRows = try object.integer("trainingRows")
    validationRows = try object.integer("validationRows")
    testRows = try object.integer("testRows")
    width = try object.integer("width")
    epochs = try object.integer("epochs")
    keptEpoch = try object.integer("keptEpoch")
    settings = try object.texts("settings")
    warnings = try object.texts("warnings")
    reconstructions = try object.array("reconstructions").map {
      guard let entry = $0.object else { throw TrainingError("a reconstruction is not an object") }
      return Reconstruction(
        name: try entry.string("name"), error: try entry.number("error"), explained: try entry.number("explained"))
    }
    target = object["target"]?.string
    linear = try object.namedScores("linear", unnamed: "linear model")
  }
}
