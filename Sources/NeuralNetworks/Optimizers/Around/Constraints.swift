import GliaTensors

/// An L1 term: `strength` · Σ |p| is added to what is made small, and so strength · sign(p) to the gradient. It draws weights that
/// do little to 0. The loss that is shown does not count it.
///
/// Tibshirani 1996, "Regression shrinkage and selection via the lasso", doi:10.1111/j.2517-6161.1996.tb02080.x. For the
/// parameters under a path (see ``GroupedOptimizer``); all where it is empty.
public struct L1Regularized: WrappingOptimizer {
  public static let kind = "l1"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("strength", .notNegative, default: 0.0001, "What the sizes are multiplied by."),
    .path("The parameters that it is for; all where it is empty."),
  ]

  public let optimizer: any GradientOptimizer
  public let strength: Double
  public let path: String
  public init(_ optimizer: any GradientOptimizer, strength: Double, path: String = "") {
    self.optimizer = optimizer
    self.strength = strength
    self.path = path
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.optimizer(), strength: all.number("strength"), path: all.text("path"))
  }
  public var settings: Settings {
    ["optimizer": .part(optimizer.partDescription), "strength": .number(strength), "path": .text(path)]
  }
  public func checkNames(_ names: [String]) throws {
    try ParameterPath(path).check(names)
    try optimizer.checkNames(names)
  }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let slope =
      path.isEmpty
      ? parameter.sign() * strength
      : layout.changing(parameter, path) {
        $0.sign() * strength
      } others: {
        $0 * 0
      }
    return optimizer.update(
      layout, parameter: parameter, gradient: gradient + slope, state: state, learningRate: learningRate)
  }
}

/// Bounds the weights that lead into each unit: after the step, a row of a matrix (of anything with two axes or more, all but
/// the first taken together) whose norm is above the limit is scaled to it: w ← w · min(1, norm / ‖w‖₂).
///
/// Srivastava and others 2014, "Dropout", section 5.1, JMLR 15. Biases, having one axis, are left alone. For the parameters
/// under a path (see ``GroupedOptimizer``); all where it is empty.
public struct MaxNorm: WrappingOptimizer {
  public static let kind = "maxNorm"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("norm", .positive, default: 3, "The largest norm of a row."),
    .path("The parameters that it is for; all where it is empty."),
  ]

  public let optimizer: any GradientOptimizer
  public let norm: Double
  public let path: String
  public init(_ optimizer: any GradientOptimizer, norm: Double, path: String = "") {
    self.optimizer = optimizer
    self.norm = norm
    self.path = path
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.optimizer(), norm: all.number("norm"), path: all.text("path"))
  }
  public var settings: Settings {
    ["optimizer": .part(optimizer.partDescription), "norm": .number(norm), "path": .text(path)]
  }
  public func checkNames(_ names: [String]) throws {
    try ParameterPath(path).check(names)
    try optimizer.checkNames(names)
  }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let (moved, state) = optimizer.update(
      layout, parameter: parameter, gradient: gradient, state: state, learningRate: learningRate)
    return (layout.changing(moved, path, bounded) { $0 }, state)
  }

  private func bounded(_ weight: Tensor) -> Tensor {
    guard weight.rank >= 2, weight.elementCount > 0 else { return weight }
    let size = weight.squared().sum(Array(1..<weight.rank), keepingAxes: true).squareRoot()
    // A row of zeros would be 0 · ∞; what is not above the limit is left alone to the bit.
    return weight * (size .> norm).select(norm / size, Tensor.ones(size.shape, dtype: size.dtype))
  }
}

extension Hyperparameter {
  static func path(_ documentation: String) -> Hyperparameter {
    Hyperparameter("path", .text, default: "", documentation)
  }
}

extension ParameterLayout {
  /// A flat tensor in which the parameters under a path are changed in one way, the others in another.
  func changing(
    _ flat: Tensor, _ path: String, _ change: (Tensor) -> Tensor, others: (Tensor) -> Tensor
  ) -> Tensor {
    let path = ParameterPath(path)
    return join(zip(pieces, split(flat)).map { path.matches($0.name) ? change($1) : others($1) })
  }
}

extension GradientOptimizer {
  /// With an L1 term. See ``L1Regularized``.
  public func l1(_ strength: Double, on path: String = "") -> L1Regularized {
    L1Regularized(self, strength: strength, path: path)
  }
  /// With rows of bounded norm. See ``MaxNorm``.
  public func maxNorm(_ norm: Double, on path: String = "") -> MaxNorm { MaxNorm(self, norm: norm, path: path) }
}
