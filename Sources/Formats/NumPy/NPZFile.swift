/// Several named arrays in NumPy's archive, `.npz`: a ZIP file with a `.npy` file for each, stored or deflated.
///
///     let arrays = try NPZFile(path: "data.npz")
///     let x = try arrays.stored("x")
///     try NPZFile.write([("x", x)], to: "copy.npz")
///
/// Opening reads the directory only; an array is read, and its checksum verified, when it is asked for.
public struct NPZFile: TensorFile, Sendable {
  public let names: [String]
  private let archive: ZipArchive
  private let path: String

  private static let suffix = ".npy"
  private static let format = "NumPy archive"

  /// - Throws: `FileError` where it cannot be read, ``TensorFileError`` where it breaks a rule of the format.
  public init(path: String) throws {
    try self.init(.mapped(MappedFile(path: path)), path: path)
  }

  /// Takes a file's bytes from memory, with the same checks.
  public init(bytes: [UInt8]) throws {
    try self.init(.held(bytes), path: "the bytes")
  }

  private init(_ content: FileContent, path: String) throws {
    archive = try ZipArchive(content, path: path, format: Self.format)
    self.path = path
    names = try archive.entries.map { entry in
      guard entry.name.hasSuffix(Self.suffix) else {
        throw TensorFileError.malformed(
          file: path, format: Self.format, rule: "its entry '\(entry.name)' is no .npy file")
      }
      return String(entry.name.dropLast(Self.suffix.count))
    }
  }

  /// Reads the array of this name.
  public func stored(_ name: String) throws -> StoredTensor {
    guard let entry = archive[name + Self.suffix] else {
      throw TensorFileError.noTensor(name: name, file: path, names: names)
    }
    return try archive.withBytes(of: entry) { try NPYFile.read($0, file: "\(path)/\(entry.name)") }
  }

  /// Writes arrays in their order, whole or not at all, to the same bytes every time.
  ///
  /// - Parameter compressed: Whether to deflate, as `numpy.savez_compressed` does.
  /// - Throws: ``TensorFileError/unwritable(name:reason:)`` for a name twice, or one that no file can have; `FileError`.
  public static func write(
    _ tensors: [(name: String, tensor: StoredTensor)], to path: String, compressed: Bool = false
  ) throws {
    var seen: Set<String> = []
    for (name, _) in tensors {
      guard seen.insert(name).inserted else {
        throw TensorFileError.unwritable(name: name, reason: "there already is an array of this name")
      }
      guard !name.isEmpty, name.utf8.count < 60_000, !name.hasPrefix("/"), !name.contains("\\"), !name.contains("\0"),
        !name.split(separator: "/").contains("..")
      else {
        throw TensorFileError.unwritable(
          name: name, reason: "its name has to be one that a file within a folder can have")
      }
    }
    try AtomicFile.write(to: path) { output in
      var zip = ZipWriter()
      for (name, tensor) in tensors {
        let bytes = try NPYFile.bytes(of: tensor)
        try zip.add(name + suffix, bytes, deflated: compressed) { try output.write($0) }
      }
      try zip.finish { try output.write($0) }
    }
  }
}
