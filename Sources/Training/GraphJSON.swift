import GliaFormats
import GliaGraph

// A network's graph as JSON. Reading is strict: a member that nobody knows is an error, as is one that is missing.
//
//     {"row": {"shape": [4], "dtype": "float32"},
//      "parameters": [{"name": "fc1.weight", "shape": [8, 4], "dtype": "float32"}, …], "constants": [],
//      "nodes": [{"kind": "input"}, {"kind": "parameter", "name": "fc1.weight"},
//                {"kind": "transpose", "operands": [1], "attributes": {"permutation": [1, 0]}}, …]}
//
// A size that is a multiple of the number of rows is {"rows": 2}. A number that JSON does not have is {"number": "-inf"}. The
// scalars of constants are tensors of the file.

extension GraphDescription {
  var json: JSONValue {
    [
      "row": .object(row.json), "parameters": .array(parameters.map(\.json)),
      "constants": .array(constants.map { .object($0.type.json) }),
      "nodes": .array(steps.map { $0.json(parameters) }),
    ]
  }

  /// - Parameter constant: gives the bytes of the constant with an index.
  /// - Throws: an error in words for anything that is not as `json` writes it.
  init(json: JSONValue, constant: (Int, TensorType) throws -> [UInt8]) throws {
    let object = try Fields(json, "the graph", ["row", "parameters", "constants", "nodes"])
    let parameters = try object.array("parameters").map { try Parameter(json: $0) }
    let index = Dictionary(parameters.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let types = try object.array("constants").map { try TensorType(Fields($0, "a constant", ["shape", "dtype"])) }
    self.init(
      row: try TensorType(Fields(try object.value("row"), "the row", ["shape", "dtype"])), parameters: parameters,
      constants: try types.enumerated().map { Constant(type: $1, bytes: try constant($0, $1)) },
      steps: try object.array("nodes").enumerated().map { place, node in
        do { return try Step(json: node, index) } catch { throw TrainingError("node \(place) of the graph: \(error)") }
      })
  }
}

extension GraphDescription.Parameter {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["name"] = .string(name)
    for member in type.json.members { object[member.key] = member.value }
    if isStatistic { object["statistic"] = true }
    return .object(object)
  }

  fileprivate init(json: JSONValue) throws {
    let object = try Fields(json, "a parameter", ["name", "shape", "dtype", "statistic"])
    let isStatistic = object.has("statistic") ? try object.flag("statistic") : false
    self.init(name: try object.text("name"), type: try TensorType(object), isStatistic: isStatistic)
  }
}

extension GraphDescription.Step {
  fileprivate func json(_ parameters: [GraphDescription.Parameter]) -> JSONValue {
    var object = JSONObject()
    switch self {
    case .input: object["kind"] = "input"
    case .parameter(let index):
      object["kind"] = "parameter"
      object["name"] = .string(parameters[index].name)
    case .constant(let index):
      object["kind"] = "constant"
      object["index"] = .integer(Int64(index))
    case .primitive(let name, let attributes, let operands):
      object["kind"] = .string(name)
      if !operands.isEmpty { object["operands"] = .array(operands.map { .integer(Int64($0)) }) }
      if !attributes.entries.isEmpty {
        var values = JSONObject()
        for entry in attributes.entries { values[entry.name] = entry.value.json }
        object["attributes"] = .object(values)
      }
    }
    return .object(object)
  }

  fileprivate init(json: JSONValue, _ parameters: [String: Int]) throws {
    let kind = try json.object.map { try $0.string("kind") } ?? ""
    switch kind {
    case "input":
      _ = try Fields(json, kind, ["kind"])
      self = .input
    case "parameter":
      let name = try Fields(json, kind, ["kind", "name"]).text("name")
      guard let index = parameters[name] else { throw TrainingError("there is no parameter '\(name)'") }
      self = .parameter(index)
    case "constant": self = .constant(try Fields(json, kind, ["kind", "index"]).size("index"))
    default:
      let object = try Fields(json, kind.isEmpty ? "a node" : kind, ["kind", "operands", "attributes"])
      let operands = object.has("operands") ? try object.sizes("operands") : []
      var attributes = Attributes<GraphDescription.Extent>()
      for member in object.has("attributes") ? try object.members("attributes") : [] {
        _ = attributes.add(member.key, try .init(json: member.value))
      }
      self = .primitive(kind, attributes, operands: operands)
    }
  }
}

