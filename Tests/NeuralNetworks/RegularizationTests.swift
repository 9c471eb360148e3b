import GliaNeuralNetworks
import GliaTensors
import Testing

@Suite("Dropout, batch normalisation and embeddings")
struct RegularizationTests {
  private func training<Result>(_ seed: UInt64 = 5, _ body: () throws -> Result) rethrows -> Result {
    try Trace(isTraining: true, key: RandomKey(seed: seed).node, allowsReading: true)(body)
  }

  @Test("Dropout drops the share it says, scales the rest, and does nothing in inference")
  func dropout() {
    let x = Tensor.ones([200, 100])
    let y = training { Dropout(0.3)(x).doubles }
    #expect(Set(y) == [0, Double(Float(1 / 0.7))])
    // The standard error of the share over 20,000 draws is 0.0032.
    #expect(abs(Double(y.filter { $0 == 0 }.count) / 20_000 - 0.3) < 0.013)
    #expect(Dropout(0.3)(x).doubles == x.doubles)
    #expect(training { Dropout(0)(x).doubles } == x.doubles)
    #expect(training { Dropout(1)(x).doubles } == Tensor.zeros([200, 100]).doubles)
  }

  @Test("The same seed drops the same elements; another seed, another layer or another step drops others")
  func dropoutSeeds() throws {
    let x = Tensor.ones([50])
    let two = { () -> [[Double]] in
      let first = Dropout(0.5)(x)
      return [first.doubles, Dropout(0.5)(x).doubles]
    }
    #expect(training(1, two) == training(1, two))
    #expect(training(1, two) != training(2, two))
    let pair = training(1, two)
    #expect(pair[0] != pair[1])

    // y = dropout(x · w): the loss shows what was dropped.
    let step = try TrainingStep(
      Sequential([Linear(1, 1, bias: false, initializer: .ones), Dropout(0.5)]), loss: .meanSquaredError,
      optimizer: .sgd(learningRate: 0), seed: 3)
    let losses = try (0..<4).map { _ in try step(.ones([64, 1]), .zeros([64, 1])) }
    #expect(Set(losses).count > 1)
  }

  @Test("Frozen batch normalisation uses its running statistics in training and leaves them alone")
  func frozenBatchNorm() throws {
    let net = Sequential { BatchNorm(2) }
    try net.initialize(seed: 1)
    net.parameters[2].value = [10, 20]
    net.parameters[3].value = [4, 9]
    let x = Tensor([[12, 26], [8, 14]])
    let y = Tensor([[1, 2], [-1, -2]])
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0))
    // The batch's own statistics give (±1, ±1) / √(1 + ε/variance).
    #expect(abs(try step(x, y) - 0.5) < 1e-4)
    // running ← 0.9 · running + 0.1 · batch's: mean 10 and 20; unbiased variance 8 and 72.
    #expect(zip(net.parameters[3].value.doubles, [0.9 * 4 + 0.8, 0.9 * 9 + 7.2]).allSatisfy { abs($0 - $1) < 1e-5 })
    net.parameters[3].value = [4, 9]
    try net.freeze()
    #expect(throws: SettingError.self) { try step(x, y) }

    let deep = Sequential {
      BatchNorm(2)
      Linear(2, 2)
    }
    try deep.initialize(seed: 1)
    deep.parameters[2].value = [10, 20]
    deep.parameters[3].value = [4, 9]
    deep.parameters[4].value = Tensor([[1, 0], [0, 1]])
    let second = try TrainingStep(deep, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0))
    #expect(abs(try second(x, y) - 0.5) < 1e-4)
    deep.parameters[3].value = [4, 9]
    try deep.freeze("0")
    // (12 − 10) / 2 = 1 and (26 − 20) / 3 = 2: exactly the target.
    #expect(try second(x, y) < 1e-9)
    #expect(deep.parameters[3].value.doubles == [4, 9])
    try deep.unfreeze("0")
    #expect(abs(try second(x, y) - 0.5) < 1e-4)
  }

  @Test("Over [batch, features, length], a feature's statistics are over the batch and the length")
  func batchNormLength() throws {
    let x = Tensor((0..<12).map { Double($0 * $0 % 7) }, shape: [2, 3, 2], dtype: .float64)
    let norm = BatchNorm(3, dtype: .float64)
    try norm.initialize(seed: 1)
    let rows = x.transposed([0, 2, 1]).reshaped([4, 3])
    let direct = training { norm(x).doubles }
    let folded = training { norm(rows).reshaped([2, 2, 3]).transposed([0, 2, 1]).doubles }
    #expect(zip(direct, folded).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("A batch of one row leaves the running statistics as they are, and nothing becomes infinite")
  func batchOfOne() throws {
    let net = Sequential {
      Linear(2, 2)
      BatchNorm(2)
    }
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(), seed: 1)
    #expect(try step(.ones([1, 2]), .ones([1, 2])).isFinite)
    #expect(net.parameters[4].value.doubles == [0, 0])
    #expect(net.parameters[5].value.doubles == [1, 1])
    #expect(step.parameterNotFinite() == nil)
  }

  @Test("An embedding gives its row for each code, and trains only the rows that were used")
  func embedding() throws {
    let net = Embedding(3, 2, initializer: .ones)
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1))
    let codes = Tensor([Int64(2), 0, 2], shape: [3])
    // Loss = mean over 6 of (w − t)²: a row used twice gets both slopes, 2 · (1 − 0) / 6 each.
    try step(codes, .zeros([3, 2]))
    let expected = [1 - 1.0 / 3, 1 - 1.0 / 3, 1, 1, 1 - 2.0 / 3, 1 - 2.0 / 3]
    #expect(zip(net.weight.value.doubles, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("Embeddings of columns pass the numbers and replace each code by the row of its own embedding")
  func columnEmbedding() {
    let layer = ColumnEmbedding(numbers: 1, embeddings: [Embedding(2, 2), Embedding(3, 1)])
    layer.embeddings[0].weight.value = Tensor([[1, 2], [3, 4]])
    layer.embeddings[1].weight.value = Tensor([[10], [20], [30]])
    #expect(layer(Tensor([[0.5, 1, 2], [-7, 0, 1]])).doubles == [0.5, 3, 4, 30, -7, 1, 2, 20])
    #expect(layer.outputSize == 4)
    #expect(throws: ShapeMismatch.self) { try layer.outputShape(for: [2, 4]) }
    #expect(throws: ShapeMismatch.self) { try layer.outputShape(for: [2, 3], dtype: .float64) }
    #expect(throws: ShapeMismatch.self) { try ColumnEmbedding(numbers: 0, embeddings: []).outputShape(for: [2, 0]) }
  }
}
