import CGliaKernels
import GliaGraph
import GliaNeuralNetworks
import GliaRuntime
import GliaTensors
import GliaTraining
import Testing

/// A training run under each instruction set and number of threads, byte for byte.
@Suite("The same bits", .serialized)
struct SameBitsTests {
  private func trained(_ instructionSet: String, threads: Int) throws -> [Double] {
    try withBackend(.cpuWith(threads: threads)) {
      let net = Sequential {
        Linear(9, 70)
        BatchNorm(70)
        ReLU()
        Dropout(0.2)
        Linear(70, 40)
        Tanh()
        Linear(40, 3)
      }
      let key = RandomKey(seed: 5)
      let x = Tensor.normal([300, 9], key: key)
      let y = Tensor.uniform([300], in: 0..<3, key: key.folding("y")).cast(to: .int32)
      let trainer = Trainer(net, loss: .crossEntropy, optimizer: .adamW(learningRate: 0.003), seed: 2)
      try trainer.fit(Samples(inputs: x, targets: y), epochs: 8, batchSize: 128)
      return net.parameters.flatMap { $0.value.doubles }
    }
  }

  @Test("Every instruction set and any number of threads give the same weights")
  func everywhere() throws {
    let usual = String(cString: glia_instruction_set())
    defer { _ = glia_use_instruction_set(usual) }
    let expected = try trained(usual, threads: 1)
    #expect(expected.allSatisfy { $0.isFinite })
    for name in ["avx512", "avx2", "neon", "portable"] where glia_use_instruction_set(name) {
      for threads in 1...3 {
        let found = try trained(name, threads: threads)
        #expect(found == expected, "\(name), \(threads) threads")
      }
    }
  }
}
