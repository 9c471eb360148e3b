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

  /// Puts the trained weights back. A parameter that was set meanwhile, or trained by another step, stays as it is.
  func hide() {
    guard areShown else { return }
    areShown = false
    for (parameter, byteOffset, byteCount) in pieces {
      let current = UnsafeMutableRawBufferPointer(start: parameter.variable.address, count: byteCount)
      guard current.elementsEqual(UnsafeRawBufferPointer(start: shown.address + byteOffset, count: byteCount)) else {
        continue
      }
      current.baseAddress!.copyMemory(from: trained.address + byteOffset, byteCount: byteCount)
    }
  }

  /// Does something while the model holds the trained weights, and leaves it as it was.
  func hidden<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard areShown else { return try body() }
    let before = Buffer(byteCount: arena.flat.type.byteCount)
    for (parameter, byteOffset, byteCount) in pieces {
      (before.address + byteOffset).copyMemory(from: parameter.variable.address, byteCount: byteCount)
    }
    hide()
    defer {
      for (parameter, byteOffset, byteCount) in pieces {
        parameter.variable.address.copyMemory(from: before.address + byteOffset, byteCount: byteCount)
      }
      areShown = true
    }
    return try body()
  }

  /// The parameters, wherever they lie now, with their places in the copies.
  private var pieces: [(parameter: Parameter, byteOffset: Int, byteCount: Int)] {
    let width = arena.dtype.byteCount
    return arena.places.map { ($0.parameter, $0.offset * width, $0.count * width) }
  }
}
