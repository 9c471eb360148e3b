import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// What the numbers of PyTorch's file do not show: other losses, weights, predictions, and what is refused.
@Suite("Losses")
struct LossTests {
  @Test(
    "Losses, weighted means and gradients are those of PyTorch and scikit-learn", arguments: PyTorchTests.arithmetics)
  func references(_ arithmetic: PyTorchTests.Arithmetic) throws {
    let cases = try ReferenceNumbers.read("losses/losses.json").array("losses").map { $0.object! }
    #expect(cases.count == 22)
    for json in cases {
      let row = try Catalog.losses.row(try json.string("name"))
      let loss = try row.make(PyTorchTests.settings(try json.object("parameters")))
      let x = json["x"]!.tensor(arithmetic.dtype)
      let y = json["y"]!.tensor(row.type.targets == .classes ? .int64 : arithmetic.dtype)
      let weights = json["weights"]!.tensor(arithmetic.dtype)
      let name = "\(loss.partDescription)"
      withBackend(arithmetic.backend) {
        let slope = gradient(at: x) { loss($0, y, reduction: .sum) }
        PyTorchTests.expectClose(name, loss(x, y, reduction: .none), json["value"]!, arithmetic)
        PyTorchTests.expectClose(name + " gradient", slope, json["dx"]!, arithmetic)
        let (mean, weighted) = valueAndGradient(at: x) { loss($0, y, weights: weights) }
        PyTorchTests.expectClose(name + " weighted", mean, json["weightedMean"]!, arithmetic)
        PyTorchTests.expectClose(name + " weighted gradient", weighted, json["dxWeighted"]!, arithmetic)
      }
    }
  }

  @Test(
    "Outputs from nothing to 10⁶, of either sign, leave every loss and gradient finite", arguments: Catalog.losses.kinds
  )
  func extremes(_ kind: String) throws {
    for settings in try Catalog.losses.row(kind).examples {
      let loss = try Catalog.losses.make(kind, settings)
      let size =
        switch loss.layout {
        case .each(let outputs, let last): last ?? 2 * outputs
        case .classes(let count), .distributions(let count): count ?? 3
        case .vectors: 3
        }
      let values: [Double] = [0, 1e-30, -1e-30, 60, -60, 100, -100, 1e6, -1e6]
      for (first, second) in values.flatMap({ a in values.map { (a, $0) } }) {
        var shape: Shape = [2, size]
        if case .vectors(let count) = loss.layout { shape = [2, count, size] }
        let x = Tensor((0..<shape.elementCount).map { $0 % 2 == 0 ? first : second }, shape: shape)
        let y = Self.target(loss, shape)
        let (value, slope) = withBackend(.reference) { valueAndGradient(at: x) { loss($0, y) } }
        let isFinite = withBackend(.reference) { ([value.scalar()] + slope.doubles).allSatisfy(\.isFinite) }
        #expect(isFinite, "\(loss.partDescription) at \(first), \(second)")
      }
    }
  }

  /// A target that the loss takes; of probabilities the extreme ones.
  private static func target(_ loss: any Loss, _ output: Shape) -> Tensor {
    guard let shape = try? loss.shapes(of: output).target else { return .zeros([0]) }
    switch type(of: loss).targets {
    case .classes: return Tensor([0, 1], dtype: .int32)
    case .distributions: return Tensor((0..<shape.elementCount).map { $0 % shape[1] == 0 ? 1 : 0 }, shape: shape)
    case .signs: return Tensor((0..<shape.elementCount).map { $0 % 2 == 0 ? 1 : -1 }, shape: shape)
    case .probabilities: return Tensor((0..<shape.elementCount).map { Double($0 % 2) }, shape: shape)
    default: return .ones(shape)
    }
  }

