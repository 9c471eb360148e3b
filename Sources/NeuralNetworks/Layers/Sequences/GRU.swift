import GliaTensors

/// A gated recurrent unit: its state is a mean of the last one and a new one, weighted by a gate.
///
/// With u = W_ih xₜ + b_ih and v = W_hh hₜ₋₁ + b_hh, each cut into three, as PyTorch orders them:
///
/// r = σ(u₁ + v₁), z = σ(u₂ + v₂), n = tanh(u₃ + r ∘ v₃), hₜ = (1 − z) ∘ n + z ∘ hₜ₋₁
///
/// [batch, steps, inputSize] → [batch, steps, directions · hiddenSize], or the last step alone. See ``Recurrent``. The reset gate
/// r acts after the product with W_hh, as in PyTorch, cuDNN and Keras (`reset_after`); the paper has it before.
///
/// Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk and Bengio 2014, "Learning phrase representations using RNN
/// encoder-decoder for statistical machine translation", arXiv:1406.1078.
public struct GRU: Recurrent {
  public static let kind = "gru"
  public static let gateCount = 3
  public static let keepsSharesApart = true

  public let stack: RecurrentStack
  public init(stack: RecurrentStack) { self.stack = stack }

  public func step(_ input: Tensor, _ states: [Tensor], share: (Tensor) -> Tensor) -> [Tensor] {
    let (u, v) = (input.gates(3), share(states[0]).gates(3))
    let reset = (u[0] + v[0]).sigmoid()
    let keep = (u[1] + v[1]).sigmoid()
    let new = (u[2] + reset * v[2]).tanh()
    return [new + keep * (states[0] - new)]
  }
}
