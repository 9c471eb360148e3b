import GliaGraph
import GliaPasses
import GliaTensors
import GliaTestSupport
import Testing

@Suite("What several uses add to one gradient")
struct GradientSumTests {
  /// The names of the operations that a gradient takes, with how often each is there.
  private func operations(of gradient: Tensor) -> [String: Int] {
    Graph.nodes(reaching: [gradient.node]).reduce(into: [:]) { $0[$1.primitive.name, default: 0] += 1 }
  }

  @Test("A tensor that was taken apart gets one concatenation, gaps filled with zeros", arguments: [0, 1])
  func parts(_ axis: Int) {
    var numbers = SeededNumbers(seed: 1)
    let x = numbers.tensor([6, 7])
    // In any order, with a gap at 2 and the last places left over; the slices of 3 ..< 6 and of 4 ..< 6 overlap.
    let ranges = [3..<5, 0..<2, 5..<6]
    let function = { (x: Tensor, ranges: [Range<Int>]) in
      ranges.map { (x.sliced($0, axis: axis) * Double($0.lowerBound + 2)).squared().sum() }.reduce(x.sum(), +)
    }
    let found = operations(of: gradient(at: x) { function($0, ranges) })
    #expect(found["concatenate"] == 1 && found["pad"] == nil, "\(found)")
    for ranges in [ranges, ranges + [4..<6], [0..<0, 0..<3], [2..<6, 2..<4, 3..<5]] {
      let failures = GradientChecker().failures("\(ranges) along \(axis)", at: [x], numbers: &numbers) {
        function($0[0], ranges)
      }
      #expect(failures == [])
    }
  }

  @Test("A weight and a bias that are used again and again get one product and one sum")
  func products() {
    var numbers = SeededNumbers(seed: 2)
    let points = [numbers.tensor([3, 2]), numbers.tensor([4, 3]), numbers.tensor([3])]
    let function = { (points: [Tensor]) -> Tensor in
      let weight = points[0].matrixProduct(points[0].transposed())
      return (0..<5).reduce(points[1]) { state, _ in (state.matrixProduct(weight) + points[2]).tanh() }.sum()
    }
    let slopes = valueAndGradient(at: points, of: function).gradients
    let (weight, bias) = (operations(of: slopes[0]), operations(of: slopes[2]))
    // Forwards one for the weight and one a step, backwards one for each step but the first, one for all, two for the factors.
    #expect(weight["matrixProduct"] == 6 + 4 + 1 + 2, "\(weight)")
    #expect(bias["reduce"] == 1, "\(bias)")
    #expect(GradientChecker().failures("steps", at: points, numbers: &numbers, of: function) == [])
  }
}
