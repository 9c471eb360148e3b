import GliaTensors

/// Random numbers for tests: the same for the same seed, everywhere.
package struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Numbers from −2 to 2.
  package mutating func tensor(_ shape: Shape, _ dtype: DType = .float64) -> Tensor {
    tensor(shape, in: -2...2, dtype)
  }

  package mutating func tensor(_ shape: Shape, in range: ClosedRange<Double>, _ dtype: DType = .float64) -> Tensor {
    Tensor((0..<shape.elementCount).map { _ in .random(in: range, using: &self) }, shape: shape, dtype: dtype)
  }

  /// Whole numbers from 0 up to, and without, `count`.
  package mutating func codes(_ shape: Shape, count: Int, _ dtype: DType = .int64) -> Tensor {
    Tensor(
      (0..<shape.elementCount).map { _ in Double(Int.random(in: 0..<count, using: &self)) }, shape: shape, dtype: dtype)
  }
}
