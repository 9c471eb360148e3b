import GliaFormats
import Testing

@testable import GliaNeuralNetworks

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether each number is within 1e-12 of the other, relative to the greatest of its list.
private func agree(_ found: [[Double]], _ expected: [[Double]]) -> Bool {
  let scale = expected.flatMap { $0 }.map(abs).max() ?? 0
  return found.map(\.count) == expected.map(\.count)
    && zip(found.joined(), expected.joined()).allSatisfy { abs($0 - $1) <= 1e-12 * max(abs($1), 1e-3 * scale) }
}

@Suite("MLP")
struct MLPTests {
  @Test("The tutorial's networks: outputs, gradients, losses and final weights are the same to 1e-12")
  func tutorial() throws {
    for row in try referenceNumbers("tutorial/tutorial.json").array("mlp") {
      let row = try #require(row.object)
      let name = try Comment(rawValue: row.string("name"))
      let (rows, targets) = (row["inputs"]!.matrix, row["targets"]!.matrix)
      var network = try MLP(
        W1: row["W1"]!.matrix, W2: row["W2"]!.matrix, learningRate: row.number("learningRate"))
      let first = try network.forward(rows)
      #expect(agree(first, row["firstOutput"]!.matrix), name)
      try network.backward(rows, targets: targets, output: first)
      let gradients = try row.object("firstGradients")
      #expect(agree(network.dW1, gradients["dW1"]!.matrix) && agree([network.db1], gradients["db1"]!.matrix), name)
      #expect(agree(network.dW2, gradients["dW2"]!.matrix) && agree([network.db2], gradients["db2"]!.matrix), name)

      let losses = try network.fit(rows, targets: targets, epochs: row.integer("epochs"))
      let expected = try row.object("meanSquaredErrorByEpoch")
      #expect(losses.map { "\($0.epoch)" } == expected.keys, name)
      #expect(agree(losses.map { [$0.loss] }, expected.members.map { [$0.value.number!] }), name)
      let final = try row.object("final")
      #expect(agree(network.W1, final["W1"]!.matrix) && agree([network.b1], final["b1"]!.matrix), name)
      #expect(agree(network.W2, final["W2"]!.matrix) && agree([network.b2], final["b2"]!.matrix), name)
      #expect(agree(try network.predict(rows), row["finalOutput"]!.matrix), name)
    }
  }

  @Test("The gradients are those of the binary cross-entropy, by central differences")
  func numericGradients() throws {
    let rows = [[0.3, -1.2], [1.1, 0.4], [-0.7, 2]]
    let targets = [[1, 0.0], [0, 1], [1, 1]]
    var random = SplitMix64(seed: 12)
    func weights(_ rows: Int, _ columns: Int) -> [[Double]] {
      (0..<rows).map { _ in (0..<columns).map { _ in random.normal() } }
    }
    let (W1, b1, W2, b2) = (weights(2, 3), weights(1, 3)[0], weights(3, 2), weights(1, 2)[0])
    func loss(_ W1: [[Double]], _ W2: [[Double]]) throws -> Double {
      let output = try MLP(W1: W1, b1: b1, W2: W2, b2: b2).predict(rows)
      return zip(output.joined(), targets.joined()).reduce(0) { $0 - $1.1 * log($1.0) - (1 - $1.1) * log(1 - $1.0) } / 3
    }
    var network = try MLP(W1: W1, b1: b1, W2: W2, b2: b2)
    try network.backward(rows, targets: targets, output: network.forward(rows))
    let h = 1e-5
    for (row, column) in [(0, 0), (1, 2), (0, 1)] {
      var (up, down) = (W1, W1)
      up[row][column] += h
      down[row][column] -= h
      #expect(abs((try loss(up, W2) - loss(down, W2)) / (2 * h) - network.dW1[row][column]) < 1e-9)
    }
    for (row, column) in [(0, 0), (2, 1)] {
      var (up, down) = (W2, W2)
      up[row][column] += h
      down[row][column] -= h
      #expect(abs((try loss(W1, up) - loss(W1, down)) / (2 * h) - network.dW2[row][column]) < 1e-9)
    }
  }

