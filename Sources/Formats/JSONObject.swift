/// The members of a JSON object, in the order in which they were read or set.
///
/// Two objects are equal if they have equal members in the same order, so equal objects are written to equal bytes.
/// Keys are compared as Swift compares strings: two spellings of one text in Unicode ("é" in one scalar or in two) are
/// one key.
public struct JSONObject: Sendable {
  /// A name and its value.
  public struct Member: Equatable, Sendable {
    public let key: String
    public let value: JSONValue
  }

  /// The members in order.
  public private(set) var members: [Member] = []

  /// Where each key stands; kept only from a size on from which a search along the members would cost more.
  private var positions: [String: Int] = [:]
  private static let searchedInLine = 12

  /// An object without members.
  public init() {}

  /// The number of members.
  public var count: Int { members.count }

  /// The keys in order.
  public var keys: [String] { members.map(\.key) }

  /// The value under a key. Setting a known key replaces its value in its place, setting a new one appends it, and
  /// setting nil removes the member.
  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?): members[position] = Member(key: key, value: value)
      case (nil, let value?): append(key, value)
      case (let position?, nil):
        members.remove(at: position)
        positions = [:]
        if members.count > Self.searchedInLine { index() }
      case (nil, nil): break
      }
    }
  }

  /// Appends a member unless the key is already there; tells whether it was appended.
  mutating func appendIfNew(_ key: String, _ value: JSONValue) -> Bool {
    guard position(of: key) == nil else { return false }
    append(key, value)
    return true
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    members.append(Member(key: key, value: value))
    if members.count == Self.searchedInLine + 1 {
      index()
    } else if members.count > Self.searchedInLine {
      positions[key] = members.count - 1
    }
  }

  private mutating func index() {
    for (position, member) in members.enumerated() { positions[member.key] = position }
  }

  private func position(of key: String) -> Int? {
    members.count > Self.searchedInLine ? positions[key] : members.firstIndex { $0.key == key }
  }
}

extension JSONObject: Equatable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }
}

extension JSONObject {
  /// The text under a key, or an error that names the key and what stands there.
  public func string(_ key: String) throws(JSONError) -> String {
    try required(key, "text", \.string)
  }

  /// The truth value under a key, or an error that names the key and what stands there.
  public func bool(_ key: String) throws(JSONError) -> Bool {
    try required(key, "true or false", \.bool)
  }

  /// The whole number under a key, or an error that names the key and what stands there.
  public func integer(_ key: String) throws(JSONError) -> Int {
    try required(key, "a whole number") { value in value.integer.flatMap { Int(exactly: $0) } }
  }

  /// The number under a key, or an error that names the key and what stands there.
  public func number(_ key: String) throws(JSONError) -> Double {
    try required(key, "a number", \.number)
  }

  /// The elements of the list under a key, or an error that names the key and what stands there.
  public func array(_ key: String) throws(JSONError) -> [JSONValue] {
    try required(key, "a list", \.array)
  }

  /// The object under a key, or an error that names the key and what stands there.
  public func object(_ key: String) throws(JSONError) -> JSONObject {
    try required(key, "an object", \.object)
  }

  private func required<Value>(
    _ key: String, _ expected: String, _ convert: (JSONValue) -> Value?
  ) throws(JSONError) -> Value {
    guard let found = self[key] else { throw .missing(member: key) }
    guard let value = convert(found) else {
      throw .wrongKind(member: key, expected: expected, found: found.kind)
    }
    return value
  }
}
