import GliaTensors

/// A block of a transformer: self-attention, then two linear layers for each step by itself, both added to what they are given.
///
///     x = x + attention(norm1(x))
///     y = x + linear2(activation(linear1(norm2(x))))
///
/// x and y are [batch, steps, size]. The norms come first (pre-norm), so that what is added is never normalised away and deep
/// stacks train without a warm-up (Xiong et al. 2020, arXiv:2002.04745); a stack of blocks wants one LayerNorm at its end. Dropout
/// acts on the softmax, on both sums' second terms and behind the activation. The weights' names are PyTorch's
/// (`TransformerEncoderLayer` with norm_first), and so are the numbers.
///
/// Vaswani et al. 2017, "Attention is all you need", arXiv:1706.03762.
public struct TransformerBlock: Container, CustomReflectable {
  /// What stands between the two linear layers.
  public enum Activation: String, CaseIterable, Sendable { case gelu, relu }

  public static let kind = "transformerBlock"
  public static let hyperparameters = [
    Hyperparameter("size", .size, default: nil, "The features of the input and the output."),
    Hyperparameter("heads", .size, default: 1, "The heads of the attention; a divisor of size."),
    Hyperparameter("hiddenSize", .size, default: nil, "The features between the two linear layers."),
    Hyperparameter(
      "activation", .choice(Activation.allCases.map(\.rawValue)), default: .text("gelu"), "What stands between them."),
    Hyperparameter("causal", .flag, default: false, "Whether steps attend to themselves and earlier steps only."),
    Hyperparameter("rotary", .flag, default: false, "Whether queries and keys are turned by their places."),
    Hyperparameter("dropout", .closedFraction, default: 0, "The rate of all dropout in the block."),
    .dtype,
  ]

  public let attention: Attention
  public let linear1, linear2: Linear
  public let norm1, norm2: LayerNorm
  public let activation: Activation
  public let dropout: Double

  public init(
    _ size: Int, heads: Int = 1, hiddenSize: Int, activation: Activation = .gelu, causal: Bool = false,
    rotary: Bool = false, dropout: Double = 0, dtype: DType = .float32
  ) {
    attention = Attention(size, heads: heads, causal: causal, rotary: rotary, dropout: dropout, dtype: dtype)
    linear1 = Linear(size, hiddenSize, initializer: .heNormal, dtype: dtype)
    linear2 = Linear(hiddenSize, size, dtype: dtype)
    norm1 = LayerNorm(size, dtype: dtype)
    norm2 = LayerNorm(size, dtype: dtype)
    self.activation = activation
    self.dropout = dropout
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("size"), heads: all.integer("heads"), hiddenSize: all.integer("hiddenSize"),
      activation: Activation(rawValue: all.text("activation"))!, causal: all.flag("causal"),
      rotary: all.flag("rotary"), dropout: all.number("dropout"), dtype: .named(all))
    _ = try Attention(attention.settings)
  }

  public var settings: Settings {
    [
      "size": Setting(attention.size), "heads": Setting(attention.heads), "hiddenSize": Setting(linear1.outputSize),
      "activation": .text(activation.rawValue), "causal": .flag(attention.isCausal),
      "rotary": .flag(attention.isRotary), "dropout": .number(dropout), "dtype": Setting(linear1.weight.dtype),
    ]
  }

  public var layers: [any Module] { [attention, linear1, linear2, norm1, norm2] }

  /// The names of PyTorch's weights.
  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "self_attn": attention, "linear1": linear1, "linear2": linear2, "norm1": norm1, "norm2": norm2,
      ], displayStyle: .struct)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: nil) }

  /// Steps attend to others where `mask` allows it.
  public func callAsFunction(_ x: Tensor, mask: AttentionMask?) -> Tensor {
    checked(x) {
      _ = try attention.outputShape(of: x.shape, dtype: x.dtype)
      let drop = Dropout(dropout)
      let mixed = x + drop.apply(attention(norm1(x), mask: mask))
      let hidden = linear1(norm2(mixed))
      let active = activation == .relu ? ReLU()(hidden) : GELU()(hidden)
      return mixed + drop.apply(linear2(drop.apply(active)))
    }
  }
}
