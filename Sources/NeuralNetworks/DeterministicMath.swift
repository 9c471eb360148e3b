// The few functions that the perceptron, the MLP and the schedules need beyond arithmetic. The C library's differ in the last bit from
// one system to the next; these consist of additions, multiplications and divisions in a fixed order, and are the same
// everywhere, so that a seed gives the same network on every machine.

/// e to the power of x, within about one unit in the last place; 0 and infinity beyond the range, NaN for NaN.
package func exponential(_ x: Double) -> Double {
  if x.isNaN { return x }
  if x > 709.8 { return .infinity }
  if x < -745.2 { return 0 }
  // x = k ln 2 + r with |r| ≤ ln 2 / 2; ln 2 in two parts, so that k ln 2 is exact in the first.
  let k = (x * 1.442_695_040_888_963_4).rounded()
  let r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
  // Taylor's series; the first term left out is below 1e-17.
  var series = 1.0
  for divisor in stride(from: 13.0, through: 1.0, by: -1.0) { series = 1 + series * r / divisor }
  // In two steps, since 2^k alone may be out of range where the result is not.
  let half = (k / 2).rounded(.down)
  return series * powerOfTwo(half) * powerOfTwo(k - half)
}

/// The natural logarithm of a positive, finite, normal number, within about one unit in the last place.
package func naturalLogarithm(_ x: Double) -> Double {
  var exponent = Double(x.exponent)
  var significand = x.significand
  if significand > 1.414_213_562_373_095 {
    significand /= 2
    exponent += 1
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), where the quotient is at most 0.172.
  let quotient = (significand - 1) / (significand + 1)
  let square = quotient * quotient
  var series = 0.0
  for divisor in stride(from: 21.0, through: 1.0, by: -2.0) { series = series * square + 1 / divisor }
  return exponent * 0x1.62e42feep-1 + (2 * quotient * series + exponent * 0x1.a39ef35793c76p-33)
}

/// The cosine of π x for x from 0 to 1, within about one unit in the last place of 1.
func halfTurnCosine(_ x: Double) -> Double {
  if x > 0.5 { return -halfTurnCosine(1 - x) }
  // Of the two series the one that is short: cos(π x) = sin(π (1/2 − x)).
  let usesSine = x > 0.25
  let angle = Double.pi * (usesSine ? 0.5 - x : x)
  let square = angle * angle
  var series = 1.0
  for divisor in stride(from: usesSine ? 17.0 : 18.0, to: 1, by: -2) {
    series = 1 - square / (divisor * (divisor - 1)) * series
  }
  return usesSine ? angle * series : series
}

/// Numbers that grow by the same factor, with both ends.
package func geometricSequence(from low: Double, to high: Double, count: Int) -> [Double] {
  let (start, length) = (naturalLogarithm(low), naturalLogarithm(high) - naturalLogarithm(low))
  return (0..<count).map { exponential(start + length * Double($0) / Double(max(count - 1, 1))) }
}

/// The number at a share of the way from a positive number to another, the same factor for each step.
package func geometricMean(_ low: Double, _ high: Double, _ share: Double) -> Double {
  exponential(naturalLogarithm(low) + share * (naturalLogarithm(high) - naturalLogarithm(low)))
}

/// x to the power of a number, for a positive x.
func realPower(_ x: Double, _ exponent: Double) -> Double { exponential(exponent * naturalLogarithm(x)) }

/// x multiplied by itself, by repeated squaring: x⁰ = 1.
func power(_ x: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, x, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

/// Sine and cosine of an angle from −π to π, within a few units in the last place of 1.
package func sineAndCosine(_ x: Double) -> (sine: Double, cosine: Double) {
  // Taylor's series; the first terms left out are below 1e-17.
  let square = x * x
  var (sine, cosine) = (1.0, 1.0)
  for divisor in stride(from: 30.0, through: 2.0, by: -2.0) {
    sine = 1 - sine * square / (divisor * (divisor + 1))
    cosine = 1 - cosine * square / (divisor * (divisor - 1))
  }
  return (x * sine, cosine)
}

private func powerOfTwo(_ exponent: Double) -> Double {
  Double(sign: .plus, exponent: Int(exponent), significand: 1)
}

/// Random numbers from a seed, the same on every machine: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014, https://doi.org/10.1145/2660193.2660195).
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A whole number from 0 up to, not including, `bound`; the high word of a product, whose bias is below 2^-32.
  mutating func index(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number from [-1, 1).
  private mutating func symmetric() -> Double {
    Double(Int64(bitPattern: next()) >> 10) * 0x1p-53
  }

  /// A number from the standard normal distribution, by Marsaglia's polar method (https://doi.org/10.1137/1006063).
  mutating func normal() -> Double {
    while true {
      let (x, y) = (symmetric(), symmetric())
      let radius = x * x + y * y
      if radius > 1e-300, radius < 1 { return x * (-2 * naturalLogarithm(radius) / radius).squareRoot() }
    }
  }

  /// The numbers from 0 to count - 1 in random order (Fisher and Yates).
  mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
    return order
  }
}
