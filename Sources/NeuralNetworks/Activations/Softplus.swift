import GliaTensors

/// log(1 + exp(beta · x)) / beta, a smooth ReLU; x itself where beta · x is above `threshold`, as in PyTorch.
///
/// Dugas, Bengio, Bélisle, Nadeau and Garcia 2001, "Incorporating second-order functional knowledge for better option
/// pricing", NIPS 13.
public func softplus(_ x: Tensor, beta: Double = 1, threshold: Double = 20) -> Tensor {
  let scaled = x * beta
  return (scaled .> threshold).select(x, logOnePlusExp(scaled) / beta)
}

/// log(1 / (1 + e⁻ˣ)), exact also where the sigmoid underflows.
public func logSigmoid(_ x: Tensor) -> Tensor { -logOnePlusExp(-x) }

/// x · tanh(log(1 + eˣ)).
///
/// Misra 2019, "Mish: a self regularized non-monotonic activation function", arXiv:1908.08681.
public func mish(_ x: Tensor) -> Tensor { x * logOnePlusExp(x).tanh() }

/// `softplus` as a layer.
public struct Softplus: Activation {
  public static let kind = "softplus"
  public static let hyperparameters = [
    Hyperparameter("beta", .positive, default: 1, "How sharp the bend is."),
    Hyperparameter("threshold", .anyNumber, default: 20, "Where beta · x is above it, x is the result."),
  ]

  public let beta, threshold: Double
  public init(beta: Double = 1, threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(beta: all.number("beta"), threshold: all.number("threshold"))
  }
  public var settings: Settings { ["beta": .number(beta), "threshold": .number(threshold)] }
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { softplus(x, beta: beta, threshold: threshold) }
}

/// `logSigmoid` as a layer.
public struct LogSigmoid: PlainActivation {
  public static let kind = "logSigmoid"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { logSigmoid(x) }
}

/// `mish` as a layer.
public struct Mish: PlainActivation {
  public static let kind = "mish"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { mish(x) }
}
