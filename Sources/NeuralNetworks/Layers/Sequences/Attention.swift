import GliaTensors

/// Multi-head attention: softmax(q kᵀ / √d) v in `heads` parts of d = size / heads features each.
///
/// Queries are [batch, queries, size], keys and values [batch, keys, size]; the result is [batch, queries, size]. q, k and v are
/// linear functions of them, by the first, second and last third of in_proj_weight [3 · size, size] and in_proj_bias
/// [3 · size]; the heads' results, side by side, go through out_proj.weight [size, size] and out_proj.bias [size]. The names are
/// PyTorch's, and so are the numbers. In a `Sequential` the input attends to itself.
///
/// `causal` lets each step attend to itself and earlier ones only, with any further mask on top. `rotary` turns queries and keys
/// by their places; see ``rotary(_:)``. In training, dropout acts on the softmax. A query that may attend to nothing gets a
/// sum of nothing, out_proj.bias (in PyTorch NaN).
///
/// Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser and Polosukhin 2017, "Attention is all you need",
/// arXiv:1706.03762.
public struct Attention: Layer {
  public static let kind = "attention"
  public static let hyperparameters = [
    Hyperparameter("size", .integer(1...largestSize), default: nil, "The features of the input and the output."),
    Hyperparameter(
      "heads", .integer(1...largestSize), default: 1, "How many heads share the features; a divisor of size."),
    Hyperparameter("causal", .flag, default: false, "Whether steps attend to themselves and earlier steps only."),
    Hyperparameter("rotary", .flag, default: false, "Whether queries and keys are turned by their places."),
    Hyperparameter("dropout", .closedFraction, default: 0, "The rate of the dropout on the softmax."),
    Hyperparameter("bias", .flag, default: true, "Whether biases are added."),
    .dtype,
  ]
  /// Three times as many can still be counted.
  private static let largestSize = 1 << 40

  public let size, heads: Int
  public let isCausal, isRotary: Bool
  public let dropout: Double
  public let inputWeight, outputWeight: Parameter
  public let inputBias, outputBias: Parameter?

