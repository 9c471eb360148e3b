import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// The numbers of References/optimizers, on the problem of PyTorch's numbers.
@Suite("Optimizers, and what goes around them")
struct OptimizerTests {
  struct Walk {
    let losses: [Double]
    let final, evaluation: [(name: String, value: [Double])]
  }

  static var references: JSONObject { get throws { try ReferenceNumbers.read("optimizers/optimizers.json") } }
  static var problem: JSONObject {
    get throws { try ReferenceNumbers.read("pytorch/pytorch.json").object("optimizerProblem") }
  }

  static func batch() throws -> (x: Tensor, y: Tensor) {
    let problem = try problem
    return (problem["x"]!.tensor(), problem["y"]!.tensor())
  }

  static func net(_ dtype: DType = .float64) throws -> Sequential {
    let net = Sequential {
      Linear(5, 6, dtype: dtype)
      Tanh()
      Linear(6, 3, dtype: dtype)
    }
    try net.load(problem.object("initial").members.map { ($0.key, $0.value.tensor(dtype)) })
    return net
  }

  static func values(_ net: some Module) -> [(name: String, value: [Double])] {
    net.stateDictionary().map { ($0.name, $0.value.doubles) }
  }

  static func walk(
    _ optimizer: some Optimizer, rows: (Int) -> Range<Int> = { _ in 0..<10 }
  ) throws -> Walk {
    let net = try net()
    let (x, y) = try batch()
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: optimizer)
    let losses = try (0..<20).map { try step(x.sliced(rows($0)), y.sliced(rows($0))) }
    let final = values(net)
    try step.showEvaluationWeights()
    return Walk(losses: losses, final: final, evaluation: values(net))
  }

  static func failures(_ name: String, _ walk: Walk, _ json: JSONObject) throws -> [String] {
    var failures = difference(name, walk.losses, json["losses"]!.scalars, relative: 1e-8, floor: 1e-300)
    for (key, value) in walk.final {
      failures += try difference("\(name) \(key)", value, json.object("final")[key]!.scalars, relative: 1e-8)
    }
    let evaluation = try json["evaluation"]?.object ?? json.object("final")
    for (key, value) in walk.evaluation {
      failures += difference("\(name) \(key) to use", value, evaluation[key]!.scalars, relative: 1e-8)
    }
    return failures
  }

  static let backends = [BackendChoice.reference, .cpu]

  @Test("Twenty steps of Lion, Muon, Adafactor and schedule-free AdamW", arguments: backends)
  func trajectories(_ backend: BackendChoice) throws {
    let cases = try Self.references.array("optimizers").map { $0.object! }
    for json in cases {
      let row = try Catalog.optimizers.row(json.string("name"))
      let optimizer = try row.make(PyTorchTests.settings(json.object("parameters")))
      let walk = try withBackend(backend) { try Self.walk(optimizer) }
      let failures = try Self.failures("\(optimizer.partDescription)", walk, json)
      #expect(failures == [])
    }
    #expect(cases.count == 8)
  }

  static let sgd = SGD(learningRate: 0.1, momentum: 0.9)
  static let around: [(name: String, optimizer: any Optimizer)] = [
    ("clippedByNorm", sgd.clipped(norm: 0.8)), ("clippedByValue", sgd.clipped(value: 0.05)),
    (
      "groups",
      AdamW(learningRate: 0.02, weightDecay: 0.1).group("*.bias") { $0.weightDecay = 0 }
        .group("0.weight", .adamW(learningRate: 0.005, weightDecay: 0.3))
    ),
    ("accumulated", sgd.accumulated(steps: 3)), ("l1", sgd.l1(0.02)), ("maxNorm", sgd.maxNorm(0.8)),
    ("averaged", sgd.averaged(decay: 0.8)),
  ]

  @Test("Twenty steps with what goes around an optimizer", arguments: backends)
  func wrappers(_ backend: BackendChoice) throws {
    for (name, optimizer) in Self.around {
      let json = try #require(Self.references.array("around").first { try $0.object!.string("name") == name })
      let walk = try withBackend(backend) {
        try Self.walk(optimizer, rows: { name == "accumulated" ? 3 * ($0 % 3)..<3 * ($0 % 3) + 3 : 0..<10 })
      }
      let failures = try Self.failures(name, walk, json.object!)
      #expect(failures == [])
      // A file keeps all of it.
      #expect(try Catalog.optimizers.make(optimizer.partDescription).partDescription == optimizer.partDescription)
    }
    #expect(try Self.references.array("around").count == Self.around.count)
  }

  @Test("A group's state has the names of its parameters, and survives freezing")
  func groupState() throws {
    let net = try Self.net()
    let optimizer = AdamW(learningRate: 0.02).group("*.bias", .rprop(learningRate: 0.02))
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: optimizer)
    let (x, y) = try Self.batch()
    try step(x, y)
    let state = try step.optimizerState()
    #expect(
      state.map(\.name) == [
        "firstMoment/0.weight", "firstMoment/2.weight", "secondMoment/0.weight", "secondMoment/2.weight", "beta1Power",
        "beta2Power", "lastGradient/0.bias", "lastGradient/2.bias", "stepSize/0.bias", "stepSize/2.bias",
      ])
    try net.freeze("0")
    let kept = try step.optimizerState()
    #expect(
      kept.map(\.name) == [
        "firstMoment/2.weight", "secondMoment/2.weight", "beta1Power", "beta2Power", "lastGradient/2.bias",
        "stepSize/2.bias",
      ])
    for entry in kept { #expect(entry.value.doubles == state.first { $0.name == entry.name }!.value.doubles) }
    // All of a group frozen: nothing is kept for it.
    try net.freeze("2.bias")
    #expect(try step.optimizerState().count == 4)
    try step(x, y)
  }

  @Test("A path that means no parameter is an error with the names, and nothing goes around a search")
  func mistakes() throws {
    let error = #expect(throws: SettingError.self) {
      try TrainingStep(Self.net(), loss: .meanSquaredError, optimizer: .adamW().group("*.bais") { $0.weightDecay = 0 })
    }
    #expect(
      error?.description == "No parameter is meant by '*.bais'. There are: 0.weight, 0.bias, 2.weight, 2.bias.")
    #expect(throws: SettingError.self) {
      try Catalog.optimizers.make("averaged", ["optimizer": .part(PartDescription("lbfgs"))])
    }
    let inner = #expect(throws: SettingError.self) {
      try TrainingStep(Self.net(), loss: .meanSquaredError, optimizer: .sgd(learningRate: -1).clipped(norm: 1))
    }
    #expect(inner?.description == "sgd: learningRate is -1; it has to be at least 0.")
    #expect(throws: SettingError.self) {
      try Catalog.optimizers.make("grouped", ["groups": [.part(PartDescription("adam"))]])
    }
  }

  @Test("The weights to use are shown and hidden; what is set meanwhile stays")
  func evaluationWeights() throws {
    let (net, alone) = (try Self.net(), try Self.net())
    let (x, y) = try Self.batch()
    let steps = try [net, alone].map {
      try TrainingStep($0, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1).averaged(decay: 0.5))
    }
    // Before the first step the average is what is there.
    try steps[0].showEvaluationWeights()
    #expect(net.parameters[0].value.doubles == alone.parameters[0].value.doubles)
    var sum = net.parameters[0].value.doubles
    for turn in 0..<4 {
      for step in steps { try step(x, y) }
      let trained = net.parameters[0].value.doubles
      sum = turn == 0 ? trained : zip(sum, trained).map { $0 * 0.5 + $1 * 0.5 }
      try steps[0].showEvaluationWeights()
      try steps[0].showEvaluationWeights()
      #expect(difference("average", net.parameters[0].value.doubles, sum, relative: 1e-15) == [])
    }
    // The other never showed them, and is trained alike; one parameter is set while they are shown.
    try steps[0].showEvaluationWeights()
    net.parameters[1].value = Tensor([1, 2, 3, 4, 5, 6])
    alone.parameters[1].value = Tensor([1, 2, 3, 4, 5, 6])
    for step in steps { try step(x, y) }
    #expect(Self.values(net).map(\.value) == Self.values(alone).map(\.value))
    try net.freeze("0")
    try alone.freeze("0")
    try steps[0].showEvaluationWeights()
    for step in steps { try step(x, y) }
    #expect(Self.values(net).map(\.value) == Self.values(alone).map(\.value))
  }

  @Test("The steps of Muon on a matrix have all directions of nearly one length")
  func orthogonality() throws {
    var numbers = SeededNumbers(seed: 6)
    for shape in [[4, 9], [9, 4], [4, 3, 3]] as [Shape] {
      let layout = ParameterLayout([("w", shape)])
      let optimizer = Muon(learningRate: 1, weightDecay: 0)
      let start = Tensor.zeros([layout.count], dtype: .float64)
      let state = optimizer.slots(for: layout).map {
        Tensor(repeating: $0.initialValue, shape: $0.layout == .scalar ? [] : shape, dtype: .float64)
      }
      let moved = optimizer.update(
        layout, parameter: start, gradient: numbers.tensor([layout.count]), state: state,
        learningRate: Tensor(1, dtype: .float64)
      ).parameter.reshaped([shape[0], -1])
      let scale = 0.2 * Double(max(moved.shape[0], moved.shape[1])).squareRoot()
      let short = (moved.shape[0] > moved.shape[1] ? moved.transposed() : moved) * (1 / scale)
      // The squared lengths are the eigenvalues of the small product. Five steps leave each length between 0.7 and 1.2.
      let square = short.matrixProduct(short.transposed())
      let trace = (0..<square.shape[0]).map { square.doubles[$0 * (square.shape[0] + 1)] }
      let squares = square.squared().sum().scalar()
      #expect(trace.allSatisfy { $0 > 0.49 && $0 < 1.44 }, "\(shape) \(trace)")
      #expect(squares < 1.44 * trace.reduce(0, +), "\(shape)")
    }
  }
}
