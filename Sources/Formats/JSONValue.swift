/// A JSON document as a value: read strictly, kept in order, and written to the same bytes every time.
///
/// Why this is not Foundation's `JSONSerialization` or `JSONDecoder`:
/// - a duplicate key is an error here; there, one of the two silently wins, and which one is not said;
/// - the order of an object's members is kept, so that a file that is read and written again has the same bytes;
/// - nesting is bounded (`JSONValue.greatestDepth`), so that hostile input cannot exhaust the stack;
/// - an `Int64` stays exact, and a `Double` comes back with the same bits;
/// - a command that reads one small header does not pay for loading Foundation.
///
/// Numbers without a fraction and an exponent are `.integer` where they fit an `Int64`, all others are `.number`.
/// `.number(1)` is written `1.0`, so that it comes back as a `.number`.
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// How deep arrays and objects may stand inside one another, in reading and in writing.
  public static let greatestDepth = 64

  /// Reads one JSON document (RFC 8259), given as UTF-8.
  ///
  /// - Throws: `JSONError.syntax` with the byte offset, line and column of what is wrong: besides malformed text,
  ///   a duplicate key, nesting deeper than `greatestDepth`, a number beyond `Double`'s range, bytes that are not
  ///   UTF-8, half a surrogate pair, and anything but white space after the document.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  /// Reads one JSON document from a string; offsets in errors count UTF-8 bytes.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// The document as text: compact, or with two spaces of indentation a level.
  ///
  /// - Throws: `JSONError.notFinite` for a NaN or an infinity, which JSON cannot hold, with the path to it;
  ///   `JSONError.tooDeep` for a value that could not be read again.
  public func text(indented: Bool = false) throws(JSONError) -> String {
    String(decoding: try utf8(indented: indented), as: UTF8.self)
  }

  /// The document as UTF-8 bytes; see `text(indented:)`.
  public func utf8(indented: Bool = false) throws(JSONError) -> [UInt8] {
    var writer = JSONWriter(indented: indented)
    try writer.write(self)
    return writer.bytes
  }
}

extension JSONValue {
  /// The text, if this is a string.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The truth value, if this is one.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The whole number, if this is one without fraction and exponent.
  public var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The number, if this is one; an integer beyond 2^53 is rounded.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The elements, if this is an array.
  public var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members, if this is an object.
  public var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The member of this name, if this is an object that has one.
  public subscript(key: String) -> JSONValue? { object?[key] }

  /// What kind of value this is, as a word for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}

/// What is wrong with a JSON document, and where.
public enum JSONError: Error, Equatable, CustomStringConvertible {
  /// The text is not JSON; `offset` counts bytes from 0, `line` and `column` (in bytes) from 1.
  case syntax(String, offset: Int, line: Int, column: Int)
  /// A value that JSON has no number for stands at `path`.
  case notFinite(path: String, value: Double)
  /// The value at `path` stands deeper than `JSONValue.greatestDepth`.
  case tooDeep(path: String)
  /// An object lacks a member that it has to have.
  case missing(member: String)
  /// A member is of another kind than it has to be.
  case wrongKind(member: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .syntax(let message, let offset, let line, let column):
      "JSON, line \(line), column \(column) (byte \(offset)): \(message)"
    case .notFinite(let path, let value):
      "JSON cannot hold the number \(value) at \(path); write null or text instead"
    case .tooDeep(let path):
      "the value at \(path) is nested deeper than \(JSONValue.greatestDepth) levels"
    case .missing(let member):
      "the member '\(member)' is missing"
    case .wrongKind(let member, let expected, let found):
      "the member '\(member)' should be \(expected), but is \(found)"
    }
  }
}
