import GliaFormats
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// Recurrent layers, attention and encodings against the numbers of References/sequences, in float64.
@Suite("Sequences")
struct SequencesTests {
  static func cases(_ key: String) throws -> [JSONObject] {
    try ReferenceNumbers.read("sequences/sequences.json").array(key).map { $0.object! }
  }

  static func settings(_ json: JSONObject) -> Settings {
    var settings: Settings = ["dtype": .text("float64")]
    for member in json.members {
      if let flag = member.value.bool { settings[member.key] = .flag(flag) }
      if let text = member.value.string { settings[member.key] = .text(text) }
      if let number = member.value.scalars.first { settings[member.key] = .number(number) }
    }
    return settings
  }

  static func tensors(_ json: JSONObject, _ key: String) throws -> [Tensor] {
    try json.array(key).map { $0.tensor() }
  }

  static func load(_ layer: any Layer, _ json: JSONObject) throws {
    try layer.load(try json.object("state").members.map { ($0.key, $0.value.tensor()) })
  }

  /// Every gradient that the case has, by the tensors at hand and by the weights.
  private func expectGradients(
    _ name: String, _ json: JSONObject, of layer: any Layer, at points: [Tensor], _ expected: [JSONValue],
    loss: @escaping ([Tensor]) -> Tensor
  ) throws {
    for (slope, numbers) in zip(valueAndGradient(at: points, of: loss).gradients, expected) {
      expectClose(name + ", gradient by an input", slope, numbers)
    }
    let found = layer.valueAndGradients { loss(points) }.gradients
    #expect(found.map(\.name).sorted() == (try json.object("gradients").keys.sorted()))
    for (key, value) in found { expectClose("\(name), gradient by \(key)", value, try json.object("gradients")[key]!) }
  }

  private func expectClose(_ name: String, _ found: Tensor, _ expected: JSONValue) {
    #expect(found.shape == expected.shape, "\(name)")
    // Relative to the number itself; what cancels to nearly nothing is held to its terms' size.
    #expect(difference(name, found.doubles, expected.scalars, relative: 1e-10, floor: 1e-3) == [])
  }

  @Test(
    "RNN, LSTM and GRU give PyTorch's outputs, states and gradients", arguments: [BackendChoice.reference, .cpu])
  func recurrent(_ backend: BackendChoice) throws {
    let all = try Self.cases("recurrent")
    #expect(Set(try all.map { try $0.string("kind") }) == ["rnn", "lstm", "gru"])
    for json in all {
      let layer = try Catalog.layers.make(json.string("kind"), Self.settings(json.object("settings")))
      try Self.load(layer, json)
      let name = "\(layer.partDescription)"
      let recurrent = try #require(layer as? any Recurrent)
      let (x, start) = (json["x"]!.tensor(), try Self.tensors(json, "start"))
      func run(_ points: [Tensor]) -> (output: Tensor, last: [Tensor]) {
        let state = points.count > 1 ? RecurrentState(hidden: points[1], cell: points.dropFirst(2).first) : nil
        let (output, last) = recurrent(points[0], from: state)
        return (output, [last.hidden] + (last.cell.map { [$0] } ?? []))
      }
      try withBackend(backend) {
        let (output, last) = run([x] + start)
        expectClose(name, output, json["y"]!)
        for (found, expected) in zip(last, try json.array("last")) { expectClose(name + ", state", found, expected) }
        if start.isEmpty { expectClose(name + " as a layer", layer(x), json["y"]!) }
        let (g, lastG) = (json["g"]!.tensor(), try Self.tensors(json, "lastG"))
        try expectGradients(
          name, json, of: layer, at: [x] + start, [json["dx"]!] + json.array("dStart")
        ) { points in
          let (output, last) = run(points)
          return zip(last, lastG).reduce((output * g).sum()) { $0 + ($1.0 * $1.1).sum() }
        }
      }
    }
  }

