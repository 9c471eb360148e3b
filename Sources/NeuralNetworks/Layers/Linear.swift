import GliaTensors

/// A weighted sum of all inputs for each output: y = x · Wᵀ + b, with x [..., inputSize], W [outputSize, inputSize],
/// b [outputSize] and y [..., outputSize].
///
/// The bias starts at zero, the weight by `initializer`. Without one it is the right one for the activation that follows in
/// a `Sequential` (He's before ReLU and its kin), and Glorot's elsewhere.
public struct Linear: WeightedLayer {
  public static let kind = "linear"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The features of the input."),
    Hyperparameter("outputSize", .size, default: nil, "The features of the output."),
    Hyperparameter("bias", .flag, default: true, "Whether a bias is added."),
    .initializer("initializer", "How the weight starts; by the activation that follows where nothing is said."),
    .dtype,
  ]

  public let inputSize, outputSize: Int
  public let weight: Parameter
  public let bias: Parameter?

  public init(
    _ inputSize: Int, _ outputSize: Int, bias: Bool = true, initializer: Initializer? = nil, dtype: DType = .float32
  ) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    weight = Parameter([outputSize, inputSize], dtype: dtype, initializer: initializer)
    self.bias = bias ? Parameter([outputSize], dtype: dtype, initializer: .zeros) : nil
  }

  /// With parameters of another layer, to tie them.
  public init(weight: Parameter, bias: Parameter? = nil) {
    inputSize = weight.shape.last ?? 0
    outputSize = weight.shape.first ?? 0
    self.weight = weight
    self.bias = bias
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputSize"), all.integer("outputSize"), bias: all.flag("bias"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(inputSize), "outputSize": Setting(outputSize), "bias": .flag(bias != nil),
      "initializer": weight.initializer?.setting, "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard let features = input.last else {
      throw mismatch("Linear expects [..., \(inputSize)], got a single number.")
    }
    guard features == inputSize else {
      throw mismatch("Linear expects \(inputSize) features, got \(features): an input of \(input).")
    }
    guard dtype == weight.dtype else { throw mismatch("Linear computes in \(weight.dtype), got \(dtype).") }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [outputSize]) }

  public func apply(_ x: Tensor) -> Tensor {
    let product = x.matrixProduct(weight.tensor.transposed())
    return bias.map { product + $0.tensor } ?? product
  }
}
