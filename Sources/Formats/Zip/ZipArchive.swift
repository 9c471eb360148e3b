/// A ZIP file (APPNOTE 6.3, pkware.com/appnote), mapped into memory: stored and deflated entries, ZIP64 included.
///
/// Sizes are taken from the central directory and compared with the file's when it is opened; entries that overlap, reach out
/// of the file, or could not come out of so few bytes are refused, and so are names that lead out of a folder. An entry's
/// checksum is verified when it is read.
struct ZipArchive: Sendable {
  struct Entry: Equatable, Sendable {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    /// What it inflates to.
    let size: Int
    /// Where its data lie in the file.
    let data: Range<Int>
  }

  /// In the order of the central directory; folders are left out.
  let entries: [Entry]
  private let content: FileContent
  private let path: String
  private let format: String
  private let places: [String: Int]

  /// The most bytes that all deflated entries together may inflate to.
  static let greatestInflated = 1 << 33

  init(_ content: FileContent, path: String, format: String, greatestInflated: Int = greatestInflated) throws {
    let found = try content.withBytes { file in
      try ZipDirectory(file, path: path, format: format, greatestInflated: greatestInflated).entries
    }
    self.content = content
    self.path = path
    self.format = format
    entries = found
    places = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1.name, $0) })
  }

  subscript(name: String) -> Entry? { places[name].map { entries[$0] } }

  /// Calls `body` with an entry's bytes, inflated and verified.
  func withBytes<Result>(of entry: Entry, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    func broken(_ rule: String) -> TensorFileError {
      .malformed(file: path, format: format, rule: "its entry '\(entry.name)' \(rule)")
    }
    return try content.withBytes { file in
      let data = UnsafeRawBufferPointer(rebasing: file[entry.data])
      func verified(_ bytes: UnsafeRawBufferPointer) throws -> Result {
        guard Deflate.checksum(bytes) == entry.checksum else {
          throw broken("was changed or damaged: its bytes do not match their checksum; fetch the file again")
        }
        return try body(bytes)
      }
      if !entry.isDeflated { return try verified(data) }
      guard let bytes = Deflate.inflate(data, count: entry.size) else {
        throw broken("has damaged compressed data, or does not inflate to \(entry.size) bytes; fetch the file again")
      }
      return try bytes.withUnsafeBytes(verified)
    }
  }
}
