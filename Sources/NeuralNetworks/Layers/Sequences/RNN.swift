import GliaTensors

/// The simple recurrent network: hₜ = f(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh), with f tanh or max(·, 0).
///
/// [batch, steps, inputSize] → [batch, steps, directions · hiddenSize], or the last step alone. See ``Recurrent``.
///
/// Elman 1990, "Finding structure in time", doi:10.1207/s15516709cog1402_1.
public struct RNN: Recurrent {
  /// What the sum of input and state goes through.
  public enum Nonlinearity: String, CaseIterable, Sendable { case tanh, relu }

  public static let kind = "rnn"
  public static let gateCount = 1
  public static let hyperparameters =
    RecurrentStack.hyperparameters + [
      Hyperparameter(
        "nonlinearity", .choice(Nonlinearity.allCases.map(\.rawValue)), default: .text("tanh"),
        "The function of the sum.")
    ]

  public let stack: RecurrentStack
  public let nonlinearity: Nonlinearity

  public init(stack: RecurrentStack) { self.init(stack: stack, nonlinearity: .tanh) }

  init(stack: RecurrentStack, nonlinearity: Nonlinearity) {
    self.stack = stack
    self.nonlinearity = nonlinearity
  }

  public init(
    _ inputSize: Int, _ hiddenSize: Int, nonlinearity: Nonlinearity, layers: Int = 1, bidirectional: Bool = false,
    output: RecurrentOutput = .every, dropout: Double = 0, bias: Bool = true, dtype: DType = .float32
  ) {
    let plain = RNN(
      inputSize, hiddenSize, layers: layers, bidirectional: bidirectional, output: output, dropout: dropout,
      bias: bias, dtype: dtype)
    self.init(stack: plain.stack, nonlinearity: nonlinearity)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      stack: RecurrentStack(all, gateCount: Self.gateCount),
      nonlinearity: Nonlinearity(rawValue: all.text("nonlinearity"))!)
  }

  public var settings: Settings {
    var all = stack.settings
    all["nonlinearity"] = .text(nonlinearity.rawValue)
    return all
  }

  public func step(_ input: Tensor, _ states: [Tensor], share: (Tensor) -> Tensor) -> [Tensor] {
    let sum = input + share(states[0])
    return [nonlinearity == .tanh ? sum.tanh() : relu(sum)]
  }
}
