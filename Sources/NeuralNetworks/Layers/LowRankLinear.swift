import GliaTensors

/// A linear layer that is kept as it is, with a correction of low rank that is learned:
/// y = x · Wᵀ + b + (alpha / rank) · (x · Aᵀ) · Bᵀ, with x [..., inputSize], A [rank, inputSize], B [outputSize, rank].
///
/// W and b are frozen; A starts by He's uniform with a slope of √5, as PyTorch's linear layers do, and B at zero, so that training
/// starts from the layer as it was. `merged()` gives the linear layer that computes the same.
///
/// Hu and others 2022, "LoRA", arXiv:2106.09685. In files the parameters are "weight", "bias", "lora_A" and "lora_B".
public struct LowRankLinear: Layer {
  public static let kind = "lowRankLinear"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The features of the input."),
    Hyperparameter("outputSize", .size, default: nil, "The features of the output."),
    Hyperparameter("rank", .size, default: 8, "The rank of the correction."),
    Hyperparameter("alpha", .positive, default: 8, "What the correction is multiplied by, divided by the rank."),
    Hyperparameter("bias", .flag, default: true, "Whether a bias is added."), .dtype,
  ]

  public let inputSize, outputSize, rank: Int
  public let alpha: Double
  public let weight: Parameter
  public let bias: Parameter?
  public let down, up: Parameter

  /// Around a linear layer, whose parameters it shares and freezes.
  public init(_ linear: Linear, rank: Int = 8, alpha: Double = 8) {
    (inputSize, outputSize) = (linear.inputSize, linear.outputSize)
    self.rank = rank
    self.alpha = alpha
    weight = linear.weight
    bias = linear.bias
    let dtype = linear.weight.dtype
    down = Parameter(
      [rank, inputSize], dtype: dtype, initializer: .heUniform(negativeSlope: 5.0.squareRoot()), name: "lora_A")
    up = Parameter([outputSize, rank], dtype: dtype, initializer: .zeros, name: "lora_B")
    weight.isFrozen = true
    bias?.isFrozen = true
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    let linear = Linear(
      all.integer("inputSize"), all.integer("outputSize"), bias: all.flag("bias"), dtype: .named(all))
    self.init(linear, rank: all.integer("rank"), alpha: all.number("alpha"))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(inputSize), "outputSize": Setting(outputSize), "rank": Setting(rank),
      "alpha": .number(alpha), "bias": .flag(bias != nil), "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try Linear(weight: weight, bias: bias).outputShape(of: input, dtype: dtype)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [outputSize]) }

  public func apply(_ x: Tensor) -> Tensor {
    let correction = x.matrixProduct(down.tensor.transposed()).matrixProduct(up.tensor.transposed())
    return Linear(weight: weight, bias: bias).apply(x) + correction * (alpha / Double(rank))
  }

  /// The linear layer with the weight W + (alpha / rank) · B · A, in parameters of its own. The parameters need to have values.
  public func merged() -> Linear {
    let linear = Linear(inputSize, outputSize, bias: bias != nil, dtype: weight.dtype)
    linear.weight.value = weight.value + up.value.matrixProduct(down.value) * (alpha / Double(rank))
    if let bias { linear.bias!.value = bias.value }
    return linear
  }
}

extension Sequential {
  /// The network with a `LowRankLinear` in each linear layer's place, those in a `Sequential` within too. All its parameters are
  /// shared with this one and frozen, and only the corrections are learned; `unfreeze` frees what is to be learned besides.
  public func adapted(rank: Int = 8, alpha: Double = 8) throws -> Sequential {
    try freeze()
    return replacing { ($0 as? Linear).map { LowRankLinear($0, rank: rank, alpha: alpha) } }
  }

  /// The network with the linear layer that computes the same in each `LowRankLinear`'s place. The other layers are shared.
  public func merged() -> Sequential { replacing { ($0 as? LowRankLinear)?.merged() } }

  private func replacing(_ change: (any Module) -> (any Module)?) -> Sequential {
    Sequential(layers.map { ($0 as? Sequential)?.replacing(change) ?? change($0) ?? $0 })
  }
}
