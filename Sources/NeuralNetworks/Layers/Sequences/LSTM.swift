import GliaTensors

/// Long short-term memory: a cell that gates let in, keep and let out.
///
/// With a = W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh cut into four, as PyTorch orders them:
///
/// i = σ(a₁), f = σ(a₂), g = tanh(a₃), o = σ(a₄), cₜ = f ∘ cₜ₋₁ + i ∘ g, hₜ = o ∘ tanh(cₜ)
///
/// [batch, steps, inputSize] → [batch, steps, directions · hiddenSize], or the last step alone. See ``Recurrent``.
///
/// Hochreiter and Schmidhuber 1997, "Long short-term memory", doi:10.1162/neco.1997.9.8.1735; the gate f is Gers, Schmidhuber
/// and Cummins 2000, "Learning to forget", doi:10.1162/089976600300015015.
public struct LSTM: Recurrent {
  public static let kind = "lstm"
  public static let gateCount = 4
  public static let stateCount = 2

  public let stack: RecurrentStack
  public init(stack: RecurrentStack) { self.stack = stack }

  public func step(_ input: Tensor, _ states: [Tensor], share: (Tensor) -> Tensor) -> [Tensor] {
    let sums = (input + share(states[0])).gates(4)
    let cell = sums[1].sigmoid() * states[1] + sums[0].sigmoid() * sums[2].tanh()
    return [sums[3].sigmoid() * cell.tanh(), cell]
  }
}
