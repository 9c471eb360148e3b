/// Steele, Lea and Flood's generator (doi.org/10.1145/2714064.2660195): 64 bits of state, the same numbers on every
/// system.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// A number below `bound`, each as likely as any other (Lemire 2019, doi.org/10.1145/3230636). The standard library's
  /// own method may change from one version to the next; this one may not.
  package mutating func below(_ bound: UInt64) -> UInt64 {
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// The elements in an order in which each permutation is as likely as any other (Fisher and Yates).
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var elements = elements
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, Int(below(UInt64(last) + 1)))
    }
    return elements
  }

  /// Puts rows in an order in which each permutation is as likely as any other. Of one type, so that an epoch over many rows
  /// does not wait for it.
  package mutating func shuffle(_ rows: inout [Int32]) {
    rows.withUnsafeMutableBufferPointer { rows in
      var last = rows.count - 1
      while last > 0 {
        rows.swapAt(last, Int(below(UInt64(last) + 1)))
        last -= 1
      }
    }
  }
}
