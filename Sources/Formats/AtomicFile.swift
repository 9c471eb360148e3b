/// Writes files whole or not at all: whoever opens the path sees the old content or the new one, never a part.
///
/// The bytes go to a new file in the same folder (`.glia-….tmp`), are forced to the disk, and take the old file's place
/// in one step. If anything fails, the new file is removed and the old one stays as it was. A link is followed and its
/// target replaced; an existing file's permissions are kept. A pipe or a device (`/dev/stdout`) is written to directly.
/// Only a process that is killed, or a machine that stops, can leave the temporary file behind.
public enum AtomicFile {
  /// What a file's content is written to, piece by piece.
  public struct Output: ~Copyable {
    fileprivate let file: Int32
    fileprivate let target: String
    fileprivate var pending: [UInt8] = []
    private static let pieceSize = 1 << 16

    fileprivate init(file: Int32, target: String) {
      self.file = file
      self.target = target
    }

    /// Appends bytes; small pieces are gathered before they go to the system.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      if pending.count + bytes.count > Self.pieceSize { try flush() }
      if bytes.count >= Self.pieceSize {
        try System.write(bytes, to: file, for: target)
      } else {
        pending += bytes
      }
    }

    /// Appends bytes.
    public mutating func write(_ bytes: [UInt8]) throws(FileError) {
      let result = bytes.withUnsafeBytes { buffer in
        Result { () throws(FileError) in try write(buffer) }
      }
      try result.get()
    }

    /// Appends text as UTF-8.
    public mutating func write(_ text: String) throws(FileError) {
      try write(Array(text.utf8))
    }

    fileprivate mutating func flush() throws(FileError) {
      let piece = pending
      pending.removeAll(keepingCapacity: true)
      let result = piece.withUnsafeBytes { buffer in
        Result { () throws(FileError) in try System.write(buffer, to: file, for: target) }
      }
      try result.get()
    }
  }

  /// Writes these bytes to `path`.
  ///
  /// - Throws: `FileError`, in words, for a full disk, a folder that is missing or may not be written in, a path that is
  ///   a folder.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { output in try output.write(bytes) }
  }

  /// Writes what `body` writes to `path`; if `body` throws, nothing has changed.
  public static func write(to path: String, _ body: (inout Output) throws -> Void) throws {
    switch System.kind(of: path) {
    case .folder: throw FileError(path: path, action: .write, reason: .isFolder)
    case .special:
      guard let file = try System.openForWriting(path, .existing, for: path) else { return }
      try fill(file, for: path, body)
    case .missing:
      try replace(path, asked: path, permissions: nil, body)
    case .regular(_, let permissions):
      try replace(System.resolved(path) ?? path, asked: path, permissions: permissions, body)
    }
  }

  /// The folder that a path's last component stands in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func replace(
    _ target: String, asked: String, permissions: UInt32?, _ body: (inout Output) throws -> Void
  ) throws {
    let folder = folder(of: target)
    let (temporary, file) = try openTemporary(in: folder, for: asked)
    do {
      if let permissions { System.setPermissions(permissions, of: file) }
      try fill(file, for: asked, body)
      try System.rename(temporary, to: target, for: asked)
    } catch {
      System.remove(temporary)
      throw error
    }
    System.synchroniseFolder(folder)
  }

  /// Writes, forces to the disk and closes, the last whether or not the others went well.
  private static func fill(_ file: Int32, for asked: String, _ body: (inout Output) throws -> Void) throws {
    do {
      var output = Output(file: file, target: asked)
      try body(&output)
      try output.flush()
      try System.synchronise(file, for: asked)
    } catch {
      try? System.closeFile(file, for: asked)
      throw error
    }
    try System.closeFile(file, for: asked)
  }

  /// A new file under a name that nobody has; short, so that it fits where the target's name fits.
  private static func openTemporary(in folder: String, for asked: String) throws -> (path: String, file: Int32) {
    var number = 0
    while true {
      let path = "\(folder)/.glia-\(System.processIdentifier)-\(number).tmp"
      if let file = try System.openForWriting(path, .new, for: asked) { return (path, file) }
      number += 1
    }
  }
}
