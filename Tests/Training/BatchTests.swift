import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import GliaTraining
import Testing

/// Writes down the first number of each image that is trained on, and leaves it as it is.
private struct Recorder: Augmentation {
  final class Tape: @unchecked Sendable { var numbers: [Int] = [] }
  static let kind = "recorder"
  let tape = Tape()
  init() {}
  init(_ settings: Settings) throws {}
  func apply(to image: AugmentedImage, draws: inout RandomDraws) { tape.numbers.append(Int(image.scalars[0])) }
}

@Suite("Batches")
struct BatchTests {
  private static func images(_ count: Int) throws -> Samples {
    try Samples(
      inputs: Tensor.uniform([count, 4, 4], key: RandomKey(seed: 1)),
      targets: Tensor.uniform([count, 2], key: RandomKey(seed: 2)))
  }

  private static func imageNetwork() -> Sequential {
    Sequential {
      Flatten()
      Linear(16, 2)
    }
  }

  private static func trainer(_ network: Sequential, seed: UInt64 = 3) -> Trainer {
    Trainer(network, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01), seed: seed)
  }

  private static func weights(_ network: Sequential) -> [Double] { network.parameters.flatMap { $0.value.doubles } }

  private static let steps: [any Augmentation] = [
    Shift(by: 1), Rotate(degrees: 20), Flip(), CutOut(size: 2),
  ]

  @Test("Augmented and mixed runs give the same bits, also when resumed, and other bits than plain ones")
  func augmented() throws {
    let samples = try Self.images(30)
    let path = temporaryPath("augmented.safetensors")
    func fit(_ trainer: Trainer, _ epochs: Int, _ augmentation: [any Augmentation], _ mixup: Mixup?) throws {
      try trainer.fit(samples, epochs: epochs, batchSize: 8, augmentation: augmentation, mixup: mixup)
    }
    func run(_ augmentation: [any Augmentation], _ mixup: Mixup?) throws -> [Double] {
      let net = Self.imageNetwork()
      try fit(Self.trainer(net), 4, augmentation, mixup)
      return Self.weights(net)
    }
    let all = try [run([], nil), run(Self.steps, nil), run([], Mixup()), run(Self.steps, Mixup())]
    #expect(Set(all).count == 4)
    #expect(try run(Self.steps, Mixup()) == all[3])
    let (half, rest) = (Self.imageNetwork(), Self.imageNetwork())
    let first = Self.trainer(half)
    try fit(first, 2, Self.steps, Mixup())
    try first.saveCheckpoint(to: path)
    let second = Self.trainer(rest)
    try second.loadCheckpoint(from: path)
    try fit(second, 2, Self.steps, Mixup())
    #expect(Self.weights(rest) == all[3])
  }

  @Test("What is drawn for a row does not depend on its batch")
  func rowsAlone() throws {
    // One step of plain descent on the sum of all rows, whatever their batches: with a rate of 0 the losses tell the inputs.
    let samples = try Self.images(24)
    func losses(batchSize: Int, order: RowOrder) throws -> Double {
      let net = Self.imageNetwork()
      let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1e-30), seed: 3)
      let history = try trainer.fit(
        samples, epochs: 1, batchSize: batchSize, order: order, augmentation: Self.steps, mixup: Mixup(alpha: 1))
      return history.epochs[0].loss
    }
    let one = try losses(batchSize: 24, order: .asTheyLie)
    for (size, order) in [(1, RowOrder.shuffled), (7, .asTheyLie), (5, .shuffled)] {
      #expect(abs(try losses(batchSize: size, order: order) - one) < 1e-6 * one)
    }
  }

  @Test("Mixed rows lie between two rows, inputs and targets by the same share")
  func mixed() throws {
    // The target is a line through the inputs, so that it stays one however rows are mixed.
    let x = Tensor.uniform([50, 3], key: RandomKey(seed: 5))
    let samples = try Samples(inputs: x, targets: x.sum([1], keepingAxes: true) * 2 + 1)
    let net = Sequential([Linear(3, 1)])
    try net.initialize(seed: 1)
    try net.load([("0.weight", Tensor([[2, 2, 2]])), ("0.bias", Tensor([1]))])
    let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 1e-30), seed: 3)
    #expect(try trainer.fit(samples, epochs: 1, mixup: Mixup(alpha: 1)).epochs[0].loss < 1e-11)
    let apart = try Samples(inputs: x, targets: Tensor.uniform([50, 1], key: RandomKey(seed: 6)))
    let plain = try trainer.fit(apart, epochs: 1).epochs[0].loss
    #expect(try trainer.fit(apart, epochs: 1, mixup: Mixup(alpha: 1)).epochs[0].loss != plain)
  }

  @Test(
    "Classes are mixed as their probabilities: λ of the loss for the row's class, 1 − λ for that of the other",
    arguments: [CrossEntropy(), CrossEntropy(labelSmoothing: 0.1, classWeights: [0.5, 2, 3])])
  func mixedClasses(_ loss: CrossEntropy) throws {
    let (rows, classes) = (40, 3)
    let x = Tensor.normal([rows, 4], key: RandomKey(seed: 5))
    let codes = Tensor.uniform([rows], in: 0..<3, key: RandomKey(seed: 6)).cast(to: .int32)
    let samples = try Samples(inputs: x, targets: codes, weights: Tensor.uniform([rows], key: RandomKey(seed: 7)))
    func run(_ loss: any Loss, _ samples: Samples, order: RowOrder = .shuffled, rate: Double = 0.05) throws -> (
      loss: Double, weights: [Double]
    ) {
      let net = Sequential { Linear(4, 3) }
      let trainer = Trainer(
        anyModel: net, loss: loss, optimizer: SGD(learningRate: rate), schedule: ConstantSchedule(), seed: 9)
      let history = try trainer.fit(
        samples, validation: samples, epochs: 1, batchSize: 16, order: order, mixup: Mixup(alpha: 1))
      return (history.epochs[0].loss, Self.weights(net))
    }
    let isClass = (Tensor.iota([rows, classes], axis: 1, dtype: .int32) .== codes.expanded(axis: -1)).cast(to: .float32)
    let shares = try Samples(inputs: x, targets: isClass, weights: samples.weights)
    let soft = CrossEntropyWithProbabilities(labelSmoothing: loss.labelSmoothing, classWeights: loss.classWeights)
    #expect(try run(loss, samples) == run(soft, shares))

    // By hand, from what is drawn for each row: all rows in one batch, and a network that stays as it is.
    let still = Sequential { Linear(4, 3) }
    let trainer = Trainer(still, loss: loss, optimizer: .sgd(learningRate: 1e-30), seed: 9)
    let found = try trainer.fit(samples, epochs: 1, batchSize: rows, order: .asTheyLie, mixup: Mixup(alpha: 1))
    let key = RandomKey(seed: 9).folding("augmentation").folding(1)
    let drawn = (0..<rows).map { row in
      var draws = RandomDraws(seed: key.folding("mixup").folding(UInt64(row)).seed)
      return Mixup(alpha: 1).draw(from: rows, &draws)
    }
    let others = Tensor(drawn.map { Int64($0.row) }, shape: [rows])
    let share = Tensor(drawn.map(\.share), shape: [rows])
    let columns = share.expanded(axis: -1)
    let outputs = still(columns * x + (1.0 - columns) * x.gathered(others))
    let each = [codes, codes.gathered(others)].map { loss(outputs, $0, reduction: .none) }
    let mixed = (share * each[0] + (1.0 - share) * each[1]) * samples.weights!
    let expected = mixed.sum().scalar() / samples.weights!.sum().scalar()
    #expect(abs(found.epochs[0].loss - expected) < 1e-6 * expected)
    // Balanced batches go by the classes themselves.
    #expect(try run(loss, samples, order: .classBalanced).weights != run(loss, samples).weights)
  }

  @Test("Augmentation and mixup say what they need")
  func misuse() throws {
    let flat = try Samples(inputs: .ones([4, 16]), targets: .ones([4, 2]))
    let trainer = Self.trainer(Sequential([Linear(16, 2)]))
    #expect(throws: TrainingError.self) { try trainer.fit(flat, epochs: 1, augmentation: [Flip()]) }
    let images = Self.trainer(Self.imageNetwork())
    let samples = try Self.images(4)
    #expect(throws: SettingError.self) { try images.fit(samples, epochs: 1, augmentation: [CutOut(size: 5)]) }
    #expect(throws: SettingError.self) { try images.fit(samples, epochs: 1, augmentation: [Rotate(degrees: 200)]) }
    #expect(throws: SettingError.self) { try images.fit(samples, epochs: 1, mixup: Mixup(alpha: -1)) }
    let classes = try Samples(inputs: .ones([4, 16]), targets: Tensor([0, 1, 0, 1]).cast(to: .int32))
    let classifier = Trainer(
      Sequential([Linear(16, 2)]), loss: .multiClassHinge(), optimizer: .adam(learningRate: 0.01), seed: 3)
    #expect {
      try classifier.fit(classes, epochs: 1, mixup: Mixup())
    } throws: {
      "\($0)".contains("multiClassHinge takes one")
    }
  }

  @Test("Balanced batches have each class as often as any other, by the seed and the epoch")
  func balanced() throws {
    // 90 rows of class 0, 9 of class 1, 1 of class 2; the input says which row it is.
    let codes = (0..<100).map { $0 < 90 ? 0.0 : $0 < 99 ? 1 : 2 }
    let samples = try Samples(
      inputs: Tensor((0..<100).map { Double($0) }, shape: [100, 1, 1]), targets: Tensor(codes).cast(to: .int32))
    func epochs(seed: UInt64) throws -> [[Int]] {
      let recorder = Recorder()
      let net = Sequential([Flatten(), Linear(1, 3)])
      let trainer = Trainer(net, loss: .crossEntropy, optimizer: .sgd(learningRate: 1e-30), seed: seed)
      try trainer.fit(samples, epochs: 2, batchSize: 30, order: .classBalanced, augmentation: [recorder])
      return [Array(recorder.tape.numbers.prefix(100)), Array(recorder.tape.numbers.dropFirst(100))]
    }
    let found = try epochs(seed: 3)
    #expect(found.map(\.count) == [100, 100])
    for start in [0, 30, 60] {
      for code in 0..<3 { #expect(found[0][start..<start + 30].count { codes[$0] == Double(code) } == 10) }
    }
    #expect(found[0] != found[1])
    #expect(try epochs(seed: 3) == found)
    #expect(try epochs(seed: 4) != found)
    // A class's rows take turns: of nine rows, in some 33 places, each comes three or four times.
    let ones = found[0].filter { codes[$0] == 1 }
    #expect(Set(Dictionary(grouping: ones) { $0 }.values.map(\.count)).isSubset(of: [3, 4]))
    let zeros = found[0].filter { codes[$0] == 0 }
    #expect(Set(zeros).count == zeros.count)
    #expect(Set(zeros) != Set(found[1].filter { codes[$0] == 0 }))
    let numbers = try Samples(inputs: .ones([2, 1]), targets: Tensor([[0.5], [1]]))
    let trainer = Self.trainer(Sequential([Linear(1, 1)]))
    let error = #expect(throws: TrainingError.self) { try trainer.fit(numbers, epochs: 1, order: .classBalanced) }
    #expect(error?.description.contains("the target of row 0 is 0.5") == true)
  }

  @Test("Folds of samples: by rows, by classes, by groups")
  func folds() throws {
    let codes = (0..<20).map { Double($0 % 4 == 0 ? 1 : 0) }
    let samples = try Samples(inputs: .ones([20, 1]), targets: Tensor(codes).cast(to: .int32))
    #expect(try samples.folds(5, seed: 1).flatMap(\.validation).sorted() == Array(0..<20))
    for fold in try samples.stratifiedFolds(5, seed: 1) {
      #expect(fold.validation.count { codes[$0] == 1 } == 1 && fold.validation.count == 4)
    }
    let groups = (0..<20).map { "g\($0 / 3)" }
    for fold in try samples.groupedFolds(by: groups, 3, repeats: 2, seed: 1) {
      #expect(Set(fold.validation.map { groups[$0] }).isDisjoint(with: fold.training.map { groups[$0] }))
    }
    #expect(throws: TrainingError.self) { try samples.groupedFolds(by: ["a"], 2) }
    #expect(throws: TableError.self) { try samples.folds(21) }
  }

  @Test("A sequence of batches trains as the samples do that it is cut from")
  func sequences() throws {
    let samples = try TrainerTests.samples(100, seed: 1)
    func batches() throws -> [Samples] {
      try stride(from: 0, to: 100, by: 16).map { try samples.rows(Array($0..<min($0 + 16, 100))) }
    }
    let (whole, cut, made, stream) = (
      TrainerTests.network(), TrainerTests.network(), TrainerTests.network(), TrainerTests.network()
    )
    let expected = try TrainerTests.trainer(whole).fit(samples, epochs: 3, batchSize: 16, order: .asTheyLie)
    let history = try TrainerTests.trainer(cut).fit(batches: batches(), epochs: 3)
    #expect(history.epochs.map(\.loss) == expected.epochs.map(\.loss))
    #expect(TrainerTests.weights(cut) == TrainerTests.weights(whole))
    var asked: [Int] = []
    try TrainerTests.trainer(made).fit(
      epochs: 3,
      batches: { epoch in
        asked.append(epoch)
        return try batches()
      })
    #expect(asked == [1, 2, 3])
    #expect(TrainerTests.weights(made) == TrainerTests.weights(whole))
    // Seven batches an epoch, taken three at a time.
    let trainer = TrainerTests.trainer(stream)
    try trainer.fit(batches: batches(), stepsPerEpoch: 3, epochs: 7)
    #expect(TrainerTests.weights(stream) == TrainerTests.weights(whole))
    #expect(trainer.history.steps == 21)
  }

  @Test("An infinite stream is trained on by steps, and goes on at the same batch after a checkpoint")
  func streams() throws {
    func stream() -> some Sequence<Samples> {
      sequence(first: UInt64(1)) { $0 + 1 }.lazy.map { try! TrainerTests.samples(8, seed: $0) }
    }
    let (whole, half, rest) = (TrainerTests.network(), TrainerTests.network(), TrainerTests.network())
    try TrainerTests.trainer(whole).fit(batches: stream(), stepsPerEpoch: 5, epochs: 4)
    let first = TrainerTests.trainer(half)
    try first.fit(batches: stream(), stepsPerEpoch: 5, epochs: 2)
    let path = temporaryPath("stream.safetensors")
    try first.saveCheckpoint(to: path)
    let second = TrainerTests.trainer(rest)
    try second.loadCheckpoint(from: path)
    try second.fit(batches: stream().dropFirst(second.history.steps), stepsPerEpoch: 5, epochs: 2)
    #expect(TrainerTests.weights(rest) == TrainerTests.weights(whole))
  }

  @Test("A sequence without batches, or one that can be walked only once, is an error that says so")
  func emptySequences() throws {
    let trainer = TrainerTests.trainer(TrainerTests.network())
    let samples = try TrainerTests.samples(8, seed: 1)
    #expect(throws: TrainingError.self) { try trainer.fit(batches: [], epochs: 1) }
    #expect(throws: TrainingError.self) { try trainer.fit(batches: [], stepsPerEpoch: 2, epochs: 1) }
    #expect(throws: TrainingError.self) { try trainer.fit(batches: [samples], stepsPerEpoch: 0, epochs: 1) }
    var left = 3
    let once = AnyIterator<Samples> {
      left -= 1
      return left >= 0 ? samples : nil
    }
    let error = #expect(throws: TrainingError.self) { try trainer.fit(batches: once, epochs: 2) }
    #expect(error?.description.contains("in epoch 2. Can it be walked only once?") == true)
    let wrong = try Samples(inputs: .ones([4, 3]), targets: .ones([4, 1]))
    #expect(throws: ShapeMismatch.self) { try trainer.fit(batches: [wrong], epochs: 1) }
    let broken = try Samples(inputs: Tensor([[0, 1], [.nan, 1]]), targets: .ones([2, 1]))
    let nan = #expect(throws: TrainingError.self) { try trainer.fit(batches: [samples, broken], epochs: 1) }
    #expect(nan?.description.contains("batch 2: row 1 of the batch's inputs") == true)
  }

  @Test("Rows are streamed from .npy files in little memory: each once an epoch, in an order of the seed's")
  func streamed() throws {
    let (x, y) = (temporaryPath("rows-x.npy"), temporaryPath("rows-y.npy"))
    let count = 1000
    let codes = (0..<count).map { Double($0 % 3) }
    try Tensor((0..<count).map { Double($0) }, shape: [count, 1, 1]).cast(to: .int32).save(npy: x)
    try Tensor(codes).cast(to: .int64).save(npy: y)
    func epochs(memory: Int, seed: UInt64 = 3, shuffles: Bool = true) throws -> [[Int]] {
      let recorder = Recorder()
      let net = Sequential([Flatten(), Linear(1, 3)])
      let trainer = Trainer(net, loss: .crossEntropy, optimizer: .sgd(learningRate: 1e-30), seed: seed)
      try trainer.fit(
        streaming: NPYRows(inputs: x, targets: y), memory: memory, epochs: 2, batchSize: 7, shuffles: shuffles,
        augmentation: [recorder])
      #expect(trainer.history.steps == 2 * 143)
      return [Array(recorder.tape.numbers.prefix(count)), Array(recorder.tape.numbers.dropFirst(count))]
    }
    // A row takes 12 bytes: room for 28 rows, for 400, and for all.
    for memory in [12 * 28, 12 * 400, 1 << 20] {
      let found = try epochs(memory: memory)
      for epoch in found { #expect(epoch.sorted() == Array(0..<count), "\(memory)") }
      #expect(found[0] != found[1])
      #expect(try epochs(memory: memory) == found)
      #expect(try epochs(memory: memory, seed: 4) != found)
      #expect(try epochs(memory: memory, shuffles: false) == [Array(0..<count), Array(0..<count)])
      // Rows from all over the file come early, even where little of it is in memory.
      #expect(found[0].prefix(200).contains { $0 >= 500 } && found[0].prefix(200).contains { $0 < 500 })
    }
    let error = #expect(throws: TrainingError.self) { try epochs(memory: 12 * 27) }
    #expect(
      error?.description
        == "memory is 324 bytes; for batches of 7 rows of 12 bytes it has to be at least 336.")
  }

  @Test("Streamed rows train as the same rows in memory do")
  func streamedWeights() throws {
    let samples = try TrainerTests.samples(100, seed: 1)
    let (x, y) = (temporaryPath("same-x.npy"), temporaryPath("same-y.npy"))
    try samples.inputs.save(npy: x)
    try samples.targets.save(npy: y)
    let (whole, streamed) = (TrainerTests.network(), TrainerTests.network())
    try TrainerTests.trainer(whole).fit(samples, epochs: 3, batchSize: 16, order: .asTheyLie)
    let trainer = TrainerTests.trainer(streamed)
    try trainer.fit(
      streaming: NPYRows(inputs: x, targets: y), memory: 12 * 75, epochs: 3, batchSize: 16, shuffles: false)
    #expect(TrainerTests.weights(streamed) == TrainerTests.weights(whole))
    try Tensor([1, 2]).save(npy: y)
    #expect(throws: TrainingError.self) { try NPYRows(inputs: x, targets: y) }
  }

  @Test("Rows of a CSV file are streamed as the table has them, quotes, blank lines and all")
  func streamedText() throws {
    let path = temporaryPath("rows.csv")
    func write(_ text: String) throws { try AtomicFile.write(Array(text.utf8), to: path) }
    var text = "note,a,b,class\n"
    // More than the scanner takes at once, which is some 4,000 rows of four fields.
    for row in 0..<10_000 {
      text +=
        row % 7 == 0
        ? "\"two\nlines, \(row)\",\(row),\"\(Double(row) / 4)\",\(row % 3)\r\n\n" : "x,\(row),0.5,\(row % 3)\n"
    }
    try write(text)
    let rows = try CSVRows(path, inputs: ["b", "a"], classes: "class")
    let table = try Table(csv: path)
    let (a, b) = (try table.column("a").numbers!, try table.column("b").numbers!)
    #expect(rows.rowCount == 10_000)
    for range in [0..<10, 4090..<4110, 9990..<10_000, 5000..<5001, 17..<9000] {
      let samples = try rows.samples(range)
      #expect(samples.inputs.doubles == range.flatMap { [Double(Float(b[$0])), a[$0]] }, "\(range)")
      #expect(samples.targets.dtype == .int32)
      #expect(samples.targets.doubles == range.map { Double($0 % 3) }, "\(range)")
    }
    let numbers = try CSVRows(path, inputs: ["a"], targets: ["b", "class"]).samples(3..<5)
    #expect(numbers.inputs.shape == [2, 1] && numbers.targets.doubles == [0.5, 0, 0.5, 1])
    let net = Sequential([Linear(2, 3)])
    let trainer = Trainer(net, loss: .crossEntropy, optimizer: .sgd(learningRate: 1e-30), seed: 1)
    try trainer.fit(streaming: rows, memory: 12 * 1000, epochs: 1, batchSize: 100)
    #expect(trainer.history.steps == 100)

    func error(_ text: String, _ inputs: [String] = ["a"], _ target: String = "b") throws -> String {
      try write(text)
      do {
        let rows = try CSVRows(path, inputs: inputs, targets: [target])
        _ = try rows.samples(0..<rows.rowCount)
        return ""
      } catch { return "\(error)" }
    }
    #expect(try error("a,b\n1,2\n3,x\n").contains("line 3, column 'b': 'x' is not a number"))
    #expect(try error("a,b\n1,2\n\n,4\n").contains("line 4, column 'a': has no value"))
    #expect(try error("a,b\n1,2\n3\n").contains("line 3"))
    #expect(try error("a,b\n1,2\n", ["aa"]).contains("did you mean 'a'?"))
    #expect(try error("a,b\n1,2\n", []).contains("0 inputs and 1 targets"))
    #expect(try error("").contains("is empty"))
    try write("a,b\n1,0.5\n")
    #expect(throws: TrainingError.self) { try CSVRows(path, inputs: ["a"], classes: "b").samples(0..<1) }
  }
}
