import GliaGuardedMemory
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import GliaTraining
import Testing

@Suite("Compiled models")
struct CompiledModelTests {
  @Test("Many rows are read where they lie, wherever that is, and nothing behind them", arguments: [8192, 8193])
  func readsInPlace(_ rows: Int) throws {
    let net = Sequential {
      Linear(35, 20)
      LayerNorm(20)
      ReLU()
      Linear(20, 3)
    }
    try net.initialize(seed: 2)
    let predict = try CompiledModel(net, input: [rows, 35])
    for (seed, edge) in [GuardedMemory<Float>.Edge.back, .front, .back].enumerated() {
      var numbers = SeededNumbers(seed: UInt64(seed))
      let x = numbers.tensor([rows, 35], .float32)
      let scalars: [Float] = x.scalars()
      var next = scalars.makeIterator()
      let memory = GuardedMemory<Float>(scalars.count, at: edge) { next.next()! }
      var found = [Float](repeating: .nan, count: rows * 3)
      found.withUnsafeMutableBufferPointer { predict(.init(start: memory.start, count: memory.count), into: $0) }
      #expect(found == net(x).scalars())
      #expect(predict(scalars) == found)
      #expect(memory.numbers == scalars)
    }
  }
}
