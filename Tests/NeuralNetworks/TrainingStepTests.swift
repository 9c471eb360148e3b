import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import Testing

@Suite("A training step")
struct TrainingStepTests {
  static var gates: Tensor { Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) }
  static var exclusive: Tensor { Tensor([[0], [1], [1], [0]]) }

  static func net() -> Sequential {
    Sequential {
      Linear(2, 8)
      Tanh()
      Linear(8, 1)
    }
  }

  static func values(_ module: some Module) -> [[Double]] { module.parameters.map(\.value.doubles) }

  @Test("A small network learns exclusive or")
  func exclusiveOr() throws {
    let net = Self.net()
    let step = try TrainingStep(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 1)
    var loss = Double.infinity
    for _ in 0..<300 { loss = try step(Self.gates, Self.exclusive) }
    #expect(loss < 0.02)
    #expect(sigmoid(net(Self.gates)).doubles.map { $0 > 0.5 } == [false, true, true, false])
  }

  @Test("One step, worked by hand")
  func byHand() throws {
    // A network of one hidden unit: h = relu(w₁ x + b₁), y = w₂ h + b₂, with
    //   w₁ = 2, b₁ = −1, w₂ = 3, b₂ = 0.5
    // and two rows, x = 1 with target 4 and x = 0 with target 1.
    //
    // Forward: x = 1: h = relu(1) = 1, y = 3.5; x = 0: h = relu(−1) = 0, y = 0.5.
    // Loss: ((3.5 − 4)² + (0.5 − 1)²) / 2 = 0.25.
    // Slopes by y: 2 (y − t) / 2 = −0.5 for both rows.
    //   by w₂: −0.5 · 1 + −0.5 · 0 = −0.5        by b₂: −1
    //   by h:  3 · −0.5 = −1.5 in the first row; relu passes nothing in the second
    //   by w₁: −1.5 · 1 = −1.5                    by b₁: −1.5
    let net = Sequential {
      Linear(1, 1)
      ReLU()
      Linear(1, 1)
    }
    try net.load([
      ("0.weight", Tensor([[2]])), ("0.bias", [-1]), ("2.weight", Tensor([[3]])), ("2.bias", [0.5]),
    ])
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1, momentum: 0.5))
    let (x, t) = (Tensor([[1], [0]]), Tensor([[4], [1]]))
    #expect(try step(x, t) == 0.25)
    // The first velocity is the gradient: p − 0.1 · g.
    let expected: [Float] = [2.15, -0.85, 3.05, 0.6]
    #expect(zip(net.parameters, expected).allSatisfy { abs($0.value.doubles[0] - Double($1)) < 1e-6 })
    // Second step: h = 1.3, y = 3.05 · 1.3 + 0.6 = 4.565 and 0.6; slopes by y 0.565 and −0.4.
    //   by b₂: 0.165, velocity 0.5 · −1 + 0.165 = −0.335, b₂ = 0.6 + 0.0335 = 0.6335
    try step(x, t)
    #expect(abs(net.parameters[3].value.doubles[0] - 0.6335) < 1e-6)
    #expect(step.stepCount == 2)
  }

  @Test("The same seed gives the same bits, another seed others")
  func reproducible() throws {
    let run = { (seed: UInt64) -> [[Double]] in
      let net = Sequential {
        Linear(2, 8)
        Dropout(0.5)
        ReLU()
        Linear(8, 1)
      }
      let step = try TrainingStep(net, loss: .binaryCrossEntropy, optimizer: .adam(), seed: seed)
      for _ in 0..<20 { try step(Self.gates, Self.exclusive) }
      return Self.values(net)
    }
    #expect(try run(1) == run(1))
    #expect(try run(1) != run(2))
  }

  @Test("A run that is taken up again draws the random numbers that it would have drawn")
  func resuming() throws {
    let net = { Sequential([Linear(2, 8), Dropout(0.5), Tanh(), Linear(8, 1)]) }
    let (whole, resumed) = (net(), net())
    let first = try TrainingStep(whole, loss: .binaryCrossEntropy, optimizer: .adam(), seed: 2)
    for _ in 0..<5 { try first(Self.gates, Self.exclusive) }
    try resumed.load(whole.stateDictionary())
    let second = try TrainingStep(resumed, loss: .binaryCrossEntropy, optimizer: .adam(), seed: 2)
    try second.resume(optimizerState: first.optimizerState(), stepCount: first.stepCount)
    for _ in 0..<5 { #expect(try first(Self.gates, Self.exclusive) == second(Self.gates, Self.exclusive)) }
    #expect(Self.values(whole) == Self.values(resumed))
  }

  @Test("What is set from outside shows in the next step and in a function that was compiled before")
  func settingFromOutside() throws {
    let net = Linear(1, 1, bias: false, initializer: .ones)
    try net.initialize(seed: 0)
    let compiled = compile { (x: Tensor) in net(x) }
    #expect(compiled(Tensor([[2]])).doubles == [2])
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.5))
    // The parameter now lies elsewhere. Loss (1 · 1 − 0)² = 1, gradient 2: w = 1 − 1 = 0.
    #expect(try step(Tensor([[1]]), Tensor([[0]])) == 1)
    #expect(compiled(Tensor([[2]])).doubles == [0])
    net.weight.value = Tensor([[3]])
    #expect(compiled(Tensor([[2]])).doubles == [6])
    #expect(try step(Tensor([[1]]), Tensor([[0]])) == 9)
    #expect(net(Tensor([[2]])).doubles == [0])
  }

  @Test("Frozen parameters stay, the others go on as if nothing had happened, and unfrozen ones move again")
  func freezing() throws {
    let net = Self.net()
    let step = try TrainingStep(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.1), seed: 1)
    try step(Self.gates, Self.exclusive)
    let momentum = try step.optimizerState().first { $0.name == "firstMoment/2.weight" }!.value.doubles
    try net.freeze("0")
    #expect(try step.optimizerState().map(\.name).contains("firstMoment/0.weight") == false)
    #expect(try step.optimizerState().first { $0.name == "firstMoment/2.weight" }!.value.doubles == momentum)
    let before = Self.values(net)
    try step(Self.gates, Self.exclusive)
    let after = Self.values(net)
    #expect(after[0] == before[0] && after[1] == before[1])
    #expect(after[2] != before[2] && after[3] != before[3])
    try net.unfreeze("0")
    try step(Self.gates, Self.exclusive)
    #expect(Self.values(net)[0] != after[0])
    // Started anew: the correction belongs to one step, as all means do.
    #expect(try step.optimizerState().first { $0.name == "beta1Power" }!.value.scalar() == 0.9)
  }

  @Test("A prepared step whose model was changed says so, and a new one is right")
  func outOfDate() throws {
    let net = Self.net()
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd())
    let signature = TrainingStep.Signature(
      input: TensorType([4, 2], .float32), target: TensorType([4, 1], .float32))
    let prepared = try step.prepare(signature)
    #expect(prepared.isCurrent)
    #expect(try step.prepare(signature) === prepared)
    try net.freeze("0.bias")
    #expect(!prepared.isCurrent)
    let again = try step.prepare(signature)
    #expect(again !== prepared && again.isCurrent)
    try net.freeze()
    #expect(throws: SettingError.self) { try step.prepare(signature) }
  }

  @Test("Two steps over one network take turns and see each other's work")
  func takingTurns() throws {
    let shared = Self.net()
    let alone = Self.net()
    let pair = try (0..<2).map { _ in
      try TrainingStep(shared, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1), seed: 4)
    }
    let single = try TrainingStep(alone, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1), seed: 4)
    for turn in 0..<6 {
      #expect(try pair[turn % 2](Self.gates, Self.exclusive) == single(Self.gates, Self.exclusive))
    }
    #expect(Self.values(shared) == Self.values(alone))
  }

  @Test("Each shape of batch is compiled once, and a row of weight 2 counts twice")
  func batches() throws {
    let run = { (weighted: Bool) -> [[Double]] in
      let net = Self.net()
      let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.5), seed: 4)
      let (x, y) = (Self.gates, Self.exclusive)
      for _ in 0..<3 {
        if weighted {
          try step(x, y, weights: [2, 1, 1, 1])
        } else {
          try step(.concatenate([x, x.sliced(0..<1)]), .concatenate([y, y.sliced(0..<1)]))
        }
        try step(x.sliced(0..<2), y.sliced(0..<2))
      }
      return Self.values(net)
    }
    let (once, twice) = (try run(true), try run(false))
    #expect(zip(once.joined(), twice.joined()).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("Data that does not fit is an error, and nothing moves")
  func misfits() throws {
    let net = Self.net()
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(), seed: 4)
    let before = Self.values(net)
    #expect(throws: ShapeMismatch.self) { try step(.ones([4, 3]), .ones([4, 1])) }
    let error = #expect(throws: ShapeMismatch.self) { try step(Self.gates, .ones([4])) }
    #expect(
      error?.description == """
        meanSquaredError: the output is [4, 1], so the target has to be [4, 1], not [4]. \
        Reshape one to the other: a loss never broadcasts.
        """)
    #expect(throws: ShapeMismatch.self) { try step(Self.gates, Self.exclusive, weights: [1, 2]) }
    #expect(throws: SettingError.self) {
      try step.resume(optimizerState: [("velocity/0.weight", .ones([2]))], stepCount: 0)
    }
    #expect(Self.values(net) == before)
    #expect(throws: SettingError.self) {
      try TrainingStep(Tanh(), loss: .meanSquaredError, optimizer: .sgd())
    }
  }

  @Test("Targets that the loss does not take are found before training")
  func targets() {
    let error = #expect(throws: SettingError.self) { try CrossEntropy().check(targets: [0, 2, 3], outputs: 3) }
    #expect(error?.description == "crossEntropy: target 2 is 3; it has to be an integer from 0 to 2.")
    #expect(throws: SettingError.self) { try BinaryCrossEntropy().check(targets: [0.5, -0.1], outputs: 1) }
    #expect(throws: SettingError.self) { try MeanSquaredError().check(targets: [.nan], outputs: 1) }
    #expect(throws: Never.self) { try CrossEntropy().check(targets: [0, 1, 2], outputs: 3) }
  }

  @Test("The gradient of binary cross-entropy is exact where its parts have kinks")
  func crossEntropyAtZero() {
    let slope = gradient(at: Tensor([0, 0], dtype: .float64)) {
      BinaryCrossEntropy()($0, Tensor([0, 1], dtype: .float64), reduction: .sum)
    }
    #expect(slope.doubles == [0.5, -0.5])
  }
}
