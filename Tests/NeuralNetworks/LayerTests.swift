import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Layers that normalise, add noise, branch and join")
struct LayerTests {
  private func training<Result>(_ seed: UInt64 = 5, _ body: () throws -> Result) rethrows -> Result {
    try Trace(isTraining: true, key: RandomKey(seed: seed).node, allowsReading: true)(body)
  }

  /// Mean and variance, each in its standard errors from what is expected.
  private func distances(_ values: [Double], mean: Double, variance: Double, kurtosis: Double) -> (Double, Double) {
    let count = Double(values.count)
    let found = values.reduce(0, +) / count
    let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return (
      abs(found - mean) / (variance / count).squareRoot(),
      abs(spread - variance) / (variance * ((kurtosis - 1) / count).squareRoot())
    )
  }

  @Test("Alpha dropout keeps mean 0 and variance 1, and does nothing in inference")
  func alphaDropout() {
    let x = Tensor.normal([200, 100], key: RandomKey(seed: 2), dtype: .float64)
    for rate in [0.1, 0.5, 0.9] {
      let y = training { AlphaDropout(rate)(x).doubles }
      // What was dropped is one and the same number; the standard error of its share is below 0.0036.
      let often = Dictionary(y.map { ($0, 1) }, uniquingKeysWith: +).values.max()!
      #expect(abs(Double(often) / Double(y.count) - rate) < 5 * 0.0036, "rate \(rate)")
      // 5 standard errors are passed once in a million times. The kurtosis, of a mixture of two, is at most that of a normal
      // distribution with weight 0.1 beside a point: below 15.
      let (mean, variance) = distances(y, mean: 0, variance: 1, kurtosis: 15)
      #expect(mean < 5 && variance < 5, "rate \(rate): \(mean) and \(variance) standard errors")
    }
    #expect(AlphaDropout(0.5)(x).doubles == x.doubles)
    #expect(training { AlphaDropout(0)(x).doubles } == x.doubles)
  }

  @Test("Gaussian noise has the deviation it says, is new in each place, and does nothing in inference")
  func gaussianNoise() {
    let x = Tensor.zeros([200, 100], dtype: .float64)
    let noise = training { GaussianNoise(0.3)(x).doubles }
    let (mean, variance) = distances(noise, mean: 0, variance: 0.09, kurtosis: 3)
    #expect(mean < 5 && variance < 5, "\(mean) and \(variance) standard errors")
    #expect(Set(noise).count == noise.count)
    let twice = training { [GaussianNoise(0.3)(x).doubles, GaussianNoise(0.3)(x).doubles] }
    #expect(twice[0] == noise && twice[1] != noise)
    #expect(GaussianNoise(0.3)(x).doubles == x.doubles)
  }

