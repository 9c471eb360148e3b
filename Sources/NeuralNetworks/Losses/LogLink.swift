import GliaTensors

// Losses of an output that is the logarithm of what is predicted, so that every output means a number above 0. Each is
// the negative logarithm of the likelihood, less what depends on the target alone.

/// e^x − x · y: the negative log-likelihood of counts y of the Poisson distribution, of which e^x is the mean.
///
/// With `logInput` false the output is the mean itself and the loss x − y · log(x + 10⁻⁸); an output below 0 is taken
/// as 0. Targets are numbers that are not below 0. `prediction` is the mean.
///
/// P. McCullagh and J. A. Nelder 1989, "Generalized linear models", doi:10.1007/978-1-4899-3242-6.
public struct PoissonNegativeLogLikelihood: Loss {
  public static let kind = "poissonNegativeLogLikelihood"
  public static let targets = TargetKind.notNegative
  public static let hyperparameters = [
    Hyperparameter("logInput", .flag, default: true, "Whether the output is the logarithm of the mean.")
  ]

  public let logInput: Bool
  public init(logInput: Bool = true) { self.logInput = logInput }
  public init(_ settings: Settings) throws { self.init(logInput: try Self.complete(settings).flag("logInput")) }
  public var settings: Settings { ["logInput": .flag(logInput)] }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    if logInput { return boundedExp(output) - output * target }
    let mean = output.maximum(0.0)
    return mean - target * (mean + 1e-8).log()
  }

  public func prediction(from output: Tensor) -> Tensor { logInput ? output.exp() : output.maximum(0.0) }
}

/// x + y · e^−x: the negative log-likelihood of targets y of the gamma distribution with mean e^x, for one shape
/// parameter.
///
/// Its errors are relative: being wrong by a tenth costs the same for small and large targets, which are above 0.
/// `prediction` is the mean, e^x. McCullagh and Nelder 1989, doi:10.1007/978-1-4899-3242-6.
public struct GammaNegativeLogLikelihood: Loss {
  public static let kind = "gammaNegativeLogLikelihood"
  public static let targets = TargetKind.positive
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { output + target * boundedExp(-output) }
  public func prediction(from output: Tensor) -> Tensor { output.exp() }
}

/// e^((2 − p) x) / (2 − p) − y · e^((1 − p) x) / (1 − p), half the Tweedie deviance of power p for the mean e^x, less
/// what depends on y alone.
///
/// For 1 < p < 2 it is that of a sum of gamma-distributed amounts, of which there is a Poisson-distributed number: rain
/// in a day, claims in a year, many of them exactly 0. Near 1 it is the Poisson, near 2 the gamma likelihood.
/// `prediction` is e^x.
///
/// B. Jørgensen 1987, "Exponential dispersion models", doi:10.1111/j.2517-6161.1987.tb01685.x.
public struct Tweedie: Loss {
  public static let kind = "tweedie"
  public static let targets = TargetKind.notNegative
  public static let hyperparameters = [
    Hyperparameter(
      "power", .number(lower: 1, includingLower: false, upper: 2, includingUpper: false), default: 1.5,
      "The power of the mean that the variance grows with.")
  ]

  public let power: Double
  public init(power: Double = 1.5) { self.power = power }
  public init(_ settings: Settings) throws { self.init(power: try Self.complete(settings).number("power")) }
  public var settings: Settings { ["power": .number(power)] }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    boundedExp(output * (2 - power)) / (2 - power) - target * boundedExp(output * (1 - power)) / (1 - power)
  }

  public func prediction(from output: Tensor) -> Tensor { output.exp() }
}

/// eˣ, and above 60 its tangent, so that an output gone astray leaves a loss and a gradient that float32 holds.
func boundedExp(_ x: Tensor) -> Tensor {
  let near = x.minimum(60.0)
  return near.exp() * (x - near + 1.0)
}

extension Loss where Self == PoissonNegativeLogLikelihood {
  /// See ``PoissonNegativeLogLikelihood`` for the formula, the shapes and the settings.
  public static func poissonNegativeLogLikelihood(logInput: Bool = true) -> PoissonNegativeLogLikelihood {
    PoissonNegativeLogLikelihood(logInput: logInput)
  }
}

extension Loss where Self == GammaNegativeLogLikelihood {
  /// See ``GammaNegativeLogLikelihood`` for the formula, the shapes and the settings.
  public static var gammaNegativeLogLikelihood: GammaNegativeLogLikelihood { GammaNegativeLogLikelihood() }
}

extension Loss where Self == Tweedie {
  /// See ``Tweedie`` for the formula, the shapes and the settings.
  public static func tweedie(power: Double = 1.5) -> Tweedie { Tweedie(power: power) }
}
