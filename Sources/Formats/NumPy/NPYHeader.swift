/// The header of a `.npy` file: a Python dictionary of a type, an order and a shape, checked against the file's size.
struct NPYHeader {
  let dtype: TensorDType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]
  /// Where the numbers begin.
  let dataStart: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// What NumPy itself reads without being told to trust the file.
  static let greatestHeader = 10_000
  static let greatestRank = 64

  /// The types, without their byte order.
  static let codes: [String: TensorDType] = [
    "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
    "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
  ]

  init(_ file: UnsafeRawBufferPointer, path: String) throws {
    func broken(_ rule: String) -> TensorFileError { .malformed(file: path, format: "NumPy", rule: rule) }
    guard file.count >= 10, file.starts(with: Self.magic) else {
      throw broken("it does not begin with \\x93NUMPY, a version and the header's length")
    }
    let (major, minor) = (file[6], file[7])
    guard (1...3).contains(major), minor == 0 else {
      throw broken("its version is \(major).\(minor); 1.0, 2.0 and 3.0 can be read")
    }
    let start = major == 1 ? 10 : 12
    guard file.count >= start else { throw broken("it ends within the header's length") }
    let length =
      major == 1
      ? Int(UInt16(littleEndian: file.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: file.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= Self.greatestHeader else {
      throw broken("its header would have \(length) bytes; at most \(Self.greatestHeader) are allowed")
    }
    dataStart = start + length
    guard file.count >= dataStart else {
      throw broken("its header should have \(length) bytes, but only \(file.count - start) follow; it was cut short")
    }
    let fields: NPYFields
    do { fields = try NPYFields(Array(file[start..<dataStart])) } catch let error as NPYFields.Failure {
      throw broken("its header, byte \(start + error.position): \(error.rule)")
    }
    (dtype, isBigEndian) = try Self.type(fields.descr, broken)
    (isFortranOrder, shape) = (fields.fortranOrder, fields.shape)
    guard let size = dtype.byteCount(shape: shape) else { throw broken("the shape \(shape) is too large to be held") }
    guard file.count - dataStart == size else {
      throw broken("\(fields.descr) of shape \(shape) takes \(size) bytes, but \(file.count - dataStart) follow")
    }
  }

  /// `<f4` as a type and a byte order.
  private static func type(
    _ descr: String, _ broken: (String) -> TensorFileError
  ) throws -> (TensorDType, isBigEndian: Bool) {
    let code = String(descr.dropFirst())
    if let order = descr.first, "<>=|".contains(order), let dtype = codes[code], order != "|" || dtype.size == 1 {
      return (dtype, order == ">")
    }
    let what =
      switch code.first {
      case "O": "Python objects, whose pickles could run code"
      case "c": "complex numbers"
      case "U", "S", "a": "text"
      case "M", "m": "dates or spans of time"
      case "V": "bytes of no known meaning, as NumPy writes bfloat16 and structures"
      default: "something unknown"
      }
    throw broken(
      "its type is '\(descr)', \(what); numbers and truth values can be read, so save it with astype('float32')")
  }

  /// What stands before the numbers of a file that is written: padded as NumPy pads, with room for the first axis to grow.
  static func bytes(descr: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(sizes)), }"
    if let first = shape.first { text += String(repeating: " ", count: 21 - String(first).count) }
    let prefix = magic.count + 4
    let padding = 64 - (prefix + text.utf8.count + 1) % 64
    let header = Array(text.utf8) + Array(repeating: 0x20, count: padding) + [0x0A]
    return magic + [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)] + header
  }
}

/// The three fields of a header, read from a Python literal that may hold nothing else.
struct NPYFields {
  private(set) var descr = ""
  private(set) var fortranOrder = false
  private(set) var shape: [Int] = []

  /// A rule that is broken, and where.
  struct Failure: Error {
    let position: Int
    let rule: String
  }

  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) throws {
    self.text = text
    var seen: Set<String> = []
    try expect("{")
    while !take("}") {
      let key = try string("a name in quotes")
      guard seen.insert(key).inserted else { throw failure("'\(key)' stands there twice") }
      try expect(":")
      switch key {
      case "descr": descr = try type()
      case "fortran_order": fortranOrder = try flag()
      case "shape": shape = try sizes()
      default: throw failure("'\(key)' is not one of descr, fortran_order and shape")
      }
      if take(",") { continue }
      try expect("}")
      break
    }
    skipSpace()
    guard position == text.count else { throw failure("something follows the dictionary") }
    if let missing = ["descr", "fortran_order", "shape"].first(where: { !seen.contains($0) }) {
      throw failure("'\(missing)' is missing")
    }
  }

  private func failure(_ rule: String) -> Failure { Failure(position: position, rule: rule) }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func expect(_ word: String) throws {
    guard take(word) else { throw failure("'\(word)' should stand here") }
  }

  private mutating func string(_ what: String) throws -> String {
    skipSpace()
    guard position < text.count, text[position] == 0x27 || text[position] == 0x22,
      let end = text[(position + 1)...].firstIndex(of: text[position])
    else { throw failure("\(what) should stand here") }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func type() throws -> String {
    skipSpace()
    if position < text.count, text[position] == UInt8(ascii: "[") {
      throw failure("it holds structures of several fields; save each field as an array of its own")
    }
    return try string("a type in quotes")
  }

  private mutating func flag() throws -> Bool {
    if take("True") { return true }
    if take("False") { return false }
    throw failure("True or False should stand here")
  }

  private mutating func sizes() throws -> [Int] {
    var sizes: [Int] = []
    try expect("(")
    while !take(")") {
      skipSpace()
      let digits = text[position...].prefix { (0x30...0x39).contains($0) }
      guard let size = Int(String(decoding: digits, as: UTF8.self)) else {
        throw failure("a whole number from 0 should stand here")
      }
      guard sizes.count < NPYHeader.greatestRank else {
        throw failure("there are more than \(NPYHeader.greatestRank) axes")
      }
      position = digits.endIndex
      sizes.append(size)
      _ = take("L")  // Python 2 wrote long numbers so
      if take(",") { continue }
      guard sizes.count > 1 else { throw failure("a comma should follow the one size of a tuple") }
      try expect(")")
      break
    }
    return sizes
  }
}
