import GliaGraph
import GliaTensors
import GliaTestSupport
import Testing

@Suite("The CPU backend against the reference")
struct BackendTests {
  @Test("Random graphs give the same values on both", arguments: [DType.float64, .float32])
  func randomGraphs(_ dtype: DType) {
    let tolerance = dtype == .float64 ? 1e-9 : 2e-3
    for seed in 0..<1500 as Range<UInt64> {
      var first = RandomGraph(seed: seed, dtype: dtype)
      var second = RandomGraph(seed: seed, dtype: dtype)
      let expected = withBackend(.reference) { evaluated(first.build(operations: 12)) }
      let found = withBackend(.cpu) { evaluated(second.build(operations: 12)) }
      for (a, b) in zip(expected, found) where !close(a, b, tolerance) {
        Issue.record("seed \(seed), \(dtype): expected \(a.prefix(8)), got \(b.prefix(8))")
        return
      }
    }
  }

  @Test("Gradients of random graphs are the same on both")
  func randomGradients() {
    for seed in 5000..<5500 as Range<UInt64> {
      func gradients() -> [Double] {
        var graph = RandomGraph(seed: seed, dtype: .float64)
        let start = graph.leaf([3, 4])
        return gradient(at: start) { x in
          graph.values = [x]
          let outputs = graph.build(operations: 8)
          return outputs.reduce(Tensor(0, dtype: .float64)) { $0 + ($1.tanh() * 0.1).sum() }
        }.doubles
      }
      let expected = withBackend(.reference) { gradients() }
      let found = withBackend(.cpu) { gradients() }
      guard close(expected, found, 1e-8) else {
        Issue.record("seed \(seed): expected \(expected), got \(found)")
        return
      }
    }
  }

  @Test(
    "Random graphs that were made plain data and nodes again give the same bits", arguments: [DType.float64, .float32])
  func randomDescriptions(_ dtype: DType) throws {
    for seed in 9000..<9300 as Range<UInt64> {
      var graph = RandomGraph(seed: seed, dtype: dtype)
      let output = graph.build(operations: 12).last!
      let description = try GraphDescription(row: TensorType([1], dtype), parameters: []) { _ in output.node }
      let input = Node.make(Input("input", description.inputType(rows: 2)))
      let again = try Tensor(description.nodes(of: input) { _ in fatalError("There are no parameters.") }.last!)
      #expect(again.doubles.map(\.bitPattern) == output.doubles.map(\.bitPattern), "seed \(seed)")
    }
  }

  @Test("Values that are converted, folded into a sum or what a product starts from can be wanted for themselves too")
  func sharedValues() {
    func uniform(_ shape: Shape, _ seed: UInt64) -> Tensor { .uniform(shape, in: -3..<3, key: RandomKey(seed: seed)) }
    func results() -> [[Double]] {
      let (a, b, w) = (uniform([6, 5], 1), uniform([6, 5], 2), uniform([5, 4], 3))
      let product = a * b
      let layer = a.matrixProduct(w) + uniform([4], 4)
      let rows = a.matrixProduct(w) + uniform([6, 1], 5)
      return evaluated([
        product + b, product.cast(to: .float64), layer, layer.cast(to: .float64), (layer * 2).cast(to: .int32),
        b - uniform([6, 5], 6) * a, rows.tanh(), (a.sum([1]) * 0.5).cast(to: .float64),
      ])
    }
    let (expected, found) = (withBackend(.reference) { results() }, withBackend(.cpu) { results() })
    for (index, (a, b)) in zip(expected, found).enumerated() { #expect(close(a, b, 1e-5), "\(index)") }
  }

  private func evaluated(_ tensors: [Tensor]) -> [[Double]] {
    Tensor.evaluate(tensors)
    return tensors.map(\.doubles)
  }

  private func close(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { x, y in
        (x.isNaN && y.isNaN) || x == y || abs(x - y) <= tolerance * max(1, abs(x), abs(y))
      }
  }
}

@Suite("Conversions on the CPU backend")
struct ConversionTests {
  @Test("Every pair of types converts as the reference does", arguments: DType.allCases)
  func casts(_ source: DType) {
    let values: [Double] = [-3.7, -1, -0.5, 0, 0.5, 1, 2.5, 3.25, 100.125, 70000.7]
    for target in DType.allCases {
      func converted() -> [Double] { Tensor(values).cast(to: source).cast(to: target).doubles }
      let expected = withBackend(.reference) { converted() }
      #expect(withBackend(.cpu) { converted() } == expected, "\(source) → \(target)")
    }
  }
}
