import GliaTensors

/// max(τ · (y − x), (τ − 1) · (y − x)), the pinball loss: made small, an output is the τ-quantile of its target.
///
/// With several levels τ the outputs are [batch, …, n · levels] for targets [batch, …, n]: each target's quantiles
/// stand side by side, in the order of the levels, and its loss is their mean. `prediction` is the output, the
/// quantiles themselves.
///
/// R. Koenker and G. Bassett 1978, "Regression quantiles", doi:10.2307/1913643.
public struct Quantile: Loss {
  public static let kind = "quantile"
  public static let targets = TargetKind.numbers
  public static let hyperparameters = [
    Hyperparameter(
      "levels", .list(of: .openFraction, atLeast: 1), default: [0.5],
      "The quantiles, one output each: 0.9 is the value that nine of ten targets lie below.")
  ]

  public let levels: [Double]
  public init(levels: [Double] = [0.5]) { self.levels = levels }
  public init(_ settings: Settings) throws { self.init(levels: try Self.complete(settings).numbers("levels")) }
  public var settings: Settings { ["levels": Setting(levels)] }
  public var layout: LossLayout { .each(outputs: max(levels.count, 1)) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    if levels.count == 1 { return pinball(target - output, Tensor(levels[0], dtype: output.dtype)) }
    let quantiles = output.reshaped(Shape(target.shape + [levels.count]))
    return pinball(target.expanded(axis: -1) - quantiles, Tensor(levels, dtype: output.dtype)).mean([-1])
  }

  private func pinball(_ difference: Tensor, _ level: Tensor) -> Tensor {
    (difference * level).maximum(difference * (level - 1.0))
  }
}

extension Loss where Self == Quantile {
  /// See ``Quantile`` for the formula, the shapes and the settings.
  public static func quantile(_ levels: Double...) -> Quantile { Quantile(levels: levels) }
}
