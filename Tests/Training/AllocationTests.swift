import CAllocationCount
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTraining
import Testing

@Suite("Memory while a plan runs", .enabled(if: allocations_are_counted()))
struct AllocationTests {
  private static func count(_ body: () throws -> Void) rethrows -> Int {
    let before = allocation_count()
    try body()
    return allocation_count() - before
  }

  @Test("What counts allocations sees them")
  func counts() {
    #expect(Self.count { withExtendedLifetime(Buffer(byteCount: 8)) {} } >= 1)
    #expect(Self.count {} == 0)
  }

  /// Networks of every kind of kernel: products, small and cut for threads, fused chains, reductions, random numbers, gathers.
  private static var networks: [(name: String, net: Sequential, rows: Int, columns: Int)] {
    [
      ("small", Sequential([Linear(2, 4), Sigmoid(), Linear(4, 3)]), 4, 2),
      ("regularised", Sequential([Linear(8, 64), BatchNorm(64), ReLU(), Dropout(0.3), Linear(64, 3)]), 33, 8),
      ("large", Sequential([Linear(100, 300), Tanh(), Linear(300, 3)]), 700, 100),
      (
        "embedded", Sequential([ColumnEmbedding(numbers: 2, embeddings: [Embedding(5, 3)]), Linear(5, 3)]), 16, 3
      ),
    ]
  }

  @Test("A thousand steps of training allocate nothing", arguments: [1, 2])
  func steps(threads: Int) throws {
    for (name, net, rows, columns) in Self.networks {
      try withBackend(.cpuWith(threads: threads)) {
        let step = try TrainingStep(net, loss: CrossEntropy(), optimizer: AdamW(learningRate: 0.001), seed: 3)
        let x = Tensor.uniform([rows, columns], key: RandomKey(seed: 1))
        let y = Tensor.uniform([rows], in: 0..<3, key: RandomKey(seed: 2)).cast(to: .int32)
        for _ in 0..<3 { _ = try step(x, y) }
        let steps = name == "large" ? 100 : 1000
        let count = try Self.count { for _ in 0..<steps { _ = try step(x, y) } }
        #expect(count == 0, "\(name), \(threads) threads")
      }
    }
  }

  @Test("A thousand predictions allocate nothing")
  func predictions() throws {
    for (name, net, rows, columns) in Self.networks {
      try net.initialize(seed: 3)
      let predict = try CompiledModel(net, input: [rows, columns])
      let inputs = [Float](repeating: 1, count: rows * columns)
      var outputs = [Float](repeating: 0, count: rows * 3)
      let count = inputs.withUnsafeBufferPointer { inputs in
        outputs.withUnsafeMutableBufferPointer { outputs in
          predict(inputs, into: outputs)
          return Self.count { for _ in 0..<(name == "large" ? 100 : 1000) { predict(inputs, into: outputs) } }
        }
      }
      #expect(count == 0, "\(name)")
    }
  }
}
