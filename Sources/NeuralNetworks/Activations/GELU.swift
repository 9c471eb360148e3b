import GliaTensors

/// x · Φ(x), where Φ(x) = (1 + erf(x / √2)) / 2 is the share of the normal distribution below x.
///
/// Hendrycks and Gimpel 2016, "Gaussian error linear units (GELUs)", arXiv:1606.08415.
public func gelu(_ x: Tensor) -> Tensor { x * 0.5 * ((x * 0.5.squareRoot()).erf() + 1.0) }

/// ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))): what stands for GELU in networks that were trained so.
///
/// (1 + tanh z) / 2 is computed as sigmoid(2z). Where it is 0 or 1 to the last bit, x is cut off before its cube overflows.
public func geluTanh(_ x: Tensor) -> Tensor {
  let bounded = x.maximum(-25.0).minimum(25.0)
  let cubic = bounded * (bounded.squared() * 0.044715 + 1.0)
  return x * (cubic * (8 / Double.pi).squareRoot()).sigmoid()
}

/// x · sigmoid(x), also called swish: computed as max(x, 0) − |x| · sigmoid(−|x|), whose second part is left out beyond 87 (708
/// in float64), where it is no normal number: so 0 · ∞ is nowhere in the gradient, however large what comes from above.
///
/// Elfwing, Uchibe and Doya 2018, "Sigmoid-weighted linear units for neural network function approximation in reinforcement
/// learning", arXiv:1702.03118.
public func silu(_ x: Tensor) -> Tensor {
  let zero = Tensor.zeros(x.shape, dtype: x.dtype)
  let isPositive = x .> 0.0
  let below = isPositive.select(-x, x)
  let near = (below .> (x.dtype == .float64 ? -708.0 : -87.0)).select(below, zero)
  return isPositive.select(x, zero) + near * near.sigmoid()
}

/// `gelu` as a layer.
public struct GELU: PlainActivation {
  public static let kind = "gelu"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { gelu(x) }
}

/// `geluTanh` as a layer.
public struct GELUTanh: PlainActivation {
  public static let kind = "geluTanh"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { geluTanh(x) }
}

/// `silu` as a layer.
public struct SiLU: PlainActivation {
  public static let kind = "silu"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { silu(x) }
}
