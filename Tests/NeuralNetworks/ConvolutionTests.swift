import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// Convolutions and pooling against the numbers of References/convolution/convolution.py, and what they refuse.
@Suite("Convolution and pooling")
struct ConvolutionTests {
  /// A setting as it stands in JSON.
  private static func setting(_ json: JSONValue) -> Setting {
    switch json {
    case .string(let text): .text(text)
    case .bool(let flag): .flag(flag)
    case .array: .list(json.scalars.map { .number($0) })
    default: .number(json.scalars[0])
    }
  }

  private static func isClose(_ name: String, _ found: Tensor, _ expected: JSONValue) -> [String] {
    if found.shape != expected.shape { return ["\(name): \(found.shape) where \(expected.shape) was expected"] }
    return difference(name, found.doubles, expected.scalars, relative: 1e-10)
  }

  @Test(
    "Outputs, gradients and running statistics are PyTorch's in float64", arguments: [BackendChoice.reference, .cpu])
  func references(_ backend: BackendChoice) throws {
    let cases = try ReferenceNumbers.read("convolution/convolution.json").array("cases").map { $0.object! }
    for json in cases {
      var settings = Settings()
      for member in try json.object("settings").members { settings[member.key] = Self.setting(member.value) }
      let description = try PartDescription(json.string("kind"), settings)
      let layer = try Catalog.layers.make(description.computing(in: .float64))
      try layer.load(json.object("state").members.map { ($0.key, $0.value.tensor()) })
      let (x, g) = (json["x"]!.tensor(), json["g"]!.tensor())
      let isTraining = try json.bool("training")
      let failures = try withBackend(backend) {
        let trace = Trace(isTraining: isTraining, key: RandomKey(seed: 0).node, allowsReading: true)
        var failures = Self.isClose("output", trace { layer(x) }, json["y"]!)
        for update in trace.updates where isTraining {
          let after = try json.object("stateAfter")[update.variable.name]!
          failures += Self.isClose(update.variable.name, Tensor(update.value), after)
        }
        let found = layer.valueAndGradients(isTraining: isTraining) { (layer(x) * g).sum() }
        for (name, value) in found.gradients {
          failures += Self.isClose("\(name) gradient", value, try json.object("gradients")[name]!)
        }
        let slope = Trace(isTraining: isTraining, allowsReading: true)({
          valueAndGradient(at: x) { (layer($0) * g).sum() }.gradient
        })
        return failures + Self.isClose("input gradient", slope, json["dx"]!)
      }
      #expect(failures == [], "\(description) of \(x.shape)")
    }
    #expect(Set(try cases.map { try $0.string("kind") }).count == 10)
  }

  @Test("One sample's gradient by hand: a kernel of 2 over 1, 2, 4")
  func byHand() {
    let layer = Conv1d(1, 1, kernel: 2, dtype: .float64)
    layer.weight.value = Tensor([3, 5], shape: [1, 1, 2], dtype: .float64)
    layer.bias!.value = Tensor([0.5], dtype: .float64)
    let x = Tensor([1, 2, 4], shape: [1, 1, 3], dtype: .float64)
    #expect(layer(x).doubles == [13.5, 26.5])  // 1 · 3 + 2 · 5 and 2 · 3 + 4 · 5, and the bias
    let slope = valueAndGradient(at: x) { (layer($0) * Tensor([1, 10], dtype: .float64)).sum() }.gradient
    #expect(slope.doubles == [3, 35, 50])  // 3, 5 + 10 · 3 and 10 · 5
  }

  @Test("Each thread count gives the same bits, forward and backward")
  func threads() throws {
    let net = Sequential {
      Conv2d(1, 6, kernel: 5, padding: .same)
      ReLU()
      MaxPool2d(kernel: 2)
      Conv2d(6, 16, kernel: 5, stride: 2)
      BatchNorm(16)
      AvgPool2d(kernel: 2, stride: 1)
    }
    try net.initialize(seed: 3)
    var numbers = SeededNumbers(seed: 4)
    let x = numbers.tensor([37, 1, 28, 28], .float32)
    func bits(_ threads: Int) -> [[UInt64]] {
      withBackend(.cpuWith(threads: threads)) {
        let found = net.valueAndGradients(isTraining: true, key: RandomKey(seed: 5)) { net(x).squared().sum() }
        let slope = Trace(isTraining: true, allowsReading: true)({
          valueAndGradient(at: x) { net($0).squared().sum() }.gradient
        })
        return ([slope] + found.gradients.map(\.value)).map { $0.doubles.map(\.bitPattern) }
      }
    }
    let one = bits(1)
    #expect(bits(2) == one)
    #expect(bits(5) == one)
  }

  @Test("A kernel that is longer than its input is an error with the argument, its value and its range")
  func tooLong() throws {
    func message(_ layer: some Layer, _ input: Shape) -> String {
      do { return try "\(layer.outputShape(for: input))" } catch { return "\(error)" }
    }
    let conv = Conv2d(1, 2, kernel: [3, 7], padding: 1, dilation: [1, 2])
    #expect(
      message(conv, [4, 1, 9, 9]).hasSuffix(
        "Conv2d: kernel is 7 with dilation 2 along axis 3, which covers 13 elements; it has to cover from 1 to 11, "
          + "the input's length with its padding: an input of [4, 1, 9, 9]."))
    #expect(message(conv, [4, 1, 9, 11]) == "[4, 2, 9, 1]")
    #expect(message(MaxPool1d(kernel: 5), [4, 1, 4]).contains("kernel is 5"))
    #expect(message(AvgPool2d(kernel: 2), [4, 1, 2, 0]).contains("from 1 to 0"))
    #expect(message(Conv1d(1, 1, kernel: PerAxis(.max), dilation: PerAxis(.max)), [4, 1, 4]).contains("kernel is"))
    #expect(message(MaxPool1d(kernel: 4, padding: 3), [4, 1, 9]).contains("padding is 3; it has to be from 0 to 2"))
    #expect(message(Conv2d(4, 6, kernel: 1, groups: 3), [1, 4, 2, 2]).contains("groups is 3"))
    #expect(message(Conv1d(1, 1, kernel: 1, padding: .by(PerAxis(.max))), [4, 1, 4]).contains("padding is"))
    #expect(message(Conv1d(1, 1, kernel: 1), [4, 2, 4]).contains("expects [batch, 1, length]"))
  }

  @Test("An open weight starts by the activation that follows, with the fan of its shape")
  func start() throws {
    let net = Sequential {
      Conv2d(3, 64, kernel: 5)
      ReLU()
      Conv2d(64, 32, kernel: 3)
      Tanh()
    }
    try net.initialize(seed: 1)
    let variances = net.parameters.filter { $0.shape.rank == 4 }.map { $0.value.variance().scalar() }
    // He: 2 / (3 · 25). Glorot: 2 / (64 · 9 + 32 · 9). 4,800 and 18,432 numbers: a standard error of 2% at most.
    #expect(abs(variances[0] / (2.0 / 75) - 1) < 0.08)
    #expect(abs(variances[1] / (2.0 / 864) - 1) < 0.08)
  }
}
