import GliaNeuralNetworks
import GliaTensors
import Testing

@Suite("A training step")
struct TrainingStepTests {
  static var gates: Tensor { Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) }

  @Test("A small network learns exclusive or")
  func exclusiveOr() throws {
    let net = Sequential {
      Linear(2, 8)
      Tanh()
      Linear(8, 1)
    }
    let step = try TrainingStep(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 1)
    let target = Tensor([[0], [1], [1], [0]])
    var loss = Double.infinity
    for _ in 0..<300 { loss = try step(Self.gates, target) }
    #expect(loss < 0.02)
    #expect(sigmoid(net(Self.gates)).doubles.map { $0 > 0.5 } == [false, true, true, false])
  }
}
