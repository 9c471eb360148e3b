import GliaTensors

/// A product of every pair of features of two inputs, weighted for each output: y[o] = Σᵢⱼ a[i] · W[o, i, j] · b[j] + bias[o],
/// with a [..., firstSize], b [..., secondSize] and y [..., outputSize].
///
/// As a layer of one input it takes both in one, [..., firstSize + secondSize]; in a module of one's own it is called with two.
/// The weight starts with variance 1 / (firstSize · secondSize), which keeps that of independent inputs; the bias at zero.
public struct Bilinear: Layer {
  public static let kind = "bilinear"
  public static let hyperparameters = [
    Hyperparameter("firstSize", .size, default: nil, "The features of the first input."),
    Hyperparameter("secondSize", .size, default: nil, "The features of the second input, which stand behind."),
    Hyperparameter("outputSize", .size, default: nil, "The features of the output."),
    Hyperparameter("bias", .flag, default: true, "Whether a bias is added."),
    .initializer("initializer", "How the weight starts; lecunUniform where nothing is said."),
    .dtype,
  ]

  public let firstSize, secondSize, outputSize: Int
  public let weight: Parameter
  public let bias: Parameter?

  public init(
    _ firstSize: Int, _ secondSize: Int, _ outputSize: Int, bias: Bool = true, initializer: Initializer? = nil,
    dtype: DType = .float32
  ) {
    self.firstSize = firstSize
    self.secondSize = secondSize
    self.outputSize = outputSize
    weight = Parameter(
      [outputSize, firstSize, secondSize], dtype: dtype, initializer: initializer ?? .lecunUniform)
    self.bias = bias ? Parameter([outputSize], dtype: dtype, initializer: .zeros) : nil
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("firstSize"), all.integer("secondSize"), all.integer("outputSize"), bias: all.flag("bias"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "firstSize": Setting(firstSize), "secondSize": Setting(secondSize), "outputSize": Setting(outputSize),
      "bias": .flag(bias != nil), "initializer": weight.initializer?.setting,
      "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(firstSize + secondSize, axis: -1, of: input)
    try expectType(weight.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [outputSize]) }

  public func apply(_ x: Tensor) -> Tensor {
    apply(x.sliced(0..<firstSize, axis: -1), x.sliced(firstSize..<firstSize + secondSize, axis: -1))
  }

  /// The same for two tensors, whose axes before the last agree.
  public func callAsFunction(_ first: Tensor, _ second: Tensor) -> Tensor {
    checked(first) {
      try expectFeatures(firstSize, axis: -1, of: first.shape)
      try expectFeatures(secondSize, axis: -1, of: second.shape)
      try expectType(weight.dtype, first.dtype)
      try expectType(weight.dtype, second.dtype)
      guard first.shape.dropLast() == second.shape.dropLast() else {
        throw mismatch(
          "Bilinear takes two inputs that differ in their last axis only, got \(first.shape) and \(second.shape).")
      }
      return apply(first, second)
    }
  }

  private func apply(_ first: Tensor, _ second: Tensor) -> Tensor {
    let lead = Array(first.shape.dropLast())
    // One large product for the first input, then a short sum for the second.
    let matrix = weight.tensor.transposed([1, 0, 2]).reshaped([firstSize, outputSize * secondSize])
    let half = first.matrixProduct(matrix).reshaped(Shape(lead + [outputSize, secondSize]))
    let product = (half * second.expanded(axis: -2)).sum([-1])
    return bias.map { product + $0.tensor } ?? product
  }
}
