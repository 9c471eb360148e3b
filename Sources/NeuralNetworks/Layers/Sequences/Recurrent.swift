import GliaTensors

/// Which steps a recurrent layer gives.
public enum RecurrentOutput: String, CaseIterable, Sendable {
  /// Every step: [batch, steps, directions · hiddenSize].
  case every
  /// What each direction has after its last step: [batch, directions · hiddenSize].
  case last
}

/// What a recurrent layer carries from step to step, each [layers · directions, batch, hiddenSize] in PyTorch's order: layer by
/// layer, forwards before backwards.
public struct RecurrentState {
  public let hidden: Tensor
  /// An LSTM's; nil elsewhere.
  public let cell: Tensor?

  public init(hidden: Tensor, cell: Tensor? = nil) {
    self.hidden = hidden
    self.cell = cell
  }
}

/// A layer that goes along time and carries a state: [batch, steps, inputSize] → [batch, steps, directions · hiddenSize], or
/// [batch, directions · hiddenSize] where only the last step is wanted.
///
/// A conforming layer says how one step goes. Here is what all share: several layers one on the other, a second direction that
/// goes backwards, and the parameters under PyTorch's names: weight_ih_l0 [gates · hiddenSize, inputSize], weight_hh_l0
/// [gates · hiddenSize, hiddenSize], bias_ih_l0 and bias_hh_l0 [gates · hiddenSize], with l1, l2, … for further layers and the
/// ending _reverse for the way back. All start uniform in ±1/√hiddenSize, as PyTorch's.
///
/// The steps are unrolled in the graph: the inputs' share of all steps is one product, then each step has one of its own.
/// Gradients go back through every step (Werbos 1990, "Backpropagation through time", doi:10.1109/5.58337).
public protocol Recurrent: Layer, CustomReflectable {
  /// The sums that each unit takes at a step.
  static var gateCount: Int { get }
  /// How many states go from step to step; the first is the output.
  static var stateCount: Int { get }
  /// Whether a step takes the states' share apart from the inputs', and so with its bias.
  static var keepsSharesApart: Bool { get }
  var stack: RecurrentStack { get }
  init(stack: RecurrentStack)

  /// The states after a step.
  ///
  /// - Parameters:
  ///   - input: The input's share of the sums, [batch, gates · hiddenSize], with the biases of both unless they are kept apart.
  ///   - states: The states before the step, each [batch, hiddenSize].
  ///   - share: Gives a state's share of the sums.
  func step(_ input: Tensor, _ states: [Tensor], share: (Tensor) -> Tensor) -> [Tensor]
}

extension Recurrent {
  public static var stateCount: Int { 1 }
  public static var keepsSharesApart: Bool { false }
  public static var hyperparameters: [Hyperparameter] { RecurrentStack.hyperparameters }
  public var settings: Settings { stack.settings }

  public init(
    _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bidirectional: Bool = false, output: RecurrentOutput = .every,
    dropout: Double = 0, bias: Bool = true, dtype: DType = .float32
  ) {
    self.init(
      stack: RecurrentStack(
        inputSize, hiddenSize, gateCount: Self.gateCount, layers: layers, isBidirectional: bidirectional,
        output: output, dropout: dropout, hasBias: bias, dtype: dtype))
  }

  public init(_ settings: Settings) throws {
    self.init(stack: RecurrentStack(try Self.complete(settings), gateCount: Self.gateCount))
  }

  /// The parameters under their names, not under the property that holds them.
  public var customMirror: Mirror {
    let children = stack.directions.flatMap(\.parameters).map { Mirror.Child(label: $0.givenName, value: $0) }
    return Mirror(self, children: children, displayStyle: .struct)
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    let expected = "\(Self.kind) expects [batch, steps, \(stack.inputSize)]"
    guard input.rank == 3 else { throw mismatch("\(expected), got \(input).") }
    guard input[2] == stack.inputSize else { throw mismatch("\(expected), got \(input[2]) features: \(input).") }
    guard input[1] > 0 else { throw mismatch("\(expected) with at least one step, got \(input).") }
    guard dtype == stack.dtype else { throw mismatch("\(Self.kind) computes in \(stack.dtype), got \(dtype).") }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    let batch = input.first ?? 1
    let steps = input.rank > 1 ? input[1] : 1
    return stack.output == .last ? [batch, stack.outputSize] : [batch, steps, stack.outputSize]
  }

  public func apply(_ x: Tensor) -> Tensor { run(x).output }

