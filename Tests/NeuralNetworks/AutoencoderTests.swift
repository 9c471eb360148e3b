import GliaFormats
import GliaGraph
import GliaTensors
import GliaTestSupport
import Testing

@testable import GliaNeuralNetworks

@Suite("Autoencoders")
struct AutoencoderTests {
  private static func encoder(_ inputs: Int, _ outputs: Int, _ rest: [any Module]) -> Sequential {
    Sequential([Linear(inputs, outputs, dtype: .float64)] + rest)
  }

  /// One step of gradient descent on the network of the reference, and what PyTorch has after it.
  private static func step(_ key: String, _ network: (Double) -> Autoencoder) throws -> [String] {
    let reference = try ReferenceNumbers.read("autoencoder/autoencoder.json").object(key)
    let amount = try reference.number(key == "sparse" ? "penalty" : "weight")
    let net = network(amount)
    try net.load(reference.object("start").members.map { ($0.key, $0.value.tensor()) })
    let x = reference["x"]!.tensor()
    let loss = try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.5))(x, x)
    let found = Dictionary(net.stateDictionary().map { ($0.name, $0.value) }) { first, _ in first }
    return difference("loss", [loss], [try reference.number("loss")], relative: 1e-12)
      + (try reference.object("after").members).flatMap { member in
        difference(member.key, found[member.key]!.doubles, member.value.scalars, relative: 1e-10)
      }
  }

  @Test("A step with a penalty on the code's size is PyTorch's")
  func sparseStep() throws {
    let failures = try Self.step("sparse") { penalty in
      Autoencoder(
        encoder: Self.encoder(4, 3, [Tanh(), SparseCode(penalty: penalty)]), decoder: Self.encoder(3, 4, []))
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test("A step with the divergence of the code is PyTorch's")
  func variationalStep() throws {
    let failures = try Self.step("variational") { weight in
      Autoencoder(encoder: Self.encoder(4, 4, [VariationalCode(weight: weight)]), decoder: Self.encoder(2, 4, []))
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test("A variational code is its mean plus its deviation times normal noise, and its mean in inference")
  func drawnCodes() throws {
    let (rows, layer) = (4000, VariationalCode())
    func draw(mean: Double, logVariance: Double, key: UInt64) -> [Double] {
      let x = Tensor([mean, logVariance], dtype: .float64).expanded(axis: 0).broadcast(to: [rows, 2])
      return Trace(isTraining: true, key: RandomKey(seed: key).node, allowsReading: true)({ layer(x).doubles })
    }
    let plain = draw(mean: 0, logVariance: 0, key: 3)
    let moved = draw(mean: 5, logVariance: 2, key: 3)
    let deviation = Tensor([1.0], dtype: .float64).exp().scalar()
    #expect(difference("moved", moved, plain.map { 5 + deviation * $0 }, relative: 1e-12).isEmpty)
    #expect(plain != draw(mean: 0, logVariance: 0, key: 4))
    let mean = plain.reduce(0, +) / Double(rows)
    let variance = plain.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
    // Five standard deviations of each, √(1/4000) and √(2/4000).
    #expect(abs(mean) < 5 * 0.0158 && abs(variance - 1) < 5 * 0.0224, "\(mean) \(variance), key 3")
    #expect(layer(Tensor([[1, 2, 3, 4]])).doubles == [1, 2])
  }

  @Test("Columns that belong together are hidden together, each row by itself; what is left is as it was")
  func maskedColumns() throws {
    let (rows, layer) = (2000, MaskedColumns(0.3, widths: [1, 3, 2]))
    let x = Tensor(repeating: 7, shape: [rows, 6])
    let found = Trace(isTraining: true, key: RandomKey(seed: 9).node, allowsReading: true)({ layer(x).doubles })
    var (hidden, alone) = ([0, 0, 0], 0)
    for row in 0..<rows {
      let own = Array(found[row * 6..<row * 6 + 6])
      #expect(own.allSatisfy { $0 == 0 || $0 == 7 } && Set(own[1...3]).count == 1 && Set(own[4...5]).count == 1)
      for (group, column) in [0, 1, 4].enumerated() where own[column] == 0 { hidden[group] += 1 }
      if own[1] == 0, own[4] != 0 { alone += 1 }
    }
    // Five standard deviations of a count of 2000 with the probability 0.3.
    #expect(hidden.allSatisfy { abs(Double($0) - 600) < 5 * 20.5 }, "\(hidden), key 9")
    // 0.3 · 0.7 of the rows hide one of two groups and not the other.
    #expect(abs(Double(alone) - 420) < 5 * 18.3, "\(alone), key 9")
    #expect(layer(x).doubles == x.doubles)
    #expect(throws: ShapeMismatch.self) { try layer.outputShape(for: [2, 5]) }
  }

  @Test("A penalty counts in a step's loss, and neither in inference nor where its weight is 0")
  func penaltiesInTrainingOnly() throws {
    let x = Tensor([[1, -2], [3, 0]])
    for (penalty, expected) in [(0.5, 0.5 * 6 / 2), (0, 0)] {
      let net = Sequential([Linear(2, 2, bias: false), SparseCode(penalty: penalty)])
      try net.load([("0.weight", Tensor([[1, 0], [0, 1]]))])
      #expect(try TrainingStep(net, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0))(x, x) == expected)
      let trace = Trace(isTraining: false, allowsReading: true)
      #expect(trace({ net(x).doubles }) == x.doubles && trace.penalties.isEmpty)
    }
  }

  @Test("The network is made of the kind's layers, mirrored, and a code that only copies is an error")
  func making() throws {
    let net = try Autoencoder(inputs: 6, width: 2, hidden: [5, 4], kind: .denoising(masked: 0.1, noise: 0.2))
    #expect(
      net.encoder.settings.parts("layers").map(\.kind)
        == ["gaussianNoise", "maskedColumns", "linear", "relu", "linear", "relu", "linear"])
    #expect(
      net.namedParameters.filter { $0.name.hasSuffix("weight") }.map(\.parameter.shape) == [
        [5, 6], [4, 5], [2, 4], [4, 2], [5, 4], [6, 5],
      ])
    #expect(try net.outputShape(for: [3, 6]) == [3, 6])
    let variational = try Autoencoder(inputs: 6, width: 2, hidden: [], kind: .variational(weight: 1))
    #expect(try variational.encoder.outputShape(for: [3, 6]) == [3, 2])
    #expect(throws: SettingError.self) { try Autoencoder(inputs: 6, width: 7) }
    #expect(throws: SettingError.self) { try Autoencoder(inputs: 6, width: 7, kind: .variational()) }
    _ = try Autoencoder(inputs: 6, width: 7, kind: .sparse())
    #expect(throws: SettingError.self) { try Autoencoder(inputs: 6, width: 0) }
    #expect(throws: SettingError.self) { try Autoencoder(inputs: 6, width: 2, hidden: [0]) }
    #expect(throws: SettingError.self) { try Autoencoder(inputs: 6, width: 2, kind: .denoising(masked: 2)) }
  }

  @Test("A kind is data", arguments: Catalog.autoencoders.kinds)
  func kinds(_ kind: String) throws {
    let made = try Catalog.autoencoders.make(kind)
    #expect(made.partDescription.kind == kind)
    #expect(try Catalog.autoencoders.make(made.partDescription) == made)
    for parameter in try Catalog.autoencoders.row(kind).hyperparameters {
      #expect(throws: SettingError.self) { try Catalog.autoencoders.make(kind, [parameter.name: -1]) }
    }
  }
}
