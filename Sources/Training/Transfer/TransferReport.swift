import GliaFormats
import GliaNeuralNetworks

/// What became of the parts of a network that went on to another target.
public struct TransferReport: Hashable, Sendable, CustomStringConvertible {
  /// What it was before, in words: "classification of 'label'".
  public var source = ""
  /// The parameters that started with the values that they had.
  public var kept: [String] = []
  /// The parameters that started anew.
  public var renewed: [String] = []
  /// Of those kept, the ones that were never changed.
  public var frozen: [String] = []
  /// The layers that waited, and the epoch after which each began to learn.
  public var thawed: [Thaw] = []

  /// A layer, and the epoch after which it began to learn.
  public struct Thaw: Hashable, Sendable {
    public let layer: String
    public let epoch: Int
  }

  /// One line a sort.
  public var lines: [String] {
    func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
    return ["kept of \(source): \(list(kept))", "renewed: \(list(renewed))", "frozen: \(list(frozen))"]
      + (thawed.isEmpty
        ? [] : ["thawing: " + thawed.map { "\($0.layer) after epoch \($0.epoch)" }.joined(separator: ", ")])
  }

  public var description: String { lines.joined(separator: "; ") }
}

extension TransferReport {
  package var json: JSONValue {
    func texts(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
    var object = JSONObject()
    object["source"] = .string(source)
    object["kept"] = texts(kept)
    object["renewed"] = texts(renewed)
    object["frozen"] = texts(frozen)
    object["thawed"] = .array(
      thawed.map {
        var entry = JSONObject()
        entry["layer"] = .string($0.layer)
        entry["epoch"] = .integer(Int64($0.epoch))
        return .object(entry)
      })
    return .object(object)
  }

  init(json: JSONValue) throws {
    guard let object = json.object else { throw TrainingError("the report of the transfer is not an object") }
    source = try object.string("source")
    kept = try object.texts("kept")
    renewed = try object.texts("renewed")
    frozen = try object.texts("frozen")
    thawed = try object.array("thawed").compactMap(\.object).map {
      Thaw(layer: try $0.string("layer"), epoch: try $0.integer("epoch"))
    }
  }
}