  @Test("A prediction is what the loss makes of the output")
  func predictions() throws {
    let x = Tensor([[1, -2], [0.5, 3]], dtype: .float64)
    let identity = { (x: Tensor) in x.doubles }
    let expected: [String: (Tensor) -> [Double]] = [
      "binaryCrossEntropy": { $0.sigmoid().doubles }, "binaryFocal": { $0.sigmoid().doubles },
      "crossEntropy": { softmax($0).doubles }, "crossEntropyWithProbabilities": { softmax($0).doubles },
      "focal": { softmax($0).doubles }, "klDivergence": { softmax($0).doubles },
      "poissonNegativeLogLikelihood": { $0.exp().doubles }, "gammaNegativeLogLikelihood": { $0.exp().doubles },
      "tweedie": { $0.exp().doubles }, "gaussianNegativeLogLikelihood": { _ in [1, 0.5] },
    ]
    for row in Catalog.losses.rows {
      let found = try row.make([:]).prediction(from: x).doubles
      #expect(found == (expected[row.kind] ?? identity)(x), "\(row.kind)")
      if row.type.predictions == .probabilities { #expect(found.allSatisfy { $0 > 0 && $0 < 1 }, "\(row.kind)") }
    }
    #expect(PoissonNegativeLogLikelihood(logInput: false).prediction(from: x).doubles == [1, 0, 0.5, 3])
    #expect(GaussianNegativeLogLikelihood().variance(from: .zeros([1, 2])).doubles == [1])
  }

  @Test("Targets that a loss does not take are refused with their place, their value and the range")
  func targets() {
    func refused(_ loss: any Loss, _ targets: [Double], outputs: Int = 1) -> String {
      #expect(throws: SettingError.self) { try loss.check(targets: targets, outputs: outputs) }
      do { try loss.check(targets: targets, outputs: outputs) } catch { return "\(error)" }
      return ""
    }
    #expect(refused(Hinge(), [1, 0]) == "hinge: target 1 is 0; it has to be -1 or 1.")
    #expect(
      refused(PoissonNegativeLogLikelihood(), [3, -1])
        == "poissonNegativeLogLikelihood: target 1 is -1; it has to be at least 0.")
    #expect(
      refused(GammaNegativeLogLikelihood(), [0])
        == "gammaNegativeLogLikelihood: target 0 is 0; it has to be greater than 0.")
    #expect(
      refused(KLDivergence(), [0.5, 0.5, 0.5, 0.4], outputs: 2)
        == "klDivergence: the probabilities of row 1 add up to 0.9, not to 1.")
    #expect(refused(KLDivergence(), [1.5, -0.5], outputs: 2).contains("at least 0 and at most 1"))
    #expect(refused(Tweedie(), [.infinity]).contains("at least 0"))
    #expect(throws: Never.self) { try KLDivergence().check(targets: [0.25, 0.75], outputs: 2) }
    #expect(throws: Never.self) { try CosineEmbedding().check(targets: [1, -1], outputs: 3) }
  }

  @Test("Weights of another number of classes, and outputs that are not whole groups, are errors with both shapes")
  func shapes() {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(
      message { try CrossEntropy(classWeights: [1, 2]).check(output: [4, 3], target: [4]) }
        == "crossEntropy expects an output of [batch, 2], got [4, 3].")
    #expect(
      message { try BinaryCrossEntropy(positiveWeight: [1, 2]).check(output: [4, 3], target: [4, 3]) }
        == "binaryCrossEntropy expects an output of [batch, …, 2], got [4, 3].")
    #expect(
      message { try Quantile(levels: [0.1, 0.9]).check(output: [4, 3], target: [4, 1]) }
        == "quantile expects an output of [batch, …, a multiple of 2], got [4, 3].")
    #expect(
      message { try TripletMargin().check(output: [4, 2, 8], target: [4, 0]) }
        == "tripletMargin expects an output of [batch, 3, size], got [4, 2, 8].")
    #expect(message { try TripletMargin().check(output: [4, 3, 8], target: [4, 0], weights: [4]) } == "")
  }

  @Test("A variance below the least one is not stuck there")
  func leastVariance() {
    let loss = GaussianNegativeLogLikelihood(epsilon: 0.01)
    let below = Tensor([[0, -20]], dtype: .float64)
    let (value, slope) = valueAndGradient(at: below) { loss($0, Tensor([[0.5]], dtype: .float64)) }
    // (log 0.01 + 0.25 / 0.01) / 2, and (1 − 0.25 / 0.01) / 2 by the logarithm of the variance
    #expect(difference("loss", [value.scalar()], [10.197_414_907_005_955], relative: 1e-12) == [])
    #expect(difference("slope", slope.doubles, [-50, -12], relative: 1e-12) == [])
  }

  @Test("A siamese network trains on triples: the same layers see each, and targets are empty")
  func triples() throws {
    // Two kinds of points, told apart by the sign of their first coordinate alone.
    var numbers = SeededNumbers(seed: 3)
    var points: [Double] = []
    for row in 0..<32 {
      let side: Double = row % 2 == 0 ? 1 : -1
      for factor in [1, 1, -1] as [Double] {
        points += [side * factor * .random(in: 0.2...1, using: &numbers), .random(in: -2...2, using: &numbers)]
      }
    }
    let x = Tensor(points, shape: [32, 3, 2])
    let net = Sequential { Linear(2, 2) }
    let step = try TrainingStep(net, loss: .tripletMargin(), optimizer: .adam(learningRate: 0.05), seed: 1)
    let losses = try (0..<120).map { _ in try step(x, .zeros([32, 0])) }
    #expect(losses[119] < 0.2 * losses[0], "\(losses[0]) → \(losses[119])")
    // The coordinate that says nothing hardly counts any more.
    let weight = net.stateDictionary().first { $0.0 == "0.weight" }!.1.doubles
    #expect(abs(weight[1]) + abs(weight[3]) < 0.3 * (abs(weight[0]) + abs(weight[2])), "\(weight)")
  }

  // ---- The tables of Guides/Losses.md

  private static func expectTable(_ heading: [String], _ rows: [[String]]) {
    let table = GuideText.table(heading, rows)
    #expect(GuideText.read("Losses.md").contains(table), "Guides/Losses.md has to have\n\(table)")
  }

  @Test("The guide's table of slopes is what the losses of numbers come to")
  func guideSlopes() throws {
    let losses: [any Loss] = [
      MeanSquaredError(), MeanAbsoluteError(), Huber(), SmoothL1(beta: 0.5), LogCosh(), Quantile(levels: [0.9]),
    ]
    let errors: [Double] = [-10, -1, -0.1, 0.1, 1, 10]
    let rows = losses.map { loss -> [String] in
      let cells = errors.map { error -> String in
        let target = Tensor([0], dtype: .float64)
        let (value, slope) = valueAndGradient(at: Tensor([error], dtype: .float64)) {
          loss($0, target, reduction: .sum)
        }
        return GuideText.fixed(value.scalar(), 3) + ", " + GuideText.fixed(slope.scalar(), 3)
      }
      return ["`\(loss.partDescription)`"] + cells
    }
    Self.expectTable(["output − target", "−10", "−1", "−0.1", "0.1", "1", "10"], rows)
  }

  @Test("The guide's table of classes is what the losses of classes come to")
  func guideClasses() throws {
    let losses: [any Loss] = [
      CrossEntropy(), CrossEntropy(labelSmoothing: 0.1), CrossEntropy(classWeights: [3, 1]), Focal(), MultiClassHinge(),
    ]
    let probabilities: [Double] = [0.999, 0.9, 0.5, 0.1, 0.001]
    let target = Tensor([0], dtype: .int32)
    let rows = losses.map { loss -> [String] in
      let cells = probabilities.map { probability -> String in
        let odds = Tensor([probability / (1 - probability)], dtype: .float64).log().scalar()
        let output = Tensor([[odds, 0]], dtype: .float64)
        return GuideText.fixed(loss(output, target, reduction: .sum).scalar(), 4)
      }
      return ["`\(loss.partDescription)`"] + cells
    }
    Self.expectTable(["probability of the class", "0.999", "0.9", "0.5", "0.1", "0.001"], rows)
  }

  @Test("The guide's table of predictions is where training on five numbers ends")
  func guidePredictions() throws {
    let losses: [any Loss] = [
      MeanSquaredError(), MeanAbsoluteError(), Huber(), LogCosh(), Quantile(levels: [0.3]), Quantile(levels: [0.9]),
      PoissonNegativeLogLikelihood(), GammaNegativeLogLikelihood(), Tweedie(), GaussianNegativeLogLikelihood(),
    ]
    let x = Tensor.zeros([5, 1], dtype: .float64)
    let y = Tensor([[1], [2], [3], [4], [40]], dtype: .float64)
    var rows: [[String]] = []
    for loss in losses {
      var outputs = 1
      if case .each(let count, _) = loss.layout { outputs = count }
      let net = Sequential { Linear(1, outputs, dtype: .float64) }
      let step = try TrainingStep(net, loss: loss, optimizer: Adam(), seed: 1)
      for number in 0..<4000 {
        // A rate that comes down to nothing, so that the last steps stay where they are.
        step.learningRate = 0.2 * (1 - Double(number) / 4000)
        try step(x, y)
      }
      let output = net(.zeros([1, 1], dtype: .float64))
      rows.append([
        "`\(loss.partDescription)`", GuideText.fixed(output.doubles[0], 2),
        GuideText.fixed(loss.prediction(from: output).doubles[0], 1),
      ])
    }
    Self.expectTable(["loss", "output", "prediction"], rows)
  }
}
