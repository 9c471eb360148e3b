/// A safetensors file, mapped into memory: named tensors, and text under names.
///
/// The layout (https://huggingface.co/docs/safetensors): a little-endian `UInt64` N, a JSON object of N bytes padded with
/// spaces, and the tensors' bytes, little-endian, row by row, one after the other without holes. Every rule is checked
/// when the file is opened, before anything is looked up in it: nothing that a file says is believed. Where the format's
/// reference reader is lax (duplicate keys, a space before the header), this one is not. Opening reads no tensor's bytes
/// unless the file has a checksum.
public final class SafetensorsFile: Sendable {
  /// A tensor's place and form.
  public struct Entry: Equatable, Sendable {
    public let name: String
    public let dtype: TensorDType
    /// The extents, slowest first; empty for a single number.
    public let shape: [Int]
    /// Where its bytes lie, counted from the file's beginning.
    let bytes: Range<Int>
    /// How many numbers it holds.
    public var count: Int { bytes.count / dtype.size }
  }

  /// What to do about the checksum that `SafetensorsWriter` puts into a file.
  public enum ChecksumRule: Sendable {
    /// Verify it if it is there; the rule for files from anywhere.
    case ifPresent
    /// Refuse a file without one, so that no changed byte can pass; the rule for Glia's own models.
    case required
    /// Do not look at it: opening costs the header only.
    case ignored
  }

  /// The tensors in the order in which their bytes lie.
  public let entries: [Entry]
  /// The texts under `__metadata__`.
  public let metadata: [String: String]
  /// The file's name in messages.
  let path: String

  private let content: FileContent
  private let positions: [String: Int]

  /// The greatest header that the format allows, in bytes.
  static let greatestHeader = 100_000_000

  /// Opens a file and checks every rule of the format.
  ///
  /// - Throws: `FileError` if it cannot be read, `SafetensorsError` if a rule is broken or the checksum does not match.
  public convenience init(path: String, checksum: ChecksumRule = .ifPresent) throws {
    try self.init(.mapped(try MappedFile(path: path)), path: path, checksum: checksum)
  }

  /// Takes a file's bytes from memory, with the same checks.
  public convenience init(bytes: [UInt8], checksum: ChecksumRule = .ifPresent) throws {
    try self.init(.held(bytes), path: "the bytes", checksum: checksum)
  }

  private init(_ content: FileContent, path: String, checksum: ChecksumRule) throws {
    let header = try content.withBytes { file in
      let header = try SafetensorsHeader(file, path: path)
      try header.verifyChecksum(file, path: path, rule: checksum)
      return header
    }
    self.content = content
    self.path = path
    entries = header.entries
    metadata = header.metadata
    positions = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// The tensor of this name, if there is one.
  public subscript(name: String) -> Entry? {
    positions[name].map { entries[$0] }
  }

  /// The tensor of this name, or an error that lists the names there are.
  public func entry(_ name: String) throws -> Entry {
    guard let entry = self[name] else {
      throw SafetensorsError.noTensor(name: name, file: path, names: entries.map(\.name))
    }
    return entry
  }

  /// Calls `body` with a tensor's bytes, little-endian; the pointer is valid only within the call.
  ///
  /// In files of other writers the bytes need not be aligned: read them with `loadUnaligned`, or copy them.
  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = try entry(name).bytes
    return try content.withBytes { file in try body(UnsafeRawBufferPointer(rebasing: file[range])) }
  }
}

extension SafetensorsFile {
  /// A tensor's numbers as `Float`, row by row; wider formats are rounded, truth values are 0 and 1.
  public func floats(_ name: String) throws -> [Float] {
    let dtype = try entry(name).dtype
    return try withBytes(of: name) { dtype.floats($0) }
  }

  /// A tensor's numbers as `Double`, row by row; integers beyond 2^53 are rounded, truth values are 0 and 1.
  public func doubles(_ name: String) throws -> [Double] {
    let dtype = try entry(name).dtype
    return try withBytes(of: name) { dtype.doubles($0) }
  }
}

/// IEEE 754 half precision by hand: Swift's `Float16` is missing on Intel Macs.
enum HalfPrecision {
  static func float(float16 bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:  // zero and the subnormal numbers: multiples of 2^-24
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
