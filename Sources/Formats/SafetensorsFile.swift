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

  private let content: Content
  private let positions: [String: Int]

  private enum Content: Sendable {
    case mapped(MappedFile)
    case held([UInt8])
  }

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

  private init(_ content: Content, path: String, checksum: ChecksumRule) throws {
    let header = try Self.withBytes(of: content) { file in
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
    return try Self.withBytes(of: content) { file in try body(UnsafeRawBufferPointer(rebasing: file[range])) }
  }

  private static func withBytes<Result>(
    of content: Content, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch content {
    case .mapped(let file): try file.withBytes(body)
    case .held(let bytes): try bytes.withUnsafeBytes(body)
    }
  }
}

extension SafetensorsFile {
  /// A tensor's numbers as `Float`, row by row; wider formats are rounded, truth values are 0 and 1.
  public func floats(_ name: String) throws -> [Float] {
    let dtype = try entry(name).dtype
    return try withBytes(of: name) { bytes in
      switch dtype {
      case .float64: Self.numbers(bytes, Double.self) { Float($0) }
      case .float32: Self.numbers(bytes, Float.self) { $0 }
      case .float16: Self.numbers(bytes, UInt16.self) { HalfPrecision.float(float16: $0) }
      case .bfloat16: Self.numbers(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
      case .int64: Self.numbers(bytes, Int64.self) { Float($0) }
      case .int32: Self.numbers(bytes, Int32.self) { Float($0) }
      case .int16: Self.numbers(bytes, Int16.self) { Float($0) }
      case .int8: Self.numbers(bytes, Int8.self) { Float($0) }
      case .uint64: Self.numbers(bytes, UInt64.self) { Float($0) }
      case .uint32: Self.numbers(bytes, UInt32.self) { Float($0) }
      case .uint16: Self.numbers(bytes, UInt16.self) { Float($0) }
      case .uint8: Self.numbers(bytes, UInt8.self) { Float($0) }
      case .bool: Self.numbers(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
      }
    }
  }

  /// A tensor's numbers as `Double`, row by row; integers beyond 2^53 are rounded, truth values are 0 and 1.
  public func doubles(_ name: String) throws -> [Double] {
    switch try entry(name).dtype {
    case .float64: try withBytes(of: name) { Self.numbers($0, Double.self) { $0 } }
    case .int64: try withBytes(of: name) { Self.numbers($0, Int64.self) { Double($0) } }
    case .uint64: try withBytes(of: name) { Self.numbers($0, UInt64.self) { Double($0) } }
    case .int32: try withBytes(of: name) { Self.numbers($0, Int32.self) { Double($0) } }
    case .uint32: try withBytes(of: name) { Self.numbers($0, UInt32.self) { Double($0) } }
    default: try floats(name).map { Double($0) }  // the narrower formats are exact in a Float
    }
  }

  // Every platform that Swift 6 runs Glia on is little-endian, as the format is.
  private static func numbers<Stored: BitwiseCopyable, Number>(
    _ bytes: UnsafeRawBufferPointer, _ stored: Stored.Type, _ convert: (Stored) -> Number
  ) -> [Number] {
    let size = MemoryLayout<Stored>.size
    let count = bytes.count / size
    return Array(unsafeUninitializedCapacity: count) { numbers, initialized in
      for position in 0..<count {
        let stored = bytes.loadUnaligned(fromByteOffset: position * size, as: Stored.self)
        numbers.initializeElement(at: position, to: convert(stored))
      }
      initialized = count
    }
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
