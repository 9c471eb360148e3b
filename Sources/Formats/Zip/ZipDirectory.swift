/// The central directory of a ZIP file, read and checked against the file's size.
struct ZipDirectory {
  private(set) var entries: [ZipArchive.Entry] = []

  private let file: UnsafeRawBufferPointer
  private let path: String
  private let format: String

  enum Signature {
    static let local: UInt32 = 0x0403_4B50
    static let central: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50
  }
  enum Size {
    static let local = 30, central = 46, end = 22, end64 = 56, locator64 = 20
  }

  init(_ file: UnsafeRawBufferPointer, path: String, format: String, greatestInflated: Int) throws {
    self.file = file
    self.path = path
    self.format = format
    let place = try directory()
    var position = place.bytes.lowerBound
    var locals: [(range: Range<Int>, name: String)] = []
    var names: Set<String> = []
    var inflated = 0
    while position < place.bytes.upperBound {
      let (record, next) = try record(at: position, end: place.bytes.upperBound)
      position = next
      let (entry, local) = try self.entry(record, directoryStart: place.bytes.lowerBound)
      locals.append((local, entry.name))
      guard names.insert(entry.name).inserted else { throw broken("two entries are called '\(entry.name)'") }
      if entry.isDeflated { inflated += entry.size }
      guard inflated <= greatestInflated else {
        throw broken("its entries would inflate to more than \(greatestInflated) bytes")
      }
      if !entry.name.hasSuffix("/") { entries.append(entry) }
    }
    guard locals.count == place.count else {
      throw broken("its directory should have \(place.count) entries, but has \(locals.count)")
    }
    locals.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (one, next) in zip(locals, locals.dropFirst()) where next.range.lowerBound < one.range.upperBound {
      throw broken("its entries '\(one.name)' and '\(next.name)' overlap")
    }
  }

  private func broken(_ rule: String) -> TensorFileError { .malformed(file: path, format: format, rule: rule) }

