import Foundation
import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

// One safetensors file: the weights under their names, and in the header's metadata, as JSON, everything else. Any
// safetensors reader opens it. Loading runs no code.

extension TabularModel {
  /// The version of what the metadata holds. Files of every released version stay readable.
  static let formatVersion: Int64 = 1
  /// What the names of the linear baseline's weights begin with.
  private static let linearPrefix = "baseline.linear."

  /// Writes the model to a file, whole or not at all.
  ///
  /// - Throws: `FileError` in words where the file cannot be written.
  public func save(to path: String) throws {
    var writer = SafetensorsWriter(metadata: try metadata())
    try TabularModel.add(network, to: &writer)
    if let linear = baselines.linear { try TabularModel.add(linear, to: &writer, prefix: TabularModel.linearPrefix) }
    try writer.write(to: path)
  }

  private static func add(_ network: Sequential, to writer: inout SafetensorsWriter, prefix: String = "") throws {
    for entry in network.namedParameters {
      let parameter = entry.parameter
      guard let dtype = parameter.dtype.fileType else {
        throw TrainingError("'\(entry.name)' is \(parameter.dtype), which a model file does not hold.")
      }
      try writer.add(
        prefix + entry.name, dtype: dtype, shape: parameter.shape.dimensions,
        bytes: UnsafeRawBufferPointer(start: parameter.variable.address, count: parameter.type.byteCount))
    }
  }

  private func metadata() throws -> [String: String] {
    var metadata: [String: String] = [
      "glia.format": "\(TabularModel.formatVersion)", "glia.kind": "tabular",
      "glia.network": try network.partDescription.json.text(), "glia.target": try TabularModel.encode(target),
      "glia.report": try report.json.text(),
    ]
    if let linear = baselines.linear { metadata["glia.baseline.linear"] = try linear.partDescription.json.text() }
    if let preprocessor { metadata["glia.preprocessor"] = try TabularModel.encode(preprocessor) }
    if let imageShape { metadata["glia.images"] = imageShape.map(String.init).joined(separator: "x") }
    return metadata
  }

  private static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    // The same bytes every time.
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Reads a model from a file.
  ///
  /// - Throws: an error in words where the file is no model of Glia's, is cut short, or has a changed byte.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path, checksum: .required)
    func text(_ key: String) throws -> String {
      guard let value = file.metadata["glia." + key] else {
        throw ModelFileError(path, "its metadata has no 'glia.\(key)', so it is no model that `glia train` wrote")
      }
      return value
    }
    let version = try text("format")
    guard let number = Int64(version), number == TabularModel.formatVersion else {
      throw ModelFileError(
        path, "its format is version \(version), this Glia reads \(TabularModel.formatVersion); use a newer Glia")
    }
    do {
      let network = try TabularModel.network(try text("network"))
      // Not there in files that were written before it was kept.
      let linear = try file.metadata["glia.baseline.linear"].map(TabularModel.network)
      let target = try TabularModel.decode(TargetEncoding.self, try text("target"))
      let preprocessor = try file.metadata["glia.preprocessor"].map { try TabularModel.decode(Preprocessor.self, $0) }
      let report = try TableReport(json: JSONValue(parsing: try text("report")))
      let imageShape = file.metadata["glia.images"].map { $0.split(separator: "x").compactMap { Int($0) } }
      try TabularModel.load(file, into: network, linear)
      for network in [network, linear].compactMap({ $0 }) {
        try TabularModel.check(network, preprocessor, target, imageShape)
      }
      self.init(
        network: network, baselines: Baselines(target: target, linear: linear), preprocessor: preprocessor,
        target: target, report: report, imageShape: imageShape)
    } catch let error as ModelFileError {
      throw error
    } catch let error as DecodingError {
      throw ModelFileError(path, "its description of the table cannot be read (\(error.reason))")
    } catch {
      throw ModelFileError(path, "\(error)")
    }
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    _ = try JSONValue(parsing: text)  // refuses what JSONDecoder lets pass: duplicate keys, deep nesting
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  private static func network(_ text: String) throws -> Sequential {
    try Sequential(PartDescription(json: JSONValue(parsing: text)).settings)
  }

  private static func load(_ file: SafetensorsFile, into network: Sequential, _ linear: Sequential?) throws {
    try network.validate()
    try linear?.validate()
    let parameters =
      network.namedParameters.map { (name: $0.name, parameter: $0.parameter) }
      + (linear?.namedParameters ?? []).map { (name: linearPrefix + $0.name, parameter: $0.parameter) }
    let names = Set(parameters.map(\.name))
    if let extra = file.entries.first(where: { !names.contains($0.name) }) {
      throw TrainingError("it holds '\(extra.name)', which its network does not have")
    }
    for entry in parameters {
      let parameter = entry.parameter
      let stored = try file.entry(entry.name)
      guard stored.shape == parameter.shape.dimensions, stored.dtype == parameter.dtype.fileType else {
        throw TrainingError(
          "'\(entry.name)' is \(stored.dtype.rawValue)\(Shape(stored.shape)) there, the network needs "
            + "\(parameter.dtype)\(parameter.shape)")
      }
      let buffer = Buffer(byteCount: parameter.type.byteCount)
      try file.withBytes(of: entry.name) { buffer.bytes.copyMemory(from: $0) }
      parameter.value = Tensor(.make(Constant(buffer, parameter.type)))
    }
  }

  /// What the parts of a file say about one another.
  private static func check(
    _ network: Sequential, _ preprocessor: Preprocessor?, _ target: TargetEncoding, _ imageShape: [Int]?
  ) throws {
    let columns: Int
    if let preprocessor {
      columns = preprocessor.numericNames.count + preprocessor.codeNames.count
    } else if let imageShape, !imageShape.isEmpty, imageShape.allSatisfy({ (1...1 << 20).contains($0) }) {
      columns = imageShape.reduce(1, *)
    } else {
      throw TrainingError("it says neither how a table becomes numbers nor the size of images")
    }
    let outputs = target.task == .classification ? target.levels.count : 1
    let shape = try network.outputShape(for: [1, columns])
    guard shape == [1, outputs] else {
      throw TrainingError("its network gives \(shape) for a row, the target needs \(Shape([1, outputs]))")
    }
  }
}

/// A file that is no model, or not a whole one.
public struct ModelFileError: Error, Sendable, CustomStringConvertible {
  public let description: String
  init(_ path: String, _ message: String) { description = "\(path): \(message)" + (message.hasSuffix(".") ? "" : ".") }
}

extension DecodingError {
  fileprivate var reason: String {
    switch self {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.map(\.stringValue).joined(separator: ".") + " does not hold what it should"
    @unknown default: "unknown"
    }
  }
}

extension DType {
  var fileType: TensorDType? {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .int32: .int32
    case .int64: .int64
    case .bool: .bool
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }
}
