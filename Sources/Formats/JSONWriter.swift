/// The writer behind `JSONValue.text(indented:)`.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private let indented: Bool
  private var path: [String] = []

  init(indented: Bool) {
    self.indented = indented
  }

  private var pathInWords: String { path.isEmpty ? "the top" : path.joined() }

  mutating func write(_ value: JSONValue) throws(JSONError) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value):
      guard value.isFinite else { throw .notFinite(path: pathInWords, value: value) }
      append(value.description)  // the shortest digits that come back as the same bits
    case .string(let value): string(value)
    case .array(let elements):
      try list("[", "]", count: elements.count) { writer, position throws(JSONError) in
        writer.path.append("[\(position)]")
        try writer.write(elements[position])
      }
    case .object(let object):
      try list("{", "}", count: object.count) { writer, position throws(JSONError) in
        let member = object.members[position]
        writer.path.append((writer.path.isEmpty ? "" : ".") + member.key)
        writer.string(member.key)
        writer.append(writer.indented ? ": " : ":")
        try writer.write(member.value)
      }
    }
  }

  private mutating func list(
    _ open: StaticString, _ close: StaticString, count: Int,
    _ element: (inout JSONWriter, Int) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard path.count < JSONValue.greatestDepth else { throw .tooDeep(path: pathInWords) }
    append(open.description)
    for position in 0..<count {
      if position > 0 { append(",") }
      newLine(level: path.count + 1)
      try element(&self, position)
      path.removeLast()
    }
    if count > 0 { newLine(level: path.count) }
    append(close.description)
  }

  private mutating func newLine(level: Int) {
    guard indented else { return }
    append("\n")
    bytes += Array(repeating: 0x20, count: 2 * level)
  }

  private mutating func append(_ text: String) {
    bytes += text.utf8
  }

  private mutating func string(_ text: String) {
    append("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20: append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    append("\"")
  }
}
