import GliaTensors

/// x where x > 0, α · (eˣ − 1) elsewhere: goes smoothly to −α.
///
/// Clevert, Unterthiner and Hochreiter 2016, "Fast and accurate deep network learning by exponential linear units (ELUs)",
/// arXiv:1511.07289.
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  (x .> 0.0).select(x, notPositive(x).expMinusOne() * alpha)
}

/// λ · elu(x, α) with λ ≈ 1.0507 and α ≈ 1.6733, for which activations of mean 0 and variance 1 stay so from layer to layer.
///
/// Klambauer, Unterthiner, Mayr and Hochreiter 2017, "Self-normalizing neural networks", arXiv:1706.02515.
public func selu(_ x: Tensor) -> Tensor { elu(x, alpha: SELU.alpha) * SELU.scale }

/// x where x > 0, α · (exp(x / α) − 1) elsewhere: an ELU whose slope has no step at 0, whatever α.
///
/// Barron 2017, "Continuously differentiable exponential linear units", arXiv:1704.07483.
public func celu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  (x .> 0.0).select(x, (notPositive(x) / alpha).expMinusOne() * alpha)
}

/// x where it is not above 0, and 0 elsewhere. Unlike that of `x.minimum(0)` its slope at 0 is 1.
func notPositive(_ x: Tensor) -> Tensor { (x .> 0.0).select(.zeros(x.shape, dtype: x.dtype), x) }

/// `elu` as a layer.
public struct ELU: Activation {
  public static let kind = "elu"
  public static let hyperparameters = [
    Hyperparameter("alpha", .notNegative, default: 1, "The distance below 0 that is approached.")
  ]

  public let alpha: Double
  public init(alpha: Double = 1) { self.alpha = alpha }
  public init(_ settings: Settings) throws { self.init(alpha: try Self.complete(settings).number("alpha")) }
  public var settings: Settings { ["alpha": .number(alpha)] }
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { elu(x, alpha: alpha) }
}

/// `selu` as a layer. `AlphaDropout` is the dropout that goes with it.
public struct SELU: PlainActivation {
  public static let kind = "selu"
  static let alpha = 1.673_263_242_354_377_284_8
  static let scale = 1.050_700_987_355_480_493_4
  public init() {}
  public var precedingInitializer: Initializer { .lecunNormal }
  public func apply(_ x: Tensor) -> Tensor { selu(x) }
}

/// `celu` as a layer.
public struct CELU: Activation {
  public static let kind = "celu"
  public static let hyperparameters = [
    Hyperparameter("alpha", .positive, default: 1, "The distance below 0 that is approached.")
  ]

  public let alpha: Double
  public init(alpha: Double = 1) { self.alpha = alpha }
  public init(_ settings: Settings) throws { self.init(alpha: try Self.complete(settings).number("alpha")) }
  public var settings: Settings { ["alpha": .number(alpha)] }
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { celu(x, alpha: alpha) }
}
