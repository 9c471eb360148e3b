import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("The trainer")
struct TrainerTests {
  /// y = sin(3 a) + b², with a and b from a seed.
  static func samples(_ count: Int, seed: UInt64) throws -> Samples {
    let x = Tensor.uniform([count, 2], in: -1..<1, key: RandomKey(seed: seed))
    let y = (x.sliced(0..<1, axis: 1) * 3).sin() + x.sliced(1..<2, axis: 1).squared()
    return try Samples(inputs: x, targets: y)
  }

  static func network() -> Sequential {
    Sequential {
      Linear(2, 16)
      Tanh()
      Dropout(0.1)
      Linear(16, 1)
    }
  }

  static func trainer(_ network: Sequential, rate: Double = 0.01, seed: UInt64 = 3) -> Trainer {
    Trainer(network, loss: .meanSquaredError, optimizer: .adam(learningRate: rate), seed: seed)
  }

  static func weights(_ network: Sequential) -> [Double] { network.parameters.flatMap { $0.value.doubles } }

  @Test("XOR is learnt, and a row is predicted")
  func xor() throws {
    let x = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    let net = Sequential {
      Linear(2, 8)
      Tanh()
      Linear(8, 1)
    }
    let trainer = Trainer(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 1)
    try trainer.fit(Samples(inputs: x, targets: Tensor([[0], [1], [1], [0]])), epochs: 300, batchSize: 4)
    #expect(trainer.predict(x).doubles.map { $0 > 0 } == [false, true, true, false])
  }

  @Test("The same seed gives the same bits, another seed others")
  func seeds() throws {
    func run(_ seed: UInt64) throws -> [Double] {
      let net = Self.network()
      try Self.trainer(net, seed: seed).fit(Self.samples(100, seed: 1), epochs: 5, batchSize: 16)
      return Self.weights(net)
    }
    let first = try run(3)
    let (again, other) = (try run(3), try run(4))
    #expect(again == first)
    #expect(other != first)
  }

  @Test("Fitting twice for half the epochs is fitting once for all")
  func twice() throws {
    let (one, two) = (Self.network(), Self.network())
    let samples = try Self.samples(100, seed: 1)
    try Self.trainer(one).fit(samples, epochs: 6, batchSize: 16)
    let trainer = Self.trainer(two)
    try trainer.fit(samples, epochs: 3, batchSize: 16)
    let second = try trainer.fit(samples, epochs: 3, batchSize: 16)
    #expect(second.epochs.map(\.number) == [4, 5, 6])
    #expect(trainer.history.epochs.count == 6)
    #expect(Self.weights(one) == Self.weights(two))
  }

  @Test("A run that is resumed from a checkpoint ends in the same bits")
  func resume() throws {
    let path = temporaryPath("resume.safetensors")
    let samples = try Self.samples(100, seed: 1)
    let validation = try Self.samples(40, seed: 2)
    let stopping = EarlyStopping(patience: 50)
    let whole = Self.network()
    let full = Self.trainer(whole)
    try full.fit(samples, validation: validation, epochs: 8, batchSize: 16, earlyStopping: stopping) { epoch in
      if epoch.number == 3 { try full.saveCheckpoint(to: path) }
      return .goOn
    }
    let resumed = Self.network()
    let trainer = Self.trainer(resumed)
    try trainer.loadCheckpoint(from: path)
    let history = try trainer.fit(
      samples, validation: validation, epochs: 5, batchSize: 16, earlyStopping: stopping)
    #expect(history.epochs.map(\.number) == [4, 5, 6, 7, 8])
    #expect(Self.weights(resumed) == Self.weights(whole))
    #expect(history.epochs.map(\.loss) == full.history.epochs.suffix(5).map(\.loss))
    let other = Self.trainer(Self.network(), rate: 0.02)
    let error = #expect(throws: ModelFileError.self) { try other.loadCheckpoint(from: path) }
    #expect(error?.description.contains("optimizer") == true)
    remove(path)
  }

