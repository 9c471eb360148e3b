import GliaNeuralNetworks
import GliaTensors
import Testing

private struct Block: Module {
  let linear = Linear(3, 3)
  let norm: BatchNorm?
  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = relu(linear(x))
    return norm.map { $0(y) } ?? y
  }
}

/// Parameters in every place that can hold one.
private struct Net: Module {
  enum Choice { case layer(Linear), none }
  let fc1 = Linear(3, 3)
  let blocks = [Block(norm: BatchNorm(3)), Block(norm: nil)]
  let heads = ["b": Linear(3, 1), "a": Linear(3, 1, bias: false)]
  let pair = (Linear(1, 1, bias: false), Parameter([2]))
  let choice = Choice.layer(Linear(1, 1, bias: false))
  let nothing = Choice.none
  let scale = Parameter([1])
  func callAsFunction(_ x: Tensor) -> Tensor { blocks.reduce(fc1(x)) { $1($0) } * scale.tensor }
}

/// A layer that is hidden from the search.
private struct Hiding: Module {
  let body: (Tensor) -> Tensor
  let seen = Linear(2, 2)
  func callAsFunction(_ x: Tensor) -> Tensor { body(seen(x)) }
}

private struct Tied: Module {
  let encoder = Linear(2, 2, bias: false)
  let decoder: Linear
  init() { decoder = Linear(weight: encoder.weight) }
  func callAsFunction(_ x: Tensor) -> Tensor { decoder(encoder(x)) }
}