  @Test("Spectral normalisation brings the largest singular value to 1, in training as from the start")
  func spectral() throws {
    let layer = SpectralLinear(3, 3, bias: false, dtype: .float64)
    try layer.initialize(seed: 1)
    for vector in [layer.u, layer.v] { #expect(abs(vector.value.squared().sum().scalar() - 1) < 1e-14) }
    layer.weight.value = Tensor([[3, 0, 0], [0, 2, 0], [0, 0, 1]], dtype: .float64)
    layer.finishInitializing()
    // Fifteen iterations leave (2/3)³⁰ of what was beside the first vector.
    let first = layer(Tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype: .float64)).doubles
    #expect(difference("start", first, [1, 0, 0, 0, 2.0 / 3, 0, 0, 0, 1.0 / 3], relative: 1e-4) == [])
    let step = try TrainingStep(layer, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0))
    let x = Tensor([[1, 0, 0]], dtype: .float64)
    for _ in 0..<30 { try step(x, x) }
    // Each step goes on from the vectors that the one before has left.
    #expect(abs(try step(x, x)) < 1e-24)
    let before = layer.u.value.doubles
    try layer.freeze("parametrizations.weight.0._u")
    layer.weight.value = Tensor([[1, 0, 0], [0, 2, 0], [0, 0, 3]], dtype: .float64)
    try step(x, x)
    #expect(layer.u.value.doubles == before)
  }

  @Test("A residual network and one with branches train, and are made again from a description")
  func branches() throws {
    let net = Sequential {
      Linear(4, 6)
      Residual {
        LayerNorm(6)
        Linear(6, 6)
        GELU()
      }
      Parallel(.concatenate) {
        Sequential {
          Columns(0..<3)
          Linear(3, 2)
        }
        Sequential {
          Columns(3..<6)
          Linear(3, 1)
        }
      }
      Linear(3, 1)
    }
    let names = net.namedParameters.map(\.name)
    #expect(names.contains("1.body.0.weight") && names.contains("1.body.1.bias") && names.contains("2.1.1.weight"))
    let x = Tensor.normal([32, 4], key: RandomKey(seed: 1))
    let y = x.squared().sum([1], keepingAxes: true)
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01), seed: 1)
    let losses = try (0..<300).map { _ in try step(x, y) }
    #expect(losses.last! < 0.1 * losses[0])
    let again = try Sequential(try net.networkDescription())
    try again.load(net.stateDictionary())
    #expect(again(x).doubles == net(x).doubles)
    let summary = try net.summary(input: [4])
    #expect(summary.rows.map(\.kind).contains("residual") && summary.rows.map(\.kind).contains("parallel"))
    #expect(summary.parameterCount == net.parameters.reduce(0) { $0 + $1.shape.elementCount })
  }

  /// Two inputs in one: what a training step, a file and a prediction take.
  private struct TwoInputs: Module {
    let left = Linear(3, 4), right = Linear(2, 5)
    let pairs = Bilinear(4, 5, 1)
    func callAsFunction(_ x: Tensor) -> Tensor {
      pairs(tanh(left(x.sliced(0..<3, axis: 1))), tanh(right(x.sliced(3..<5, axis: 1))))
    }
  }

  @Test("A module of one's own with two inputs trains, and is kept as its graph")
  func twoInputs() throws {
    let net = TwoInputs()
    let x = Tensor.normal([64, 5], key: RandomKey(seed: 4))
    let y = x.sliced(0..<1, axis: 1) * x.sliced(3..<4, axis: 1)
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.02), seed: 1)
    let losses = try (0..<300).map { _ in try step(x, y) }
    #expect(losses.last! < 0.1 * losses[0])
    let graph = try GraphModule(net.graphDescription(row: TensorType([5], .float32)))
    try graph.load(net.stateDictionary())
    #expect(compile { graph($0) }(x).doubles == compile { net($0) }(x).doubles)
    let (a, b) = (Tensor.normal([4, 4], key: RandomKey(seed: 5)), Tensor.normal([4, 5], key: RandomKey(seed: 6)))
    #expect(net.pairs(a, b).doubles == net.pairs(.concatenate([a, b], axis: 1)).doubles)
  }

  @Test("Columns gives the range of the last axis that it names")
  func columns() {
    #expect(Columns(1..<3)(Tensor([[1, 2, 3, 4], [5, 6, 7, 8]])).doubles == [2, 3, 6, 7])
  }

  private func mismatch(_ module: some Module, _ input: Shape) -> String {
    do { return "gives \(try module.outputShape(for: input))" } catch { return "\(error)" }
  }

  @Test("What a layer cannot take is an error that says what it expects and what came")
  func mismatches() {
    #expect(mismatch(LayerNorm(6), [4, 3]) == "LayerNorm expects [..., 6], got [4, 3].")
    #expect(mismatch(GroupNorm(2, 6), [4, 3, 6]) == "GroupNorm expects [batch, 6, ...], got [4, 3, 6].")
    #expect(mismatch(Bilinear(2, 3, 1), [4, 3]) == "Bilinear expects [..., 5], got [4, 3].")
    #expect(mismatch(Reshape([2, 4]), [4, 9]) == "Reshape makes rows of [2, 4], got [4, 9]: rows of 9 numbers.")
    #expect(mismatch(Reshape([2, -1]), [4, 9]) == "Reshape makes rows of [2, -1], got [4, 9]: rows of 9 numbers.")
    #expect(mismatch(Columns(2..<5), [4, 4]) == "Columns takes 2..<5 of the last axis, got [4, 4].")
    #expect(
      mismatch(Residual { Columns(0..<2) }, [4, 3])
        == "Residual adds its body's result to the input, but the body makes float32[4, 2] of float32[4, 3].")
    let branches = Parallel(.add) {
      Columns(0..<2)
      Columns(0..<3)
    }
    #expect(
      mismatch(branches, [4, 3])
        == "Parallel cannot add what its branches give: float32[4, 2], float32[4, 3].")
    #expect(mismatch(Parallel(axis: 2, [Columns(0..<2)]), [4, 3]).hasPrefix("Parallel joins along axis 2, but"))
    let lengths = Parallel(.concatenate, [Columns(0..<1), GliaNeuralNetworks.Reshape([2, 3])])
    #expect(mismatch(lengths, [4, 3, 2]).hasPrefix("Parallel cannot concatenate what its branches give"))
    let bare = Sequential([Linear(3, 4, bias: false), Linear(5, 1, bias: false)])
    #expect(mismatch(bare, [2, 3]).hasPrefix("Layer '1': Linear expects 5 features"))
    let deep = Sequential([Linear(3, 4), Residual { Linear(4, 5) }, ReLU()])
    #expect(mismatch(deep, [2, 3]).hasPrefix("Layer '1.body.0': Residual adds"))
  }

  @Test("Settings that do not go together are errors that name them")
  func settings() {
    #expect(throws: SettingError("groupNorm: size is 6; it has to be a multiple of groups, which is 4.")) {
      try GroupNorm(4, 6).validate()
    }
    #expect(throws: SettingError("columns: start is 3; it has to be less than end, which is 2.")) {
      try Catalog.layers.make("columns", ["start": 3, "end": 2])
    }
    #expect(throws: SettingError("parallel: branches is empty; it needs at least one.")) {
      try Parallel(.add, []).validate()
    }
    #expect(throws: SettingError.self) { try Parallel(axis: 0, [ReLU()]).validate() }
    #expect(throws: SettingError("reshape: shape is [2, 0]; it has to have no axis of 0 and at most one of -1.")) {
      try Catalog.layers.make("reshape", ["shape": [2, 0]])
    }
    #expect(throws: SettingError.self) { try Reshape([-1, -1]).validate() }
    #expect(throws: SettingError("alphaDropout: rate is 1; it has to be at least 0 and less than 1.")) {
      try AlphaDropout(1).validate()
    }
  }
}
