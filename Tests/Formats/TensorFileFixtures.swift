import Testing

@testable import GliaFormats

/// A file that another library made.
struct Reference {
  static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    + "/References/"

  static func bytes(_ path: String) throws -> [UInt8] { try MappedFile(path: folder + path).withBytes { Array($0) } }

  static func json(_ path: String) throws -> JSONObject { try JSONValue(parsing: bytes(path)).object! }
}

extension JSONObject {
  func doubles(_ key: String) throws -> [Double] { try array(key).map { $0.number! } }
  func integers(_ key: String) throws -> [Int] { try array(key).map { Int($0.integer!) } }
}

/// Numbers from a seed, for tests that change files by chance.
struct Chance: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// What a file gives once it is damaged: an error in words, or what `isRight` says is right. A trap ends the tests.
func damage<Content>(
  _ bytes: [UInt8], seed: UInt64, read: ([UInt8]) throws -> Content, isRight: (Content) -> Bool
) {
  for length in bytes.indices {
    #expect(throws: TensorFileError.self, "cut to \(length)") { try read(Array(bytes[..<length])) }
  }
  var chance = Chance(state: seed)
  func check(_ changed: [UInt8], _ what: @autoclosure () -> String) {
    do {
      let content = try read(changed)
      if !isRight(content) { Issue.record("\(what()), seed \(seed): read as \(content)") }
    } catch let error as TensorFileError {
      if error.description.isEmpty { Issue.record("\(what()), seed \(seed): no words") }
    } catch { Issue.record("\(what()), seed \(seed): \(error)") }
  }
  for place in bytes.indices {
    for change in [1, 0x80, 0xFF, UInt8.random(in: 2...0x7F, using: &chance)] {
      var changed = bytes
      changed[place] ^= change
      check(changed, "byte \(place) changed by \(change)")
    }
  }
  for round in 0..<2000 {
    var changed = bytes
    for _ in 0..<Int.random(in: 2...6, using: &chance) {
      changed[Int.random(in: changed.indices, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
    }
    check(changed, "round \(round)")
  }
}

/// All tensors of a file by name.
func tensors(_ file: some TensorFile) throws -> [String: StoredTensor] {
  Dictionary(uniqueKeysWithValues: try file.names.map { ($0, try file.stored($0)) })
}