extension Attributes<GraphDescription.Extent>.Value {
  fileprivate var json: JSONValue {
    switch self {
    case .size(let size): return size.json
    case .sizes(let sizes): return .array(sizes.map(\.json))
    case .numberBits(let bits):
      let value = Double(bitPattern: bits)
      return value.isFinite ? .number(value) : ["number": .string("\(value)")]
    case .text(let text): return .string(text)
    case .flag(let flag): return .bool(flag)
    }
  }

  fileprivate init(json: JSONValue) throws {
    switch json {
    case .integer, .object:
      if let text = json["number"]?.string {
        guard let value = ["nan": Double.nan, "inf": .infinity, "-inf": -.infinity][text], json.object?.count == 1
        else {
          throw TrainingError("'\(text)' is no number")
        }
        self = .number(value)
      } else {
        self = .size(try GraphDescription.Extent(json: json))
      }
    case .array(let values): self = .sizes(try values.map { try GraphDescription.Extent(json: $0) })
    case .number(let value): self = .number(value)
    case .string(let text): self = .text(text)
    case .bool(let flag): self = .flag(flag)
    case .null: throw TrainingError("an attribute is null")
    }
  }
}

extension GraphDescription.Extent {
  fileprivate var json: JSONValue {
    switch self {
    case .fixed(let size): .integer(Int64(size))
    case .rows(let factor): ["rows": .integer(Int64(factor))]
    }
  }

  fileprivate init(json: JSONValue) throws {
    if let size = json.integer.flatMap({ Int(exactly: $0) }) {
      self = .fixed(size)
    } else {
      self = .rows(try Fields(json, "a size", ["rows"]).size("rows"))
    }
  }
}

extension TensorType {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object["shape"] = .array(shape.map { .integer(Int64($0)) })
    object["dtype"] = .string(dtype.rawValue)
    return object
  }

  fileprivate init(_ object: Fields) throws {
    let name = try object.text("dtype")
    guard let dtype = DType(rawValue: name) else { throw TrainingError("'\(name)' is no dtype") }
    self.init(Shape(try object.sizes("shape")), dtype)
    guard countedBytes != nil else { throw TrainingError("\(self) is no type that can be held") }
  }
}

/// The members of an object, all of which are known.
private struct Fields {
  private let object: JSONObject

  init(_ json: JSONValue, _ what: String, _ known: Set<String>) throws {
    guard let object = json.object else { throw TrainingError("\(what) is not described by an object") }
    if let other = object.keys.first(where: { !known.contains($0) }) {
      throw TrainingError("\(what) has a member '\(other)' that is not known")
    }
    self.object = object
  }

  func has(_ key: String) -> Bool { object[key] != nil }
  func text(_ key: String) throws -> String { try object.string(key) }
  func flag(_ key: String) throws -> Bool { try object.bool(key) }
  func size(_ key: String) throws -> Int { try object.integer(key) }
  func array(_ key: String) throws -> [JSONValue] { try object.array(key) }
  func members(_ key: String) throws -> [JSONObject.Member] { try object.object(key).members }

  func value(_ key: String) throws -> JSONValue {
    guard let value = object[key] else { throw JSONError.missing(member: key) }
    return value
  }

  func sizes(_ key: String) throws -> [Int] {
    try array(key).map { value in
      guard let size = value.integer.flatMap({ Int(exactly: $0) }) else {
        throw TrainingError("'\(key)' should be a list of whole numbers")
      }
      return size
    }
  }
}
