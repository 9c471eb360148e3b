import GliaGraph
import GliaRuntime

/// An optimizer that looks at the loss in several places before a step is done, such as one with a line search. The loss of a
/// step is a function that it calls: it is the same batch, and the same random numbers, each time.
public protocol SearchingOptimizer: Optimizer {
  /// One step.
  ///
  /// - Parameters:
  ///   - point: the parameters, flat; left where the step ends.
  ///   - state: what the slots hold, in their order; left as it is to be kept.
  ///   - evaluate: the loss and its gradient at a point.
  /// - Returns: the loss where the step began.
  func search(
    _ point: inout [Double], state: inout [[Double]], learningRate: Double,
    evaluate: ([Double]) -> (loss: Double, gradient: [Double])
  ) -> Double
}

/// The step of such an optimizer over a compiled loss.
///
/// It computes in float64 and keeps its state in the parameters' own type from step to step, so that a run that is resumed
/// sees the same numbers.
final class LossSearch {
  private let optimizer: any SearchingOptimizer
  private let arena: ParameterArena
  private(set) var firstLoss = Double.nan

  init(_ optimizer: any SearchingOptimizer, _ arena: ParameterArena) {
    self.optimizer = optimizer
    self.arena = arena
  }

  func run(_ executable: any Executable, rate: Double) {
    let gradientType = TensorType(arena.flat.type.shape, .float64)
    var point = LossSearch.values(of: arena.flat)
    var state = arena.slots.map(LossSearch.values)
    firstLoss = optimizer.search(&point, state: &state, learningRate: rate) { place in
      LossSearch.write(place, to: arena.flat)
      executable.run()
      let loss = executable.outputAddress(0).assumingMemoryBound(to: Double.self).pointee
      return (loss, ReferenceArray(gradientType, reading: executable.outputAddress(1)).values)
    }
    LossSearch.write(point, to: arena.flat)
    for (slot, values) in zip(arena.slots, state) { LossSearch.write(values, to: slot) }
  }

  private static func values(of variable: Variable) -> [Double] {
    ReferenceArray(variable.type, reading: variable.address).values
  }

  private static func write(_ values: [Double], to variable: Variable) {
    ReferenceArray(variable.type, values).write(to: variable.address)
  }
}
