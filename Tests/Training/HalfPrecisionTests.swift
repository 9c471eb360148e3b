import CGliaKernels
import Foundation
import GliaGraph
import GliaNeuralNetworks
import GliaPasses
import GliaRuntime
import GliaTensors
import GliaTestSupport
import GliaTraining
import Testing

@Suite("bfloat16")
struct HalfPrecisionTests {
  private func network() throws -> Sequential {
    let net = Sequential {
      Linear(40, 70)
      LayerNorm(70)
      ReLU()
      Linear(70, 9)
    }
    try net.initialize(seed: 3)
    return net
  }

  private func scalars(_ count: Int) -> [Float] {
    Tensor.normal([count], key: RandomKey(seed: 8)).scalars()
  }

  @Test("Weights kept in bfloat16 give the bits of a network whose weights were rounded", arguments: [1, 2, 3, 5, 40])
  func keptWeights(_ rows: Int) throws {
    let net = try network()
    let x = scalars(rows * 40)
    let kept = try CompiledModel(net, input: [rows, 40], weights: .bfloat16)
    let found = kept(x)
    let exact = try CompiledModel(net, input: [rows, 40])(x)
    for (name, parameter) in net.namedParameters.map({ ($0.name, $0.parameter) }) where parameter.shape.rank == 2 {
      parameter.value = parameter.value.cast(to: .bfloat16)
      #expect(parameter.dtype == .float32, "\(name)")
    }
    let rounded = try CompiledModel(net, input: [rows, 40])(x)
    #expect(found == rounded)
    #expect(found != exact)
    for (a, b) in zip(found, exact) { #expect(abs(a - b) < 0.1) }
  }

  @Test("Weights kept in float32 give the same bits, and stay as they were", arguments: [1, 3, 60])
  func keptInFull(_ rows: Int) throws {
    let net = try network()
    let x = scalars(rows * 40)
    let live = try CompiledModel(net, input: [rows, 40])
    let kept = try CompiledModel(net, input: [rows, 40], weights: .float32)
    let before = live(x)
    #expect(kept(x) == before)
    for parameter in net.parameters where parameter.shape.rank == 2 { parameter.value = parameter.value * 2.0 }
    #expect(live(x) != before)
    #expect(kept(x) == before)
  }

  @Test("A model file's weights are kept in bfloat16 too")
  func fromFile() throws {
    let net = try network()
    let path = temporaryPath("half.safetensors")
    defer { remove(path) }
    try net.save(to: path, input: [40])
    let x = scalars(40)
    let found = try CompiledModel(path: path, weights: .bfloat16)(x)
    #expect(try found == CompiledModel(net, input: [1, 40], weights: .bfloat16)(x))
    #expect(try found != CompiledModel(path: path)(x))
  }

  @Test("A product reads bfloat16 where it lies, through views, and no other kernel widens it")
  func plan() {
    let x = Tensor(.make(Input("x", TensorType([5, 40], .float32))))
    let weight = Tensor.normal([70, 40], key: RandomKey(seed: 1)).cast(to: .bfloat16)
    _ = weight.buffer
    let y = x.matrixProduct(weight.cast(to: .float32).transposed()).tanh()
    let plan = Lowering.lower(Graph(inputs: [x.node], outputs: [y.node])).description
    #expect(plan.contains("2 calls") || plan.contains("1 calls"), "\(plan)")
    #expect(plan.contains("constant0 of bfloat16"), "\(plan)")
    // Who else reads it widens it too.
    let both = [y, weight.cast(to: .float32) * 2.0]
    let text = Lowering.lower(Graph(inputs: [x.node], outputs: both.map(\.node))).description
    #expect(text.contains("2 calls") && text.contains("constant0 of bfloat16"), "\(text)")
  }

  // ---- Mixed precision

  /// Ten classes around points of their own, too near one another to be told apart always.
  private func samples(_ rows: Int, seed: UInt64) throws -> Samples {
    let key = RandomKey(seed: 77)
    let classes = Tensor.uniform([rows], in: 0..<10, key: key.folding(seed)).cast(to: .int32)
    let centers = Tensor.normal([10, 48], key: key)
    let noise = Tensor.normal([rows, 48], deviation: 2.2, key: key.folding(seed).folding("noise"))
    return try Samples(inputs: centers.gathered(classes) + noise, targets: classes)
  }

  private func accuracy(_ precision: Precision, seed: UInt64) throws -> Double {
    let net = Sequential {
      Linear(48, 64)
      BatchNorm(64)
      ReLU()
      Linear(64, 10)
    }
    let trainer = Trainer(
      net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.003), precision: precision, seed: seed)
    try trainer.fit(samples(1500, seed: 1), epochs: 6, batchSize: 64)
    let test = try samples(1500, seed: 2)
    let (found, truth) = (trainer.predictions(for: test.inputs), test.targets.doubles)
    let scores = found.doubles
    let right = truth.indices.filter { row in
      let own = scores[row * 10..<row * 10 + 10]
      return own.firstIndex(of: own.max()!)! - row * 10 == Int(truth[row])
    }
    return Double(right.count) / Double(truth.count)
  }

