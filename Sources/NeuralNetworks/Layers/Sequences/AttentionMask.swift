import GliaTensors

/// Which keys each query may attend to.
///
///     attention(x, mask: .causal.and(.lengths(lengths)))
public struct AttentionMask {
  /// For scores [batch, heads, queries, keys]: bool that stretches to them, true where attention is allowed.
  private let allowed: (Shape) -> Tensor

  /// Each query may attend to keys at its own place and before.
  public static var causal: AttentionMask {
    AttentionMask { scores in
      let shape: Shape = [scores[2], scores[3]]
      return .iota(shape, axis: 1) .<= .iota(shape, axis: 0)
    }
  }

  /// The first `lengths` keys of each sample are there, the others are padding. Lengths are int32 or int64, [batch].
  public static func lengths(_ lengths: Tensor) -> AttentionMask {
    guard lengths.rank == 1, lengths.dtype.isInteger else {
      fatalError("An attention mask takes lengths of int32 or int64 [batch], got \(lengths.dtype)\(lengths.shape).")
    }
    return AttentionMask { scores in
      .iota([scores[3]], dtype: lengths.dtype).reshaped([1, 1, 1, scores[3]]) .< lengths.reshaped([-1, 1, 1, 1])
    }
  }

  /// The keys that are there: bool [batch, keys], false for padding. (PyTorch's key_padding_mask is the opposite.)
  public static func keys(_ present: Tensor) -> AttentionMask {
    guard present.rank == 2, present.dtype == .bool else {
      fatalError("An attention mask takes keys of bool [batch, keys], got \(present.dtype)\(present.shape).")
    }
    return AttentionMask { _ in present.expanded(axis: 1).expanded(axis: 1) }
  }

  /// Any pairs: bool that stretches to [batch, heads, queries, keys], true where attention is allowed. (PyTorch's attn_mask is
  /// the opposite.)
  public static func pairs(_ allowed: Tensor) -> AttentionMask {
    guard allowed.dtype == .bool else { fatalError("An attention mask takes bool, got \(allowed.dtype).") }
    return AttentionMask { _ in allowed }
  }

  /// What both allow.
  public func and(_ other: AttentionMask?) -> AttentionMask {
    guard let other else { return self }
    return AttentionMask { allowed($0) .& other.allowed($0) }
  }

  /// The softmax over the allowed keys, 0 for the others; 0 everywhere where none is allowed.
  func softmax(_ scores: Tensor) -> Tensor {
    guard let shape = Shape.broadcast(allowed(scores.shape).shape, scores.shape), shape == scores.shape else {
      fatalError("An attention mask of \(allowed(scores.shape).shape) does not stretch to scores of \(scores.shape).")
    }
    let allowed = allowed(scores.shape).broadcast(to: scores.shape)
    // Far below every score, but finite: where nothing is allowed, differences are still numbers.
    let masked = allowed.select(scores, Tensor(repeating: -1e30, shape: scores.shape, dtype: scores.dtype))
    let zeros = Tensor.zeros(scores.shape, dtype: scores.dtype)
    return allowed.select(GliaNeuralNetworks.softmax(masked), zeros)
  }
}
