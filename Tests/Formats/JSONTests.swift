import Testing

@testable import GliaFormats

@Suite("JSON")
struct JSONTests {
  @Test(
    "Well-formed documents are read",
    arguments: [
      ("null", JSONValue.null), (" true ", true), ("[]", .array([])), ("{}", .object(JSONObject())), ("-12", -12),
      ("0", 0), ("1.5e3", .number(1500)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e-400", .number(0)), ("1E+2", .number(100)),
      (#"[1, {"a": [null, "b"]}]"#, [1, ["a": [nil, "b"]]] as JSONValue),
      (#""a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000""#, "a\"\\/\u{8}\u{C}\n\r\té😀\u{0}"),
    ])
  func wellFormed(text: String, expected: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == expected)
  }

  @Test(
    "Malformed documents are refused at the byte that is wrong",
    arguments: [
      ("", 0), ("nul", 0), ("[1,]", 3), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{\"a\" 1}", 5), ("01", 0),
      ("-", 1), ("+1", 0), ("1.", 2), (".5", 0), ("1e", 2), ("1e999", 0), ("\"a", 0), ("\"\n\"", 1), ("\"\\x\"", 1),
      ("\"\\u12g4\"", 5), ("\"\\ud800\"", 1), ("\"\\udc00\"", 1), ("\"\\ud800\\u0041\"", 1), ("1 1", 2), ("[", 1),
      ("NaN", 0), ("'a'", 0), ("[1] // x", 4), ("{\"a\":1,\"b\":2,\"a\":3}", 13), ("\u{FEFF}1", 0), ("1\u{0}", 1),
    ])
  func malformed(text: String, offset: Int) {
    #expect {
      try JSONValue(parsing: text)
    } throws: { error in
      guard case .syntax(_, offset, _, _)? = error as? JSONError else { return false }
      return true
    }
  }

  @Test("An error gives line and column")
  func place() {
    #expect {
      try JSONValue(parsing: "{\n  \"a\": 1,\n  \"a\": 2\n}")
    } throws: { error in
      "\(error)" == "JSON, line 3, column 3 (byte 14): the key 'a' stands twice in one object"
    }
  }

  @Test("A duplicate key is found among many, and two Unicode spellings are one key")
  func duplicates() throws {
    let keys = (0..<100).map { "\"k\($0)\":\($0)" }
    let object = try JSONValue(parsing: "{" + keys.joined(separator: ",") + "}").object!
    #expect(object.keys == (0..<100).map { "k\($0)" })
    #expect(object["k77"] == 77)
    #expect(throws: JSONError.self) {
      try JSONValue(parsing: "{" + keys.joined(separator: ",") + ",\"k77\":0}")
    }
    #expect(throws: JSONError.self) { try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}") }
  }

  @Test("Bytes that are not UTF-8 are refused")
  func notUTF8() {
    for bad: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
      #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bad + [0x22]) }
    }
  }

  @Test("Sixty-four levels are read and written, sixty-five are not")
  func depth() throws {
    func nested(_ levels: Int) -> String {
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    let deepest = try JSONValue(parsing: nested(64))
    #expect(try deepest.text() == nested(64))
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(65)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 200_000)) }
    #expect(throws: JSONError.self) { try JSONValue.array([deepest]).text() }
  }

  @Test("Writing is compact or indented, and escapes what has to be escaped")
  func writing() throws {
    let value: JSONValue = ["b": [1, 2.0, "x\"\\\n\u{1}\u{1F}é"], "a": [:], "c": nil]
    #expect(try value.text() == #"{"b":[1,2.0,"x\"\\\n\u0001\u001fé"],"a":{},"c":null}"#)
    #expect(
      try JSONValue(dictionaryLiteral: ("b", [1, 2]), ("a", [])).text(indented: true)
        == "{\n  \"b\": [\n    1,\n    2\n  ],\n  \"a\": []\n}")
  }

  @Test("A number that is not finite is refused with the path to it")
  func notFinite() {
    let value: JSONValue = ["scores": [1, ["auc": .number(.infinity)]]]
    #expect(throws: JSONError.notFinite(path: "scores[1].auc", value: .infinity)) { try value.text() }
  }

  @Test("Random documents come back equal, bit for bit, and give the same bytes again")
  func roundTrips() throws {
    for seed in UInt64(1)...2000 {
      var generator = SeededGenerator(seed: seed)
      let value = randomJSON(depth: 4, &generator)
      let bytes = try value.utf8()
      let again = try JSONValue(parsing: bytes)
      #expect(again == value, "seed \(seed)")
      #expect(try again.utf8() == bytes, "seed \(seed)")
      #expect(try JSONValue(parsing: value.utf8(indented: true)) == value, "seed \(seed)")
      if case .number(let number) = value, case .number(let read) = again {
        #expect(number.bitPattern == read.bitPattern, "seed \(seed)")
      }
    }
  }

  @Test("Documents with random damage are read or refused, and what is read can be written")
  func damage() throws {
    for seed in UInt64(1)...3000 {
      var generator = SeededGenerator(seed: seed)
      var bytes = try randomJSON(depth: 3, &generator).utf8()
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch seed % 3 {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.removeSubrange(place...)
      default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
      }
      switch Result(catching: { () throws(JSONError) in try JSONValue(parsing: bytes) }) {
      case .success(let value): #expect(try JSONValue(parsing: value.utf8()) == value, "seed \(seed)")
      case .failure(.syntax(_, let offset, let line, let column)):
        #expect(offset <= bytes.count && line >= 1 && column >= 1, "seed \(seed)")
      case .failure(let other): Issue.record("seed \(seed): \(other)")
      }
    }
  }

  @Test("An object replaces in place, appends at the end, and removes")
  func objectMembers() {
    var object = JSONObject()
    for number in 0..<20 { object["k\(number)"] = .integer(Int64(number)) }
    object["k3"] = "three"
    object["k5"] = nil
    object["k19"] = nil
    #expect(object.count == 18)
    #expect(object["k3"] == "three" && object.keys[3] == "k3")
    #expect(object["k5"] == nil && object["k6"] == 6 && object["k18"] == 18)
    for number in 6..<19 { object["k\(number)"] = nil }
    #expect(object.keys == ["k0", "k1", "k2", "k3", "k4"])
    #expect(object["k4"] == 4)
  }

  @Test("Asking an object for a member of the wrong kind names the member and what stands there")
  func members() throws {
    let object = try JSONValue(parsing: #"{"kind": 5, "size": 1.5, "n": 3}"#).object!
    #expect(try object.integer("n") == 3)
    #expect(try object.number("n") == 3)
    #expect(throws: JSONError.wrongKind(member: "kind", expected: "text", found: "a whole number")) {
      try object.string("kind")
    }
    #expect(throws: JSONError.wrongKind(member: "size", expected: "a whole number", found: "a number")) {
      try object.integer("size")
    }
    #expect(throws: JSONError.missing(member: "name")) { try object.string("name") }
  }
}
