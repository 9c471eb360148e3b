import GliaFormats
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// Transformer blocks, and what else sequences of different lengths need, against the numbers of References/transformer, in float64.
@Suite("Transformer blocks and lengths")
struct TransformerTests {
  private func expectClose(_ name: String, _ found: Tensor, _ expected: JSONValue) {
    #expect(found.shape == expected.shape, "\(name)")
    #expect(difference(name, found.doubles, expected.scalars, relative: 1e-10, floor: 1e-3) == [])
  }

  @Test(
    "A block gives PyTorch's outputs and gradients, under PyTorch's names", arguments: [BackendChoice.reference, .cpu])
  func block(_ backend: BackendChoice) throws {
    for value in try ReferenceNumbers.read("transformer/transformer.json").array("blocks") {
      let json = try #require(value.object)
      let layer = try TransformerBlock(SequencesTests.settings(json.object("settings")))
      try SequencesTests.load(layer, json)
      let (x, g) = (json["x"]!.tensor(), json["g"]!.tensor())
      try withBackend(backend) {
        expectClose("y", layer(x), json["y"]!)
        let slope = gradient(at: x) { (layer($0) * g).sum() }
        expectClose("gradient by x", slope, json["dx"]!)
        let found = layer.valueAndGradients { (layer(x) * g).sum() }.gradients
        #expect(found.map(\.name).sorted() == (try json.object("gradients").keys.sorted()))
        for (key, value) in found { expectClose("gradient by \(key)", value, try json.object("gradients")[key]!) }
      }
    }
  }

  @Test("Dropout acts on both of a block's sums, and in training alone")
  func dropout() throws {
    let block = TransformerBlock(4, heads: 2, hiddenSize: 6, dropout: 1, dtype: .float64)
    try block.initialize(seed: 2)
    var numbers = SeededNumbers(seed: 2)
    for parameter in block.parameters { parameter.value = numbers.tensor(parameter.shape) }
    let x = numbers.tensor([2, 3, 4])
    let trained = try Trace(isTraining: true, key: RandomKey(seed: 1).node, allowsReading: true) { block(x).doubles }
    #expect(trained == x.doubles && block(x).doubles != x.doubles)
  }

  @Test("What each head takes of each key is PyTorch's")
  func weights() throws {
    let json = try ReferenceNumbers.read("transformer/transformer.json").object("weights")
    let layer = Attention(6, heads: 2, dtype: .float64)
    try SequencesTests.load(layer, json)
    let lengths = Tensor(json["lengths"]!.scalars.map { Int32($0) }, shape: [2])
    let (query, key) = (json["query"]!.tensor(), json["key"]!.tensor())
    expectClose("weights", layer.weights(query: query, key: key, mask: .lengths(lengths)), json["weights"]!)
  }

  @Test("Recurrent layers stop at the end of each sample, as PyTorch's do for packed sequences")
  func lengths() throws {
    for value in try ReferenceNumbers.read("transformer/transformer.json").array("lengths") {
      let json = try #require(value.object)
      let layer = try Catalog.layers.make(json.string("kind"), SequencesTests.settings(json.object("settings")))
      try SequencesTests.load(layer, json)
      let recurrent = try #require(layer as? any Recurrent)
      let counts = json["lengths"]!.scalars
      let lengths = Tensor(counts.map { Int64($0) }, shape: [counts.count])
      let (x, slopes) = (json["x"]!.tensor(), try SequencesTests.tensors(json, "lastG"))
      func results(_ x: Tensor) -> [Tensor] {
        let (output, state) = recurrent(x, from: nil, lengths: lengths)
        return [output, state.hidden] + (state.cell.map { [$0] } ?? [])
      }
      for (found, expected) in zip(results(x), [json["y"]!] + (try json.array("last"))) {
        expectClose("\(layer.partDescription)", found, expected)
      }
      let loss = { (x: Tensor) in
        zip(results(x), [json["g"]!.tensor()] + slopes).reduce(Tensor(0, dtype: .float64)) { $0 + ($1.0 * $1.1).sum() }
      }
      expectClose("gradient by x", gradient(at: x, of: loss), json["dx"]!)
      for (key, value) in layer.valueAndGradients({ loss(x) }).gradients {
        expectClose("gradient by \(key)", value, try json.object("gradients")[key]!)
      }
    }
  }

  @Test("Heads that do not divide the features are an error that says so")
  func errors() {
    #expect(throws: SettingError("attention: heads is 4; it has to divide size, which is 6.")) {
      try TransformerBlock(["size": 6, "heads": 4, "hiddenSize": 8])
    }
  }

  @Test("Blocks learn which of two marks came last, which no step can tell by itself")
  func learns() throws {
    // Rows of twelve symbols: mostly 0, somewhere one or more 1s and 2s. The answer is the last that is not 0.
    var numbers = SeededNumbers(seed: 3)
    let rows = 400
    let symbols = (0..<rows).map { _ in
      (0..<12).map { step in
        step == 0 ? Int.random(in: 1...2, using: &numbers) : max(0, Int.random(in: -3...2, using: &numbers))
      }
    }
    let answers = symbols.map { $0.last { $0 > 0 }! - 1 }
    let x = Tensor(symbols.flatMap { $0.map(Int64.init) }, shape: [rows, 12])
    let y = Tensor(answers.map(Int32.init), shape: [rows])
    let net = Sequential {
      Embedding(3, 16)
      LearnedEncoding(12, 16)
      TransformerBlock(16, heads: 2, hiddenSize: 32)
      TransformerBlock(16, heads: 2, hiddenSize: 32)
      LayerNorm(16)
      Flatten()
      Linear(192, 2)
    }
    let step = try TrainingStep(net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.003), seed: 1)
    func batch(_ range: Range<Int>) -> (Tensor, Tensor) { (x.sliced(range, axis: 0), y.sliced(range, axis: 0)) }
    for index in 0..<150 {
      let start = index % 5 * 64
      let (inputs, targets) = batch(start..<start + 64)
      try step(inputs, targets)
    }
    let (inputs, targets) = batch(320..<400)
    let scores = compile { net($0) }(inputs).doubles
    let right = zip(0..., targets.doubles).filter { row, truth in
      (scores[2 * row + 1] > scores[2 * row] ? 1 : 0) == truth
    }
    // Rows that were not trained on. Guessing is right in half of them.
    #expect(right.count >= 72, "\(right.count) of 80")
  }
}
