import GliaFormats
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Initialisers")
struct InitializerTests {
  static let seed: UInt64 = 11
  private let key = RandomKey(seed: InitializerTests.seed)

  private func reference(_ name: String) throws -> [JSONObject] {
    try ReferenceNumbers.read("initializers/initializers.json").array(name).map { $0.object! }
  }

  private func shape(_ json: JSONObject) -> Shape { Shape(json["shape"]!.scalars.map { Int($0) }) }

  // ---- Distributions

  /// A distribution, what draws it, and the kurtosis that its variance's standard error depends on.
  private struct Case {
    let initializer: Initializer
    let mean, deviation, kurtosis: Double
    let share: (Double) -> Double
  }

  private func uniform(_ initializer: Initializer, _ lower: Double, _ upper: Double) -> Case {
    Case(
      initializer: initializer, mean: (lower + upper) / 2, deviation: (upper - lower) / 12.0.squareRoot(), kurtosis: 1.8
    ) { min(max(($0 - lower) / (upper - lower), 0), 1) }
  }

  private func normal(_ initializer: Initializer, _ mean: Double, _ deviation: Double) -> Case {
    Case(initializer: initializer, mean: mean, deviation: deviation, kurtosis: 3) { share(($0 - mean) / deviation) }
  }

  /// The share of the standard normal distribution below x.
  private func share(_ x: Double) -> Double {
    (1 + Tensor(x / 2.0.squareRoot(), dtype: .float64).erf().scalar()) / 2
  }

  /// 200 × 100 weights: fan-in 100, fan-out 200.
  private func cases() throws -> [Case] {
    let truncated = try reference("truncated").map { json -> Case in
      let (cut, deviation) = (try json.number("cut"), try json.number("deviation"))
      let (low, high) = (share(-cut), share(cut))
      return Case(
        initializer: .truncatedNormal(mean: 1, deviation: 2, cut: cut), mean: 1, deviation: 2 * deviation, kurtosis: 3
      ) { (min(max(share(($0 - 1) / 2), low), high) - low) / (high - low) }
    }
    return truncated + [
      uniform(.uniform(lower: -1, upper: 3), -1, 3), normal(.normal(mean: 2, deviation: 0.5), 2, 0.5),
      uniform(.glorotUniform(gain: 2), -2 * 0.02.squareRoot(), 2 * 0.02.squareRoot()),
      normal(.glorotNormal, 0, (2.0 / 300).squareRoot()), uniform(.heUniform, -0.06.squareRoot(), 0.06.squareRoot()),
      normal(.heNormal(negativeSlope: 0.5), 0, 0.016.squareRoot()),
      uniform(.lecunUniform, -0.03.squareRoot(), 0.03.squareRoot()), normal(.lecunNormal(gain: 3), 0, 0.3),
      normal(.sparse(sparsity: 0, deviation: 0.1), 0, 0.1),
    ]
  }

  @Test("Numbers have the distribution that is named", arguments: [DType.float32, .float64])
  func distributions(_ dtype: DType) throws {
    for test in try cases() {
      let draws = test.initializer([200, 100], key: key, dtype: dtype).doubles.sorted()
      let name = "\(test.initializer.partDescription), \(dtype), seed \(Self.seed)"
      let count = Double(draws.count)
      // Five standard errors are passed by chance once in 1.7 million times.
      let mean = draws.reduce(0, +) / count
      let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      #expect(abs(mean - test.mean) < 5 * test.deviation / count.squareRoot(), "\(name): mean \(mean)")
      let expected = test.deviation * test.deviation
      #expect(abs(variance / expected - 1) < 5 * ((test.kurtosis - 1) / count).squareRoot(), "\(name): \(variance)")
      // Kolmogorov's and Smirnov's greatest distance between the shares below a number, of what was drawn and what is
      // wanted: by Dvoretzky, Kiefer and Wolfowitz it passes √(ln(2 / α) / 2n) with a chance of at most α, here 1e-6.
      // Every tenth draw is enough to see it, give or take a tenth of 10 / n.
      let bound = (14.51 / (2 * count)).squareRoot() + 10 / count
      let distance = stride(from: 0, to: draws.count, by: 10).map { place in
        abs(test.share(draws[place]) - Double(place) / count)
      }.max()!
      #expect(distance < bound, "\(name): \(distance)")
    }
  }

