import GliaGraph
import GliaRuntime

/// What a function is traced for: training or inference, with which source of randomness; and what the trace collects.
///
/// Layers ask it, so that dropout and batch normalisation need no flag of their own.
package final class Trace: @unchecked Sendable {
  // Unchecked: a trace lives in one synchronous call, on one thread.

  package let isTraining: Bool
  package let allowsReading: Bool
  /// The random key of this step, int64[2]; nil outside training.
  package let key: Node?
  /// Statistics that the step updates, such as running means.
  package private(set) var updates: [Graph.Update] = []
  /// What layers add to the loss in training, each one number.
  package private(set) var penalties: [Node] = []
  private var reads: [ObjectIdentifier: Node] = [:]
  package private(set) var streamCount: UInt64 = 0

  package init(isTraining: Bool, key: Node? = nil, allowsReading: Bool = false) {
    self.isTraining = isTraining
    self.key = key
    self.allowsReading = allowsReading
  }

  @TaskLocal package static var current: Trace?

  package func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Trace.$current.withValue(self, operation: body)
  }

  /// The node that stands for a variable: one and the same throughout the trace.
  package func read(_ variable: Variable) -> Node {
    if let node = reads[ObjectIdentifier(variable)] { return node }
    let node = Node.make(Read(variable))
    reads[ObjectIdentifier(variable)] = node
    return node
  }

  /// Lets another node stand for a variable, such as its piece of a larger one.
  package func bind(_ variable: Variable, to node: Node) { reads[ObjectIdentifier(variable)] = node }

  package func update(_ variable: Variable, _ value: Node) { updates.append(.init(variable, value)) }

  package func add(penalty: Node) { penalties.append(penalty) }

  /// A number of its own for each random operation of the trace.
  package func nextStream() -> UInt64 {
    streamCount += 1
    return streamCount
  }
}

/// Which backend evaluates tensors.
public enum BackendChoice: Hashable, Sendable {
  /// Compiled plans on C kernels for this processor.
  case cpu
  /// The same on a given number of threads. The results are the same bits for any number.
  case cpuWith(threads: Int)
  /// Plain float64 evaluation, primitive by primitive: slow, for checking.
  case reference

  @TaskLocal package static var current: BackendChoice = .cpu
}

/// Runs `body` with tensors evaluated by the given backend.
public func withBackend<Result>(_ choice: BackendChoice, _ body: () throws -> Result) rethrows -> Result {
  try BackendChoice.$current.withValue(choice, operation: body)
}

package var currentBackend: any Backend {
  switch BackendChoice.current {
  case .cpu: CPUBackend()
  case .cpuWith(let threads): CPUBackend(threads: threads)
  case .reference: ReferenceBackend()
  }
}