  @Test("Early stopping gives back the weights of the best epoch and says why it stopped")
  func earlyStopping() throws {
    let net = Self.network()
    let validation = try Self.samples(60, seed: 9)
    // A rate so high that the loss rises again.
    let trainer = Self.trainer(net, rate: 0.3)
    let history = try trainer.fit(
      Self.samples(60, seed: 1), validation: validation, epochs: 200, batchSize: 8,
      earlyStopping: EarlyStopping(patience: 5))
    let losses = history.epochs.map { $0.validationLoss! }
    #expect(history.stopReason == .noImprovement(metric: "loss", epochs: 5))
    #expect(history.bestEpoch == losses.firstIndex(of: losses.min()!)! + 1)
    #expect(history.epochs.count == history.bestEpoch + 5)
    let restored = try trainer.evaluate(validation)
    #expect(abs(restored - losses.min()!) < 1e-6)
  }

  @Test("A metric of one's own can be watched")
  func ownMetric() throws {
    let metric = ValidationMetric("worst", higherIsBetter: false) { outputs, samples in
      (outputs - samples.targets).abs().max().scalar()
    }
    let history = try Self.trainer(Self.network()).fit(
      Self.samples(60, seed: 1), validation: Self.samples(20, seed: 2), epochs: 10, batchSize: 16,
      metrics: [metric], earlyStopping: EarlyStopping(watching: metric, patience: 3))
    let values = history.epochs.map { $0.metrics["worst"]! }
    #expect(history.bestEpoch == values.firstIndex(of: values.min()!)! + 1)
  }

