import CGliaKernels
import Foundation
import Testing

/// An elementary function: its oracle, the arguments where it is asked, and the error that math32.inc.h and
/// math64.inc.h promise, in units in the last place.
struct ElementaryFunction: CustomStringConvertible, Sendable {
  let name: String
  let operation: glia_operation
  let oracle: @Sendable (Double) -> Double
  let range: ClosedRange<Double>
  let ulps: Double
  var description: String { name }
}

private func logistic(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }

let elementaryFunctions: [ElementaryFunction] = [
  .init(name: "sqrt", operation: GLIA_SQRT, oracle: { $0.squareRoot() }, range: 0...1e30, ulps: 0.5),
  .init(name: "rsqrt", operation: GLIA_RSQRT, oracle: { 1 / $0.squareRoot() }, range: 0...1e30, ulps: 1.5),
  .init(name: "reciprocal", operation: GLIA_RECIPROCAL, oracle: { 1 / $0 }, range: -1e30...1e30, ulps: 0.5),
  .init(name: "exp", operation: GLIA_EXP, oracle: { exp($0) }, range: -750...720, ulps: 1.5),
  .init(name: "expm1", operation: GLIA_EXPM1, oracle: { expm1($0) }, range: -50...720, ulps: 2),
  .init(name: "log", operation: GLIA_LOG, oracle: { log($0) }, range: 0...1e30, ulps: 1),
  .init(name: "log1p", operation: GLIA_LOG1P, oracle: { log1p($0) }, range: -1...1e30, ulps: 2),
  .init(name: "sin", operation: GLIA_SIN, oracle: { sin($0) }, range: -1e15...1e15, ulps: 1),
  .init(name: "cos", operation: GLIA_COS, oracle: { cos($0) }, range: -1e15...1e15, ulps: 1),
  .init(name: "tanh", operation: GLIA_TANH, oracle: { tanh($0) }, range: -25...25, ulps: 3),
  .init(name: "sigmoid", operation: GLIA_SIGMOID, oracle: { logistic($0) }, range: -750...750, ulps: 3),
  .init(name: "erf", operation: GLIA_ERF, oracle: { erf($0) }, range: -7...7, ulps: 1.5),
]

/// |got - want| in units in the last place of want as a T.
private func ulps<T: Scalar>(_ got: T, _ want: Double) -> Double {
  if got.isNaN || want.isNaN { return got.isNaN && want.isNaN ? 0 : .infinity }
  let rounded = T(want)
  if got == rounded { return got.isInfinite ? 0 : abs(Double(got) - want) / Double(rounded.ulp) }
  if got.isInfinite || rounded.isInfinite {  // one beside the other is a step away
    let greatest = got.isInfinite ? rounded : got
    return abs(greatest) == .greatestFiniteMagnitude ? 1 : .infinity
  }
  return abs(Double(got) - want) / Double(rounded.ulp)
}

