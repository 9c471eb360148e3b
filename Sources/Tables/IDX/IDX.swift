/// An array from an IDX file, the format of the MNIST digits: a number of dimensions, their sizes, and elements in
/// row-major order.
public struct IDX: Sendable, Equatable {
  /// The elements, of one of the format's types, in row-major order.
  public enum Elements: Sendable, Equatable {
    case uint8([UInt8])
    case int8([Int8])
    case int16([Int16])
    case int32([Int32])
    case float([Float])
    case double([Double])
  }

  /// The size of each dimension, the slowest first: `[60000, 28, 28]`.
  public let shape: [Int]
  public let elements: Elements

  /// The elements where they are bytes, as those of images and labels are.
  public var bytes: [UInt8]? {
    if case .uint8(let bytes) = elements { bytes } else { nil }
  }

  /// All elements as numbers.
  public var floats: [Float] {
    switch elements {
    case .uint8(let values): values.map(Float.init)
    case .int8(let values): values.map(Float.init)
    case .int16(let values): values.map(Float.init)
    case .int32(let values): values.map(Float.init)
    case .float(let values): values
    case .double(let values): values.map(Float.init)
    }
  }

  /// Reads an IDX file, gzip-compressed or not (yann.lecun.com/exdb/mnist).
  ///
  /// - Parameter maximumBytes: the most bytes of elements that are accepted.
  /// - Throws: `TableError` where the file is no IDX file, where it is shorter or longer than its header says, or where
  ///   its sizes exceed the limit. Nothing is allocated before the sizes have been compared with the file's.
  public static func read(_ path: String, maximumBytes: Int = 1 << 33) throws(TableError) -> IDX {
    let file = try FileBytes(path)
    guard file.count > 0 else { throw TableError(.empty, "is empty (0 bytes)", file: path) }
    return try IDX(file.bytes, file: path, maximumBytes: maximumBytes)
  }

  /// Whether a file begins as an IDX file does, compressed or not, so that a command can tell it from a table.
  public static func isIDX(_ path: String) throws(TableError) -> Bool {
    let file = try FileBytes(path)
    guard file.bytes.starts(with: [0x1F, 0x8B]) else { return (try? Header(Array(file.bytes.prefix(4)), nil)) != nil }
    var stream = try GzipStream(file.bytes, file: path)
    return (try? Header(stream.read(4), nil)) != nil
  }

