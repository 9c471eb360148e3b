import GliaTensors

/// A linear layer whose weight is divided by its largest singular value, so that it lengthens nothing: y = x · (W / σ)ᵀ + b, with
/// x [..., inputSize], W [outputSize, inputSize] and y [..., outputSize].
///
/// σ = uᵀ · W · v, where u and v follow W by power iteration: in each training step u ← W·v / ‖W·v‖ and v ← Wᵀ·u / ‖Wᵀ·u‖, as often
/// as `iterations` says. No gradient flows through u and v. In inference and where the layer is frozen they are used as they are.
/// The parameters have the names of PyTorch's `parametrizations.spectral_norm(nn.Linear(…))`, and as there u and v start with
/// fifteen iterations.
///
/// Miyato, Kataoka, Koyama and Yoshida 2018, "Spectral normalization for generative adversarial networks", arXiv:1802.05957.
public struct SpectralLinear: Layer {
  public static let kind = "spectralLinear"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The features of the input."),
    Hyperparameter("outputSize", .size, default: nil, "The features of the output."),
    Hyperparameter("bias", .flag, default: true, "Whether a bias is added."),
    Hyperparameter("iterations", .integer(1...1000), default: 1, "Power iterations in a training step."),
    Hyperparameter("epsilon", .positive, default: 1e-12, "The least length that is divided by."),
    .initializer("initializer", "How the weight starts; Glorot's where nothing is said."),
    .dtype,
  ]

  public let inputSize, outputSize: Int
  public let iterations: Int
  public let epsilon: Double
  public let bias: Parameter?
  public let weight, u, v: Parameter

  public init(
    _ inputSize: Int, _ outputSize: Int, bias: Bool = true, iterations: Int = 1, epsilon: Double = 1e-12,
    initializer: Initializer? = nil, dtype: DType = .float32
  ) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.iterations = iterations
    self.epsilon = epsilon
    self.bias = bias ? Parameter([outputSize], dtype: dtype, initializer: .zeros) : nil
    weight = Parameter(
      [outputSize, inputSize], dtype: dtype, initializer: initializer, name: "parametrizations.weight.original")
    u = Parameter(
      [outputSize], dtype: dtype, initializer: .normal(deviation: 1), kind: .statistic,
      name: "parametrizations.weight.0._u")
    v = Parameter(
      [inputSize], dtype: dtype, initializer: .normal(deviation: 1), kind: .statistic,
      name: "parametrizations.weight.0._v")
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputSize"), all.integer("outputSize"), bias: all.flag("bias"),
      iterations: all.integer("iterations"), epsilon: all.number("epsilon"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(inputSize), "outputSize": Setting(outputSize), "bias": .flag(bias != nil),
      "iterations": Setting(iterations), "epsilon": .number(epsilon),
      "initializer": weight.initializer?.setting, "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(inputSize, axis: -1, of: input)
    try expectType(weight.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [outputSize]) }

  public func finishInitializing() {
    let (left, right) = iterated(15, weight.value, v.value)
    Tensor.evaluate([left, right])
    u.value = left
    v.value = right
  }

  public func apply(_ x: Tensor) -> Tensor {
    let matrix = weight.tensor
    let (left, right) = singularVectors(of: matrix)
    let greatest = (left * matrix.matrixProduct(right)).sum()
    let product = x.matrixProduct((matrix / greatest).transposed())
    return bias.map { product + $0.tensor } ?? product
  }

  private func singularVectors(of matrix: Tensor) -> (Tensor, Tensor) {
    guard let trace = Trace.current, trace.isTraining, !u.isFrozen else { return (u.tensor, v.tensor) }
    let (left, right) = iterated(iterations, matrix.stoppingGradient(), v.tensor)
    trace.follow(u, left)
    trace.follow(v, right)
    return (left, right)
  }

  private func iterated(_ count: Int, _ matrix: Tensor, _ start: Tensor) -> (left: Tensor, right: Tensor) {
    let unit = { (x: Tensor) in x / x.squared().sum().squareRoot().maximum(epsilon) }
    var (left, right) = (start, start)
    for _ in 0..<count {
      left = unit(matrix.matrixProduct(right))
      right = unit(matrix.transposed().matrixProduct(left))
    }
    return (left, right)
  }
}
