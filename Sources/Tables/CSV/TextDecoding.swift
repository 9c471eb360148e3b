/// Turns the bytes of a file into UTF-8 without a byte order mark.
enum TextDecoding {
  /// The bytes as UTF-8, and where the text starts in them. Bytes that are UTF-8 already are passed on uncopied.
  static func utf8(
    _ source: FileBytes, _ encoding: CSVOptions.Encoding, file: String?
  ) throws(TableError) -> (FileBytes, start: Int) {
    var source = source
    if source.bytes.starts(with: [0x1F, 0x8B]) {
      source = FileBytes(copying: try Gzip.inflate(source.bytes, limit: 1 << 34, file: file))
    }
    let bytes = source.bytes
    let littleEndian = bytes.starts(with: [0xFF, 0xFE])
    if encoding == .utf16 || (encoding == .automatic && (littleEndian || bytes.starts(with: [0xFE, 0xFF]))) {
      return (try utf16(bytes, file: file), 0)
    }
    if encoding == .latin1 { return (latin1(bytes), 0) }
    if bytes.prefix(4096).contains(0) {
      throw TableError(
        .notText, "holds zero bytes, so it is no text; a table has to be text (CSV or TSV)", file: file)
    }
    return (source, bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
  }

  /// UTF-16 with a byte order mark; without one the first characters say which half is zero.
  private static func utf16(_ bytes: UnsafeRawBufferPointer, file: String?) throws(TableError) -> FileBytes {
    guard bytes.count % 2 == 0 else {
      throw TableError(.encoding, "has an odd number of bytes, so it is no UTF-16", file: file)
    }
    let marked = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    let isBig = marked ? bytes[0] == 0xFE : bytes.count >= 2 && bytes[0] == 0
    let units = stride(from: marked ? 2 : 0, to: bytes.count, by: 2).lazy.map { (i: Int) -> UInt16 in
      let unit = bytes.loadUnaligned(fromByteOffset: i, as: UInt16.self)
      return isBig ? UInt16(bigEndian: unit) : UInt16(littleEndian: unit)
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count / 2)
    let isBroken = transcode(units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: true) {
      result.append($0)
    }
    guard !isBroken else {
      let line = 1 + result.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
      throw TableError(.encoding, "holds a half of a UTF-16 pair without the other", file: file, line: line)
    }
    return FileBytes(copying: result)
  }

  /// ISO 8859-1, with Windows' printable characters where that has control codes.
  private static func latin1(_ bytes: UnsafeRawBufferPointer) -> FileBytes {
    let windows: [UInt16] = [
      0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
      0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
      0x0153, 0x9D, 0x017E, 0x0178,
    ]
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      guard byte >= 0x80 else {
        result.append(byte)
        continue
      }
      let scalar = byte < 0xA0 ? windows[Int(byte - 0x80)] : UInt16(byte)
      if scalar < 0x800 {
        result.append(0xC0 | UInt8(scalar >> 6))
      } else {
        result.append(0xE0 | UInt8(scalar >> 12))
        result.append(0x80 | UInt8(scalar >> 6 & 0x3F))
      }
      result.append(0x80 | UInt8(scalar & 0x3F))
    }
    return FileBytes(copying: result)
  }

  /// The text, or nil where the bytes are not UTF-8.
  static func string(_ bytes: some Collection<UInt8>) -> String? {
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    var result = ""
    var iterator = bytes.makeIterator()
    var decoder = UTF8()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): result.unicodeScalars.append(scalar)
      case .emptyInput: return result
      case .error: return nil
      }
    }
  }
}