  package init(_ bytes: UnsafeRawBufferPointer, file: String?, maximumBytes: Int = 1 << 33) throws(TableError) {
    let isCompressed = bytes.starts(with: [0x1F, 0x8B])
    var stream = isCompressed ? try GzipStream(bytes, file: file) : nil
    var position = 0
    func next(_ count: Int) throws(TableError) -> [UInt8] {
      if isCompressed { return try stream!.read(count) }
      let part = Array(bytes[position..<min(bytes.count, position + count)])
      position += part.count
      return part
    }
    let header = try Header(next(4), file)
    let sizes = try next(4 * header.rank)
    guard sizes.count == 4 * header.rank else { throw IDX.truncated(file, "its sizes") }
    shape = header.shape(sizes)
    var byteCount = header.width
    for size in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard !overflow, product <= maximumBytes else {
        throw TableError(
          .tooLarge, "claims \(shape.map(String.init).joined(separator: " × ")) elements, more than may be read",
          file: file)
      }
      byteCount = product
    }
    // Deflate makes at most 1,032 bytes of one.
    let available = isCompressed ? bytes.count * 1032 : bytes.count - position
    guard byteCount <= available else { throw IDX.truncated(file, "\(byteCount) bytes of elements") }
    let payload = try next(byteCount)
    guard payload.count == byteCount else { throw IDX.truncated(file, "\(byteCount) bytes of elements") }
    guard try next(1).isEmpty else {
      throw TableError(.notIDX, "goes on after its \(byteCount) bytes of elements", file: file)
    }
    elements = header.elements(payload)
  }

  /// A file of which rows, the parts along the first dimension, are read when they are asked for. It may not be compressed.
  public struct Rows: Sendable {
    /// Of the whole array.
    public let shape: [Int]
    private let file: FileBytes
    private let header: Header
    private let start, rowBytes: Int

    /// - Throws: `TableError` where the file is no IDX file, is compressed, or is shorter or longer than its header says.
    public init(_ path: String) throws(TableError) {
      file = try FileBytes(path)
      guard !file.bytes.starts(with: [0x1F, 0x8B]) else {
        throw TableError(.compressed, "is compressed, so that its rows cannot be found; gunzip it first", file: path)
      }
      header = try Header(Array(file.bytes.prefix(4)), path)
      let sizes = Array(file.bytes.dropFirst(4).prefix(4 * header.rank))
      guard sizes.count == 4 * header.rank else { throw IDX.truncated(path, "its sizes") }
      shape = header.shape(sizes)
      start = 4 + sizes.count
      var bytes = header.width
      for size in shape.dropFirst() {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
        guard !overflow else { throw TableError(.tooLarge, "claims rows of \(shape.dropFirst()) elements", file: path) }
        bytes = product
      }
      rowBytes = bytes
      let (total, overflow) = bytes.multipliedReportingOverflow(by: shape[0])
      guard !overflow, total == file.count - start else {
        throw TableError(
          .truncated,
          "claims \(shape.map(String.init).joined(separator: " × ")) elements of \(header.width) bytes, but "
            + "\(file.count - start) bytes follow", file: path)
      }
    }

    /// Reads rows. Traps where a row is out of range, as an array does.
    public func read(_ rows: Range<Int>) -> IDX {
      precondition(rows.lowerBound >= 0 && rows.upperBound <= shape[0], "Rows \(rows) of \(shape[0]) rows.")
      let place = start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes
      let elements = header.elements(Array(file.bytes[place]))
      file.release(upTo: place.upperBound, from: place.lowerBound)
      return IDX(shape: [rows.count] + shape.dropFirst(), elements: elements)
    }
  }

  private init(shape: [Int], elements: Elements) {
    self.shape = shape
    self.elements = elements
  }

  private static func truncated(_ file: String?, _ what: String) -> TableError {
    TableError(.truncated, "is cut short: it ends before \(what); fetch it again", file: file)
  }

  private struct Header: Sendable {
    let type: UInt8
    let rank: Int

    var width: Int { [0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8][type] ?? 1 }

    init(_ magic: [UInt8], _ file: String?) throws(TableError) {
      guard magic.count == 4, magic[0] == 0, magic[1] == 0, [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E].contains(magic[2]),
        (1...8).contains(magic[3])
      else {
        throw TableError(
          .notIDX, "is no IDX file: it has to begin with two zero bytes, a known type and 1 to 8 dimensions", file: file
        )
      }
      type = magic[2]
      rank = Int(magic[3])
    }

    func shape(_ sizes: [UInt8]) -> [Int] {
      (0..<rank).map { i in sizes[4 * i..<4 * i + 4].reduce(0) { $0 << 8 | Int($1) } }
    }

    func elements(_ bytes: [UInt8]) -> Elements {
      func values<Word: FixedWidthInteger, Value>(_ make: (Word) -> Value) -> [Value] {
        bytes.withUnsafeBytes { raw in
          stride(from: 0, to: raw.count, by: MemoryLayout<Word>.size).map {
            make(Word(bigEndian: raw.loadUnaligned(fromByteOffset: $0, as: Word.self)))
          }
        }
      }
      return switch type {
      case 0x09: .int8(values { (word: Int8) in word })
      case 0x0B: .int16(values { (word: Int16) in word })
      case 0x0C: .int32(values { (word: Int32) in word })
      case 0x0D: .float(values { (word: UInt32) in Float(bitPattern: word) })
      case 0x0E: .double(values { (word: UInt64) in Double(bitPattern: word) })
      default: .uint8(bytes)
      }
    }
  }
}
