import GliaTensors

/// (s + (y − m)² / e^s) / 2, for two outputs a target, side by side: the mean m and the logarithm s of the variance.
///
/// Outputs are [batch, …, n · 2] for targets [batch, …, n]. So a network says how sure it is, row by row. The variance
/// is at least `epsilon`; below that the gradient by s is still that of the loss at `epsilon`, so that s can come back.
/// `full` adds log(2 π) / 2, which makes it the negative log-likelihood of the normal distribution. `prediction` is m;
/// see `variance`.
///
/// D. A. Nix and A. S. Weigend 1994, "Estimating the mean and variance of the target probability distribution",
/// doi:10.1109/ICNN.1994.374138.
public struct GaussianNegativeLogLikelihood: Loss {
  public static let kind = "gaussianNegativeLogLikelihood"
  public static let targets = TargetKind.numbers
  public static let hyperparameters = [
    Hyperparameter("epsilon", .positive, default: 1e-6, "The least variance."),
    Hyperparameter("full", .flag, default: false, "Whether the constant log(2 π) / 2 is added."),
  ]

  public let epsilon: Double
  public let full: Bool
  public init(epsilon: Double = 1e-6, full: Bool = false) {
    self.epsilon = epsilon
    self.full = full
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(epsilon: settings.number("epsilon"), full: settings.flag("full"))
  }
  public var settings: Settings { ["epsilon": .number(epsilon), "full": .flag(full)] }
  public var layout: LossLayout { .each(outputs: 2) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let (mean, logVariance) = parts(output)
    let value = (logVariance + (target - mean).squared() * (-logVariance).exp()) * 0.5
    return full ? value + 0.918_938_533_204_672_7 : value
  }

  public func prediction(from output: Tensor) -> Tensor { parts(output).mean }

  /// The variance that an output says.
  public func variance(from output: Tensor) -> Tensor { parts(output).logVariance.exp() }

  private func parts(_ output: Tensor) -> (mean: Tensor, logVariance: Tensor) {
    let lead = output.shape.dropLast()
    let pairs = output.reshaped(Shape(lead + [output.shape[output.rank - 1] / 2, 2]))
    let least = Tensor(epsilon, dtype: output.dtype).log()
    let free = pairs.sliced(1..<2, axis: -1).squeezed(axis: -1)
    let bounded = free.maximum(least).withGradient(by: [free]) { [$0] }
    return (pairs.sliced(0..<1, axis: -1).squeezed(axis: -1), bounded)
  }
}

extension Loss where Self == GaussianNegativeLogLikelihood {
  /// See ``GaussianNegativeLogLikelihood`` for the formula, the shapes and the settings.
  public static func gaussianNegativeLogLikelihood(
    epsilon: Double = 1e-6, full: Bool = false
  ) -> GaussianNegativeLogLikelihood {
    GaussianNegativeLogLikelihood(epsilon: epsilon, full: full)
  }
}
