/// The n-grams of a text as codes from 1 to `count` − 1: words, pairs of words, and runs of 3 and 4 characters within a word, its
/// ends marked by a blank. Each is hashed, so that no list of words has to be kept; different n-grams may share a code.
///
/// Weinberger, Dasgupta, Langford, Smola and Attenberg 2009, "Feature hashing for large scale multitask learning",
/// DOI 10.1145/1553374.1553516.
struct TextGrams {
  static let characterRuns = 3...4

  /// A power of two.
  let count: Int
  /// Whether the present text has each code.
  private var has: [Bool]
  /// The codes that it has, each once, in order of appearance.
  private(set) var codes: [Int32] = []
  private(set) var shape = TextShape()
  /// Equal for texts of the same words in the same order.
  private(set) var hash = TextGrams.start

  init(count: Int) {
    self.count = count
    has = Array(repeating: false, count: count)
  }

  /// Takes a text in the place of the one before it.
  mutating func read(_ text: String) {
    for code in codes { has[Int(code)] = false }
    codes.removeAll(keepingCapacity: true)
    shape = TextShape()
    hash = TextGrams.start
    var word = Word()
    var previous: UInt64?
    var last: (kind: TextScalars.Kind, value: UInt32) = (.blank, 0x20)
    var repeats = 0
    func isWord(_ kind: TextScalars.Kind) -> Bool { kind != .blank && kind != .mark }
    for scalar in text.unicodeScalars {
      let next = TextScalars.reading(scalar)
      shape.note(next.kind)
      let goesOn =
        isWord(next.kind) ? isWord(last.kind) || word.isJoined : next.kind == .mark && next.value == last.value
      if !goesOn, next.kind == .mark, next.value == 0x27 || next.value == 0x2019, isWord(last.kind) {
        word.isJoined = true
        continue
      }
      repeats = goesOn && next.kind == .mark ? repeats + 1 : 1
      if !goesOn { finish(&word, &previous) }
      word.isJoined = false
      if next.kind != .blank, repeats <= 3 { add(next.value, to: &word) }
      last = next
    }
    finish(&word, &previous)
  }

  /// A word under way: the hash of all of it, and its last characters.
  private struct Word {
    var hash = TextGrams.start
    var length = 0
    /// The hashes of the runs of characters that end at the last one, the shortest first.
    var runs: [UInt64] = []
    /// Whether an apostrophe stands behind it, which belongs to it if a letter follows.
    var isJoined = false
  }

  private mutating func add(_ value: UInt32, to word: inout Word) {
    if word.length == 0 { extend(0x20, &word) }
    word.hash = TextGrams.folded(word.hash, value)
    word.length += 1
    extend(value, &word)
  }

  /// Adds a character to every run, begins one with it, and notes those that are long enough.
  private mutating func extend(_ value: UInt32, _ word: inout Word) {
    word.runs.insert(TextGrams.start, at: 0)
    if word.runs.count > TextGrams.characterRuns.upperBound { word.runs.removeLast() }
    for place in word.runs.indices {
      word.runs[place] = TextGrams.folded(word.runs[place], value)
      if TextGrams.characterRuns.contains(place + 1) { note(word.runs[place], kind: 3) }
    }
  }

  private mutating func finish(_ word: inout Word, _ previous: inout UInt64?) {
    guard word.length > 0 else { return }
    extend(0x20, &word)
    note(word.hash, kind: 1)
    if let previous { note(TextGrams.mixed(previous) ^ word.hash, kind: 2) }
    previous = word.hash
    hash = TextGrams.mixed(hash ^ word.hash)
    word = Word()
  }

  private mutating func note(_ hash: UInt64, kind: UInt64) {
    let place = TextGrams.mixed(hash ^ kind &* 0x9E37_79B9_7F4A_7C15)
    let code = 1 + Int(place.multipliedFullWidth(by: UInt64(count - 1)).high)
    if !has[code] {
      has[code] = true
      codes.append(Int32(code))
    }
  }

  // ---- The hash. Model files depend on it.

  /// FNV-1a over 32-bit characters, spread by the finaliser of SplitMix64.
  private static let start: UInt64 = 0xcbf2_9ce4_8422_2325
  private static func folded(_ hash: UInt64, _ value: UInt32) -> UInt64 {
    (hash ^ UInt64(value)) &* 0x0000_0100_0000_01b3
  }

  private static func mixed(_ hash: UInt64) -> UInt64 {
    var x = hash
    x = (x ^ x >> 30) &* 0xbf58_476d_1ce4_e5b9
    x = (x ^ x >> 27) &* 0x94d0_49bb_1331_11eb
    return x ^ x >> 31
  }
}