@Suite("Modules and their parameters")
struct ModuleTests {
  @Test("Parameters are found wherever they are, and named by the path to them")
  func names() {
    #expect(
      Net().namedParameters.map(\.name) == [
        "fc1.weight", "fc1.bias", "blocks.0.linear.weight", "blocks.0.linear.bias", "blocks.0.norm.weight",
        "blocks.0.norm.bias", "blocks.0.norm.running_mean", "blocks.0.norm.running_var", "blocks.1.linear.weight",
        "blocks.1.linear.bias", "heads.a.weight", "heads.b.weight", "heads.b.bias", "pair.0.weight", "pair.1",
        "choice.weight", "scale",
      ])
  }

  @Test("A parameter that is used but cannot be found is an error, not a weight that stays as it is")
  func hidden() throws {
    let secret = Linear(2, 1)
    try secret.initialize(seed: 1)
    let step = try TrainingStep(Hiding(body: { secret($0) }), loss: .meanSquaredError, optimizer: .sgd())
    #expect(throws: SettingError.self) { try step(.ones([4, 2]), .ones([4, 1])) }
  }

  @Test("The first value is a function of the seed and the path, whatever else the network holds")
  func initialization() throws {
    let small = Sequential { Linear(3, 4) }
    let large = Sequential {
      Linear(3, 4)
      Linear(4, 2)
    }
    try small.initialize(seed: 7)
    try large.initialize(seed: 7)
    #expect(small.parameters[0].value.doubles == large.parameters[0].value.doubles)
    try large.initialize(seed: 8)
    #expect(small.parameters[0].value.doubles != large.parameters[0].value.doubles)
    let twins = Sequential {
      Linear(3, 3)
      Linear(3, 3)
    }
    try twins.initialize(seed: 7)
    #expect(twins.parameters[0].value.doubles != twins.parameters[2].value.doubles)
  }

  @Test("A tied weight is listed once, and its gradient is the sum of both uses")
  func tied() throws {
    let net = Tied()
    #expect(net.namedParameters.map(\.name) == ["encoder.weight"])
    net.encoder.weight.value = Tensor([[1, 2], [3, 4]])
    let x = Tensor([[1, 0]])
    // y = W W x with x = e₁: W x = (1, 3), y = (1 + 6, 3 + 12) = (7, 15), f = 22.
    // df/dW = 1 (W x)ᵀ + Wᵀ 1 xᵀ = [[1, 3], [1, 3]] + [[4, 0], [6, 0]] = [[5, 3], [7, 3]].
    let (value, gradients) = net.valueAndGradients { net(x).sum() }
    #expect(value.scalar() == 22)
    #expect(gradients.map(\.value.doubles) == [[5, 3, 7, 3]])
    // One step of rate 1 takes away the gradient once.
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1))
    // With the target y − 1 the loss's gradient by y is 2 (y − t) / 2 = 1.
    try step(x, Tensor([[6, 14]]))
    // (1, 2, 3, 4) − (5, 3, 7, 3)
    #expect(net.encoder.weight.value.doubles == [-4, -1, -4, 1])
  }

  @Test("Weights go in and out by name; a misfit is told in full and changes nothing")
  func loading() throws {
    let net = Sequential {
      Linear(2, 2)
      BatchNorm(2)
    }
    try net.initialize(seed: 1)
    let before = net.stateDictionary().map(\.value.doubles)
    let given: [(name: String, value: Tensor)] = [
      ("0.weight", .ones([2, 2])), ("0.bias", .ones([3])), ("1.num_batches_tracked", .ones([])), ("x", .ones([])),
    ]
    let error = #expect(throws: LoadError.self) { try net.load(given) }
    #expect(
      error?.description == """
        The weights do not fit the network: 1 matched; missing: 1.weight, 1.bias, 1.running_mean, 1.running_var; \
        not in the network: x; '0.bias' is [2] here, [3] there.
        """)
    #expect(net.stateDictionary().map(\.value.doubles) == before)
    let report = try net.load(given, partly: true)
    #expect(report.matched == ["0.weight"])
    #expect(net.parameters[0].value.doubles == [1, 1, 1, 1])
    #expect(net.parameters[1].value.doubles == before[1])
  }

  @Test("What does not fit a layer is an error that names the layer and both sizes, also in a network of one's own")
  func shapeErrors() throws {
    let message = { (error: ShapeMismatch?) in error?.description ?? "" }
    let layers = Sequential {
      Linear(18, 4)
      ReLU()
      Linear(5, 1)
    }
    let first = #expect(throws: ShapeMismatch.self) { try layers.outputShape(for: [32, 19]) }
    #expect(message(first) == "Layer '0': Linear expects 18 features, got 19: an input of [32, 19].")
    let second = #expect(throws: ShapeMismatch.self) { try layers.outputShape(for: [32, 18]) }
    #expect(message(second) == "Layer '2': Linear expects 5 features, got 4: an input of [32, 4].")
    let own = #expect(throws: ShapeMismatch.self) { try Net().outputShape(for: [32, 4]) }
    #expect(message(own) == "Layer 'fc1': Linear expects 3 features, got 4: an input of [32, 4].")
    #expect(try Net().outputShape(for: [32, 3]) == [32, 3])
    #expect(throws: ShapeMismatch.self) { try layers.outputShape(for: []) }
    #expect(throws: ShapeMismatch.self) { try layers.outputShape(for: [3, 18], dtype: .int64) }
    #expect(throws: ShapeMismatch.self) { try BatchNorm(3).outputShape(for: [3]) }
    #expect(throws: ShapeMismatch.self) { try Embedding(3, 2).outputShape(for: [3]) }
  }

  @Test("Settings out of range and sizes that cannot be held are errors before anything is allocated")
  func settingErrors() throws {
    let net = Sequential {
      Linear(2, 2)
      Dropout(1.5)
    }
    let error = #expect(throws: SettingError.self) { try net.initialize(seed: 1) }
    #expect(error?.description == "Layer '1': dropout: rate is 1.5; it has to be at least 0 and at most 1.")
    #expect(throws: SettingError.self) { try net.outputShape(for: [1, 2]) }
    #expect(throws: SettingError.self) { try Linear(0, 3).initialize(seed: 1) }
    #expect(throws: SettingError.self) { try Linear(1 << 40, 1 << 40).initialize(seed: 1) }
    #expect(throws: SettingError.self) { try Linear(1 << 20, 1 << 22).initialize(seed: 1) }
    #expect(throws: SettingError.self) {
      try TrainingStep(Linear(1, 1), loss: .meanSquaredError, optimizer: .adam(learningRate: -1))
    }
    let unknown = #expect(throws: SettingError.self) { try net.freeze("3") }
    #expect(unknown?.description == "No parameter lies under '3'. There are: 0.weight, 0.bias.")
  }
}
