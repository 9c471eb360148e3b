import GliaTensors

/// Adds waves to the features, from which the places of steps can be told: x + p for x [batch, steps, size], with
/// p[t, 2j] = sin(t / 10000^(2j/size)) and p[t, 2j + 1] the cosine of the same.
///
/// Vaswani et al. 2017, "Attention is all you need", section 3.5, arXiv:1706.03762.
public struct SinusoidalEncoding: Layer {
  public static let kind = "sinusoidalEncoding"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 3 else { throw mismatch("SinusoidalEncoding expects [batch, steps, size], got \(input).") }
    guard dtype == .float32 || dtype == .float64 else {
      throw mismatch("SinusoidalEncoding takes float32 or float64, got \(dtype).")
    }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    let shape: Shape = [x.shape[1], x.shape[2]]
    let feature = Tensor.iota(shape, axis: 1, dtype: .float64)
    let pair = (feature * 0.5).floor()
    let angle = turns(shape, exponent: pair * (2 / Double(max(shape[1], 1))))
    let waves = (feature .== pair * 2.0).select(angle.sin(), angle.cos())
    return x + waves.cast(to: x.dtype)
  }
}

/// Adds a row of its own to each step: x + weight[t] for x [batch, steps, size], with weight [maximumSteps, size] learned.
///
/// Gehring, Auli, Grangier, Yarats and Dauphin 2017, "Convolutional sequence to sequence learning", arXiv:1705.03122.
public struct LearnedEncoding: Layer {
  public static let kind = "learnedEncoding"
  public static let hyperparameters = [
    Hyperparameter("maximumSteps", .size, default: nil, "The steps that there are rows for."),
    Hyperparameter("size", .size, default: nil, "The features of a step."),
    .dtype,
  ]

  public let maximumSteps, size: Int
  public let weight: Parameter

  public init(_ maximumSteps: Int, _ size: Int, dtype: DType = .float32) {
    self.maximumSteps = maximumSteps
    self.size = size
    weight = Parameter([maximumSteps, size], dtype: dtype, initializer: .normal(deviation: 0.02))
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.integer("maximumSteps"), all.integer("size"), dtype: .named(all))
  }

  public var settings: Settings {
    ["maximumSteps": Setting(maximumSteps), "size": Setting(size), "dtype": Setting(weight.dtype)]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 3, input[2] == size else {
      throw mismatch("LearnedEncoding expects [batch, steps, \(size)], got \(input).")
    }
    guard input[1] <= maximumSteps else {
      throw mismatch("LearnedEncoding has rows for \(maximumSteps) steps, got \(input[1]): an input of \(input).")
    }
    guard dtype == weight.dtype else { throw mismatch("LearnedEncoding computes in \(weight.dtype), got \(dtype).") }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor { x + weight.tensor.sliced(0..<x.shape[1]) }
}

/// Turns features by angles that grow with their step, so that products of two steps depend on their distance:
/// x [..., steps, 2n] → the same shape, with (x[t, j], x[t, j + n]) turned by t / 10000^(j/n).
///
/// Su, Lu, Pan, Murtadha, Wen and Liu 2021, "RoFormer: enhanced transformer with rotary position embedding",
/// arXiv:2104.09864; the pairs are halves apart, as in most models' code, rather than neighbours.
public func rotary(_ x: Tensor) -> Tensor {
  guard x.rank >= 2, x.shape[x.rank - 1] % 2 == 0 else {
    fatalError("rotary takes [..., steps, an even number of features], got \(x.shape).")
  }
  let half = x.shape[x.rank - 1] / 2
  let shape: Shape = [x.shape[x.rank - 2], half]
  let angle = turns(shape, exponent: .iota(shape, axis: 1, dtype: .float64) * (1 / Double(max(half, 1))))
  let (cosine, sine) = (angle.cos().cast(to: x.dtype), angle.sin().cast(to: x.dtype))
  let (a, b) = (x.sliced(0..<half, axis: -1), x.sliced(half..<2 * half, axis: -1))
  return .concatenate([a * cosine - b * sine, a * sine + b * cosine], axis: -1)
}

/// The step divided by 10000 to the exponent, over steps and features.
private func turns(_ shape: Shape, exponent: Tensor) -> Tensor {
  Tensor.iota(shape, dtype: .float64) * Tensor(10000, dtype: .float64).power(-exponent)
}