  @Test("Trained in mixed precision a network is as accurate, within what seeds differ by")
  func accuracies() throws {
    let seeds: [UInt64] = [1, 2, 3, 4]
    let exact = try seeds.map { try accuracy(.float32, seed: $0) }
    let mixed = try seeds.map { try accuracy(.bfloat16, seed: $0) }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    // The standard deviation of a share of 1,500 rows, twice, is what two runs that are equally good may differ by.
    let deviation = (mean(exact) * (1 - mean(exact)) / 1500).squareRoot()
    #expect(mean(exact) > 0.75)
    #expect(abs(mean(exact) - mean(mixed)) < 2 * deviation, "\(exact) against \(mixed)")
    #expect(exact != mixed)
  }

  @Test("Gradients in mixed precision are those of float64 to the precision of bfloat16, and no better")
  func gradients() throws {
    func weights(_ dtype: DType, _ precision: Precision) throws -> [Double] {
      let net = Sequential {
        Linear(30, 40, dtype: dtype)
        Tanh()
        Linear(40, 20, dtype: dtype)
        Tanh()
        Linear(20, 3, dtype: dtype)
      }
      for (name, parameter) in net.namedParameters.map({ ($0.name, $0.parameter) }) {
        let key = RandomKey(seed: 5).folding(name)
        parameter.value = .normal(parameter.shape, deviation: 0.3, key: key, dtype: .float64).cast(to: .float32)
      }
      let x = Tensor.normal([50, 30], key: RandomKey(seed: 6)).cast(to: dtype)
      let y = Tensor.normal([50, 3], key: RandomKey(seed: 7)).cast(to: dtype)
      let before = net.parameters.flatMap { $0.value.doubles }
      // With a rate of 1 the step is the gradient.
      let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1), precision: precision)
      try step(x, y)
      return zip(before, net.parameters.flatMap { $0.value.doubles }).map { $0 - $1 }
    }
    func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let exact = try weights(.float64, .float32)
    let error = norm(zip(exact, try weights(.float32, .bfloat16)).map { $0 - $1 }) / norm(exact)
    // Eight products with two operands each, of which each is rounded by up to 2⁻⁹ of itself.
    #expect(error < 16 * 0x1p-9 && error > 0x1p-12, "\(error)")
    let single = norm(zip(exact, try weights(.float32, .float32)).map { $0 - $1 }) / norm(exact)
    #expect(single < 1e-5, "\(single)")
  }

  @Test("Both factors of a product are rounded, forward and backward, and nothing else is")
  func factors() throws {
    func rounded(_ x: Tensor) -> Tensor { x.cast(to: .bfloat16).cast(to: .float32) }
    let net = Sequential { Linear(30, 4) }
    let weight = Tensor.normal([4, 30], key: RandomKey(seed: 8)), bias = Tensor.normal([4], key: RandomKey(seed: 9))
    try net.load([("0.weight", weight), ("0.bias", bias)])
    let x = Tensor.normal([32, 30], key: RandomKey(seed: 6)), y = Tensor.normal([32, 4], key: RandomKey(seed: 7))
    let outputs = rounded(x).matrixProduct(rounded(weight).transposed()) + bias
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1), precision: .bfloat16)
    let loss = try step(x, y)
    #expect(abs(loss - MeanSquaredError()(outputs, y).scalar()) < 1e-6 * loss)
    // 128 numbers: the slope is (outputs − y) / 64, in which no bit is lost.
    let slope = (outputs - y) * (1.0 / 64)
    let gradient = rounded(slope).transposed().matrixProduct(rounded(x))
    let found = weight - net.parameters[0].value
    #expect(difference("weight", found.doubles, gradient.doubles, relative: 1e-6, floor: 0.5) == [])
    let sums = slope.sum([0])
    #expect(
      difference("bias", (bias - net.parameters[1].value).doubles, sums.doubles, relative: 1e-6, floor: 0.5) == [])
  }

  @Test("Mixed precision has the same bits under every instruction set and number of threads")
  func sameBits() throws {
    let usual = String(cString: glia_instruction_set())
    defer { _ = glia_use_instruction_set(usual) }
    func trained(threads: Int) throws -> [Double] {
      try withBackend(.cpuWith(threads: threads)) {
        let net = try network()
        let step = try TrainingStep(
          net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01), precision: .bfloat16)
        let (x, y) = (Tensor(scalars(60 * 40), shape: [60, 40]), Tensor(scalars(60 * 9), shape: [60, 9]))
        for _ in 0..<20 { try step(x, y) }
        return net.parameters.flatMap { $0.value.doubles }
      }
    }
    let expected = try trained(threads: 1)
    for name in ["avx512", "avx2", "neon", "portable"] where glia_use_instruction_set(name) {
      for threads in 1...3 { #expect(try trained(threads: threads) == expected, "\(name), \(threads) threads") }
    }
  }

  @Test("A run in mixed precision is resumed to the same bits, and not in another precision")
  func resumed() throws {
    let path = temporaryPath("mixed-checkpoint.safetensors")
    defer { remove(path) }
    let rows = try samples(64, seed: 3)
    func trainer(_ precision: Precision) -> (net: Sequential, trainer: Trainer) {
      let net = Sequential {
        Linear(48, 8)
        ReLU()
        Linear(8, 10)
      }
      return (
        net,
        Trainer(net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.01), precision: precision, seed: 4)
      )
    }
    func weights(_ net: Sequential) -> [Double] { net.parameters.flatMap { $0.value.doubles } }
    let (whole, first) = trainer(.bfloat16)
    try first.fit(rows, epochs: 2, batchSize: 16)
    try first.saveCheckpoint(to: path)
    try first.fit(rows, epochs: 2, batchSize: 16)
    let (again, second) = trainer(.bfloat16)
    try second.loadCheckpoint(from: path)
    try second.fit(rows, epochs: 2, batchSize: 16)
    #expect(weights(again) == weights(whole))
    let (other, third) = trainer(.float32)
    try third.fit(rows, epochs: 1, batchSize: 16)
    let before = weights(other)
    #expect {
      try third.loadCheckpoint(from: path)
    } throws: {
      "\($0)".contains("made with the precision bfloat16, this trainer has float32")
    }
    #expect(weights(other) == before)
  }

  @Test("A precision of another name, and bfloat16 for a network of float64, are errors that say so")
  func errors() throws {
    #expect(try Precision.named("bfloat16") == .bfloat16)
    #expect(throws: SettingError("There is no precision 'float16'. There are: float32, bfloat16.")) {
      try Precision.named("float16")
    }
    let net = Sequential { Linear(3, 2, dtype: .float64) }
    #expect {
      try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(), precision: .bfloat16)
    } throws: {
      "\($0)".contains("'0.weight' is of float64")
    }
  }
}
