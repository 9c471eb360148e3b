import GliaTensors

/// An optimizer around another: what it does not change itself is the inner one's. Its own slots lie behind the inner one's.
///
/// It is a part like any other, so that files and checkpoints keep the whole of it.
public protocol WrappingOptimizer: GradientOptimizer {
  var optimizer: any GradientOptimizer { get }
  var ownSlots: [OptimizerSlot] { get }
}

extension WrappingOptimizer {
  public var learningRate: Double { optimizer.learningRate }
  public var ownSlots: [OptimizerSlot] { [] }
  public func slots(for parameters: ParameterLayout) -> [OptimizerSlot] {
    optimizer.slots(for: parameters) + ownSlots
  }
  public func checkNames(_ names: [String]) throws { try optimizer.checkNames(names) }
  public func validateSettings() throws {
    _ = try Self.complete(settings)
    try optimizer.validateSettings()
  }

  public func evaluationWeights(_ layout: ParameterLayout, parameter: Tensor, state: [Tensor]) -> Tensor? {
    optimizer.evaluationWeights(layout, parameter: parameter, state: inner(state))
  }

  /// The inner one's part of the state.
  func inner(_ state: [Tensor]) -> [Tensor] { Array(state.dropLast(ownSlots.count)) }
}

extension Hyperparameter {
  static let optimizer = Hyperparameter(
    "optimizer", .part([]), default: .part(PartDescription("adam")), "The optimizer that it goes around.")
}

extension Settings {
  /// The optimizer that a part goes around.
  ///
  /// - Throws: `SettingError` for one whose step is no function of one gradient.
  func optimizer(_ name: String = "optimizer") throws -> any GradientOptimizer {
    let description = part(name)!
    guard let optimizer = try Catalog.optimizers.make(description) as? any GradientOptimizer else {
      throw SettingError(
        "\(name): '\(description.kind)' looks at the loss in several places in a step, and nothing can go around it.")
    }
    return optimizer
  }
}
