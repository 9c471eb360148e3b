import GliaFormats

/// SplitMix64, so that a test's random data is the same on every machine; the seed is in the test's comment.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A random document: numbers of any bits, text with quotes, escapes and characters of one to four bytes.
func randomJSON(depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
  switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
  case 0: return .null
  case 1: return .bool(Bool.random(using: &generator))
  case 2: return .integer(Int64(bitPattern: generator.next() >> UInt64.random(in: 0..<64, using: &generator)))
  case 3:
    let value = Double(bitPattern: generator.next())
    return .number(value.isFinite ? value : -0.0)
  case 4: return .string(randomText(&generator))
  case 5, 6:
    return .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in randomJSON(depth: depth - 1, &generator) })
  default:
    var object = JSONObject()
    for _ in 0..<Int.random(in: 0..<20, using: &generator) {
      object[randomText(&generator)] = randomJSON(depth: depth - 1, &generator)
    }
    return .object(object)
  }
}

private func randomText(_ generator: inout SeededGenerator) -> String {
  let letters: [Character] = ["a", "\"", "\\", "\n", "\u{1}", "é", "€", "😀", "/", " ", "\u{7F}", "z"]
  return String((0..<Int.random(in: 0..<6, using: &generator)).map { _ in letters.randomElement(using: &generator)! })
}
