import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Transfer")
struct TransferTests {
  private static func net(_ dtype: DType = .float64) throws -> Sequential {
    let net = Sequential {
      Linear(3, 6, dtype: dtype)
      Tanh()
      Sequential([Linear(6, 4, bias: false, dtype: dtype), BatchNorm(4, dtype: dtype)])
      Linear(4, 2, dtype: dtype)
    }
    try net.initialize(seed: 2)
    return net
  }

  @Test("A low-rank correction, worked by hand, and merged")
  func byHand() throws {
    let linear = Linear(2, 2, dtype: .float64)
    try linear.load([("weight", Tensor([[1, 2], [3, 4]])), ("bias", Tensor([10, 20]))])
    let layer = LowRankLinear(linear, rank: 1, alpha: 3)
    try layer.load([("lora_A", Tensor([[1, -1]])), ("lora_B", Tensor([[2], [5]]))], partly: true)
    // x = (1, 2): W x + b = (5 + 10, 11 + 20); A x = −1; 3 / 1 · B · −1 = (−6, −15).
    let x = Tensor([[1, 2]], dtype: .float64)
    #expect(layer(x).doubles == [9, 16])
    // W + 3 · B · A = [[1 + 6, 2 − 6], [3 + 15, 4 − 15]]
    #expect(layer.merged().weight.value.doubles == [7, -4, 18, -11])
    #expect(layer.merged()(x).doubles == [9, 16])
  }

  @Test("Low-rank adaptation starts from the network as it was, learns its corrections alone, and is merged back")
  func adaptation() throws {
    let net = try Self.net()
    var numbers = SeededNumbers(seed: 8)
    let (x, y) = (numbers.tensor([12, 3]), numbers.tensor([12, 2]))
    let before = (outputs: net(x).doubles, state: net.stateDictionary().map(\.value.doubles))
    let adapted = try net.adapted(rank: 2, alpha: 4)
    let step = try TrainingStep(adapted, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.05), seed: 1)
    #expect(adapted(x).doubles == before.outputs)
    let losses = try (0..<40).map { _ in try step(x, y) }
    #expect(losses.last! < losses[0])
    // The network that was adapted is still there, its batch statistics too.
    #expect(net(x).doubles == before.outputs)
    #expect(net.stateDictionary().map(\.value.doubles) == before.state)
    let names = try step.optimizerState().map(\.name).filter { $0.hasPrefix("firstMoment/") }
    #expect(
      names == ["0.lora_A", "0.lora_B", "2.0.lora_A", "2.0.lora_B", "3.lora_A", "3.lora_B"].map { "firstMoment/" + $0 })
    let merged = adapted.merged()
    #expect(merged.namedParameters.map(\.name) == net.namedParameters.map(\.name))
    #expect(difference("merged", merged(x).doubles, adapted(x).doubles, relative: 1e-12) == [])
    #expect(merged(x).doubles != before.outputs)
    // As data it is made again, frozen as it was.
    let again = try Sequential(adapted.networkDescription())
    try again.load(adapted.stateDictionary())
    #expect(again(x).doubles == adapted(x).doubles)
    #expect(
      again.parameters.filter(\.isTrainable).map(\.name).filter { $0.hasPrefix("0.") } == ["0.lora_A", "0.lora_B"])
  }

  private struct Tied: Module {
    let encoder = Linear(2, 2, bias: false, initializer: .ones, dtype: .float64)
    let decoder: Linear
    init() { decoder = Linear(weight: encoder.weight) }
    func callAsFunction(_ x: Tensor) -> Tensor { decoder(encoder(x)) }
  }

  @Test("A parameter in two places is trained once by the sum of its gradients, and kept once")
  func tied() throws {
    let net = Tied()
    net.encoder.weight.value = Tensor([[1, 2], [3, 4]])
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1, momentum: 0.9))
    // y = W W e₁ = (7, 15). Against (6, 14) the slopes by y are 2 (y − t) / 2 = (1, 1), and so by W, as for the sum of y,
    // 1 (W x)ᵀ + Wᵀ 1 xᵀ = [[5, 3], [7, 3]].
    try step(Tensor([[1, 0]], dtype: .float64), Tensor([[6, 14]], dtype: .float64))
    let expected = [1 - 0.5, 2 - 0.3, 3 - 0.7, 4 - 0.3]
    #expect(difference("tied", net.encoder.weight.value.doubles, expected, relative: 1e-14) == [])
    #expect(net.decoder.weight.value.doubles == net.encoder.weight.value.doubles)
    #expect(try step.optimizerState().map(\.name) == ["velocity/encoder.weight"])
    #expect(net.stateDictionary().map(\.name) == ["encoder.weight"])
  }

  @Test("A state dict of PyTorch has a shared parameter under each of its names; any of them will do, if they agree")
  func tiedNames() throws {
    let net = Tied()
    let (one, other) = (Tensor([[1, 2], [3, 4]]), Tensor([[5, 6], [7, 8]]))
    #expect(net.sharedParameters.map(\.name) == ["decoder.weight"])
    try net.load([("encoder.weight", one), ("decoder.weight", one)])
    #expect(net.encoder.weight.value.doubles == [1, 2, 3, 4])
    try net.load([("decoder.weight", other)])
    #expect(net.encoder.weight.value.doubles == [5, 6, 7, 8])
    let error = #expect(throws: LoadError.self) {
      try net.load([("encoder.weight", one), ("decoder.weight", other)])
    }
    #expect(error?.report.contradicting == ["decoder.weight"])
    #expect(error?.description.contains("'decoder.weight' is shared here") == true)
    #expect(net.encoder.weight.value.doubles == [5, 6, 7, 8])
    try net.load([("encoder.weight", one), ("decoder.weight", other)], partly: true)
    #expect(net.encoder.weight.value.doubles == [1, 2, 3, 4])
  }

  @Test("The body of a trained network is loaded into one with another head, and the report says what came")
  func otherHead() throws {
    let net = try Self.net()
    let other = Sequential(
      Array(net.layers.dropLast()) + [Linear(4, 5, dtype: .float64), Tanh(), Linear(5, 1, dtype: .float64)])
    let fresh = try Self.net()
    try fresh.initialize(seed: 9)
    try other.initialize(seed: 3)
    let report = try fresh.load(other.stateDictionary(), partly: true)
    #expect(
      report.matched == [
        "0.weight", "0.bias", "2.0.weight", "2.1.weight", "2.1.bias", "2.1.running_mean", "2.1.running_var",
      ])
    #expect(report.unexpected == ["5.weight", "5.bias"])
    #expect(report.differing.map(\.name) == ["3.weight", "3.bias"])
    #expect(report.missing == [])
    #expect(
      report.description == """
        7 matched; not in the network: 5.weight, 5.bias; '3.weight' is [2, 4] here, [5, 4] there; \
        '3.bias' is [2] here, [5] there
        """)
    #expect(fresh.parameters[0].value.doubles == other.parameters[0].value.doubles)
  }
}
