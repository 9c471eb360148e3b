import GliaGraph
import GliaRuntime
import GliaTensors

/// The exchange between the weights that an optimizer trains and those that it gives for use, such as a moving average.
///
/// The model holds one of the two at a time. While it holds those for use, the trained ones are kept here.
final class EvaluationWeights {
  private let arena: ParameterArena
  /// Computes the weights for use; nil where they are the trained ones.
  private let executable: (any Executable)?
  private let trained, shown: Buffer
  @exclusivity(unchecked) private(set) var areShown = false

  init(_ arena: ParameterArena, _ optimizer: any Optimizer) {
    self.arena = arena
    let trace = Trace(isTraining: false)
    let weights = trace {
      (optimizer as? any GradientOptimizer)?.evaluationWeights(
        arena.parameters, parameter: Tensor(trace.read(arena.flat)), state: arena.slots.map { Tensor(trace.read($0)) })
    }
    executable = weights.map { currentBackend.prepare(Graph(outputs: [$0.node])) }
    let byteCount = executable == nil ? 0 : arena.flat.type.byteCount
    trained = Buffer(byteCount: byteCount)
    shown = Buffer(byteCount: byteCount)
  }

  /// Puts the weights for use into the model.
  func show() {
    guard let executable, !areShown else { return }
    executable.run()
    let byteCount = arena.flat.type.byteCount
    trained.address.copyMemory(from: arena.flat.address, byteCount: byteCount)
    shown.address.copyMemory(from: executable.outputAddress(0), byteCount: byteCount)
    arena.flat.address.copyMemory(from: shown.address, byteCount: byteCount)
    areShown = true
  }

  /// Puts the trained weights back. A parameter that was set meanwhile, or moved away by another step, stays as it is.
  func hide() {
    guard areShown else { return }
    areShown = false
    let width = arena.dtype.byteCount
    for place in arena.places where place.parameter.variable.buffer === arena.flat.buffer {
      let (start, byteCount) = (place.offset * width, place.count * width)
      let current = arena.flat.address + start
      let isAsShown = UnsafeRawBufferPointer(start: current, count: byteCount)
        .elementsEqual(UnsafeRawBufferPointer(start: shown.address + start, count: byteCount))
      if isAsShown { current.copyMemory(from: trained.address + start, byteCount: byteCount) }
    }
  }

  /// Does something while the model holds the trained weights, and leaves it as it was.
  func hidden<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard areShown else { return try body() }
    let byteCount = arena.flat.type.byteCount
    let before = Buffer(byteCount: byteCount)
    before.address.copyMemory(from: arena.flat.address, byteCount: byteCount)
    hide()
    defer {
      arena.flat.address.copyMemory(from: before.address, byteCount: byteCount)
      areShown = true
    }
    return try body()
  }
}
