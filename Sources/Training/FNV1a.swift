/// The hash of Fowler, Noll and Vo (FNV-1a), over words or bytes: whether two runs learn from the same values. It is no guard
/// against changed files, which `XXHash64` is.
struct FNV1a {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x0000_0100_0000_01b3 }
  mutating func add(_ text: String) { for byte in text.utf8 { add(UInt64(byte)) } }

  var text: String { String(value, radix: 16) }
}