  // The caller of these has compared the position with the file's size.
  private func word(_ position: Int) -> UInt32 {
    UInt32(littleEndian: file.loadUnaligned(fromByteOffset: position, as: UInt32.self))
  }
  private func half(_ position: Int) -> Int {
    Int(UInt16(littleEndian: file.loadUnaligned(fromByteOffset: position, as: UInt16.self)))
  }
  private func long(_ position: Int) throws -> Int {
    let value = UInt64(littleEndian: file.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    guard let size = Int(exactly: value) else { throw broken("it claims \(value) bytes at byte \(position)") }
    return size
  }

  // ---- Where the directory is

  private func directory() throws -> (bytes: Range<Int>, count: Int) {
    guard file.count >= Size.end, word(0) == Signature.local || word(0) == Signature.end else {
      throw broken("it does not begin as a ZIP file does")
    }
    guard let end = endRecord() else {
      throw broken("it has no directory at its end; it was cut short, or something was appended")
    }
    var (count, size, start) = (half(end + 10), Int(word(end + 12)), Int(word(end + 16)))
    guard half(end + 4) == 0, half(end + 6) == 0, half(end + 8) == count else {
      throw broken("it is one of several volumes; join them first")
    }
    var bound = end
    if end >= Size.locator64, word(end - Size.locator64) == Signature.locator64 {
      bound = try long(end - Size.locator64 + 8)
      guard bound <= end - Size.locator64 - Size.end64, word(bound) == Signature.end64 else {
        throw broken("its 64-bit directory does not lie where it should")
      }
      let wide = (count: try long(bound + 32), size: try long(bound + 40), start: try long(bound + 48))
      guard count == 0xFFFF || count == wide.count, size == 0xFFFF_FFFF || size == wide.size,
        start == 0xFFFF_FFFF || start == wide.start
      else { throw broken("its two directories' ends do not agree") }
      (count, size, start) = wide
    }
    let (stop, beyond) = start.addingReportingOverflow(size)
    guard !beyond, stop == bound else {
      throw broken("its directory should lie in \(size) bytes from byte \(start), but ends at byte \(bound)")
    }
    return (start..<stop, count)
  }

  /// The last record, which a comment may follow.
  private func endRecord() -> Int? {
    let last = file.count - Size.end
    for position in stride(from: last, through: max(0, last - 0xFFFF), by: -1) {
      if word(position) == Signature.end, half(position + 20) == last - position { return position }
    }
    return nil
  }

  // ---- One entry

  /// What an entry of the directory says.
  private struct Record {
    var name = ""
    var flags = 0, method = 0
    var checksum: UInt32 = 0
    var compressed = 0, size = 0, local = 0
  }

  private func record(at position: Int, end: Int) throws -> (Record, next: Int) {
    guard position + Size.central <= end, word(position) == Signature.central else {
      throw broken("its directory has no entry at byte \(position), where one should be")
    }
    let (nameSize, extraSize, commentSize) = (half(position + 28), half(position + 30), half(position + 32))
    let nameStart = position + Size.central
    let next = nameStart + nameSize + extraSize + commentSize
    guard next <= end else { throw broken("the entry at byte \(position) of its directory is cut short") }
    guard let name = String(validating: file[nameStart..<nameStart + nameSize], as: UTF8.self) else {
      throw broken("the name at byte \(nameStart) is not UTF-8")
    }
    var record = Record(
      name: name, flags: half(position + 8), method: half(position + 10), checksum: word(position + 16),
      compressed: Int(word(position + 20)), size: Int(word(position + 24)), local: Int(word(position + 42)))
    let extra = nameStart + nameSize
    try widen(&record, extra..<extra + extraSize)
    return (record, next)
  }

  /// Takes over the 64-bit sizes, which stand in an extra field where the 32-bit ones are all ones.
  private func widen(_ record: inout Record, _ extra: Range<Int>) throws {
    var fields: [WritableKeyPath<Record, Int>] = [\.size, \.compressed, \.local]
    fields.removeAll { record[keyPath: $0] != 0xFFFF_FFFF }
    if fields.isEmpty { return }
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound {
      let (kind, size) = (half(position), half(position + 2))
      let start = position + 4
      position = start + size
      guard position <= extra.upperBound else { break }
      if kind != 1 { continue }
      guard size >= 8 * fields.count else { break }
      for (index, field) in fields.enumerated() { record[keyPath: field] = try long(start + 8 * index) }
      return
    }
    throw broken("the entry '\(record.name)' lacks its 64-bit sizes")
  }

  private func entry(
    _ record: Record, directoryStart: Int
  ) throws -> (entry: ZipArchive.Entry, local: Range<Int>) {
    func wrong(_ rule: String) -> TensorFileError { broken("its entry '\(record.name)' \(rule)") }
    let steps = record.name.split(separator: "/", omittingEmptySubsequences: false)
    guard !record.name.isEmpty, !record.name.hasPrefix("/"), !steps.contains(".."),
      !record.name.unicodeScalars.contains(where: { $0 == "\\" || $0.value == 0 })
    else { throw wrong("has a name that leads out of the file") }
    guard record.flags & 1 == 0 else { throw wrong("is encrypted; save it without a password") }
    guard record.method == 0 || record.method == 8 else {
      throw wrong("is packed by method \(record.method); stored (0) and deflated (8) can be read")
    }
    let isDeflated = record.method == 8
    guard isDeflated || record.compressed == record.size else {
      throw wrong("is stored, but has \(record.compressed) bytes where it should have \(record.size)")
    }
    let (headerEnd, beyond) = record.local.addingReportingOverflow(Size.local)
    guard !beyond, headerEnd <= directoryStart, word(record.local) == Signature.local else {
      throw wrong("does not begin at byte \(record.local), where it should")
    }
    let nameEnd = headerEnd + half(record.local + 26)
    let start = nameEnd + half(record.local + 28)
    guard start <= directoryStart, file[headerEnd..<nameEnd].elementsEqual(record.name.utf8) else {
      throw wrong("has another name at byte \(headerEnd)")
    }
    guard record.compressed <= directoryStart - start else {
      throw wrong("should have \(record.compressed) bytes, more than lie before the directory")
    }
    // Never larger than the file itself, so that the product is far from the end of the integers.
    guard !isDeflated || record.size / Deflate.greatestRatio <= record.compressed else {
      throw wrong("would inflate \(record.compressed) bytes to \(record.size), more than deflate can")
    }
    let data = start..<start + record.compressed
    let entry = ZipArchive.Entry(
      name: record.name, isDeflated: isDeflated, checksum: record.checksum, size: record.size, data: data)
    return (entry, record.local..<data.upperBound)
  }
}