@Suite("Elementwise operations")
struct ElementwiseTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  /// The arguments of a function: spread evenly, small ones, sizes of all magnitudes, special ones.
  private func arguments<T: Scalar>(_ range: ClosedRange<Double>, _ generator: inout SeededGenerator) -> [T] {
    var numbers = specialNumbers(T.self)
    for _ in 0..<2000 {
      numbers.append(T(Double.random(in: range, using: &generator)))
      numbers.append(T(Double.random(in: max(range.lowerBound, -3)...3, using: &generator)))
      let size = exp(Double.random(in: -60...60, using: &generator))
      numbers.append(T(Bool.random(using: &generator) ? size : -size))
    }
    return numbers
  }

  private func worstError<T: Scalar>(_ function: ElementaryFunction, _: T.Type, slack: Double) -> (T, Double) {
    var generator = SeededGenerator(Self.seed)
    let x: [T] = arguments(function.range, &generator)
    let y = apply(function.operation, x)
    return zip(x, y).map { ($0, ulps($1, function.oracle(Double($0))) - slack) }.max { $0.1 < $1.1 }!
  }

  @Test("An elementary function errs by no more units in the last place than it says", arguments: elementaryFunctions)
  func accuracy(_ function: ElementaryFunction) {
    let (x32, error32) = worstError(function, Float.self, slack: 0)
    #expect(error32 <= function.ulps + 1e-6, "float32 at \(x32), seed \(Self.seed)")
    // The oracle is a float64 function itself, and errs by up to an ulp.
    let (x64, error64) = worstError(function, Double.self, slack: 1)
    #expect(error64 <= function.ulps, "float64 at \(x64), seed \(Self.seed)")
  }

  @Test("Powers are within 4 ulp of the C library's, and the same at zeros, infinities and NaN")
  func powers() {
    func check<T: Scalar>(_: T.Type, bound: Double) {
      var generator = SeededGenerator(Self.seed)
      var x: [T] = []
      var y: [T] = []
      for base in specialNumbers(T.self) {
        for power in specialNumbers(T.self) {
          x.append(base)
          y.append(power)
        }
      }
      for _ in 0..<4000 {
        let base = exp(Double.random(in: -20...20, using: &generator))
        x.append(T(base))
        y.append(T(Double.random(in: -700...700, using: &generator) / abs(log(base))))
        x.append(T(-base))
        y.append(T(Int.random(in: -9...9, using: &generator)))
      }
      for (index, z) in apply(GLIA_POWER, x, y).enumerated() {
        let want = pow(Double(x[index]), Double(y[index]))
        let error = ulps(z, want)
        #expect(error <= bound, "\(x[index]) to the power \(y[index]) gave \(z) for \(want), seed \(Self.seed)")
      }
    }
    check(Float.self, bound: 1)
    check(Double.self, bound: 4)
  }

  @Test("Functions have their exact values where they have any")
  func exactValues() {
    let infinity = Float.infinity
    #expect(apply(GLIA_EXP, [0, -infinity, infinity, 1000, -1000] as [Float]) == [1, 0, infinity, infinity, 0])
    #expect(apply(GLIA_LOG, [1, 0, infinity] as [Float]) == [0, -infinity, infinity])
    #expect(apply(GLIA_LOG, [-1, -infinity, .nan] as [Float]).allSatisfy { $0.isNaN })
    #expect(apply(GLIA_TANH, [infinity, -infinity, 0] as [Float]) == [1, -1, 0])
    #expect(apply(GLIA_SIGMOID, [infinity, -infinity, 0, -1000] as [Float]) == [1, 0, 0.5, 0])
    #expect(apply(GLIA_ERF, [infinity, -infinity, 0] as [Float]) == [1, -1, 0])
    #expect(apply(GLIA_SIN, [infinity, .nan] as [Float]).allSatisfy { $0.isNaN })
    #expect(apply(GLIA_ROUND, [0.5, 1.5, 2.5, -0.5, -1.5] as [Double]) == [0, 2, 2, 0, -2])
    #expect(apply(GLIA_SIGN, [-3, 0, 7, -infinity] as [Float]) == [-1, 0, 1, -1])
    #expect(apply(GLIA_SIGN, [.nan] as [Float])[0].isNaN)
    for operation in [GLIA_EXPM1, GLIA_LOG1P, GLIA_SIN, GLIA_TANH, GLIA_ERF, GLIA_SIGN, GLIA_SQRT] {
      #expect(apply(operation, [-0.0] as [Float])[0].sign == .minus, "the sign of zero")
      #expect(apply(operation, [-0.0] as [Double])[0].sign == .minus, "the sign of zero")
    }
  }

  /// Mantissas whose quotient lies as near as can be to a midpoint of two neighbours: a · 2²⁴ = b · m ± 1 with an odd m.
  private func hardQuotients(_ generator: inout SeededGenerator) -> [(Float, Float)] {
    (0..<200_000).compactMap { i in
      // The hardest divisors have a mantissa that is nearly all ones.
      let least: UInt32 = i % 2 == 0 ? 1 << 23 : 0xf8_0000
      let b = i == 0 ? 0xff_ffff : UInt32.random(in: least..<1 << 24, using: &generator) | 1
      var inverse = b
      for _ in 0..<4 { inverse = inverse &* (2 &- b &* inverse) }
      let j: Int64 = i % 4 < 2 ? 1 : -1
      let m = Int64(UInt32(truncatingIfNeeded: -j) &* inverse & 0xff_ffff) + 1 << 24
      let a = (Int64(b) * m + j) >> 24
      return a < 1 << 24 ? (Float(a), Float(b)) : nil
    }
  }

  @Test("Quotients and roots are rounded as Swift's are: hard ones, of all sizes, and special numbers among others")
  func quotientsAndRoots() {
    var generator = SeededGenerator(Self.seed)
    var pairs = hardQuotients(&generator)
    // Everyday numbers with one pair among them that is not, in each place of a vector.
    var odd = specialNumbers(Float.self).flatMap { a in specialNumbers(Float.self).map { (a, $0) } }
    odd += (0..<6000).map { _ in
      (
        Float(bitPattern: .random(in: 0...UInt32.max, using: &generator)),
        Float(bitPattern: .random(in: 0...UInt32.max, using: &generator))
      )
    }
    for pair in odd {
      pairs += (0..<32).map { _ in (Float.random(in: 0...1, using: &generator), .random(in: 1...2, using: &generator)) }
      pairs.append(pair)
    }
    // All of a vector near an end.
    for (a, b) in stride(from: -126, to: 128, by: 6).flatMap({ a in stride(from: -126, to: 128, by: 6).map { (a, $0) } }
    ) {
      pairs += (0..<32).map { _ in
        (
          Float(sign: .plus, exponent: a, significand: .random(in: 1..<2, using: &generator)),
          Float(sign: .minus, exponent: b, significand: .random(in: 1..<2, using: &generator))
        )
      }
    }
    compareWithSwift(pairs)
    withSubnormalsAsZeros { compareWithSwift(pairs) }
  }

  private func compareWithSwift(_ pairs: [(Float, Float)]) {
    let (a, b) = (pairs.map(\.0), pairs.map(\.1))
    for (name, results) in zip(
      availableInstructionSets,
      underEachInstructionSet { _ in
        [apply(GLIA_DIVIDE, a, b), apply(GLIA_SQRT, a), apply(GLIA_RECIPROCAL, b), apply(GLIA_RSQRT, a)]
      })
    {
      let wanted = [
        zip(a, b).map { $0 / $1 }, a.map { $0.squareRoot() }, b.map { 1 / $0 }, a.map { 1 / $0.squareRoot() },
      ]
      for (operation, (got, want)) in zip(["/", "sqrt", "1/", "1/sqrt"], zip(results, wanted)) {
        let wrong = got.indices.first { !got[$0].isIdentical(to: want[$0]) }
        #expect(wrong == nil, "\(operation) of \(wrong.map { (a[$0], b[$0]) } ?? (0, 0)) on \(name), seed \(Self.seed)")
      }
    }
  }

  @Test("sigmoid is right where it is denormal")
  func denormalSigmoid() {
    #expect(ulps(apply(GLIA_SIGMOID, [-88] as [Float])[0], logistic(-88)) <= 1)
    #expect(ulps(apply(GLIA_SIGMOID, [-103] as [Float])[0], logistic(-103)) <= 1)
  }

  @Test("Arithmetic, comparisons and logic are Swift's own")
  func arithmetic() {
    func check<T: Scalar>(_: T.Type) {
      var generator = SeededGenerator(Self.seed)
      var a: [T] = []
      var b: [T] = []
      for x in specialNumbers(T.self) {
        for y in specialNumbers(T.self) {
          a.append(x)
          b.append(y)
        }
      }
      a += randomNumbers(1000, &generator)
      b += randomNumbers(1000, &generator)
      func expect(_ operation: glia_operation, _ rule: (T, T) -> T) {
        for (i, z) in apply(operation, a, b).enumerated() {
          #expect(z.isIdentical(to: rule(a[i], b[i])), "\(operation) of \(a[i]) and \(b[i]): \(z), seed \(Self.seed)")
        }
      }
      expect(GLIA_ADD) { $0 + $1 }
      expect(GLIA_SUBTRACT) { $0 - $1 }
      expect(GLIA_MULTIPLY) { $0 * $1 }
      expect(GLIA_DIVIDE) { $0 / $1 }
      expect(GLIA_MAXIMUM) { $0.isNaN || $0 > $1 ? $0 : $1 }
      expect(GLIA_MINIMUM) { $0.isNaN || $0 < $1 ? $0 : $1 }
      expect(GLIA_EQUAL) { $0 == $1 ? 1 : 0 }
      expect(GLIA_NOT_EQUAL) { $0 != $1 ? 1 : 0 }
      expect(GLIA_LESS) { $0 < $1 ? 1 : 0 }
      expect(GLIA_LESS_EQUAL) { $0 <= $1 ? 1 : 0 }
      expect(GLIA_AND) { $0 != 0 && $1 != 0 ? 1 : 0 }
      expect(GLIA_OR) { $0 != 0 || $1 != 0 ? 1 : 0 }
      expect(GLIA_COPY) { x, _ in x }
      expect(GLIA_NEGATE) { x, _ in -x }
      expect(GLIA_ABS) { x, _ in abs(x) }
      expect(GLIA_SQUARE) { x, _ in x * x }
      expect(GLIA_FLOOR) { x, _ in x.rounded(.down) }
      expect(GLIA_CEIL) { x, _ in x.rounded(.up) }
      expect(GLIA_ROUND) { x, _ in x.rounded(.toNearestOrEven) }
      expect(GLIA_NOT) { x, _ in x == 0 ? 1 : 0 }
      expect(GLIA_IS_NAN) { x, _ in x.isNaN ? 1 : 0 }
      let c = Array(b.reversed())
      for (i, z) in apply(GLIA_MULTIPLY_ADD, a, b, c).enumerated() {
        #expect(z.isIdentical(to: c[i].addingProduct(a[i], b[i])), "\(a[i]) · \(b[i]) + \(c[i])")
      }
      for (i, z) in apply(GLIA_SUBTRACT_PRODUCT, a, b, c).enumerated() {
        #expect(z.isIdentical(to: c[i].addingProduct(-a[i], b[i])), "\(c[i]) - \(a[i]) · \(b[i])")
      }
      for (i, z) in apply(GLIA_SELECT, a, b, c).enumerated() { #expect(z.isIdentical(to: a[i] != 0 ? b[i] : c[i])) }
    }
    check(Float.self)
    check(Double.self)
  }
}
