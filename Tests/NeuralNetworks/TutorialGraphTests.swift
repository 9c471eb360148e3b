import GliaFormats
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// The tutorial's network and activations by the graph: the same numbers as its hand-written way.
@Suite("The tutorial's numbers by the graph")
struct TutorialGraphTests {
  static let backends: [BackendChoice] = [.reference, .cpu]

  /// The tutorial's gradient, (output − y) / m, is that of binary cross-entropy summed over outputs, averaged over rows.
  struct RowCrossEntropy: Loss {
    static let kind = "rowCrossEntropy"
    static let targets = TargetKind.probabilities
    init() {}
    init(_ settings: Settings) throws {}
    func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
      BinaryCrossEntropy().losses(output, target) * Double(output.shape[1])
    }
  }

  @Test("The network's outputs, gradients, losses and final weights", arguments: backends)
  func network(_ backend: BackendChoice) throws {
    for json in try ReferenceNumbers.read("tutorial/tutorial.json").array("mlp").map({ $0.object! }) {
      // On the slow backend the long run is left to the fast one.
      let epochs = backend == .cpu ? try json.integer("epochs") : min(try json.integer("epochs"), 401)
      try withBackend(backend) { try check(json, epochs: epochs) }
    }
  }

  private func check(_ json: JSONObject, epochs: Int) throws {
    let name = try json.string("name")
    let (x, y) = (json["inputs"]!.tensor(), json["targets"]!.tensor())
    let (first, second) = (json["W1"]!.tensor().transposed(), json["W2"]!.tensor().transposed())
    let net = Sequential {
      Linear(first.shape[1], first.shape[0], dtype: .float64)
      Sigmoid()
      Linear(second.shape[1], second.shape[0], dtype: .float64)
    }
    try net.load([
      ("0.weight", first), ("0.bias", .zeros([first.shape[0]], dtype: .float64)), ("2.weight", second),
      ("2.bias", .zeros([second.shape[0]], dtype: .float64)),
    ])
    expectClose(name + " output", sigmoid(net(x)), json["firstOutput"]!)
    let gradients = net.valueAndGradients { RowCrossEntropy()(net(x), y) }.gradients
    let expected = try json.object("firstGradients")
    for ((_, gradient), key) in zip(gradients, ["dW1", "db1", "dW2", "db2"]) {
      expectClose("\(name) \(key)", key.hasPrefix("dW") ? gradient.transposed() : gradient, expected[key]!)
    }
    let rate = try json.number("learningRate")
    let step = try TrainingStep(net, loss: RowCrossEntropy(), optimizer: .sgd(learningRate: rate))
    let losses = try json.object("meanSquaredErrorByEpoch")
    for epoch in 0..<epochs {
      if let loss = losses["\(epoch)"] {
        expectClose("\(name) loss of epoch \(epoch)", MeanSquaredError()(sigmoid(net(x)), y), loss)
      }
      try step(x, y)
    }
    guard epochs == (try json.integer("epochs")) else { return }
    let final = try json.object("final")
    for (parameter, key) in zip(net.parameters, ["W1", "b1", "W2", "b2"]) {
      let value = parameter.value
      expectClose("\(name) final \(key)", key.hasPrefix("W") ? value.transposed() : value, final[key]!)
    }
    expectClose(name + " final output", sigmoid(net(x)), json["finalOutput"]!)
  }

  @Test("Activations, from −1000 to 1000", arguments: backends)
  func activations(_ backend: BackendChoice) throws {
    let json = try ReferenceNumbers.read("tutorial/tutorial.json").object("activations")
    let x = json["x"]!.tensor()
    withBackend(backend) {
      expectClose("sigmoid", sigmoid(x), json["sigmoid"]!)
      expectClose("tanh", tanh(x), json["tanh"]!)
      expectClose("relu", relu(x), json["relu"]!)
      expectClose("leakyReLU", leakyReLU(x, negativeSlope: 0.1), json["leakyReLU(0.1)"]!)
      expectClose("softmax", softmax(x), json["softmax"]!)
      #expect(step(x).doubles == x.doubles.map { $0 >= 0 ? 1 : 0 })
      for function in [sigmoid, relu, step, { softmax($0) }, { logSoftmax($0) }, { leakyReLU($0) }] {
        for type in [DType.float32, .float64] {
          let point = x.cast(to: type)
          let (value, slope) = valueAndGradient(at: point) { function($0).sum() }
          #expect((value.doubles + slope.doubles).allSatisfy { $0.isFinite })
        }
      }
    }
  }

  private func expectClose(_ name: String, _ found: Tensor, _ expected: JSONValue) {
    // Relative to each number; below 1e-300 both are nothing.
    #expect(difference(name, found.doubles, expected.scalars, relative: 1e-12, floor: 1e-300) == [])
  }
}
