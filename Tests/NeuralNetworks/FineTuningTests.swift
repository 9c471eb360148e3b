import GliaGraph
import GliaTensors
import Testing

@testable import GliaNeuralNetworks

@Suite("Going on from a network that has learned")
struct FineTuningTests {
  private static func trained() throws -> Sequential {
    let net = Sequential {
      Linear(3, 4)
      ReLU()
      Linear(4, 4)
      Tanh()
      Linear(4, 2)
    }
    try net.initialize(seed: 8)
    return net
  }

  @Test("A renewed network has the old layers' values, a new head, and leaves the old one alone")
  func renewed() throws {
    let old = try Self.trained()
    let before = old.stateDictionary().map(\.value.doubles)
    // As many outputs as before: the head is new all the same.
    for outputs in [2, 5] {
      let renewed = try old.renewed(outputs: outputs)
      #expect(renewed.kept == ["0.weight", "0.bias", "2.weight", "2.bias"])
      #expect(renewed.renewed == ["4.weight", "4.bias"])
      try renewed.network.initializeMissing(seed: 1)
      let found = renewed.network.stateDictionary()
      #expect(zip(found, before).prefix(4).allSatisfy { $0.value.doubles == $1 })
      #expect(found[4].value.shape == [outputs, 4] && found[4].value.doubles != before[4])
      let x = Tensor([[1, 2, 3], [3, 2, 1]])
      try TrainingStep(renewed.network, loss: .crossEntropy, optimizer: .sgd(learningRate: 1))(
        x, Tensor([0, 1] as [Int32], shape: [2]))
    }
    #expect(old.stateDictionary().map(\.value.doubles) == before)
  }

  @Test("The head of an ensemble of members is renewed within it, with what it averages")
  func renewedEnsemble() throws {
    let old = Sequential([
      Linear(3, 4),
      Ensemble(
        members: 2,
        [MemberLinear(members: 2, 4, 4), MemberLinear(members: 2, 4, 1)]
      ),
    ])
    try old.initialize(seed: 8)
    let renewed = try old.renewed(outputs: 3, averages: .probabilities)
    #expect(renewed.renewed.allSatisfy { $0.hasPrefix("1.1.") } && !renewed.renewed.isEmpty)
    #expect((renewed.network.layers[1] as? Ensemble)?.averages == .probabilities)
    #expect(try renewed.network.outputShape(for: [2, 3]) == [2, 3])
  }

