import GliaFormats

/// What happened when an autoencoder was made, to be kept with it.
@dynamicMemberLookup
public struct AutoencoderReport: Sendable {
  /// How well rows are given back: the mean squared error of a column, in the units of the encoded columns, and the part of
  /// their variance that is not lost.
  public struct Reconstruction: Sendable {
    public let name: String
    public let error: Double
    public let explained: Double
    /// The error on the rows that were not held out; nil where none were.
    public let learnedError: Double?
  }

  /// The split, the settings and how the run ended: `report.trainingRows`, `report.warnings`.
  public var run = RunReport()
  public var width = 0
  /// The kind with its settings, in words.
  public var kind = ""
  /// On the rows that were held out: the autoencoder, principal components of the same width, and the mean of each column.
  public var reconstructions: [Reconstruction] = []
  /// The target that linear models were fitted to, where there was one.
  public var target: String?
  /// On the held-out rows: linear models on the code, on principal components and on the columns themselves.
  public var linear: [(name: String, scores: Scores)] = []
  public var keptEpoch = 0

  /// What reports of all kinds have in common, read as if it stood here.
  public subscript<Value>(dynamicMember path: WritableKeyPath<RunReport, Value>) -> Value {
    get { run[keyPath: path] }
    set { run[keyPath: path] = newValue }
  }
}

extension AutoencoderReport {
  var json: JSONValue {
    var object = JSONObject()
    run.write(to: &object)
    object["kind"] = .string(kind)
    object["width"] = .integer(Int64(width))
    object["keptEpoch"] = .integer(Int64(keptEpoch))
    object["reconstructions"] = .array(
      reconstructions.map {
        var entry = JSONObject()
        entry["name"] = .string($0.name)
        entry["error"] = .number($0.error)
        entry["explained"] = .number($0.explained)
        if let error = $0.learnedError { entry["learnedError"] = .number(error) }
        return .object(entry)
      })
    if let target { object["target"] = .string(target) }
    object["linear"] = Scores.json(of: linear)
    return .object(object)
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("the report is not an object") }
    run = try RunReport(object)
    kind = try object.string("kind")
    width = try object.integer("width")
    keptEpoch = try object.integer("keptEpoch")
    reconstructions = try object.array("reconstructions").map {
      guard let entry = $0.object else { throw TrainingError("a reconstruction is not an object") }
      return Reconstruction(
        name: try entry.string("name"), error: try entry.number("error"), explained: try entry.number("explained"),
        learnedError: entry["learnedError"]?.number)
    }
    target = object["target"]?.string
    linear = try object.namedScores("linear", unnamed: "linear model")
  }
}
