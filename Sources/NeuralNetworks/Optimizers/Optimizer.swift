import GliaTensors

/// What an optimizer keeps from step to step.
public struct OptimizerSlot: Sendable, Hashable {
  public enum Layout: Sendable, Hashable {
    /// A number for each of the parameter's, of its type.
    case likeParameter
    /// One number of float64 for all.
    case scalar
  }

  public let name: String
  public let layout: Layout
  public let initialValue: Double

  public init(_ name: String, _ layout: Layout = .likeParameter, initialValue: Double = 0) {
    self.name = name
    self.layout = layout
    self.initialValue = initialValue
  }
}

/// A rule that moves parameters against their gradient: a function of the learning rate, the parameter, the gradient and what
/// it kept.
///
/// The parameters of a whole model come as one flat tensor, and `update` is arithmetic on each element by itself, so that a
/// step is one pass over memory. Learning rate and scalar slots are float64 scalars: what depends on them alone is computed
/// exactly once, then converted with `like(_:)`.
public protocol Optimizer: Part, Sendable {
  /// The rate where no schedule says otherwise.
  var learningRate: Double { get }
  var slots: [OptimizerSlot] { get }
  func update(parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor)
    -> (parameter: Tensor, state: [Tensor])
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
}

extension Catalog where Row == OptimizerRow {
  /// The optimizers: one row each.
  public static var optimizers: Catalog {
    Catalog(
      "optimizer",
      [OptimizerRow(SGD.self), OptimizerRow(RMSprop.self), OptimizerRow(Adam.self), OptimizerRow(AdamW.self)])
  }
}

/// An optimizer of the catalog.
public struct OptimizerRow: CatalogRow {
  public let type: any Optimizer.Type
  init(_ type: any Optimizer.Type) { self.type = type }
  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Optimizer { try type.init(settings) }
}
