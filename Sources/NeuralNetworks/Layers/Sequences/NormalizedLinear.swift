import GliaTensors

/// A linear forecast of a window from its last value on: y = (x − xₗ) · Wᵀ + b + xₗ, where xₗ is the last of
/// x [..., inputSize], W [outputSize, inputSize], b [outputSize], and y [..., outputSize] are the values that follow.
///
/// A shift of the series shifts the forecast alike, so that a level which training never saw does no harm. With W and b at
/// zero, where it starts unless an initialiser is given, it says the last value.
///
/// Zeng, Chen, Zhang and Xu 2023, "Are transformers effective for time series forecasting?" (NLinear), arXiv:2205.13504.
public struct NormalizedLinear: Layer {
  public static let kind = "normalizedLinear"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The values of the window."),
    Hyperparameter("outputSize", .size, default: nil, "The values that are forecast."),
    .initializer("initializer", "How the weight starts; at zero where nothing is said."), .dtype,
  ]

  public let inputSize, outputSize: Int
  public let weight, bias: Parameter

  public init(_ inputSize: Int, _ outputSize: Int, initializer: Initializer? = nil, dtype: DType = .float32) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    weight = Parameter([outputSize, inputSize], dtype: dtype, initializer: initializer ?? .zeros)
    bias = Parameter([outputSize], dtype: dtype, initializer: .zeros)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputSize"), all.integer("outputSize"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(inputSize), "outputSize": Setting(outputSize),
      "initializer": (weight.initializer ?? .zeros).setting, "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(inputSize, axis: -1, of: input)
    try expectType(weight.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [outputSize]) }

  public func apply(_ x: Tensor) -> Tensor {
    let last = x.sliced(inputSize - 1..<inputSize, axis: -1)
    return (x - last).matrixProduct(weight.tensor.transposed()) + bias.tensor + last
  }
}
