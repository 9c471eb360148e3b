import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// A module with what layers do not have: reshapes, slices, concatenation, tied and bare parameters, a statistic, a constant.
private struct Custom: Module {
  let encoder = Linear(6, 4)
  let decoder: Linear
  let norm = BatchNorm(6)
  let scale = Parameter([2, 1], initializer: .ones)
  let mask = Tensor([1, 0, 0.5])

  init() { decoder = Linear(weight: Parameter([6, 4]), bias: nil) }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let code = relu(encoder(x))
    let pairs = code.reshaped([-1, 2, 2]) * scale.tensor
    let turned = pairs.transposed([0, 2, 1]).reshaped([-1, 4])
    let again = norm(turned.matrixProduct(encoder.weight.tensor) + decoder(code.flipped([1])))
    let folded = again.reshaped([-1, 3]) * mask
    let joined = Tensor.concatenate([folded.reshaped([-1, 6]).sliced(1..<5, axis: 1, step: 2), softmax(x)], axis: 1)
    return joined.withGradient(by: [x]) { g in [g.sliced(0..<6, axis: 1) * 0.0] }
  }
}

private struct Tied: Module {
  let first = Linear(3, 3, bias: false)
  let second: Linear
  init() { second = Linear(weight: first.weight) }
  func callAsFunction(_ x: Tensor) -> Tensor { second(tanh(first(x))) }
}

private struct Function: Module {
  let body: (Tensor) -> Tensor
  func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
}

@Suite("Networks as their graphs")
struct GraphModuleTests {
  static let seed: UInt64 = 77

  private func stored(_ module: some Module, _ row: Shape) throws -> GraphModule {
    if !module.parameters.allSatisfy(\.isInitialized) {
      try module.initialize(seed: Self.seed)
      var numbers = SeededNumbers(seed: Self.seed)
      for parameter in module.parameters { parameter.value = numbers.tensor(parameter.shape, in: 0.25...1.5) }
    }
    let graph = try GraphModule(module.graphDescription(row: TensorType(row, .float32)))
    try graph.load(module.stateDictionary())
    return graph
  }

  @Test("A network of one's own gives the same bits as its graph, for any number of rows, and has the same names")
  func sameBits() throws {
    let net = Custom()
    let graph = try stored(net, [6])
    #expect(graph.namedParameters.map(\.name) == net.namedParameters.map(\.name))
    #expect(graph.parameters.map(\.kind) == net.parameters.map(\.kind))
    var numbers = SeededNumbers(seed: Self.seed)
    for rows in [0, 1, 2, 7, 1000] {
      let x = numbers.tensor([rows, 6], .float32)
      let (expected, found) = (compile { net($0) }(x), compile { graph($0) }(x))
      #expect(found.shape == expected.shape)
      #expect(found.doubles.map(\.bitPattern) == expected.doubles.map(\.bitPattern), "seed \(Self.seed), \(rows) rows")
    }
  }

  @Test("The graph of a graph is the same graph, within another network too")
  func again() throws {
    let graph = try stored(Custom(), [6])
    #expect(try Sequential([graph]).graphDescription(row: graph.graph.row).steps == graph.graph.steps)
    let nested = Sequential([Linear(6, 6), graph])
    #expect(nested.namedParameters.map(\.name).contains("1.encoder.weight"))
    #expect(graph.namedParameters.map(\.name).contains("encoder.weight"))
  }

  @Test("Gradients flow through the graph as through the network, and training gives the same weights")
  func training() throws {
    let net = Tied()
    let graph = try stored(net, [3])
    #expect(graph.namedParameters.map(\.name) == ["first.weight"])
    var numbers = SeededNumbers(seed: Self.seed)
    let (x, y) = (numbers.tensor([5, 3], .float32), numbers.tensor([5, 3], .float32))
    let expected = net.valueAndGradients { (net(x) - y).squared().sum() }
    let found = graph.valueAndGradients { (graph(x) - y).squared().sum() }
    #expect(found.value.doubles == expected.value.doubles)
    #expect(found.gradients[0].value.doubles == expected.gradients[0].value.doubles)
    for module in [net, graph] as [any Module] {
      let step = try TrainingStep(module, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.1))
      for _ in 0..<20 { try step(x, y) }
    }
    #expect(graph.parameters[0].value.doubles == net.parameters[0].value.doubles)
  }

  @Test("Statistics are no weights: training leaves them as they are")
  func statistics() throws {
    let graph = try stored(
      Sequential {
        Linear(2, 3); BatchNorm(3)
      }, [2])
    let before = graph.namedParameters.filter { $0.name.contains("running") }.map { $0.parameter.value.doubles }
    #expect(before.count == 2)
    let step = try TrainingStep(graph, loss: .meanSquaredError, optimizer: .sgd(learningRate: 0.1))
    for _ in 0..<3 { try step(.ones([4, 2]), .zeros([4, 3])) }
    #expect(graph.namedParameters.filter { $0.name.contains("running") }.map { $0.parameter.value.doubles } == before)
  }

  @Test("Networks that depend on the number of rows in their own way are refused, and say how")
  func rows() throws {
    func message(_ body: @escaping (Tensor) -> Tensor) -> String {
      do { _ = try stored(Function(body: body), [3]) } catch { return "\(error)" }
      return "none"
    }
    #expect(message { $0 - $0.mean([0], keepingAxes: true) }.contains("'value' depends on how many rows"))
    #expect(message { $0 - $0.max([0], keepingAxes: true) } == "none")
    #expect(message { $0.sum([0]) }.contains("the first axis has to be the rows"))
    let secret = Linear(3, 3)
    try secret.initialize(seed: 1)
    #expect(message { secret($0) }.contains("not found in its stored properties"))
  }

  @Test("An input that does not fit is found before anything is computed")
  func mismatch() throws {
    let graph = try stored(Tied(), [3])
    let error = #expect(throws: ShapeMismatch.self) { try graph.outputShape(for: [2, 4]) }
    #expect(error?.description == "The network takes float32[rows, 3], got float32[2, 4].")
    #expect(throws: ShapeMismatch.self) { try Sequential([Linear(2, 4), graph]).outputShape(for: [1, 2]) }
  }

  @Test("The summary shows what shares a path: its arithmetic, where it comes to, its numbers")
  func summary() throws {
    let net = Sequential {
      Linear(4, 8)
      ReLU()
      BatchNorm(8)
      Linear(8, 2, bias: false)
    }
    let summary = try stored(net, [4]).summary(input: [4])
    #expect(summary.rows.map(\.path) == ["0", "2", "3"])
    #expect(summary.rows.map(\.kind) == ["matrixProduct, add", "subtract, multiply, add", "matrixProduct"])
    #expect(summary.rows.map(\.output) == [[1, 8], [1, 8], [1, 2]])
    #expect(summary.rows.map(\.parameterCount) == [40, 32, 16])
    #expect(try summary.parameterCount == net.summary(input: [4]).parameterCount)
    #expect(try summary.trainableCount == net.summary(input: [4]).trainableCount)
    #expect(try stored(Custom(), [6]).summary(input: [6]).rows.map(\.path) == ["encoder", "decoder", "norm", "scale"])
  }
}
