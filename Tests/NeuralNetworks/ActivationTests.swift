import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Activations")
struct ActivationTests {
  /// An operation is off by half of ε, an elementary function by less than 3 ε, and the longest way has about ten operations
  /// with three functions: 16 ε of the result, or of 1 where that is smaller.
  private func expectClose(_ name: String, _ found: Tensor, _ expected: JSONValue) {
    #expect(found.shape == expected.shape, "\(name)")
    let epsilon = found.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    #expect(difference(name, found.doubles, expected.scalars, relative: 16 * epsilon) == [])
  }

  @Test("From one end of a type to the other, values and slopes are those of many digits")
  func extremes() throws {
    let reference = try ReferenceNumbers.read("activations/activations.json")
    var kinds: Set<String> = []
    for (part, dtype, numbers) in [
      ("elementwise", DType.float32, "float32"), ("elementwise", .float64, "float32"),
      ("elementwise", .float64, "float64"),
      ("rows", .float32, "float32"), ("rows", .float64, "float32"), ("rows", .float64, "float64"),
    ] {
      for json in try reference.array(part).map({ $0.object! }) {
        let row = try Catalog.activations.row(json.string("name"))
        kinds.insert(row.kind)
        let layer = try row.make(PyTorchTests.settings(json.object("parameters")))
        let values = try json.object(numbers)
        let x = values["x"]!.tensor(dtype)
        for backend in [BackendChoice.reference, .cpu] {
          withBackend(backend) {
            let name = "\(row.kind) in \(dtype), \(backend)"
            let g: Tensor =
              part == "rows"
              ? reference["g"]!.tensor(dtype).sliced(0..<layer(x).shape[1]) : .ones([], dtype: dtype)
            expectClose(name, layer(x), values["y"]!)
            expectClose(name + " slope", valueAndGradient(at: x) { (layer($0) * g).sum() }.gradient, values["dx"]!)
          }
        }
      }
    }
    #expect(kinds.count == Catalog.activations.rows.count - 1, "all but the step, whose slope is 0")
  }

  @Test("Softplus has slope 1/2 at 0, where both parts of its sum have a kink")
  func slopesAtZero() {
    let slopes: [(String, (Tensor) -> Tensor, Double)] = [
      ("softplus", { softplus($0) }, 0.5), ("logSigmoid", { logSigmoid($0) }, 0.5), ("mish", { mish($0) }, 0.6),
      ("elu", { elu($0, alpha: 3) }, 3), ("celu", { celu($0, alpha: 3) }, 1),
    ]
    for (name, function, slope) in slopes {
      let found = gradient(at: Tensor(0, dtype: .float64), of: function).scalar()
      #expect(abs(found - slope) < 1e-15, "\(name)")
    }
  }

  @Test("Sparsemax gives the nearest point of the simplex along any axis")
  func sparsemaxOfRows() {
    // Two stay: τ = (0.8 + 0.6 − 1) / 2 = 0.2.
    #expect(close(sparsemax(Tensor([[0.8, 0.6, 0.1], [3, 1, 0]], dtype: .float64)), [0.6, 0.4, 0, 1, 0, 0]))
    let columns = Tensor([[0.8, 3], [0.6, 1], [0.1, 0]], dtype: .float64)
    #expect(close(sparsemax(columns, axis: 0), [0.6, 1, 0.4, 0, 0, 0]))
  }

  private func close(_ found: Tensor, _ expected: [Double]) -> Bool {
    zip(found.doubles, expected).allSatisfy { abs($0 - $1) < 1e-15 }
  }

  @Test("A custom activation in a line trains, has its name in the summary, and its graph runs without it")
  func custom() throws {
    let net = Sequential {
      Linear(1, 8)
      CustomActivation("snake", precedingInitializer: .heNormal) { x in x + x.sin().squared() }
      Linear(8, 1)
    }
    #expect(net.parameters[0].suggestedInitializer?.kind == "heNormal")
    #expect(try net.summary(input: [1]).rows.map(\.kind) == ["linear", "snake", "linear"])
    let x = Tensor((0..<16).map { Double($0) / 4 - 2 }, shape: [16, 1])
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.02), seed: 3)
    let losses = try (0..<200).map { _ in try step(x, x.sin()) }
    #expect(losses.last! < 0.05 * losses[0])
    let graph = try GraphModule(net.graphDescription(row: TensorType([1], .float32)))
    try graph.load(net.stateDictionary())
    #expect(compile { graph($0) }(x).doubles == compile { net($0) }(x).doubles)
    #expect(throws: SettingError.self) { try net.networkDescription() }
  }

  @Test("What an activation cannot do is an error in words")
  func badArguments() {
    #expect(throws: ShapeMismatch("glu halves the last axis, whose length has to be even; got [4, 3].")) {
      try GLU().outputShape(for: [4, 3])
    }
    #expect(throws: SettingError("hardTanh: minimum is 1.0; it has to be less than maximum, which is 1.0.")) {
      try Catalog.activations.make("hardTanh", ["minimum": 1])
    }
    #expect(throws: SettingError.self) { try Sequential([HardTanh(minimum: 2, maximum: 1)]).initialize(seed: 1) }
    #expect(throws: ShapeMismatch.self) { try Sparsemax().outputShape(for: [4, 3], dtype: .int32) }
    #expect(throws: SettingError("celu: alpha is 0; it has to be greater than 0.")) {
      try Catalog.activations.make("celu", ["alpha": 0])
    }
  }
}