  public init(
    _ size: Int, heads: Int = 1, causal: Bool = false, rotary: Bool = false, dropout: Double = 0, bias: Bool = true,
    dtype: DType = .float32
  ) {
    self.size = size
    self.heads = heads
    isCausal = causal
    isRotary = rotary
    self.dropout = dropout
    // A size that is out of range is an error of `validateSettings`, not a trap here.
    let rows = 3 * min(size, Self.largestSize)
    inputWeight = Parameter([rows, size], dtype: dtype, initializer: .glorotUniform, name: "in_proj_weight")
    inputBias = bias ? Parameter([rows], dtype: dtype, initializer: .zeros, name: "in_proj_bias") : nil
    outputWeight = Parameter([size, size], dtype: dtype, initializer: .glorotUniform, name: "out_proj.weight")
    outputBias = bias ? Parameter([size], dtype: dtype, initializer: .zeros, name: "out_proj.bias") : nil
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("size"), heads: all.integer("heads"), causal: all.flag("causal"), rotary: all.flag("rotary"),
      dropout: all.number("dropout"), bias: all.flag("bias"), dtype: .named(all))
    if let problem = headProblem { throw SettingError(problem) }
  }

  public var settings: Settings {
    [
      "size": Setting(size), "heads": Setting(heads), "causal": .flag(isCausal), "rotary": .flag(isRotary),
      "dropout": .number(dropout), "bias": .flag(inputBias != nil), "dtype": Setting(inputWeight.dtype),
    ]
  }

  /// What is wrong with the number of heads, if something is.
  private var headProblem: String? {
    if size % heads != 0 { return "attention: heads is \(heads); it has to divide size, which is \(size)." }
    guard isRotary, size / heads % 2 != 0 else { return nil }
    return "attention: heads is \(heads); with rotary it has to leave an even number of features, not \(size / heads)."
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    if let problem = headProblem { throw mismatch(problem) }
    guard input.rank == 3, input[2] == size else {
      throw mismatch("Attention expects [batch, steps, \(size)], got \(input).")
    }
    guard dtype == inputWeight.dtype else {
      throw mismatch("Attention computes in \(inputWeight.dtype), got \(dtype).")
    }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor { attended(x, mask: nil) }

  /// The input attends to itself, where `mask` allows it.
  public func callAsFunction(_ x: Tensor, mask: AttentionMask?) -> Tensor {
    check([x])
    return attended(x, mask: mask)
  }

  /// `query` [batch, queries, size] attends to `key`, and gets of `value`, both [batch, keys, size], where `mask` allows it.
  public func callAsFunction(query: Tensor, key: Tensor, value: Tensor, mask: AttentionMask? = nil) -> Tensor {
    check([query, key, value])
    guard key.shape == value.shape, key.shape[0] == query.shape[0] else {
      fatalError("Attention: queries of \(query.shape), keys of \(key.shape) and values of \(value.shape) do not fit.")
    }
    return attended(projected([query, key, value]), mask)
  }

  /// How much each query takes of each key, [batch, heads, queries, keys]: the softmax, before dropout. To look at.
  public func weights(query: Tensor, key: Tensor, mask: AttentionMask? = nil) -> Tensor {
    check([query, key])
    guard key.shape[0] == query.shape[0] else {
      fatalError("Attention: queries of \(query.shape) and keys of \(key.shape) do not fit.")
    }
    return weights(projected([query, key]).map { heads(of: $0) }, mask)
  }

  /// Queries, keys and values, as far as they are given, by the linear functions of each.
  private func projected(_ inputs: [Tensor]) -> [Tensor] {
    let (weights, biases) = (thirds(of: inputWeight), inputBias.map { thirds(of: $0) })
    return inputs.enumerated().map { place, x in
      let product = x.matrixProduct(weights[place].transposed())
      return biases.map { product + $0[place] } ?? product
    }
  }

  private func check(_ inputs: [Tensor]) {
    for x in inputs {
      do { _ = try outputShape(of: x.shape, dtype: x.dtype) } catch { fatalError("\(error)") }
    }
  }

  private func thirds(of parameter: Parameter) -> [Tensor] {
    let all = parameter.tensor
    return (0..<3).map { all.sliced($0 * size..<($0 + 1) * size) }
  }

  /// Self-attention: the three projections are one product.
  private func attended(_ x: Tensor, mask: AttentionMask?) -> Tensor {
    let product = x.matrixProduct(inputWeight.tensor.transposed())
    let all = inputBias.map { product + $0.tensor } ?? product
    return attended((0..<3).map { all.sliced($0 * size..<($0 + 1) * size, axis: 2) }, mask)
  }

  private func attended(_ projected: [Tensor], _ mask: AttentionMask?) -> Tensor {
    let parts = projected.map { heads(of: $0) }
    let mixed = Dropout(dropout).apply(weights(parts, mask)).matrixProduct(parts[2])
    let joined = mixed.transposed([0, 2, 1, 3]).reshaped(projected[0].shape)
    let product = joined.matrixProduct(outputWeight.tensor.transposed())
    return outputBias.map { product + $0.tensor } ?? product
  }

  /// [batch, steps, size] as [batch, heads, steps, size / heads].
  private func heads(of x: Tensor) -> Tensor {
    x.reshaped([x.shape[0], x.shape[1], heads, size / heads]).transposed([0, 2, 1, 3])
  }

  /// The softmax of the scores of queries and keys, of each head.
  private func weights(_ parts: [Tensor], _ mask: AttentionMask?) -> Tensor {
    let (query, key) = isRotary ? (rotary(parts[0]), rotary(parts[1])) : (parts[0], parts[1])
    let scores = query.matrixProduct(key.transposed()) * (1 / Double(size / heads).squareRoot())
    let causal = isCausal ? AttentionMask.causal : nil
    return (mask.map { $0.and(causal) } ?? causal).map { $0.softmax(scores) } ?? softmax(scores)
  }
}
