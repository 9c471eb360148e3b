import GliaTensors

/// The code of a variational autoencoder: x [rows, 2 · size], the means m and logarithms of variances s side by side → [rows, size].
///
/// In training it is drawn, z = m + exp(s / 2) · ε with ε of the standard normal distribution, so that gradients go to m and s;
/// and weight · KL / rows is added to the loss, with the divergence from the standard normal distribution,
/// KL = −½ Σ (1 + s − m² − exp(s)). In inference it is m. s is kept within −20 … 20.
///
/// Kingma and Welling 2014, "Auto-encoding variational Bayes", arXiv:1312.6114. Where the loss is a mean over d columns whose
/// noise has the variance v, the bound of that paper has the weight 2 v / d; another one is Higgins and others' β (2017,
/// "beta-VAE"). A validation loss is without the divergence.
public struct VariationalCode: Layer {
  public static let kind = "variationalCode"
  public static let hyperparameters = [
    Hyperparameter("weight", .notNegative, default: 0.001, "What the divergence counts in the loss.")
  ]

  public let weight: Double
  public init(weight: Double = 0.001) { self.weight = weight }
  public init(_ settings: Settings) throws { self.init(weight: try Self.complete(settings).number("weight")) }
  public var settings: Settings { ["weight": .number(weight)] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectDrawnType(dtype)
    guard input.rank == 2, input[1] % 2 == 0 else {
      throw mismatch("VariationalCode expects [rows, means and as many variances], got \(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { [input.first ?? 0, (input.last ?? 0) / 2] }

  public func apply(_ x: Tensor) -> Tensor {
    let size = x.shape[1] / 2
    let mean = x.sliced(0..<size, axis: 1)
    guard let radius = Trace.trainingUniform(like: mean), let angle = Trace.trainingUniform(like: mean) else {
      return mean
    }
    let logVariance = x.sliced(size..<2 * size, axis: 1).maximum(-20).minimum(20)
    let divergence = (logVariance + 1.0 - mean.squared() - logVariance.exp()).sum() * -0.5
    if weight > 0 { Trace.penalize(divergence * (weight / Double(max(x.shape[0], 1)))) }
    return mean + (logVariance * 0.5).exp() * Tensor.standardNormal(radius: radius, angle: angle)
  }
}