  @Test("The last step alone is what each direction has after all steps")
  func lastStep() throws {
    for layers in [1, 2] {
      let every = LSTM(2, 3, layers: layers, bidirectional: true, dtype: .float64)
      let last = LSTM(2, 3, layers: layers, bidirectional: true, output: .last, dtype: .float64)
      try every.initialize(seed: 4)
      try last.load(every.stateDictionary())
      var numbers = SeededNumbers(seed: 4)
      let x = numbers.tensor([2, 5, 2])
      let all = every(x)
      let ends = [all.sliced(4..<5, axis: 1).sliced(0..<3, axis: 2), all.sliced(0..<1, axis: 1).sliced(3..<6, axis: 2)]
      #expect(last(x).doubles == Tensor.concatenate(ends, axis: 2).squeezed(axis: 1).doubles)
      #expect(try last.outputShape(for: [2, 5, 2], dtype: .float64) == [2, 6])
    }
  }

  @Test("Attention and its masks give PyTorch's outputs and gradients", arguments: [BackendChoice.reference, .cpu])
  func attention(_ backend: BackendChoice) throws {
    for json in try Self.cases("attention") {
      var settings = Self.settings(try json.object("settings"))
      let masks = try json.object("masks")
      settings["causal"] = .flag(masks["causal"] != nil)
      let layer = try Attention(settings)
      try Self.load(layer, json)
      let name = "\(layer.partDescription) \(masks.keys)"
      let given: [AttentionMask] =
        (masks["lengths"].map { [.lengths($0.tensor(.int32))] } ?? [])
        + (masks["keys"].map { [.keys(Self.flags($0))] } ?? [])
        + (masks["pairs"].map { [.pairs(Self.flags($0))] } ?? [])
      let mask = given.first?.and(given.dropFirst().first)
      func run(_ inputs: [Tensor]) -> Tensor {
        inputs.count == 1
          ? layer(inputs[0], mask: mask) : layer(query: inputs[0], key: inputs[1], value: inputs[2], mask: mask)
      }
      let inputs = try Self.tensors(json, "inputs")
      let g = json["g"]!.tensor()
      try withBackend(backend) {
        expectClose(name, run(inputs), json["y"]!)
        try expectGradients(name, json, of: layer, at: inputs, json.array("dInputs")) { (run($0) * g).sum() }
        if inputs.count == 1, mask == nil { expectClose(name + " as a layer", layer(inputs[0]), json["y"]!) }
      }
    }
  }

  /// Nested arrays of truth values as a tensor of bool.
  private static func flags(_ json: JSONValue) -> Tensor {
    let rows = json.array!.map { $0.array!.map { $0.bool! ? 1.0 : 0 } }
    return Tensor(rows) .!= 0
  }

  @Test("A query that may attend to nothing gets the output's bias, and its gradients are numbers")
  func nothingAllowed() throws {
    let layer = Attention(4, heads: 2, dtype: .float64)
    try layer.initialize(seed: 3)
    var numbers = SeededNumbers(seed: 3)
    layer.outputBias!.value = numbers.tensor([4])
    let x = numbers.tensor([2, 3, 4])
    let mask = AttentionMask.lengths(Tensor([Int32(0), 2], shape: [2]))
    let y = layer(x, mask: mask)
    let bias = layer.outputBias!.value.doubles
    #expect(y.sliced(0..<1).doubles == bias + bias + bias)
    let slope = gradient(at: x) { layer($0, mask: mask).squared().sum() }.doubles
    #expect(slope.prefix(12).allSatisfy { $0 == 0 } && slope.suffix(12).allSatisfy { $0.isFinite && $0 != 0 })
  }

  @Test("Positional encodings are the formulas' numbers")
  func encodings() throws {
    for json in try Self.cases("encodings") {
      let x = json["x"]!.tensor()
      expectClose(
        try json.string("kind"), try json.string("kind") == "rotary" ? rotary(x) : SinusoidalEncoding()(x), json["y"]!)
    }
    // Turned queries and keys meet in products that depend on how far apart they are.
    var numbers = SeededNumbers(seed: 5)
    let (q, k) = (numbers.tensor([1, 6]), numbers.tensor([1, 6]))
    let products = rotary(q.broadcast(to: [5, 6])).matrixProduct(rotary(k.broadcast(to: [5, 6])).transposed()).doubles
    for distance in -4...4 {
      let same = (0..<5).filter { (0..<5).contains($0 + distance) }.map { products[$0 * 5 + $0 + distance] }
      #expect(difference("distance \(distance)", same, same.map { _ in same[0] }, relative: 1e-12) == [])
    }
  }

