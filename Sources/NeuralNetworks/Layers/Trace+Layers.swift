import GliaGraph
import GliaTensors

// What layers need of a trace in training.

extension Trace {
  /// New numbers, uniform in [0, 1), in the shape and type of `x`; nil in inference.
  static func trainingUniform(like x: Tensor) -> Tensor? {
    guard let trace = current, trace.isTraining, let key = trace.key else { return nil }
    return Tensor(.make(RandomUniform(x.node.type, stream: trace.nextStream()), key))
  }

  /// Adds a number to the loss of a training step; elsewhere nothing happens.
  static func penalize(_ penalty: Tensor) {
    if let trace = current, trace.isTraining { trace.add(penalty: penalty.node) }
  }

  /// Lets the step write a new value to a statistic.
  func follow(_ statistic: Parameter, _ value: Tensor) {
    let next = value.stoppingGradient().node
    update(statistic.variable, next)
    // Where the layer is used twice in one step, the second use follows on the first.
    bind(statistic.variable, to: next)
  }
}