  @Test("A truncated normal ends where it says, and its quantiles come from the inverse error function")
  func truncation() throws {
    for json in try reference("truncated") {
      let cut = try json.number("cut")
      let draws = Initializer.truncatedNormal(deviation: 1, cut: cut)([100, 100], key: key, dtype: .float64).doubles
      #expect(draws.allSatisfy { abs($0) <= cut })
      let bound = Tensor(cut * 0.5.squareRoot(), dtype: .float64).erf()
      let unit = json["p"]!.tensor() * 2.0 - 1.0
      let found = inverseErf(unit * bound) * 2.0.squareRoot()
      #expect(difference("cut \(cut)", found.doubles, json["x"]!.scalars, relative: 1e-12) == [])
    }
    let pairs = try ReferenceNumbers.read("initializers/initializers.json").array("inverseErf").map(\.scalars)
    let found = inverseErf(Tensor(pairs.map { $0[0] }, dtype: .float64)).doubles
    for (pair, value) in zip(pairs, found) {
      // The last digit of y decides so much: the slope is √π/2 · exp(x²).
      let slope = 0.89 / (1 - abs(pair[0]))
      #expect(abs(value - pair[1]) <= 4 * Double.ulpOfOne * max(slope, abs(pair[1])), "\(pair)")
    }
  }

  // ---- Sizes and shapes

  @Test("Fans and spreads are PyTorch's, for kernels too")
  func spreads() throws {
    let kinds: [String: Initializer] = [
      "glorotUniform": .glorotUniform(gain: 1.5), "glorotNormal": .glorotNormal(gain: 1.5),
      "heUniform": .heUniform(negativeSlope: 0.5), "heNormal": .heNormal(negativeSlope: 0.5),
      "heUniformByOutputs": .heUniform(negativeSlope: 0.5, mode: .fanOut),
      "heNormalByOutputs": .heNormal(negativeSlope: 0.5, mode: .fanOut),
    ]
    for json in try reference("spreads") {
      for (kind, initializer) in kinds {
        // The same draws, as wide as 1.
        let one: Initializer = kind.contains("Normal") ? .normal(deviation: 1) : .uniform(lower: -1, upper: 1)
        let found = initializer(shape(json), key: key, dtype: .float64).doubles
        let expected = (one(shape(json), key: key, dtype: .float64) * (try json.number(kind))).doubles
        #expect(difference("\(kind) \(shape(json))", found, expected, relative: 1e-14, floor: 0.1) == [])
      }
    }
    // What is made by name, and again from what it says, goes by the outputs too.
    for (kind, own) in [
      ("heUniform", Initializer.heUniform(negativeSlope: 0.5, mode: .fanOut)),
      ("heNormal", .heNormal(negativeSlope: 0.5, mode: .fanOut)),
    ] {
      let made = try Catalog.initializers.make(kind, ["negativeSlope": 0.5, "mode": .text("fanOut")])
      let again = try Catalog.initializers.make(own.partDescription)
      let numbers = [made, again, own].map { $0([6, 3], key: key, dtype: .float64).doubles }
      #expect(numbers[0] == numbers[2] && numbers[1] == numbers[2], "\(kind)")
    }
    for json in try reference("fans") {
      let fans = json["fans"]!.scalars
      let found = Initializer.lecunNormal(shape(json), key: key, dtype: .float64).doubles
      let unit = Initializer.normal(deviation: 1)(shape(json), key: key, dtype: .float64).doubles
      #expect(abs(found[0] / unit[0] - 1 / fans[0].squareRoot()) < 1e-14, "\(shape(json))")
    }
  }

  @Test("The identity is PyTorch's, at the middle of a kernel, and passes its input on")
  func identity() throws {
    for json in try reference("identity") {
      let found = Initializer.identity(gain: 3)(shape(json), key: key, dtype: .float64)
      #expect(found.doubles == json["values"]!.scalars.map { 3 * $0 }, "\(shape(json))")
    }
    let layer = Linear(4, 4, initializer: .identity())
    try layer.initialize(seed: 1)
    #expect(layer(Tensor([[1, 2, 3, 4]])).doubles == [1, 2, 3, 4])
  }