  @Test("XOR, which no line separates, is learned from a seed")
  func xor() throws {
    var network = try MLP(inputSize: 2, hiddenSize: 4, outputSize: 1, learningRate: 2, seed: 3)
    let rows: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
    var reported: [MLP.EpochLoss] = []
    let losses = try network.fit(rows, targets: [[0], [1], [1], [0]], epochs: 2001) { reported.append($0) }
    #expect(try network.predict(rows).map { $0[0].rounded() } == [0, 1, 1, 0])
    #expect(losses == reported && losses.map(\.epoch) == Array(stride(from: 0, through: 2000, by: 200)))
    #expect(losses.last!.loss < 0.01 && losses[0].loss > 0.2)
  }

  @Test("The same seed gives the same network, another one another")
  func seeds() throws {
    func network(_ seed: UInt64) throws -> MLP {
      try MLP(inputSize: 20, hiddenSize: 30, outputSize: 2, learningRate: 0.1, seed: seed)
    }
    #expect(try network(1).W1 == network(1).W1 && network(1).W1 != network(2).W1)
    let weights = try network(1).W1.flatMap { $0 }
    let mean = weights.reduce(0, +) / 600
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 600
    #expect(abs(mean) < 0.1 && abs(variance - 0.25) < 0.05)
    #expect(try network(1).b1.allSatisfy { $0 == 0 })
  }

  @Test("Shapes that do not fit, numbers that are not finite and settings out of range are refused")
  func refused() throws {
    var network = try MLP(inputSize: 2, hiddenSize: 3, outputSize: 1)
    #expect(throws: SampleError.self) { try network.forward([[1, 2, 3]]) }
    #expect(throws: SampleError.noRows) { try network.forward([]) }
    let infinite = SampleError.notFinite(row: 0, column: 1, value: .infinity)
    #expect(throws: infinite) { try network.forward([[1, .infinity]]) }
    #expect(throws: SampleError.self) { try network.fit([[1, 2]], targets: [[1, 1]], epochs: 1) }
    #expect(throws: SampleError.labelCount(rows: 2, labels: 1)) {
      try network.fit([[1, 2], [3, 4]], targets: [[1]], epochs: 1)
    }
    var fresh = try MLP(inputSize: 2, hiddenSize: 3, outputSize: 1)
    #expect(throws: SampleError.notFitted) { try fresh.backward([[1, 2]], targets: [[1]], output: [[1]]) }
    let weights = fresh.W1
    fresh.update()
    #expect(fresh.W1 == weights)
    #expect(throws: SampleError.self) { try MLP(inputSize: 0, hiddenSize: 3, outputSize: 1) }
    #expect(throws: SampleError.self) { try MLP(inputSize: 1, hiddenSize: 3, outputSize: 1, learningRate: 0) }
    #expect(throws: SampleError.self) { try MLP(W1: [[1, 2]], W2: [[1]]) }
    #expect(throws: SampleError.self) { try MLP(W1: [[1, 2]], b1: [1], W2: [[1], [2]]) }
    let ragged = SampleError.raggedRow(row: 1, expected: 2, found: 1)
    #expect(throws: ragged) { try MLP(W1: [[1, 2], [1]], W2: [[1], [2]]) }
  }

  @Test("The exponential and the logarithm are within two units in the last place of the C library's")
  func elementary() {
    var random = SplitMix64(seed: 77)
    for _ in 0..<20_000 {
      let x = random.normal() * 150
      #expect(abs(exponential(x) - exp(x)) <= 2 * exp(x).ulp, "e to the \(x)")
      let y = exp(random.normal() * 100)
      #expect(abs(naturalLogarithm(y) - log(y)) <= 2 * log(y).ulp, "ln \(y)")
    }
    for x in [-1000, -745.1, -740, -708.5, 0, -0.0, 1e-300, 709.7, 1000, .infinity, -.infinity] as [Double] {
      #expect(abs(exponential(x) - exp(x)) <= 2 * exp(x).ulp || exponential(x) == exp(x), "e to the \(x)")
    }
    #expect(exponential(.nan).isNaN)
    #expect(naturalLogarithm(1) == 0)
  }
}
