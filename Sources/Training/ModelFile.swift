import GliaFormats
import GliaGraph

/// What all files of Glia's models have in common.
enum ModelFile {
  /// The version of what the metadata holds. Files of every released version stay readable.
  static let version: Int64 = 1
  /// That of a file whose answers are treated, or whose rows are weighted, which a Glia of before would pass over in silence.
  static let postprocessedVersion: Int64 = 2

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
}

/// A file that is no model, or not a whole one.
public struct ModelFileError: Error, Sendable, CustomStringConvertible {
  public let description: String
  init(_ path: String, _ message: String) { description = "\(path): \(message)" + (message.hasSuffix(".") ? "" : ".") }
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