  @Test("Each column of a sparse weight has as many zeros as in PyTorch, at other places")
  func sparse() throws {
    for json in try reference("sparse") {
      let (rows, zeros) = (try json.integer("rows"), try json.integer("zeros"))
      let weight = Initializer.sparse(sparsity: try json.number("sparsity"))([rows, 20], key: key).doubles
      let places = (0..<20).map { column in (0..<rows).filter { weight[$0 * 20 + column] == 0 } }
      #expect(places.allSatisfy { $0.count == zeros }, "\(json)")
      if (1..<rows).contains(zeros) { #expect(Set(places).count > 3) }
    }
    // Every row is chosen equally often: 400 columns with 3 of 10, so 120 ± 9.2.
    let mask = Initializer.sparse(sparsity: 0.7)([10, 400], key: key)
    let counts = (mask .!= 0.0).cast(to: .float64).sum([1]).doubles
    #expect(counts.allSatisfy { abs($0 - 120) < 5 * 9.2 }, "seed \(Self.seed): \(counts)")
  }

  @Test("Rows or columns of an orthogonal weight stand at right angles, to rounding")
  func orthogonal() {
    for shape in [[20, 50], [50, 20], [30, 30], [8, 4, 3, 3], [40, 2, 2], [7]] as [Shape] {
      for (dtype, epsilon) in [(DType.float64, Double.ulpOfOne), (.float32, Double(Float.ulpOfOne))] {
        let weight = Initializer.orthogonal(gain: 3)(shape, key: key, dtype: dtype).cast(to: .float64)
        let matrix = weight.reshaped([shape[0], -1])
        let square =
          matrix.shape[0] <= matrix.shape[1]
          ? matrix.matrixProduct(matrix.transposed()) : matrix.transposed().matrixProduct(matrix)
        let size = square.shape[0]
        let expected = (0..<size * size).map { $0 % (size + 1) == 0 ? 9.0 : 0 }
        // Each product sums up to 50 terms whose squares sum to 9: rounding is off by a few ε of that.
        #expect(difference("\(shape) \(dtype)", square.doubles, expected, relative: 8 * epsilon, floor: 9) == [])
      }
    }
  }

  @Test("All orthogonal matrices are equally likely: in three dimensions an entry is uniform from −1 to 1")
  func haar() {
    // Archimedes: each coordinate of a point of the sphere is uniform.
    let count = 400
    let draws = (0..<count).map {
      Initializer.orthogonal()([3, 3], key: key.folding(UInt64($0)), dtype: .float64).doubles
    }
    for entry in [0, 4, 5, 8] {
      let values = draws.map { $0[entry] }.sorted()
      let distance = values.enumerated().map { abs(($1 + 1) / 2 - Double($0) / Double(count)) }.max()!
      // The chance to pass it is 1e-6, as above.
      #expect(distance < (14.51 / Double(2 * count)).squareRoot() + 1 / Double(count), "entry \(entry): \(distance)")
    }
  }

  // ---- What they are used for

  @Test("Any number of threads draws the same bits", arguments: Catalog.initializers.kinds)
  func threads(_ kind: String) throws {
    let initializer = try Catalog.initializers.make(kind)
    let draws = [1, 3].map { threads in
      withBackend(.cpuWith(threads: threads)) { initializer([70, 90], key: key).doubles.map(\.bitPattern) }
    }
    #expect(draws[0] == draws[1])
    let other = initializer([70, 90], key: RandomKey(seed: 12)).doubles.map(\.bitPattern)
    #expect((other == draws[0]) == ["zeros", "ones", "constant", "identity"].contains(kind))
  }

  @Test("A network whose weights start at zero does not learn; the same with Glorot's does")
  func zeros() throws {
    let x = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    let y = Tensor([[0], [1], [1], [0]])
    let losses = try [Initializer.zeros, .glorotUniform].map { initializer in
      let net = Sequential {
        Linear(2, 8, initializer: initializer)
        Tanh()
        Linear(8, 1, initializer: initializer)
      }
      let step = try TrainingStep(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 2)
      for _ in 0..<200 { try step(x, y) }
      return try step(x, y)
    }
    #expect(abs(losses[0] - 0.6931472) < 1e-6)
    #expect(losses[1] < 0.05)
  }

  @Test("An initialiser that is out of its range is an error that names the parameter; one of your own is taken")
  func settings() throws {
    let wrong = Sequential([Linear(2, 2, initializer: .normal(deviation: -1))])
    #expect(throws: SettingError.self) { try wrong.initialize(seed: 1) }
    let bare = ["weight": Parameter([2], initializer: .uniform(lower: 1, upper: 0))]
    struct Bare: Module {
      let held: [String: Parameter]
      func callAsFunction(_ x: Tensor) -> Tensor { x * held["weight"]!.tensor }
    }
    #expect(
      throws: SettingError(
        "Parameter 'held.weight': uniform: lower is 1.0; it has to be less than upper, which is 0.0.")
    ) { try Bare(held: bare).initialize(seed: 1) }
    let own = Initializer("own") { shape, _, dtype in Tensor(repeating: 7, shape: shape, dtype: dtype) }
    let net = Sequential([Linear(2, 2, initializer: own)])
    try net.initialize(seed: 1)
    #expect(net.parameters[0].value.doubles == [7, 7, 7, 7])
    let again = try Sequential(net.networkDescription())
    #expect(again.parameters[0].initializer?.kind == nil)
  }
}
