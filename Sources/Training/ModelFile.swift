import GliaFormats
import GliaGraph
import GliaTables

#if canImport(FoundationEssentials)
  import FoundationEssentials  // without Foundation's 34 MB of tables for the world's languages
#else
  import Foundation
#endif

/// What all files of Glia's models have in common.
enum ModelFile {
  /// The version of what the metadata holds. Files of every released version stay readable.
  static let version: Int64 = 1
  /// That of a file whose answers are treated, or whose rows are weighted, which a Glia of before would pass over in silence.
  static let postprocessedVersion: Int64 = 2

  /// What a file holds, as `glia.kind` says it.
  enum Kind: String {
    case tabular, forecast, autoencoder
  }

  /// What a file says that it holds, before anything of it is read or checked; nil where it says nothing known.
  ///
  /// - Throws: an error in words where it is no safetensors file.
  static func kind(ofFileAt path: String) throws -> Kind? { kind(of: try SafetensorsFile(path: path)) }
  static func kind(of file: SafetensorsFile) -> Kind? { file.metadata["glia.kind"].flatMap(Kind.init(rawValue:)) }

  /// - Throws: ``ModelFileError`` where the file says no version, or one that this Glia does not read.
  static func checkVersion(of file: SafetensorsFile, _ path: String) throws {
    guard let found = file.metadata["glia.format"] else {
      throw ModelFileError(path, "its metadata has no 'glia.format', so it is no model of Glia's")
    }
    guard [version, postprocessedVersion].contains(Int64(found)) else {
      throw ModelFileError(
        path, "its format is version \(found), this Glia reads \(version) and \(postprocessedVersion); use a newer Glia"
      )
    }
  }

  /// What the metadata has under `glia.` and a key.
  ///
  /// - Throws: ``ModelFileError`` where it has nothing.
  static func text(_ key: String, of file: SafetensorsFile, _ path: String, writtenBy command: String) throws -> String
  {
    guard let value = file.metadata["glia." + key] else {
      throw ModelFileError(path, "its metadata has no 'glia.\(key)', so it is no model that `glia \(command)` wrote")
    }
    return value
  }

  static func encode(imageShape: [Int]) -> String { imageShape.map(String.init).joined(separator: "x") }
  /// The size of the images that the network reads; nil where it reads tables.
  static func imageShape(of file: SafetensorsFile) -> [Int]? {
    file.metadata["glia.images"].map { $0.split(separator: "x").compactMap { Int($0) } }
  }
  /// How a table's columns become the network's; nil where it reads images.
  static func preprocessor(of file: SafetensorsFile) throws -> Preprocessor? {
    try file.metadata["glia.preprocessor"].map { try decode(Preprocessor.self, $0) }
  }

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    // The same bytes every time.
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    _ = try JSONValue(parsing: text)  // refuses what JSONDecoder lets pass: duplicate keys, deep nesting
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

/// A file that is no model, or not a whole one.
public struct ModelFileError: Error, Sendable, CustomStringConvertible {
  public let description: String
  init(_ path: String, _ message: String) { description = "\(path): \(message)" + (message.hasSuffix(".") ? "" : ".") }

  /// The error that was met while the file was read, which describes a table or a series.
  init(_ path: String, _ error: any Error, in described: String) {
    switch error {
    case let known as ModelFileError: self = known
    case let unread as DecodingError:
      self.init(path, "its description of the \(described) cannot be read (\(unread.reason))")
    default: self.init(path, "\(error)")
    }
  }
}

extension DType {
  var fileType: TensorDType {
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

extension DecodingError {
  var reason: String {
    switch self {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.map(\.stringValue).joined(separator: ".") + " does not hold what it should"
    @unknown default: "unknown"
    }
  }
}
