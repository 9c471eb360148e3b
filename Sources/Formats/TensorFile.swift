/// A tensor as files hold it: a number format, a shape, and the bytes, little-endian, row by row.
public struct StoredTensor: Equatable, Sendable {
  public let dtype: TensorDType
  /// The extents, slowest first; empty for a single number.
  public let shape: [Int]
  public let bytes: [UInt8]

  /// - Throws: ``TensorFileError/unwritable(name:reason:)`` for a negative or too large shape, and a number of bytes that does
  ///   not fit it.
  public init(dtype: TensorDType, shape: [Int], bytes: [UInt8]) throws {
    guard let size = dtype.byteCount(shape: shape) else {
      throw TensorFileError.unwritable(name: "", reason: "the shape \(shape) is negative or too large to be held")
    }
    guard size == bytes.count else {
      throw TensorFileError.unwritable(
        name: "", reason: "\(dtype) of shape \(shape) takes \(size) bytes, but there are \(bytes.count)")
    }
    self.init(checked: dtype, shape, bytes)
  }

  /// A tensor whose size was compared with its bytes before.
  init(checked dtype: TensorDType, _ shape: [Int], _ bytes: [UInt8]) {
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// How many numbers it holds.
  public var count: Int { bytes.count / dtype.size }

  /// The numbers as `Float`, row by row; wider formats are rounded, truth values are 0 and 1.
  public var floats: [Float] { bytes.withUnsafeBytes { dtype.floats($0) } }

  /// The numbers as `Double`, row by row; integers beyond 2^53 are rounded, truth values are 0 and 1.
  public var doubles: [Double] { bytes.withUnsafeBytes { dtype.doubles($0) } }
}

/// A file of named tensors that weights can be loaded from: ``SafetensorsFile``, ``NPZFile``, ``PyTorchFile``.
public protocol TensorFile {
  /// The tensors' names, in the order in which they lie.
  var names: [String] { get }

  /// Reads the tensor of this name, or throws an error that lists the names there are.
  func stored(_ name: String) throws -> StoredTensor
}

extension SafetensorsFile: TensorFile {
  public var names: [String] { entries.map(\.name) }

  public func stored(_ name: String) throws -> StoredTensor {
    let entry = try entry(name)
    return StoredTensor(checked: entry.dtype, entry.shape, try withBytes(of: name) { Array($0) })
  }
}

/// Why a file of tensors was refused or could not be made.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
  /// The file breaks a rule of its format; `file` is its path, or "the bytes" for a file in memory.
  case malformed(file: String, format: String, rule: String)
  /// The file holds no tensor of this name.
  case noTensor(name: String, file: String, names: [String])
  /// A tensor cannot be written so.
  case unwritable(name: String, reason: String)

  public var description: String {
    switch self {
    case .malformed(let file, let format, let rule):
      return "'\(file)' is not a \(format) file that can be read: \(rule)"
    case .noTensor(let name, let file, let names):
      let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
      return "'\(file)' has no tensor '\(name)'; it has \(names.isEmpty ? "none" : shown)"
    case .unwritable(let name, let reason):
      return "cannot write the tensor\(name.isEmpty ? "" : " '\(name)'"): \(reason)"
    }
  }
}

/// A file's bytes: mapped from the disk, or held in memory.
enum FileContent: Sendable {
  case mapped(MappedFile)
  case held([UInt8])

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch self {
    case .mapped(let file): try file.withBytes(body)
    case .held(let bytes): try bytes.withUnsafeBytes(body)
    }
  }
}
