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

  @Test(
    "Slopes are numbers for any pair of finite inputs, from one end of a type to the other",
    arguments: [
      DType.float32, .float64,
    ])
  func finiteSlopes(_ dtype: DType) {
    var ends = [0, 1e-45, 1.2e-38, 1e-8, 0.5, 1, 3, 86, 88, 104, 700, 1e10, 1e20, 1e35, 1e38, 3.4e38]
    if dtype == .float64 { ends += [.leastNonzeroMagnitude, 707, 709, 745, 1e155, 1.79e308] }
    ends += ends.map { -$0 }
    let greatest = dtype == .float64 ? Double.greatestFiniteMagnitude : Double(Float.greatestFiniteMagnitude)
    let pairs = ends.flatMap { a in ends.flatMap { [a, $0] } }
    let x = Tensor(pairs, shape: [pairs.count / 2, 2], dtype: dtype)
    for row in Catalog.activations.rows {
      for backend in [BackendChoice.reference, .cpu] {
        withBackend(backend) {
          let layer = try! row.make([:])
          let slopes = gradient(at: x) { layer($0).sum() }.doubles
          // Slopes of swiglu are as large as its inputs, and on their way as large as a product of them.
          let place = slopes.indices.first { i in
            let isAtEnd = max(abs(pairs[i / 2 * 2]), abs(pairs[i / 2 * 2 + 1])) > greatest / 1000
            return isAtEnd ? slopes[i].isNaN : !slopes[i].isFinite
          }
          let inputs = place.map { Array(pairs[$0 / 2 * 2..<$0 / 2 * 2 + 2]) }
          #expect(place == nil, "\(row.kind), \(backend): a slope at \(inputs ?? [])")
          // Beyond the greatest number a result may be infinite; it is never no number.
          #expect(!layer(x).doubles.contains { $0.isNaN }, "\(row.kind), \(backend)")
        }
      }
    }
  }

  @Test("A limit is a number of the input's type, so that the slope at the limit itself is one on every backend")
  func slopesAtLimits() {
    let functions: [(String, (Tensor) -> Tensor, Double)] = [
      ("softShrink", { softShrink($0, lambda: 0.4) }, 0), ("hardShrink", { hardShrink($0, lambda: 0.4) }, 0),
      ("hardTanh", { hardTanh($0, minimum: -0.3, maximum: 0.4) }, 0),
    ]
    for backend in [BackendChoice.reference, .cpu] {
      for dtype in [DType.float32, .float64] {
        for (name, function, slope) in functions {
          let found = withBackend(backend) {
            gradient(at: Tensor([0.4], dtype: dtype)) { function($0).sum() }.doubles[0]
          }
          #expect(found == slope, "\(name) in \(dtype), \(backend)")
        }
      }
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
