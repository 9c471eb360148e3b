/// The reader behind `JSONValue(parsing:)`: recursive descent over bytes, where every read goes through `current`,
/// which knows the end.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws(JSONError) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw error("a byte order mark is not part of JSON; save the file without it")
    }
    let value = try value(depth: 0)
    skipSpace()
    if position < bytes.count { throw error("nothing may follow the document, but there is \(found)") }
    return value
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var found: String {
    guard let byte = current else { return "the end of the text" }
    if byte < 0x20 || byte >= 0x7F { return "the byte 0x" + String(byte, radix: 16) }
    return "'\(Character(UnicodeScalar(byte)))'"
  }

  private func error(_ message: String, at place: Int? = nil) -> JSONError {
    let offset = place ?? position
    var line = 1
    var lineStart = 0
    for (index, byte) in bytes[..<min(offset, bytes.count)].enumerated() where byte == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    return .syntax(message, offset: offset, line: line, column: offset - lineStart + 1)
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = current else { throw error("a value is missing at the end of the text") }
    switch byte {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw error("a value should stand here, but there is \(found)")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word.description.utf8) else {
      throw error("a value should stand here; the only words are true, false and null")
    }
    position = end
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    if depth > JSONValue.greatestDepth { throw error(Self.tooDeep) }
    position += 1
    var object = JSONObject()
    skipSpace()
    if take("}") { return object }
    while true {
      skipSpace()
      let start = position
      guard current == UInt8(ascii: "\"") else {
        throw error("a key in double quotes should stand here, but there is \(found)")
      }
      let key = try string()
      skipSpace()
      if !take(":") { throw error("':' should follow the key '\(key)', but there is \(found)") }
      guard object.appendIfNew(key, try value(depth: depth)) else {
        throw error("the key '\(key)' stands twice in one object", at: start)
      }
      skipSpace()
      if take("}") { return object }
      if !take(",") { throw error("',' or '}' should stand here, but there is \(found)") }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    if depth > JSONValue.greatestDepth { throw error(Self.tooDeep) }
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take("]") { return elements }
    while true {
      elements.append(try value(depth: depth))
      skipSpace()
      if take("]") { return elements }
      if !take(",") { throw error("',' or ']' should stand here, but there is \(found)") }
    }
  }

  private static let tooDeep = "lists and objects may be nested \(JSONValue.greatestDepth) levels deep, not deeper"
}

// MARK: - Numbers

extension JSONParser {
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    let negative = take("-")
    let firstDigit = position
    var whole = try digits("a digit should follow here")
    if position - firstDigit > 1, bytes[firstDigit] == UInt8(ascii: "0") {
      throw error("a number may not begin with a zero that says nothing", at: firstDigit)
    }
    var isWhole = true
    if take(".") {
      isWhole = false
      _ = try digits("a digit should follow the decimal point")
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      _ = try digits("a digit should follow in the exponent")
    }
    if isWhole, negative, let value = whole {
      whole = value == 0 ? nil : -value  // -0 has a sign that only a Double can keep
    }
    if isWhole, let whole { return .integer(whole) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let exact = Int64(text), exact != 0 { return .integer(exact) }
    guard let value = Double(text), value.isFinite else {
      throw error("the number \(text.prefix(40)) is beyond the range of a 64-bit float", at: start)
    }
    return .number(value)
  }

  /// Passes over at least one digit; the value of them all, or nil where it does not fit an `Int64`.
  private mutating func digits(_ complaint: String) throws(JSONError) -> Int64? {
    var value: Int64? = 0
    let start = position
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      position += 1
      guard let soFar = value else { continue }
      let (tenfold, overflowed) = soFar.multipliedReportingOverflow(by: 10)
      let (sum, overflowedToo) = tenfold.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      value = overflowed || overflowedToo ? nil : sum
    }
    if position == start { throw error("\(complaint), but there is \(found)") }
    return value
  }
}

// MARK: - Strings

extension JSONParser {
  private mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    var runStart = position
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        text += bytes[runStart..<position]
        position += 1
        guard let string = String(validating: text) else {
          throw error("the text that begins here is not UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"):
        text += bytes[runStart..<position]
        try escape(into: &text)
        runStart = position
      case 0..<0x20:
        throw error("a control character in text has to be written as an escape such as \\n; there is \(found)")
      default: position += 1
      }
    }
    throw error("the text that begins here has no closing quote", at: start)
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let start = position
    position += 1
    guard let byte = current else { throw error("the text ends within an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += Array(String(try scalar(from: start)).utf8)
    default: throw error("there is no such escape; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX", at: start)
    }
  }

  /// The character behind `\u`, or behind the two `\u` of a surrogate pair.
  private mutating func scalar(from start: Int) throws(JSONError) -> Character {
    let first = try fourHexDigits()
    if let scalar = UnicodeScalar(first) { return Character(scalar) }
    guard first < 0xDC00, take("\\"), take("u") else {
      throw error("half a surrogate pair is not a character", at: start)
    }
    let second = try fourHexDigits()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = UnicodeScalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error("half a surrogate pair is not a character", at: start) }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits should follow \\u, but there is \(found)")
      }
      value = value << 4 + UInt32(digit)
      position += 1
    }
    return value
  }
}

extension String {
  /// The text of these bytes, or nil if they are not UTF-8.
  fileprivate init?(validating bytes: [UInt8]) {
    // String(validating:as:) asks for a later macOS than Glia does; repairing and comparing does the same.
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.utf8.elementsEqual(bytes) else { return nil }
    self = text
  }
}
