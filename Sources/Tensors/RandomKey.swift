import GliaGraph

/// A source of random numbers that is a value: the same key gives the same numbers, always and everywhere.
///
///     let noise = Tensor.normal([2, 3], key: RandomKey(seed: 42))
public struct RandomKey: Hashable, Sendable {
  package let seed: UInt64
  package let step: UInt64

  public init(seed: UInt64) { self.init(seed: seed, step: 0) }

  package init(seed: UInt64, step: UInt64) {
    self.seed = seed
    self.step = step
  }

  /// A key of its own for a name, such as a parameter's path: it does not depend on the order in which keys are made.
  public func folding(_ name: String) -> RandomKey {
    var hash = seed ^ 0xcbf2_9ce4_8422_2325  // FNV-1a, then a finaliser that spreads near names apart
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return RandomKey(seed: RandomKey.mix(hash), step: step)
  }

  /// A key of its own for a number.
  public func folding(_ number: UInt64) -> RandomKey {
    RandomKey(seed: RandomKey.mix(seed ^ RandomKey.mix(number &+ 0x9e37_79b9_7f4a_7c15)), step: step)
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    // 53 bits, which the reference's float64 holds exactly.
    return (z ^ (z >> 31)) >> 11
  }

  package var node: Node {
    Tensor([Int64(seed >> 53 == 0 ? seed : RandomKey.mix(seed)), Int64(bitPattern: step)], shape: [2]).node
  }
}

extension Tensor {
  /// Numbers spread evenly over `range`.
  public static func uniform(
    _ shape: Shape, in range: Range<Double> = 0..<1, key: RandomKey, dtype: DType = .float32
  ) -> Tensor {
    let unit = Tensor(.make(RandomUniform(TensorType(shape, dtype), stream: 0), key.node))
    return unit * (range.upperBound - range.lowerBound) + range.lowerBound
  }

  /// Numbers of the normal distribution, by Box and Muller's transform (1958, doi:10.1214/aoms/1177706645).
  public static func normal(
    _ shape: Shape, mean: Double = 0, deviation: Double = 1, key: RandomKey, dtype: DType = .float32
  ) -> Tensor {
    let type = TensorType(shape, dtype)
    let radius = Tensor(.make(RandomUniform(type, stream: 0), key.node))
    let angle = Tensor(.make(RandomUniform(type, stream: 1), key.node))
    return standardNormal(radius: radius, angle: angle) * deviation + mean
  }

  /// Numbers of the standard normal distribution, from two tensors of numbers that are uniform in [0, 1).
  package static func standardNormal(radius: Tensor, angle: Tensor) -> Tensor {
    // 1 − u lies in (0, 1], so that the logarithm is finite.
    (-2.0 * (1.0 - radius).log()).squareRoot() * (angle * (2 * Double.pi)).cos()
  }
}
