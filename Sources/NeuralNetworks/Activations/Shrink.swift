import GliaTensors

/// x, moved towards 0 by `lambda`, and 0 from −lambda to lambda: sign(x) · max(|x| − lambda, 0).
///
/// Donoho 1995, "De-noising by soft-thresholding", doi:10.1109/18.382009.
public func softShrink(_ x: Tensor, lambda: Double = 0.5) -> Tensor {
  (x - lambda).maximum(0.0) + (x + lambda).minimum(0.0)
}

/// x where |x| > lambda, 0 elsewhere.
///
/// Donoho and Johnstone 1994, "Ideal spatial adaptation by wavelet shrinkage", doi:10.1093/biomet/81.3.425.
public func hardShrink(_ x: Tensor, lambda: Double = 0.5) -> Tensor {
  (x.abs() .> lambda).select(x, .zeros(x.shape, dtype: x.dtype))
}

/// x − tanh(x).
public func tanhShrink(_ x: Tensor) -> Tensor { x - x.tanh() }

/// `softShrink` as a layer.
public struct SoftShrink: Activation {
  public static let kind = "softShrink"
  public static let hyperparameters = [lambdaRange]

  public let lambda: Double
  public init(lambda: Double = 0.5) { self.lambda = lambda }
  public init(_ settings: Settings) throws { self.init(lambda: try Self.complete(settings).number("lambda")) }
  public var settings: Settings { ["lambda": .number(lambda)] }
  public func apply(_ x: Tensor) -> Tensor { softShrink(x, lambda: lambda) }
}

/// `hardShrink` as a layer.
public struct HardShrink: Activation {
  public static let kind = "hardShrink"
  public static let hyperparameters = [lambdaRange]

  public let lambda: Double
  public init(lambda: Double = 0.5) { self.lambda = lambda }
  public init(_ settings: Settings) throws { self.init(lambda: try Self.complete(settings).number("lambda")) }
  public var settings: Settings { ["lambda": .number(lambda)] }
  public func apply(_ x: Tensor) -> Tensor { hardShrink(x, lambda: lambda) }
}

private let lambdaRange = Hyperparameter("lambda", .notNegative, default: 0.5, "Half the width of what becomes 0.")

/// `tanhShrink` as a layer.
public struct TanhShrink: PlainActivation {
  public static let kind = "tanhShrink"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { tanhShrink(x) }
}
