import GliaTensors

/// What an optimizer keeps from step to step.
public struct OptimizerSlot: Sendable, Hashable {
  /// How a slot's numbers lie.
  public enum Layout: Sendable, Hashable {
    /// A number for each of the parameters', of their type, laid out as they are.
    case likeParameter
    /// One number of float64 for all.
    case scalar
    /// An array of the parameters' type in a shape of its own.
    case shape(Shape)
  }

  public var name: String
  public let layout: Layout
  public let initialValue: Double
  /// The parameters that `likeParameter` means; nil for all.
  var parameters: ParameterLayout?

  public init(_ name: String, _ layout: Layout = .likeParameter, initialValue: Double = 0) {
    self.name = name
    self.layout = layout
    self.initialValue = initialValue
  }
}

/// A rule that moves parameters against their gradient. What it needs in a step tells its kind apart: the gradient
/// (`GradientOptimizer`), or the loss at several places (`SearchingOptimizer`).
public protocol Optimizer: Part, Sendable {
  /// The rate where no schedule says otherwise.
  var learningRate: Double { get }
  /// What it keeps for these parameters.
  func slots(for parameters: ParameterLayout) -> [OptimizerSlot]
  /// Looks at the names of a network's parameters, frozen ones too, before anything is trained.
  ///
  /// - Throws: `SettingError` where a setting names none of them.
  func checkNames(_ names: [String]) throws
}

extension Optimizer {
  public func checkNames(_ names: [String]) throws {}
}

/// An optimizer whose step is a function of the learning rate, the parameters, their gradient and what it kept, written in
/// tensors and compiled with the rest of the training step.
///
/// The parameters of a whole model come as one flat tensor; `layout` says where each lies. Learning rate and scalar slots are
/// float64 scalars: what depends on them alone is computed exactly once, then converted with `like(_:)`.
public protocol GradientOptimizer: Optimizer {
  func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor])

  /// The weights to validate, predict with and save, where they are others than those that are trained; else nil.
  func evaluationWeights(_ layout: ParameterLayout, parameter: Tensor, state: [Tensor]) -> Tensor?
}

extension GradientOptimizer {
  public func evaluationWeights(_ layout: ParameterLayout, parameter: Tensor, state: [Tensor]) -> Tensor? { nil }
}

/// An optimizer that is arithmetic on each element by itself, so that the step of a whole model is one pass over memory.
public protocol ElementwiseOptimizer: GradientOptimizer {
  var slots: [OptimizerSlot] { get }
  func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
}

extension ElementwiseOptimizer {
  public func slots(for parameters: ParameterLayout) -> [OptimizerSlot] { slots }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    update(parameter: parameter, gradient: gradient, state: state, learningRate: learningRate)
  }
}

extension Tensor {
  /// A float64 scalar in another tensor's type and shape.
  func like(_ other: Tensor) -> Tensor { cast(to: other.dtype).broadcast(to: other.shape) }
}

extension Hyperparameter {
  static func learningRate(_ value: Double) -> Hyperparameter {
    Hyperparameter("learningRate", .notNegative, default: .number(value), "The size of a step.")
  }
  static func weightDecay(_ value: Double, _ documentation: String) -> Hyperparameter {
    Hyperparameter("weightDecay", .notNegative, default: .number(value), documentation)
  }
  static func epsilon(_ value: Double, _ documentation: String) -> Hyperparameter {
    Hyperparameter("epsilon", .notNegative, default: .number(value), documentation)
  }
  static let l2Decay = Hyperparameter.weightDecay(0, "Added to the gradient, times the parameter (L2).")
  static let decoupledDecay = Hyperparameter.weightDecay(
    0.01, "The part of the parameter that a step of rate 1 takes away.")
}

extension Catalog where Row == OptimizerRow {
  /// The optimizers: one row each, and behind them those that go around another.
  public static var optimizers: Catalog {
    Catalog(
      "optimizer",
      [
        OptimizerRow(SGD.self), OptimizerRow(RMSprop.self), OptimizerRow(Adagrad.self), OptimizerRow(Adadelta.self),
        OptimizerRow(Adam.self), OptimizerRow(AdamW.self), OptimizerRow(Adamax.self), OptimizerRow(NAdam.self),
        OptimizerRow(RAdam.self), OptimizerRow(Rprop.self), OptimizerRow(Lion.self), OptimizerRow(Muon.self),
        OptimizerRow(Adafactor.self), OptimizerRow(ScheduleFreeAdamW.self), OptimizerRow(LBFGS.self),
        OptimizerRow(ClippedByNorm.self), OptimizerRow(ClippedByValue.self), OptimizerRow(L1Regularized.self),
        OptimizerRow(MaxNorm.self, movesAtRest: true), OptimizerRow(AveragedOptimizer.self),
        OptimizerRow(AccumulatedOptimizer.self),
        OptimizerRow(
          GroupedOptimizer.self,
          [
            "groups": [
              .part(PartDescription("group", ["path": "*.bias", "optimizer": .part(PartDescription("rprop"))]))
            ]
          ]),
      ])
  }
}

/// An optimizer of the catalog, with settings to try it with.
public struct OptimizerRow: CatalogRow {
  public let type: any Optimizer.Type
  public let exampleSettings: Settings
  /// Whether it moves parameters at a rate of 0 too, such as into bounds.
  public let movesAtRest: Bool
  init(_ type: any Optimizer.Type, _ settings: Settings = [:], movesAtRest: Bool = false) {
    self.type = type
    exampleSettings = settings
    self.movesAtRest = movesAtRest
  }
  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Optimizer { try type.init(settings) }
}
