import GliaTensors

/// A linear forecast of a window's trend and of what remains: y = t · Wₜᵀ + bₜ + (x − t) · Wᵣᵀ + bᵣ, where t is the moving
/// average of x [..., inputSize] over `kernel` values, the first and the last repeated at the ends, and y [..., outputSize]
/// are the values that follow.
///
/// The kernel is odd. The weights start at zero unless an initialiser is given.
///
/// Zeng, Chen, Zhang and Xu 2023, "Are transformers effective for time series forecasting?" (DLinear), arXiv:2205.13504.
public struct DecomposedLinear: Layer {
  public static let kind = "decomposedLinear"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The values of the window."),
    Hyperparameter("outputSize", .size, default: nil, "The values that are forecast."),
    Hyperparameter("kernel", .size, default: 25, "The values that the trend is the mean of; an odd number."),
    .initializer("initializer", "How the weights start; at zero where nothing is said."), .dtype,
  ]

  public static func check(_ settings: Settings) throws {
    let kernel = settings.integer("kernel")
    guard kernel % 2 == 1 else { throw SettingError("\(kind): kernel is \(kernel); it has to be an odd number.") }
  }

  public let kernel: Int
  public let trend, remainder: Linear

  public init(
    _ inputSize: Int, _ outputSize: Int, kernel: Int = 25, initializer: Initializer? = nil, dtype: DType = .float32
  ) {
    self.kernel = kernel
    trend = Linear(inputSize, outputSize, initializer: initializer ?? .zeros, dtype: dtype)
    remainder = Linear(inputSize, outputSize, initializer: initializer ?? .zeros, dtype: dtype)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputSize"), all.integer("outputSize"), kernel: all.integer("kernel"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(trend.inputSize), "outputSize": Setting(trend.outputSize), "kernel": Setting(kernel),
      "initializer": (trend.weight.initializer ?? .zeros).setting, "dtype": Setting(trend.weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(trend.inputSize, axis: -1, of: input)
    try expectType(trend.weight.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [trend.outputSize]) }

  public func apply(_ x: Tensor) -> Tensor {
    let average = movingAverage(x)
    return trend.apply(average) + remainder.apply(x - average)
  }

  private func movingAverage(_ x: Tensor) -> Tensor {
    let (length, border) = (trend.inputSize, kernel / 2)
    guard border > 0 else { return x }
    let ends = Shape(Array(x.shape.dropLast()) + [border])
    let first = x.sliced(0..<1, axis: -1).broadcast(to: ends)
    let last = x.sliced(length - 1..<length, axis: -1).broadcast(to: ends)
    return Tensor.concatenate([first, x, last], axis: -1).windows(axes: [x.rank - 1], sizes: [kernel]).mean([-1])
  }
}
