import GliaTensors

/// A linear layer for each member of an ensemble, of which all share the weight and each has its own scales and bias:
/// y = ((x ⊙ r) · Wᵀ) ⊙ s + b, with x [rows, members, inputSize], W [outputSize, inputSize], r [members, inputSize],
/// s and b [members, outputSize] and y [rows, members, outputSize].
///
/// So an ensemble costs hardly more parameters than one network, and one product computes all members. The scales of the
/// input start as signs at random where `startsApart` says so, which is what makes the members differ; else all scales start
/// as 1.
///
/// Wen, Tran and Ba 2020, "BatchEnsemble", arXiv:2002.06715; as a network for tables Gorishniy, Kotelnikov and Babenko 2024,
/// "TabM", arXiv:2410.24210.
public struct MemberLinear: WeightedLayer {
  public static let kind = "memberLinear"
  public static let hyperparameters = [
    Hyperparameter("members", .size, default: nil, "The members of the ensemble."),
    Hyperparameter("inputSize", .size, default: nil, "The features of the input."),
    Hyperparameter("outputSize", .size, default: nil, "The features of the output."),
    Hyperparameter("startsApart", .flag, default: false, "Whether the scales of the input start as signs at random."),
    .initializer("initializer", "How the weight starts; by the activation that follows where nothing is said."),
    .dtype,
  ]

  public let members, inputSize, outputSize: Int
  public let startsApart: Bool
  public let weight, inputScale, outputScale, bias: Parameter

  public init(
    members: Int, _ inputSize: Int, _ outputSize: Int, startsApart: Bool = false, initializer: Initializer? = nil,
    dtype: DType = .float32
  ) {
    self.members = members
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.startsApart = startsApart
    weight = Parameter([outputSize, inputSize], dtype: dtype, initializer: initializer)
    inputScale = Parameter([members, inputSize], dtype: dtype, initializer: startsApart ? .signs : .ones)
    outputScale = Parameter([members, outputSize], dtype: dtype, initializer: .ones)
    bias = Parameter([members, outputSize], dtype: dtype, initializer: .zeros)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      members: all.integer("members"), all.integer("inputSize"), all.integer("outputSize"),
      startsApart: all.flag("startsApart"), initializer: try all.part("initializer").map(Catalog.initializers.make),
      dtype: .named(all))
  }

  public var settings: Settings {
    [
      "members": Setting(members), "inputSize": Setting(inputSize), "outputSize": Setting(outputSize),
      "startsApart": .flag(startsApart), "initializer": weight.initializer.flatMap(\.setting),
      "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 3, input[1] == members, input[2] == inputSize else {
      throw mismatch("MemberLinear expects [rows, \(members), \(inputSize)], got \(input).")
    }
    try expectType(weight.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { [input.first ?? 0, members, outputSize] }

  public func apply(_ x: Tensor) -> Tensor {
    (x * inputScale.tensor).matrixProduct(weight.tensor.transposed()) * outputScale.tensor + bias.tensor
  }
}

extension Initializer {
  /// 1 or −1, each with probability ½.
  public static var signs: Initializer {
    Initializer("signs") { shape, key, dtype in
      let isBelow = Tensor.uniform(shape, in: -1..<1, key: key, dtype: dtype) .< 0
      return isBelow.select(.ones(shape, dtype: dtype) * -1, .ones(shape, dtype: dtype))
    }
  }
}
