import GliaTensors

/// max(x, 0), with slope 0 at 0.
///
/// Nair and Hinton 2010, "Rectified linear units improve restricted Boltzmann machines".
public func relu(_ x: Tensor) -> Tensor { x.maximum(0.0) }

/// x where x > 0, negativeSlope · x elsewhere, which is also the slope at 0.
///
/// Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".
public func leakyReLU(_ x: Tensor, negativeSlope: Double = 0.01) -> Tensor {
  let slope = Tensor(repeating: negativeSlope, shape: x.shape, dtype: x.dtype)
  return x * (x .> 0.0).select(.ones(x.shape, dtype: x.dtype), slope)
}

/// `relu` as a layer.
public struct ReLU: PlainActivation {
  public static let kind = "relu"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { relu(x) }
}

/// `leakyReLU` as a layer.
public struct LeakyReLU: Activation {
  public static let kind = "leakyReLU"
  public static let hyperparameters = [
    Hyperparameter("negativeSlope", .notNegative, default: 0.01, "The slope below 0.")
  ]

  public let negativeSlope: Double
  public init(negativeSlope: Double = 0.01) { self.negativeSlope = negativeSlope }
  public init(_ settings: Settings) throws {
    self.init(negativeSlope: try Self.complete(settings).number("negativeSlope"))
  }
  public var settings: Settings { ["negativeSlope": .number(negativeSlope)] }
  public var precedingInitializer: Initializer { .heNormal(negativeSlope: negativeSlope) }
  public func apply(_ x: Tensor) -> Tensor { leakyReLU(x, negativeSlope: negativeSlope) }
}