  @Test("What does not fit is an error that names it")
  func mistakes() {
    #expect(throws: ShapeMismatch("lstm expects [batch, steps, 3], got 4 features: [2, 5, 4].")) {
      try LSTM(3, 2).outputShape(of: [2, 5, 4], dtype: .float32)
    }
    #expect(throws: ShapeMismatch("gru expects [batch, steps, 3] with at least one step, got [2, 0, 3].")) {
      try GRU(3, 2).outputShape(of: [2, 0, 3], dtype: .float32)
    }
    #expect(throws: SettingError("rnn: hiddenSize is 0; it has to be an integer from 1 to 1099511627776.")) {
      try RNN(3, 0).initialize(seed: 1)
    }
    #expect(throws: SettingError("attention: heads is 4; it has to divide size, which is 6.")) {
      try Attention(["size": 6, "heads": 4])
    }
    #expect(throws: ShapeMismatch("attention: heads is 4; it has to divide size, which is 6.")) {
      try Attention(6, heads: 4).outputShape(for: [1, 2, 6])
    }
    #expect(throws: ShapeMismatch("LearnedEncoding has rows for 4 steps, got 5: an input of [1, 5, 2].")) {
      try LearnedEncoding(4, 2).outputShape(of: [1, 5, 2], dtype: .float32)
    }
  }

  @Test("A step of an LSTM is three kernel calls in training: two forwards and one back")
  func calls() throws {
    let counts = try [4, 9].map { steps in
      let net = Sequential {
        LSTM(3, 8, output: .last); Linear(8, 2)
      }
      let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01))
      let plan = try step.describe(.zeros([4, steps, 3]), .zeros([4, 2]))
      return plan.split(separator: "\n").count { $0.first!.isNumber }
    }
    #expect(counts[1] - counts[0] == 5 * 3, "\(counts)")
  }

  /// Windows of a wave of two frequencies with some noise, each with the value that follows: what came a period ago misses
  /// the noise of both places, a network that has learned the wave only that of one.
  private static func series(steps: Int, seed: UInt64) -> (inputs: Tensor, targets: Tensor, naive: Double) {
    var numbers = SeededNumbers(seed: seed)
    let noise = numbers.tensor([160], in: -0.2...0.2)
    let t = Tensor.iota([160], dtype: .float64) * (2 * Double.pi / 12)
    let values = (t.sin() + (t * 2.0).cos() * 0.5 + noise).doubles
    let windows = (0..<160 - steps).map { Array(values[$0..<$0 + steps]) }
    let next = Array(values[steps...])
    let errors = next.indices.map { next[$0] - values[$0 + steps - 12] }
    return (
      Tensor(windows.flatMap { $0 }, shape: [windows.count, steps, 1]), Tensor(next, shape: [next.count, 1]),
      errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
    )
  }

  @Test("An LSTM, a GRU, an RNN and a small attention network learn a series", arguments: [0, 1, 2, 3])
  func learning(_ choice: Int) throws {
    let seed: UInt64 = 11
    let (x, y, naive) = Self.series(steps: 12, seed: seed)
    let nets = [
      Sequential {
        LSTM(1, 8, output: .last); Linear(8, 1)
      },
      Sequential {
        GRU(1, 8, output: .last); Linear(8, 1)
      },
      Sequential {
        RNN(1, 8, output: .last); Linear(8, 1)
      },
      Sequential {
        Linear(1, 8); LearnedEncoding(12, 8); Attention(8, heads: 2); Flatten(); Linear(96, 1)
      },
    ]
    let step = try TrainingStep(nets[choice], loss: .meanSquaredError, optimizer: .adam(learningRate: 0.03), seed: seed)
    let losses = try (0..<200).map { _ in try step(x, y) }
    #expect(losses.last! < 0.75 * naive, "seed \(seed): \(losses.last!), a period ago \(naive)")
  }
}
