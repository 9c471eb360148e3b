import GliaFormats
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Bins by the target, and waves")
struct NumberEmbeddingTests {
  private static func reference() throws -> JSONObject {
    try ReferenceNumbers.read("columns/columns.json").object("trees")
  }

  /// The edges that are there once: what repeats the last one is left out.
  private static func edges(_ layer: PiecewiseLinear) -> [Double] {
    layer.edges.value.doubles.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }

  @Test("Bins by the target are cut where scikit-learn's trees cut, of numbers and of classes, weighted or not")
  func trees() throws {
    let trees = try Self.reference()
    let columns = try trees.object("columns")
    let weights = trees["weights"]!.tensor()
    let cases = try trees.array("cases").map { $0.object! }
    #expect(cases.count == 48)
    for json in cases {
      let (name, kind) = (try json.string("column"), try json.string("target"))
      let values = columns[name]!.tensor()
      let rows = values.expanded(axis: 1)
      let isNumber = kind == "number"
      let targets = isNumber ? trees["number"]!.tensor().expanded(axis: 1) : trees["classes"]!.tensor(.int32)
      let layer = PiecewiseLinear(1, columns: [0], bins: try json.integer("bins"), dtype: .float64)
      layer.fit(
        to: rows, targets: targets, weights: try json.bool("weighted") ? weights : nil,
        leastRows: try json.integer("leastRows"))
      let (numbers, found) = (values.doubles, Self.edges(layer))
      let expected = [numbers.min()!] + json["cuts"]!.scalars + [numbers.max()!]
      // Scikit-learn keeps values as float32 before it takes the middle of two.
      let isEqual = found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
      #expect(isEqual, "\(name), \(kind), \(json["bins"]!), weighted \(json["weighted"]!): \(found), not \(expected)")
    }
  }

  @Test("Where a column tells nothing, or no leaf would have its rows, the bins are the column's two ends")
  func nothingToCut() {
    let layer = PiecewiseLinear(2, columns: [0, 1], bins: 3, dtype: .float64)
    let rows = Tensor([1.0, 5, 2, 5, 3, 5, 4, 5], shape: [4, 2])
    layer.fit(to: rows, targets: Tensor([7.0, 7, 7, 7], shape: [4, 1]), leastRows: 1)
    #expect(layer.edges.value.doubles == [1, 4, 4, 4, 5, 5, 5, 5])
    layer.fit(to: rows, targets: Tensor([0.0, 0, 1, 1], shape: [4, 1]), leastRows: 3)
    #expect(layer.edges.value.doubles == [1, 4, 4, 4, 5, 5, 5, 5])
    layer.fit(to: rows, targets: Tensor([0.0, 0, 1, 1], shape: [4, 1]), leastRows: 2)
    #expect(layer.edges.value.doubles == [1, 2.5, 4, 4, 5, 5, 5, 5])
    #expect(layer(rows.cast(to: .float64)).doubles.allSatisfy { $0.isFinite })
  }

  @Test("The frequencies of waves start around 0 with the deviation asked for, none beyond three of it")
  func frequencies() throws {
    let layer = Periodic(20, columns: Array(0..<20), frequencies: 200, deviation: 0.5)
    try layer.initialize(seed: 2)
    let found = layer.frequencies.value.doubles
    let mean = found.reduce(0, +) / 4000
    let deviation = (found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000).squareRoot()
    // Of 4,000 draws: standard errors of 0.008 and 0.0055; cut at three deviations, 0.987 of the deviation is left.
    #expect(abs(mean) < 0.04 && abs(deviation - 0.5 * 0.9866) < 0.03)
    #expect(found.allSatisfy { abs($0) <= 1.5 } && found.contains { abs($0) > 1 })
  }
}