  /// The output, and the states after the last step, from which another call can go on.
  ///
  /// - Parameters:
  ///   - state: What to start from; zeros where nothing is said.
  ///   - lengths: The steps that each sample has, int32 or int64 [batch]; what follows is padding. A sample's states stay as
  ///     they are beyond its last step, its outputs are 0 there, and the way back begins at it: what PyTorch gives for packed
  ///     sequences. All steps where nothing is said.
  public func callAsFunction(_ x: Tensor, from state: RecurrentState?, lengths: Tensor? = nil) -> (
    output: Tensor, state: RecurrentState
  ) {
    do { _ = try outputShape(of: x.shape, dtype: x.dtype) } catch { fatalError("\(error)") }
    if let lengths, lengths.shape != [x.shape[0]] || !lengths.dtype.isInteger {
      fatalError("\(Self.kind) takes lengths of int32 or int64 [\(x.shape[0])], got \(lengths.dtype)\(lengths.shape).")
    }
    let given = state.map { [$0.hidden] + ($0.cell.map { [$0] } ?? []) }
    let shape: Shape = [stack.directions.count, x.shape[0], stack.hiddenSize]
    if let given, given.count != Self.stateCount || given.contains(where: { $0.shape != shape }) {
      fatalError("\(Self.kind) starts from \(Self.stateCount) states of \(shape), got \(given.map(\.shape)).")
    }
    let (output, states) = run(x, from: given, lengths: lengths)
    let joined = (0..<Self.stateCount).map { part in
      Tensor.concatenate(states.map { $0[part].expanded(axis: 0) })
    }
    return (output, RecurrentState(hidden: joined[0], cell: joined.dropFirst().first))
  }

  /// - Returns: The output, and for each layer and direction its last states.
  private func run(_ x: Tensor, from start: [Tensor]? = nil, lengths: Tensor? = nil) -> (
    output: Tensor, states: [[Tensor]]
  ) {
    let (batch, steps) = (x.shape[0], x.shape[1])
    let zeros = Tensor.zeros([batch, stack.hiddenSize], dtype: x.dtype)
    // Time first, so that a step's rows lie together.
    var input = x.transposed([1, 0, 2])
    var last: [[Tensor]] = []
    for layer in 0..<stack.layers {
      if layer > 0 { input = Dropout(stack.dropout).apply(input) }
      let rows = input.reshaped([steps * batch, input.shape[2]])
      let walks = stack.directions(of: layer).map { direction in
        let place = last.count
        let states = start?.map { $0.sliced(place..<place + 1).squeezed(axis: 0) }
        let walk = walk(
          rows, steps, direction, from: states ?? .init(repeating: zeros, count: Self.stateCount), lengths)
        last.append(walk.last)
        return walk.outputs
      }
      let outputs = (0..<steps).map { step in Self.joined(walks.map { $0[step] }, axis: 1) }
      input = Self.joined(outputs, axis: 0).reshaped([steps, batch, stack.outputSize])
    }
    let final = Self.joined(last.suffix(stack.isBidirectional ? 2 : 1).map { $0[0] }, axis: 1)
    return (stack.output == .last ? final : input.transposed([1, 0, 2]), last)
  }

  /// One direction of one layer along time: the outputs in the order of time, and the last states.
  private func walk(
    _ rows: Tensor, _ steps: Int, _ direction: RecurrentStack.Direction, from start: [Tensor], _ lengths: Tensor?
  ) -> (outputs: [Tensor], last: [Tensor]) {
    let input = direction.inputShare(of: rows, withHiddenBias: !Self.keepsSharesApart)
    let share = direction.hiddenShare(withBias: Self.keepsSharesApart)
    let batch = start[0].shape[0]
    let order = direction.isReversed ? Array((0..<steps).reversed()) : Array(0..<steps)
    var states = start
    var outputs: [Tensor] = []
    for step in order {
      let next = self.step(input.sliced(step * batch..<(step + 1) * batch), states, share: share)
      guard let lengths else {
        states = next
        outputs.append(states[0])
        continue
      }
      let isThere = (lengths .> Double(step)).expanded(axis: 1)
      states = zip(next, states).map { isThere.select($0, $1) }
      outputs.append(isThere.select(next[0], .zeros([1, 1], dtype: next[0].dtype)))
    }
    return (direction.isReversed ? outputs.reversed() : outputs, states)
  }

  private static func joined(_ tensors: [Tensor], axis: Int) -> Tensor {
    tensors.count == 1 ? tensors[0] : .concatenate(tensors, axis: axis)
  }
}

extension Tensor {
  /// The gates of sums [batch, count · size], each [batch, size].
  func gates(_ count: Int) -> [Tensor] {
    let size = shape[1] / count
    return (0..<count).map { sliced($0 * size..<($0 + 1) * size, axis: 1) }
  }
}
