/// The header of a safetensors file, read and checked against the rules and the file's size.
struct SafetensorsHeader {
  private(set) var entries: [SafetensorsFile.Entry] = []
  private(set) var metadata: [String: String] = [:]
  /// The length prefix and the JSON, as they stand in the file.
  private let bytes: [UInt8]

  static let metadataKey = "__metadata__"

  init(_ file: UnsafeRawBufferPointer, path: String) throws {
    func broken(_ rule: String) -> SafetensorsError { .malformed(file: path, rule: rule) }
    guard file.count >= 8 else {
      throw broken("it has \(file.count) bytes, but 8 give the header's length")
    }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(SafetensorsFile.greatestHeader) else {
      throw broken(
        "its first 8 bytes are no header's length (at most \(SafetensorsFile.greatestHeader)), so it is a file of another kind"
      )
    }
    let start = 8 + Int(length)
    guard start <= file.count else {
      throw broken("its header should have \(length) bytes, but only \(file.count - 8) follow; it was cut short")
    }
    bytes = Array(file[..<start])
    guard bytes[8...].first == UInt8(ascii: "{") else { throw broken("its header does not begin with '{'") }
    guard bytes[8...].last(where: { $0 != 0x20 }) == UInt8(ascii: "}") else {
      throw broken("its header does not end with '}' and spaces")
    }
    let json: JSONValue
    do {
      json = try JSONValue(parsing: Array(bytes[8...]))
    } catch {
      throw broken("its header is not right: \(error)")
    }
    for member in json.object?.members ?? [] {
      if member.key == Self.metadataKey {
        metadata = try Self.metadata(member.value, broken)
      } else {
        entries.append(try Self.entry(member.key, member.value, bufferStart: start, fileSize: file.count, broken))
      }
    }
    entries.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    try checkLayout(start: start, fileSize: file.count, broken)
  }

  private static func metadata(
    _ value: JSONValue, _ broken: (String) -> SafetensorsError
  ) throws -> [String: String] {
    guard let object = value.object else {
      throw broken("\(metadataKey) should be an object, but is \(value.kind)")
    }
    var texts: [String: String] = [:]
    for member in object.members {
      guard let text = member.value.string else {
        throw broken("the metadata under '\(member.key)' should be text, but is \(member.value.kind)")
      }
      texts[member.key] = text
    }
    return texts
  }

  private static func entry(
    _ name: String, _ value: JSONValue, bufferStart: Int, fileSize: Int, _ broken: (String) -> SafetensorsError
  ) throws -> SafetensorsFile.Entry {
    func wrong(_ rule: String) -> SafetensorsError { broken("tensor '\(name)': \(rule)") }
    guard let object = value.object else { throw wrong("it should be an object, but is \(value.kind)") }
    let fields: Fields
    do { fields = try Fields(object) } catch { throw wrong("\(error)") }
    let (dtypeName, shape, offsets) = (fields.dtype, fields.shape, fields.offsets)
    if object.count != 3 { throw wrong("it should have dtype, shape and data_offsets, and nothing else") }
    guard let dtype = TensorDType(rawValue: dtypeName) else {
      let known = TensorDType.allCases.map(\.rawValue).joined(separator: ", ")
      throw wrong("the dtype '\(dtypeName)' is not known; known are \(known)")
    }
    guard let size = dtype.byteCount(shape: shape) else { throw wrong("the shape \(shape) is too large to be held") }
    let bufferSize = fileSize - bufferStart
    guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= bufferSize else {
      throw wrong("the offsets \(offsets) should be a beginning and an end within \(bufferSize) bytes")
    }
    guard offsets[1] - offsets[0] == size else {
      throw wrong("\(dtypeName) of shape \(shape) takes \(size) bytes, but the offsets give \(offsets[1] - offsets[0])")
    }
    return SafetensorsFile.Entry(
      name: name, dtype: dtype, shape: shape, bytes: bufferStart + offsets[0]..<bufferStart + offsets[1])
  }

  /// What stands under a tensor's name, before it is compared with anything.
  private struct Fields {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    init(_ object: JSONObject) throws(JSONError) {
      dtype = try object.string("dtype")
      shape = try Self.sizes("shape", in: object)
      offsets = try Self.sizes("data_offsets", in: object)
    }

    private static func sizes(_ key: String, in object: JSONObject) throws(JSONError) -> [Int] {
      var sizes: [Int] = []
      for value in try object.array(key) {
        guard let size = value.integer.flatMap({ Int(exactly: $0) }), size >= 0 else {
          let found = (try? value.text()) ?? value.kind
          throw .wrongKind(member: key, expected: "a list of whole numbers from 0", found: "a list with \(found)")
        }
        sizes.append(size)
      }
      return sizes
    }
  }

  /// The tensors have to fill the buffer from its first byte to its last, one beginning where the last one ended.
  private func checkLayout(start: Int, fileSize: Int, _ broken: (String) -> SafetensorsError) throws {
    var end = start
    for entry in entries {
      if entry.bytes.lowerBound != end {
        let what = entry.bytes.lowerBound > end ? "leaves a hole before it" : "overlaps the one before it"
        throw broken("tensor '\(entry.name)' \(what)")
      }
      end = entry.bytes.upperBound
    }
    if end != fileSize { throw broken("\(fileSize - end) bytes follow the last tensor") }
  }
}

// MARK: - Checksum

/// The checksum in the metadata under "checksum": "xxh64:" and the sixteen hexadecimal digits of the XXH64 (seed 0) of
/// the whole file, length prefix and header included, where these digits themselves are taken to be '0'.
enum SafetensorsChecksum {
  static let key = "checksum"
  static let prefix = "xxh64:"
  static let digitCount = 16
  static let blank = prefix + String(repeating: "0", count: digitCount)

  /// Where the digits stand in a header as Glia writes it.
  static func digits(in header: [UInt8]) -> Range<Int>? {
    // Within a JSON string the quotes would have backslashes before them, so only a key can look like this.
    let mark = Array("\"\(key)\":\"\(prefix)".utf8)
    guard header.count >= mark.count + digitCount else { return nil }
    for start in 0...(header.count - mark.count - digitCount) where header[start] == mark[0] {
      if header[start..<start + mark.count].elementsEqual(mark) {
        return start + mark.count..<start + mark.count + digitCount
      }
    }
    return nil
  }

  static func text(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return prefix + String(repeating: "0", count: digitCount - digits.count) + digits
  }
}

extension SafetensorsHeader {
  func verifyChecksum(
    _ file: UnsafeRawBufferPointer, path: String, rule: SafetensorsFile.ChecksumRule
  ) throws {
    if case .ignored = rule { return }
    guard let stated = metadata[SafetensorsChecksum.key], stated.hasPrefix(SafetensorsChecksum.prefix) else {
      if case .required = rule { throw SafetensorsError.noChecksum(file: path) }
      return
    }
    guard let digits = SafetensorsChecksum.digits(in: bytes) else { throw SafetensorsError.changed(file: path) }
    var blanked = bytes
    blanked.replaceSubrange(digits, with: repeatElement(UInt8(ascii: "0"), count: digits.count))
    var hash = XXHash64()
    hash.update(blanked)
    hash.update(UnsafeRawBufferPointer(rebasing: file[bytes.count...]))
    guard SafetensorsChecksum.text(hash.digest) == stated else { throw SafetensorsError.changed(file: path) }
  }
}
