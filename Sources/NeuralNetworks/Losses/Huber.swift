import GliaTensors

/// d² / 2 for |d| ≤ δ, and δ · (|d| − δ / 2) beyond, with d = output − target: squares near 0, straight lines for
/// outliers.
///
/// P. J. Huber 1964, "Robust estimation of a location parameter", doi:10.1214/aoms/1177703732.
public struct Huber: Loss {
  public static let kind = "huber"
  public static let targets = TargetKind.numbers
  public static let hyperparameters = [
    Hyperparameter("delta", .positive, default: 1, "The distance from which on the loss is a straight line.")
  ]

  public let delta: Double
  public init(delta: Double = 1) { self.delta = delta }
  public init(_ settings: Settings) throws { self.init(delta: try Self.complete(settings).number("delta")) }
  public var settings: Settings { ["delta": .number(delta)] }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { robustSquare(output - target, delta) }
}

/// d² / (2 β) for |d| ≤ β, and |d| − β / 2 beyond: the Huber loss divided by β, so that outliers pull with slope 1.
///
/// R. Girshick 2015, "Fast R-CNN", arXiv:1504.08083, with β = 1.
public struct SmoothL1: Loss {
  public static let kind = "smoothL1"
  public static let targets = TargetKind.numbers
  public static let hyperparameters = [
    Hyperparameter("beta", .positive, default: 1, "The distance from which on the loss is a straight line.")
  ]

  public let beta: Double
  public init(beta: Double = 1) { self.beta = beta }
  public init(_ settings: Settings) throws { self.init(beta: try Self.complete(settings).number("beta")) }
  public var settings: Settings { ["beta": .number(beta)] }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { robustSquare(output - target, beta) / beta }
}

/// c · (|d| − c / 2) with c = min(|d|, δ): one expression for both sides of δ, whose slopes agree there.
private func robustSquare(_ difference: Tensor, _ delta: Double) -> Tensor {
  let distance = difference.abs()
  let near = distance.minimum(delta)
  return near * (distance - near * 0.5)
}

/// log cosh(output − target): about d² / 2 near 0 and |d| − log 2 far away, smooth everywhere.
///
/// It is computed as |d| + log(1 + e^(−2 |d|)) − log 2, which overflows nowhere, with the gradient tanh d.
public struct LogCosh: Loss {
  public static let kind = "logCosh"
  public static let targets = TargetKind.numbers
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let difference = output - target
    let distance = difference.abs()
    let value = distance + (distance * -2.0).exp().logOnePlus() - 0.693_147_180_559_945_3
    return value.withGradient(by: [difference]) { [$0 * difference.tanh()] }
  }
}

extension Loss where Self == Huber {
  /// See ``Huber`` for the formula, the shapes and the settings.
  public static func huber(delta: Double = 1) -> Huber { Huber(delta: delta) }
}

extension Loss where Self == SmoothL1 {
  /// See ``SmoothL1`` for the formula, the shapes and the settings.
  public static func smoothL1(beta: Double = 1) -> SmoothL1 { SmoothL1(beta: beta) }
}

extension Loss where Self == LogCosh {
  /// See ``LogCosh`` for the formula, the shapes and the settings.
  public static var logCosh: LogCosh { LogCosh() }
}
