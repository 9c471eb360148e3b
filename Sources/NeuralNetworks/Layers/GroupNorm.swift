import GliaTensors

/// Each group of features shifted and scaled to mean 0 and variance 1 over the group and all further axes, then by a weight and
/// a bias for each feature: y = (x − mean) / √(variance + epsilon) · weight + bias, for x [batch, size, …].
///
/// One group is layer normalisation over all axes; a group for each feature is instance normalisation. It treats every row by
/// itself, in training as in inference.
///
/// Wu and He 2018, "Group normalization", arXiv:1803.08494.
public struct GroupNorm: Layer {
  public static let kind = "groupNorm"
  public static let hyperparameters = [
    Hyperparameter("groups", .size, default: nil, "The groups; they divide the features."),
    Hyperparameter("size", .size, default: nil, "The features, which are axis 1."),
    Hyperparameter("epsilon", .positive, default: 1e-5, "Added to the variance, within the square root."),
    .dtype,
  ]

  public static func check(_ settings: Settings) throws {
    let (groups, size) = (settings.integer("groups"), settings.integer("size"))
    guard size % groups == 0 else {
      throw SettingError("\(kind): size is \(size); it has to be a multiple of groups, which is \(groups).")
    }
  }

  public let groups, size: Int
  public let epsilon: Double
  public let weight, bias: Parameter

  public init(_ groups: Int, _ size: Int, epsilon: Double = 1e-5, dtype: DType = .float32) {
    self.groups = groups
    self.size = size
    self.epsilon = epsilon
    weight = Parameter([size], dtype: dtype, initializer: .ones)
    bias = Parameter([size], dtype: dtype, initializer: .zeros)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.integer("groups"), all.integer("size"), epsilon: all.number("epsilon"), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "groups": Setting(groups), "size": Setting(size), "epsilon": .number(epsilon), "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectFeatures(size, axis: 1, of: input)
    try expectType(weight.dtype, dtype)
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    let grouped = x.reshaped([x.shape[0], groups, x.shape.dropFirst().reduce(1, *) / groups])
    let standard = grouped.standardized(along: 2, epsilon: epsilon).reshaped(x.shape)
    return standard * weight.tensor.spread(overFeaturesOf: x) + bias.tensor.spread(overFeaturesOf: x)
  }
}
