import GliaTensors
import Testing

/// Each operation's gradient against central differences in float64.
@Suite("Gradients of operations")
struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let range: ClosedRange<Double>
    let function: @Sendable (Tensor) -> Tensor
    init(_ name: String, _ range: ClosedRange<Double> = -2...2, _ function: @escaping @Sendable (Tensor) -> Tensor) {
      self.name = name
      self.range = range
      self.function = function
    }
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case("negate") { -$0 },
    Case("abs") { $0.abs() },
    Case("square") { $0.squared() },
    Case("squareRoot", 0.3...2) { $0.squareRoot() },
    Case("reciprocalSquareRoot", 0.3...2) { $0.reciprocalSquareRoot() },
    Case("reciprocal", 0.3...2) { $0.reciprocal() },
    Case("exp") { $0.exp() },
    Case("expMinusOne") { $0.expMinusOne() },
    Case("log", 0.3...2) { $0.log() },
    Case("logOnePlus", -0.5...2) { $0.logOnePlus() },
    Case("sin") { $0.sin() },
    Case("cos") { $0.cos() },
    Case("tanh") { $0.tanh() },
    Case("sigmoid") { $0.sigmoid() },
    Case("erf") { $0.erf() },
    Case("add, broadcast") { $0 + $0.sum([-1], keepingAxes: true) },
    Case("subtract") { 1.5 - $0 },
    Case("multiply, broadcast") { $0 * $0.sum([0], keepingAxes: true) },
    Case("divide", 0.3...2) { ($0 + 1.0) / ($0 * $0.mean([0], keepingAxes: true)) },
    Case("power", 0.3...2) { $0.power($0 * 0.5) },
    Case("power of a constant") { $0.power(3) },
    Case("maximum") { $0.maximum(0.1) },
    Case("minimum") { $0.minimum($0.flipped([0]) * 0.7) },
    Case("select") { ($0 .> 0.3).select($0 * 2.0, $0.squared()) },
    Case("cast") { $0.cast(to: .float32).cast(to: .float64) * 1.0 + $0 },
    Case("sum of the last axis") { $0.sum([-1]).squared() },
    Case("sum of the first axis") { $0.sum([0]).squared() },
    Case("sum of all") { $0.sum().squared() },
    Case("mean") { $0.mean([0]).exp() },
    Case("variance") { $0.variance([-1]) },
    Case("max") { $0.max([-1]).squared() },
    Case("min") { $0.min([0]).squared() },
    Case("cumulativeSum") { $0.cumulativeSum(axis: 0).squared() },
    Case("cumulativeSum, reversed") { $0.cumulativeSum(axis: -1, reversed: true).squared() },
    Case("matrixProduct") { $0.matrixProduct($0.transposed()) },
    Case("matrixProduct, batched") {
      let cube = $0.expanded(axis: 0).broadcast(to: Shape([2] + $0.shape.dimensions))
      return cube.matrixProduct(cube.transposed([0, 2, 1]) * 0.5)
    },
    Case("reshape") { $0.flattened().squared() },
    Case("transpose") { ($0.transposed() * 2.0).exp() },
    Case("broadcast") { $0.expanded(axis: 1).broadcast(to: [$0.shape[0], 3, $0.shape[1]]).squared() },
    Case("slice") { $0.sliced(0..<$0.shape[0], axis: 0, step: 2).squared() },
    Case("slice within") { $0.sliced(0..<1, axis: 1).squared() },
    Case("pad") { $0.padded(low: [1, 0], high: [2, 1], value: 3).squared() },
    Case("concatenate") { Tensor.concatenate([$0, $0.exp()], axis: 1).squared() },
    Case("flip") { $0.flipped([0]) * $0 },
    Case("windows") { x in
      let padded = x.padded(low: [2, 2], high: [2, 3])
      return padded.windows(axes: [0, 1], sizes: [2, 3], strides: [1, 2], dilations: [2, 1]).squared()
    },
    Case("windows of one axis, joined") {
      $0.padded(low: [1, 0], high: [1, 0]).windows(axes: [0], sizes: [2]).flattened().squared()
    },
    Case("overlapAdd") { x in
      let windows = x.padded(low: [2, 2], high: [2, 3]).windows(axes: [0, 1], sizes: [2, 3], strides: [1, 2])
      let length = windows.shape[0] + 1, width = 2 * windows.shape[1] + 2
      return windows.squared().overlapAdded(axes: [0, 1], lengths: [length, width], strides: [1, 2]).squared()
    },
    Case("gather") { $0.gathered(Tensor([0, 0] as [Int64], shape: [2])).squared() },
    Case("scatterAdd") {
      let count = $0.shape[0]
      return $0.scatterAdded(Tensor((0..<count).map { Int64($0 / 2) }, shape: [count]), size: count).squared()
    },
    Case("sorted") { $0.sorted(axis: -1) * Tensor.iota($0.shape, axis: 1, dtype: .float64) },
    Case("softmax") {
      let e = ($0 - $0.max([-1], keepingAxes: true)).exp()
      return (e / e.sum([-1], keepingAxes: true)).squared()
    },
    Case("a gradient of one's own") { x in (x * 3.0).stoppingGradient().withGradient(by: [x]) { [$0 * 3.0] } },
    Case("checkpointed") { x in
      let outside = x.exp()
      return checkpointed(x.tanh()) { ($0 * outside).sin() * $0 } * outside
    },
    Case("checkpointed within checkpointed") {
      checkpointed($0) { checkpointed($0.sin()) { $0.exp() * $0 }.squared() }
    },
    Case("second order checkpointed") { x in gradient(at: x) { checkpointed($0) { ($0.tanh() * $0) }.sum() } },
    Case("second order") { x in gradient(at: x) { ($0.tanh() * $0).sum() } },
  ]

  static let shapes: [Shape] = [[3, 4], [1, 5], [4, 1], [1, 1], [17, 3], [0, 3]]

  @Test("The gradient is that of central differences", arguments: cases)
  func gradients(_ test: Case) {
    for (number, shape) in Self.shapes.enumerated() {
      let key = RandomKey(seed: 7).folding(test.name).folding(UInt64(number))
      let x = Tensor.uniform(
        shape, in: test.range.lowerBound..<test.range.upperBound, key: key, dtype: .float64)
      let weight = Tensor.uniform(test.function(x).shape, in: 0.5..<1.5, key: key.folding("weight"), dtype: .float64)
      let value = compile { [(test.function($0[0]) * weight).sum()] }
      let found = gradient(at: x) { (test.function($0) * weight).sum() }.doubles
      var scalars = x.doubles
      let h = 1e-6
      // The float32 in the middle of a cast is coarser than the step.
      let tolerance = test.name == "cast" ? 0.3 : 1e-6
      for i in scalars.indices {
        let middle = scalars[i]
        scalars[i] = middle + h
        let high = value([Tensor(scalars, shape: shape, dtype: .float64)])[0].scalar()
        scalars[i] = middle - h
        let low = value([Tensor(scalars, shape: shape, dtype: .float64)])[0].scalar()
        scalars[i] = middle
        let slope = (high - low) / (2 * h)
        #expect(abs(slope - found[i]) <= tolerance * max(1, abs(slope)), "\(shape), element \(i)")
      }
    }
  }

  @Test("No gradient flows through stoppingGradient")
  func stopped() {
    let x = Tensor([2, 3])
    #expect(gradient(at: x) { ($0 * $0.stoppingGradient()).sum() }.doubles == [2, 3])
  }

  @Test("A value that does not depend on the argument has gradient zero")
  func independent() {
    let x = Tensor([2, 3])
    #expect(gradient(at: x) { _ in Tensor(4) }.doubles == [0, 0])
  }

  @Test("The third derivative of x⁴ is 24x")
  func thirdOrder() {
    let x = Tensor([1.5, -2], dtype: .float64)
    let third = gradient(at: x) { x in
      gradient(at: x) { x in gradient(at: x) { $0.power(4).sum() }.sum() }.sum()
    }
    #expect(third.doubles == [36, -48])
  }
}
