import GliaTensors

/// Scales the gradient down where its norm over all parameters is above a limit: g ← g · min(1, limit / (‖g‖₂ + 10⁻⁶)).
///
/// Its direction stays. Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks",
/// arXiv:1211.5063; the small number is PyTorch's.
public struct ClippedByNorm: WrappingOptimizer {
  public static let kind = "clippedByNorm"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("norm", .positive, default: 1, "The largest norm that a gradient keeps."),
  ]

  public let optimizer: any GradientOptimizer
  public let norm: Double
  public init(_ optimizer: any GradientOptimizer, norm: Double) {
    self.optimizer = optimizer
    self.norm = norm
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.optimizer(), norm: all.number("norm"))
  }
  public var settings: Settings { ["optimizer": .part(optimizer.partDescription), "norm": .number(norm)] }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let size = gradient.squared().sum().squareRoot()
    let scale = (norm / (size + 1e-6)).minimum(1)
    return optimizer.update(
      layout, parameter: parameter, gradient: gradient * scale, state: state, learningRate: learningRate)
  }
}

/// Holds each element of the gradient between −value and value, before anything else is made of it.
public struct ClippedByValue: WrappingOptimizer {
  public static let kind = "clippedByValue"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("value", .positive, default: 1, "The largest size that a slope keeps."),
  ]

  public let optimizer: any GradientOptimizer
  public let value: Double
  public init(_ optimizer: any GradientOptimizer, value: Double) {
    self.optimizer = optimizer
    self.value = value
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.optimizer(), value: all.number("value"))
  }
  public var settings: Settings { ["optimizer": .part(optimizer.partDescription), "value": .number(value)] }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    optimizer.update(
      layout, parameter: parameter, gradient: gradient.maximum(-value).minimum(value), state: state,
      learningRate: learningRate)
  }
}

extension GradientOptimizer {
  /// With gradients whose norm over all parameters is held at `norm`. See ``ClippedByNorm``.
  public func clipped(norm: Double) -> ClippedByNorm { ClippedByNorm(self, norm: norm) }
  /// With gradients whose elements are held between −value and value.
  public func clipped(value: Double) -> ClippedByValue { ClippedByValue(self, value: value) }
}
