/// Writes a ZIP file, entry by entry, to the same bytes every time: no times, no names of machines.
///
/// Stored data begin at multiples of 64 bytes, so that whoever maps the file finds its numbers aligned. The 64-bit form is used
/// only where a size or a place asks for it.
struct ZipWriter {
  private struct Record {
    let name: [UInt8]
    let isDeflated: Bool
    let checksum: UInt32
    let compressed, size, local: Int
  }

  private var records: [Record] = []
  private var position = 0
  /// Sizes and places from here on are written in 64 bits.
  private let greatestNarrow: Int

  static let alignment = 64

  init(greatestNarrow: Int = 0xFFFF_FFFE) { self.greatestNarrow = greatestNarrow }

  /// Appends an entry. The name is unique and at most 65,535 bytes of UTF-8.
  mutating func add(
    _ name: String, _ bytes: [UInt8], deflated: Bool = false, to write: ([UInt8]) throws -> Void
  ) throws {
    let data = deflated ? Deflate.deflate(bytes) : bytes
    let record = Record(
      name: Array(name.utf8), isDeflated: deflated, checksum: bytes.withUnsafeBytes { Deflate.checksum($0) },
      compressed: data.count, size: bytes.count, local: position)
    let isWide = max(data.count, bytes.count) > greatestNarrow
    var extra = isWide ? Self.wide([bytes.count, data.count]) : []
    if !deflated { extra += padding(after: position + ZipDirectory.Size.local + record.name.count + extra.count) }
    var header = Self.little(ZipDirectory.Signature.local) + common(record, isWide: isWide)
    header += isWide ? Self.ones + Self.ones : Self.little(UInt32(data.count)) + Self.little(UInt32(bytes.count))
    header += Self.little(UInt16(record.name.count)) + Self.little(UInt16(extra.count)) + record.name + extra
    try write(header)
    try write(data)
    position += header.count + data.count
    records.append(record)
  }

  /// Appends the directory.
  mutating func finish(_ write: ([UInt8]) throws -> Void) throws {
    let start = position
    for record in records {
      let bytes = central(record)
      try write(bytes)
      position += bytes.count
    }
    let size = position - start
    if max(start, size) > greatestNarrow || records.count >= 0xFFFF {
      try write(end64(start: start, size: size))
    }
    let count = Self.little(UInt16(min(records.count, 0xFFFF)))
    try write(
      Self.little(ZipDirectory.Signature.end) + [0, 0, 0, 0] + count + count + narrow(size) + narrow(start) + [0, 0])
  }

  private func narrow(_ value: Int) -> [UInt8] { value > greatestNarrow ? Self.ones : Self.little(UInt32(value)) }

  private func central(_ record: Record) -> [UInt8] {
    let wide = [record.size, record.compressed, record.local].filter { $0 > greatestNarrow }
    let extra = wide.isEmpty ? [] : Self.wide(wide)
    var bytes = Self.little(ZipDirectory.Signature.central) + Self.little(UInt16(wide.isEmpty ? 20 : 45))
    bytes += common(record, isWide: !wide.isEmpty) + narrow(record.compressed) + narrow(record.size)
    bytes += Self.little(UInt16(record.name.count)) + Self.little(UInt16(extra.count))
    bytes += Array(repeating: 0, count: 10)  // no comment, first volume, no attributes
    return bytes + narrow(record.local) + record.name + extra
  }

  /// What a local header and the directory have in common: version, flags, method, time, checksum.
  private func common(_ record: Record, isWide: Bool) -> [UInt8] {
    let utf8 = record.name.contains { $0 >= 0x80 } ? UInt16(1 << 11) : 0
    return Self.little(UInt16(isWide ? 45 : 20)) + Self.little(utf8) + Self.little(UInt16(record.isDeflated ? 8 : 0))
      + [0, 0, 0x21, 0]  // 1 January 1980, the earliest that the format knows
      + Self.little(record.checksum)
  }

  private func end64(start: Int, size: Int) -> [UInt8] {
    let count = Self.little(UInt64(records.count))
    return Self.little(ZipDirectory.Signature.end64) + Self.little(UInt64(ZipDirectory.Size.end64 - 12))
      + Self.little(UInt16(45)) + Self.little(UInt16(45)) + Array(repeating: 0, count: 8) + count + count
      + Self.little(UInt64(size)) + Self.little(UInt64(start))
      + Self.little(ZipDirectory.Signature.locator64) + [0, 0, 0, 0] + Self.little(UInt64(position)) + [1, 0, 0, 0]
  }

  /// An extra field of zeros that brings the data to a multiple of the alignment.
  private func padding(after end: Int) -> [UInt8] {
    let rest = (Self.alignment - (end + 4) % Self.alignment) % Self.alignment
    // "FB" is the field's name in the files of other writers that pad.
    return Array("FB".utf8) + Self.little(UInt16(rest)) + Array(repeating: 0, count: rest)
  }

  private static let ones: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]

  private static func wide(_ values: [Int]) -> [UInt8] {
    values.reduce(into: [1, 0] + little(UInt16(8 * values.count))) { $0 += little(UInt64($1)) }
  }

  private static func little<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }
}