  @Test("A metric of the table can be watched by name")
  func namedMetric() throws {
    let x = Tensor.normal([80, 2], key: RandomKey(seed: 4))
    let y = (x.sliced(0..<1, axis: 1) .> 0.0).cast(to: .int32).squeezed(axis: 1)
    let net = Sequential { Linear(2, 2) }
    let trainer = Trainer(net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.1), seed: 1)
    let accuracy = try ValidationMetric.named("accuracy")
    let samples = try Samples(inputs: x, targets: y)
    let history = try trainer.fit(
      samples, validation: samples, epochs: 30, metrics: [accuracy],
      earlyStopping: EarlyStopping(watching: accuracy, patience: 30))
    let found = trainer.predict(x).argMax().doubles
    #expect(trainer.predictions(for: x).doubles == softmax(trainer.predict(x)).doubles)
    let right = zip(found, y.doubles).filter { $0 == $1 }.count
    #expect(history.epochs[history.bestEpoch - 1].metrics["accuracy"] == Double(right) / 80)
    #expect(right > 70)
    #expect(throws: MetricError.self) { try ValidationMetric.named("acuracy") }
  }

  @Test("Any metric of the table can be watched, and takes outputs for what the loss says they mean")
  func metricsUnderLosses() throws {
    let x = Tensor.normal([60, 2], key: RandomKey(seed: 4))
    let isRight = x.sliced(0..<1, axis: 1) .> 0.0
    let codes = isRight.cast(to: .int32).squeezed(axis: 1)
    let numbers = isRight.cast(to: .float32)
    func fit(_ loss: any Loss, _ outputs: Int, _ targets: Tensor, _ name: String) throws -> Double {
      let trainer = Trainer(
        anyModel: Sequential { Linear(2, outputs) }, loss: loss, optimizer: Adam(learningRate: 0.1),
        schedule: ConstantSchedule(), seed: 1)
      let (samples, metric) = (try Samples(inputs: x, targets: targets), try ValidationMetric.named(name))
      let history = try trainer.fit(
        samples, validation: samples, epochs: 20, metrics: [metric],
        earlyStopping: EarlyStopping(watching: metric, patience: 20))
      return history.epochs[history.bestEpoch - 1].metrics[name]!
    }
    for metric in Metric.all(for: .classification) {
      let value = try fit(CrossEntropy(), 2, codes, metric.name)
      #expect(metric.higherIsBetter ? value > 0.8 : value < 0.4, "\(metric) \(value)")
    }
    for metric in Metric.all(for: .regression) where metric.name != "mape" {
      let value = try fit(MeanSquaredError(), 1, numbers, metric.name)
      #expect(metric.higherIsBetter ? value > 0.4 : value < 1.5, "\(metric) \(value)")
    }
    #expect(try fit(BinaryCrossEntropy(), 1, numbers, "accuracy") > 0.9)
    #expect(try fit(Hinge(), 1, numbers * 2.0 - 1.0, "accuracy") > 0.9)
    #expect(try fit(MultiClassHinge(), 2, codes, "accuracy") > 0.9)
    #expect(
      try fit(KLDivergence(), 2, .concatenate([1.0 - numbers, numbers], axis: 1), "logLoss") < 0.4)
    #expect(try fit(GaussianNegativeLogLikelihood(), 2, numbers, "rmse") < 0.45)
    // Logarithms of the mean: the rates are compared with the targets, not their logarithms.
    #expect(try fit(PoissonNegativeLogLikelihood(), 1, numbers + 5.0, "mae") < 1)
    for (loss, outputs, targets, name, words) in [
      (MeanSquaredError(), 1, numbers, "mape", "the metric 'mape' has no value here: no rows, or a target of 0"),
      (CrossEntropy(), 2, codes * 0.0, "rocAUC", "the metric 'rocAUC' has no value here: rows of one class only"),
      (MultiClassHinge(), 2, codes, "logLoss", "the metric 'logLoss' has no value here: no rows, or no probabilities"),
      (CrossEntropy(), 2, codes, "rmse", "the metric 'rmse' is not for classification"),
      (
        BinaryCrossEntropy(), 2, .concatenate([numbers, numbers], axis: 1), "f1",
        "Give one a row, or use a metric of labels"
      ),
    ] as [(any Loss, Int, Tensor, String, String)] {
      do {
        _ = try fit(loss, outputs, targets, name)
        Issue.record("\(name) of \(loss.partDescription)")
      } catch { #expect("\(error)".contains(words), "\(error)") }
    }
  }

  @Test("A loss that is no number ends the run with epoch, batch and cause, and the weights before it are kept")
  func diverging() throws {
    let net = Self.network()
    let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1e20), seed: 1)
    let error = #expect(throws: TrainingError.self) {
      try trainer.fit(Self.samples(64, seed: 1), epochs: 5, batchSize: 8)
    }
    let text = error?.description ?? ""
    #expect(text.contains("epoch 1, batch"))
    #expect(text.contains("learning rate"))
    #expect(!Self.weights(net).contains { !$0.isFinite })
  }

  @Test("An input that is no number is named by its row")
  func badInput() throws {
    var scalars = Self.samplesX
    scalars[7] = .nan
    let samples = try Samples(inputs: Tensor(scalars, shape: [10, 2]), targets: .zeros([10, 1]))
    let error = #expect(throws: TrainingError.self) { try Self.trainer(Self.network()).fit(samples, epochs: 1) }
    #expect(error?.description.contains("row 3") == true)
  }
  static let samplesX = (0..<20).map { Double($0) / 20 }

  @Test("Shapes that do not fit are errors that name both, before anything runs")
  func shapes() throws {
    let wide = try Samples(inputs: .zeros([4, 3]), targets: .zeros([4, 1]))
    let error = #expect(throws: ShapeMismatch.self) { try Self.trainer(Self.network()).fit(wide, epochs: 1) }
    #expect(error?.description.contains("expects 2 features, got 3") == true)
    let flat = try Samples(inputs: .zeros([4, 2]), targets: .zeros([4]))
    let loss = #expect(throws: ShapeMismatch.self) { try Self.trainer(Self.network()).fit(flat, epochs: 1) }
    #expect(loss?.description.contains("[4, 1]") == true)
    #expect(throws: TrainingError.self) { try Samples(inputs: .zeros([4, 2]), targets: .zeros([3, 1])) }
    #expect(throws: TrainingError.self) {
      try Samples(inputs: .zeros([2, 2]), targets: .zeros([2, 1]), weights: Tensor([0, 0]))
    }
  }

  @Test("A parameter that is changed or frozen between fits shows in the next")
  func outOfDate() throws {
    let net = Self.network()
    let trainer = Self.trainer(net)
    let samples = try Self.samples(32, seed: 1)
    try trainer.fit(samples, epochs: 1)
    let first = net.namedParameters[0].parameter
    first.value = Tensor.zeros(first.shape)
    let bias = net.namedParameters[1].parameter
    bias.value = Tensor.zeros(bias.shape)
    // With the first layer at zero, every row gives the same.
    let outputs = trainer.predict(samples.inputs).doubles
    #expect(outputs.allSatisfy { $0 == outputs[0] })
    try net.freeze("0")
    try trainer.fit(samples, epochs: 2)
    #expect(first.value.doubles.allSatisfy { $0 == 0 })
    try net.unfreeze()
    try trainer.fit(samples, epochs: 1)
    #expect(first.value.doubles.contains { $0 != 0 })
  }

  @Test("Two trainers of one model share its weights")
  func twoTrainers() throws {
    let net = Self.network()
    let samples = try Self.samples(32, seed: 1)
    let (one, two) = (Self.trainer(net), Self.trainer(net))
    try one.fit(samples, epochs: 1)
    try two.fit(samples, epochs: 1)
    let before = Self.weights(net)
    try one.fit(samples, epochs: 1)
    #expect(Self.weights(net) != before)
    #expect(one.predict(samples.inputs).doubles == two.predict(samples.inputs).doubles)
  }

  @Test("A rate falls where a figure gets no better, and a resumed run knows the values before")
  func plateau() throws {
    let path = temporaryPath("plateau.safetensors")
    // A rate of 0 trains nothing, so that no epoch is better than the first.
    func trainer(_ patience: Int, metric: String = "loss") -> Trainer {
      Trainer(
        Self.network(), loss: .meanSquaredError, optimizer: .sgd(learningRate: 1e-30),
        schedule: .constant.reducedOnPlateau(factor: 0.5, patience: patience, metric: metric), seed: 1)
    }
    let samples = try Self.samples(32, seed: 1)
    let whole = trainer(1)
    try whole.fit(samples, validation: samples, epochs: 3)
    try whole.saveCheckpoint(to: path)
    try whole.fit(samples, validation: samples, epochs: 3)
    // Epochs 2 and 3 are no better: the rate of epoch 4 is lower; so are 4 and 5.
    #expect(whole.history.epochs.map { $0.learningRate * 1e30 } == [1, 1, 1, 0.5, 0.5, 0.25])
    let resumed = trainer(1)
    try resumed.loadCheckpoint(from: path)
    try resumed.fit(samples, validation: samples, epochs: 3)
    #expect(resumed.history.epochs.map { $0.learningRate * 1e30 } == [0.5, 0.5, 0.25])
    #expect(throws: ModelFileError.self) { try trainer(2).loadCheckpoint(from: path) }
    #expect(throws: TrainingError.self) { try trainer(1, metric: "rmse").fit(samples, epochs: 1) }
    #expect(throws: TrainingError.self) { try trainer(1, metric: "rmse").fit(samples, validation: samples, epochs: 1) }
    #expect(throws: SettingError.self) { try trainer(-1).fit(samples, epochs: 1) }
    remove(path)
  }

  @Test("A range test finds a rate that trains and leaves everything as it was")
  func rangeTest() throws {
    let (net, alone) = (Self.network(), Self.network())
    let samples = try Self.samples(200, seed: 1)
    let (trainer, other) = (Self.trainer(net), Self.trainer(alone))
    try trainer.fit(samples, epochs: 2)
    try other.fit(samples, epochs: 2)
    let curve = try trainer.findLearningRate(samples, low: 1e-5, high: 10, steps: 60)
    #expect(Self.weights(net) == Self.weights(alone))
    #expect(abs(curve.points[0].rate / 1e-5 - 1) < 1e-12)
    #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.rate < $1.rate })
    // It ends before the highest rate, where the loss has run away.
    #expect(curve.points.count < 60)
    let suggestion = try #require(curve.suggestion)
    #expect(suggestion > 1e-4 && suggestion < 1)
    try trainer.fit(samples, epochs: 2)
    try other.fit(samples, epochs: 2)
    #expect(Self.weights(net) == Self.weights(alone))
    #expect(throws: TrainingError.self) { try trainer.findLearningRate(samples, low: 1, high: 0.1) }
  }

  @Test("Averaged weights are validated, predicted with and saved; a resumed run goes on with those that are trained")
  func averages() throws {
    let (path, model) = (temporaryPath("averaged.safetensors"), temporaryPath("averaged-model.safetensors"))
    let samples = try Self.samples(64, seed: 1)
    func trainer(_ net: Sequential, averages: Bool = true) -> Trainer {
      let adam = Adam(learningRate: 0.02).clipped(norm: 1)
      return averages
        ? Trainer(net, loss: .meanSquaredError, optimizer: adam.averaged(decay: 0.9), seed: 3)
        : Trainer(net, loss: .meanSquaredError, optimizer: adam, seed: 3)
    }
    let (net, plain, resumed) = (Self.network(), Self.network(), Self.network())
    let whole = trainer(net)
    try trainer(plain, averages: false).fit(samples, epochs: 6)
    try whole.fit(samples, validation: samples, epochs: 3) { epoch in
      let loss = try whole.evaluate(samples)
      #expect(epoch.validationLoss == loss)
      return .goOn
    }
    let shown = Self.weights(net)
    let last = try whole.evaluate(samples)
    #expect(whole.history.epochs[2].validationLoss == last)
    try whole.saveCheckpoint(to: path)
    #expect(Self.weights(net) == shown)
    try net.save(to: model, input: [2])
    #expect(try GraphModule(path: model).parameters.flatMap { $0.value.doubles } == shown)
    let again = trainer(resumed)
    try again.loadCheckpoint(from: path)
    #expect(Self.weights(resumed) == shown)
    try again.fit(samples, epochs: 3)
    try whole.fit(samples, epochs: 3)
    #expect(Self.weights(resumed) == Self.weights(net))
    // What is trained is the same with and without an average.
    #expect(Self.weights(net) != Self.weights(plain))
    try again.step().hideEvaluationWeights()
    #expect(Self.weights(resumed) == Self.weights(plain))
    #expect(throws: ModelFileError.self) { try trainer(plain, averages: false).loadCheckpoint(from: path) }
    for file in [path, model] { remove(file) }
  }

  @Test("A search that needs the whole batch trains in the trainer too")
  func search() throws {
    let net = Sequential([Linear(2, 6), Tanh(), Linear(6, 1)])
    let samples = try Self.samples(64, seed: 1)
    let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .lbfgs(), seed: 3)
    let history = try trainer.fit(samples, epochs: 10, batchSize: 64)
    #expect(history.losses.last! < 0.02 * history.losses[0])
    #expect(zip(history.losses, history.losses.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("Weights count as repeated rows do")
  func weights() throws {
    let x = Tensor([[0.1, 0.2], [0.5, -0.3], [0.9, 0.4]])
    let y = Tensor([[1], [2], [3]])
    func network() -> Sequential { Sequential { Linear(2, 1) } }
    let (weighted, repeated) = (network(), network())
    try Trainer(weighted, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1), seed: 1)
      .fit(Samples(inputs: x, targets: y, weights: Tensor([2, 1, 1])), epochs: 20, batchSize: 3)
    let rows = Tensor([0, 0, 1, 2] as [Int64], shape: [4])
    try Trainer(repeated, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1), seed: 1)
      .fit(Samples(inputs: x.gathered(rows), targets: y.gathered(rows)), epochs: 20, batchSize: 4)
    for (a, b) in zip(Self.weights(weighted), Self.weights(repeated)) { #expect(abs(a - b) < 1e-5) }
  }
}

func temporaryPath(_ name: String) -> String { "/tmp/glia-tests-\(getpid())-\(name)" }
