import GliaFormats

/// What is kept of a run on rows, whatever it learned: how the rows were split, what was set, and how the run ended.
public struct RunReport: Sendable {
  public var file = ""
  public var rows = 0
  public var trainingRows = 0
  public var validationRows = 0
  public var testRows = 0
  public var splitMethod = ""
  /// The settings of the run in words.
  public var settings: [String] = []
  public var warnings: [String] = []
  /// The epochs that were run, of several networks the most.
  public var epochs = 0
  public var stopReason = ""
  public var seed: UInt64 = 0
  /// A hash of the values that were learned from.
  public var dataHash = ""
  public var seconds = 0.0

  public init() {}
}

extension RunReport {
  /// Seconds are not kept: the same run would then not give the same file.
  func write(to object: inout JSONObject) {
    for (name, text) in [
      ("file", file), ("splitMethod", splitMethod), ("stopReason", stopReason), ("seed", "\(seed)"),
      ("dataHash", dataHash),
    ] {
      object[name] = .string(text)
    }
    for (name, count) in [
      ("rows", rows), ("trainingRows", trainingRows), ("validationRows", validationRows), ("testRows", testRows),
      ("epochs", epochs),
    ] {
      object[name] = .integer(Int64(count))
    }
    object["settings"] = .array(settings.map(JSONValue.string))
    object["warnings"] = .array(warnings.map(JSONValue.string))
  }

  init(_ object: JSONObject) throws {
    file = try object.string("file")
    rows = try object.integer("rows")
    trainingRows = try object.integer("trainingRows")
    validationRows = try object.integer("validationRows")
    testRows = try object.integer("testRows")
    splitMethod = try object.string("splitMethod")
    settings = try object.texts("settings")
    warnings = try object.texts("warnings")
    epochs = try object.integer("epochs")
    stopReason = try object.string("stopReason")
    seed = UInt64(try object.string("seed")) ?? 0
    dataHash = try object.string("dataHash")
  }
}