  @Test("What cannot be renewed is an error that says what is last")
  func notRenewed() throws {
    let net = Sequential([Linear(3, 4), ReLU()])
    try net.initialize(seed: 1)
    #expect(
      throws: SettingError(
        "The last layer is relu; only a linear one, or one at the end of a sequence, can be renewed for other outputs.")
    ) {
      try net.renewed(outputs: 2)
    }
    #expect(throws: SettingError.self) { try Sequential([Self.Own()]).renewed(outputs: 2) }
    #expect(throws: SettingError.self) { try Sequential([]).renewed(outputs: 2) }
  }

  private struct Own: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { x }
  }

  private static func frozen(_ net: Sequential) -> [String] {
    net.namedParameters.filter(\.parameter.isFrozen).map(\.name)
  }

  @Test("Layers are frozen by depth, by name and until their epoch, and no step moves them")
  func freezing() throws {
    let net = try Self.trained()
    #expect(try Transfer(frozenLayers: 1).freeze(net) == ["0.weight", "0.bias"])
    #expect(Self.frozen(net) == ["0.weight", "0.bias"])
    #expect(try Transfer(freezing: ["2.weight", "*.bias"]).freeze(net) == ["0.bias", "2.weight", "2.bias", "4.bias"])
    #expect(Self.frozen(net) == ["0.bias", "2.weight", "2.bias", "4.bias"])
    #expect(try Transfer().freeze(net) == [] && Self.frozen(net) == [])

    let gradual = Transfer(freezing: ["0.bias"], thawEvery: 2)
    #expect(try gradual.freeze(net) == ["0.bias"])
    #expect(Self.frozen(net) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(try gradual.thaws(of: net).map { "\($0.layer) \($0.epoch)" } == ["2 2", "0 4"])
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adamW(learningRate: 0.01))
    let (x, y) = (Tensor([[1, 2, 3], [3, 2, 1]]), Tensor([[1, 0], [0, 1]]))
    let start = net.stateDictionary().map(\.value.doubles)
    func moved() -> [Int] {
      zip(net.stateDictionary(), start).enumerated().filter { $1.0.value.doubles != $1.1 }.map(\.offset)
    }
    var seen: [[Int]] = []
    for epoch in 1...5 {
      try step(x, y)
      seen.append(moved())
      let thawed = try gradual.thaw(net, after: epoch)
      #expect(thawed == [2: "2", 4: "0"][epoch])
    }
    #expect(seen == [[4, 5], [4, 5], [2, 3, 4, 5], [2, 3, 4, 5], [0, 2, 3, 4, 5]])
  }

  @Test("What cannot be frozen is an error that says what can")
  func notFrozen() throws {
    let net = try Self.trained()
    for (transfer, words) in [
      (Transfer(freezing: ["encoder"]), "0.weight, 0.bias, 2.weight"), (Transfer(frozenLayers: 3), "at most 2"),
      (Transfer(freezing: ["4"]), "the new head"), (Transfer(rateFactor: 0), "rateFactor is 0"),
      (Transfer(thawEvery: -1), "thawEvery is -1"),
    ] {
      let error = #expect(throws: SettingError.self) { try transfer.freeze(net) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("The rate falls from the head down, by the factor a layer")
  func rates() throws {
    let net = try Self.trained()
    let transfer = Transfer(rateFactor: 0.5)
    let optimizer = try transfer.optimizer(SGD(learningRate: 0.8), for: net)
    let start = net.stateDictionary().map(\.value.doubles)
    let (x, y) = (Tensor([[1, 2, 3], [3, 2, 1]]), Tensor([[1, 0], [0, 1]]))
    let slopes = net.valueAndGradients { (net(x) - y).squared().mean() }.gradients.map(\.value.doubles)
    try TrainingStep(anyOptimizer: optimizer, net)(x, y)
    for (place, entry) in net.stateDictionary().enumerated() {
      let rate = [0.2, 0.2, 0.4, 0.4, 0.8, 0.8][place]
      for (found, (before, slope)) in zip(entry.value.doubles, zip(start[place], slopes[place])) {
        #expect(abs(found - (before - rate * slope)) <= 1e-6, "\(entry.name)")
      }
    }
    #expect(throws: SettingError.self) { try transfer.optimizer(LBFGS(), for: net) }
  }

  @Test("An encoder becomes a network for a target, without what only an autoencoder's training asks for")
  func classifier() throws {
    let embedding = ColumnEmbedding(numbers: 3, embeddings: [Embedding(4, 2)])
    for kind in [AutoencoderKind.plain, .denoising(noise: 0.1), .sparse(), .variational()] {
      let source = try Autoencoder(inputs: 3, width: 2, hidden: [6], kind: kind, embedding: embedding)
      try source.initialize(seed: 3)
      let made = try source.classifier(outputs: 2)
      try made.network.initializeMissing(seed: 4)
      #expect(made.renewed.count == 2 && made.kept.count == source.encoder.parameters.count)
      let kinds = try made.network.networkDescription().layers.map(\.kind)
      #expect(Set(kinds).isDisjoint(with: ["maskedColumns", "gaussianNoise", "sparseCode", "variationalCode"]))
      let x = Tensor([[0.5, -1, 2, 3], [1, 1, 0, 1]])
      let code = Sequential(made.network.layers.dropLast())(x)
      #expect(code.doubles == source.encoder(x).doubles)
    }
  }
}

extension TrainingStep {
  fileprivate convenience init(anyOptimizer optimizer: any Optimizer, _ model: some Module) throws {
    try self.init(model, loss: MeanSquaredError(), optimizer: optimizer)
  }
}
