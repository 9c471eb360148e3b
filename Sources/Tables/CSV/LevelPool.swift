/// Different strings and their numbers, in order of first appearance: a hash table over one buffer of bytes.
///
/// A Swift dictionary would make a String of every field before it could look it up.
struct LevelPool {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var hashes: [UInt64] = []
  private var slots: [Int32]
  private var mask: Int
  /// Chosen by chance in each process, so that no file can be made to collide; codes do not depend on it.
  private static let seed = UInt64.random(in: .min ... .max)

  init() {
    slots = Array(repeating: -1, count: 64)
    mask = 63
  }

  var count: Int { ends.count }
  var byteCount: Int { bytes.count }

  func bytes(of code: Int) -> ArraySlice<UInt8> {
    bytes[(code == 0 ? 0 : ends[code - 1])..<ends[code]]
  }

  /// The string's number; a string that was not seen before gets the next one.
  mutating func code(_ string: UnsafeBufferPointer<UInt8>) -> Int32 {
    let hash = LevelPool.hash(string)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 {
      let code = Int(slots[slot])
      if hashes[code] == hash && matches(code, string) { return Int32(code) }
      slot = (slot + 1) & mask
    }
    let code = Int32(ends.count)
    slots[slot] = code
    bytes.append(contentsOf: string)
    ends.append(bytes.count)
    hashes.append(hash)
    if ends.count * 2 > slots.count { grow() }
    return code
  }

  private func matches(_ code: Int, _ string: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = code == 0 ? 0 : ends[code - 1]
    guard ends[code] - start == string.count else { return false }
    return bytes.withUnsafeBufferPointer { stored in
      for i in 0..<string.count where stored[start + i] != string[i] { return false }
      return true
    }
  }

  private mutating func grow() {
    mask = slots.count * 2 - 1
    slots = Array(repeating: -1, count: mask + 1)
    for (code, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(code)
    }
  }

  private static func hash(_ string: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = seed ^ UInt64(truncatingIfNeeded: string.count)
    let raw = UnsafeRawBufferPointer(string)
    var i = 0
    while i + 8 <= raw.count {
      hash = mixed(hash ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self))
      i += 8
    }
    var rest: UInt64 = 0
    while i < raw.count {
      rest = rest << 8 | UInt64(raw[i])
      i += 1
    }
    return mixed(hash ^ rest)
  }

  /// Both halves of the 128-bit product with an odd constant, folded.
  private static func mixed(_ x: UInt64) -> UInt64 {
    let product = x.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low ^ x >> 32
  }
}
