import GliaTensors

/// Momentum whose steps on matrices have all directions of one length, and AdamW for what is no matrix:
///
///     m ← momentum · m + (1 − momentum) · g,    u = nesterov ? momentum · m + (1 − momentum) · g : m
///     W ← (1 − learningRate · weightDecay) · W − learningRate · 0.2 · √max(rows, columns) · orthogonal(u)
///
/// orthogonal(u) is nearly U · Vᵀ of u = U · S · Vᵀ, by five steps X ← a X + (b X Xᵀ + c (X Xᵀ)²) X of Newton and Schulz from
/// X = u / ‖u‖, with a = 3.4445, b = −4.7750, c = 2.0315. Anything with more than two axes is a matrix of its first axis by the
/// rest; with fewer it is AdamW's, with the same rate and decay, `beta1`, `beta2` and `epsilon`. Embeddings and the last layer
/// are usually AdamW's too: `.muon().group("head", .adamW())`.
///
/// Jordan and others 2024, "Muon", https://kellerjordan.github.io/posts/muon; the scale, with which the steps are as long as
/// AdamW's, is Liu and others 2025, "Muon is scalable for LLM training", arXiv:2502.16982. All is computed in the parameters'
/// type.
public struct Muon: GradientOptimizer {
  public static let kind = "muon"
  public static let hyperparameters =
    [
      .learningRate(0.001),
      Hyperparameter("momentum", .fraction, default: 0.95, "How much of the last mean gradient of a matrix is kept."),
      Hyperparameter("nesterov", .flag, default: true, "Whether to look ahead along the mean."),
      .weightDecay(0.1, "The part of the parameter that a step of rate 1 takes away."),
    ] + AdamStep.betas + [.epsilon(1e-8, "Added to the root of the mean square, for what is no matrix.")]

  public var learningRate, momentum: Double
  public var nesterov: Bool
  public var weightDecay, beta1, beta2, epsilon: Double

  public init(
    learningRate: Double = 0.001, momentum: Double = 0.95, nesterov: Bool = true, weightDecay: Double = 0.1,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), momentum: all.number("momentum"), nesterov: all.flag("nesterov"),
      weightDecay: all.number("weightDecay"), beta1: all.number("beta1"), beta2: all.number("beta2"),
      epsilon: all.number("epsilon"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "momentum": .number(momentum), "nesterov": .flag(nesterov),
      "weightDecay": .number(weightDecay), "beta1": .number(beta1), "beta2": .number(beta2),
      "epsilon": .number(epsilon),
    ]
  }

  /// One mean for a matrix, AdamW's two for anything else; the powers of the betas are common.
  public func slots(for parameters: ParameterLayout) -> [OptimizerSlot] {
    AdamStep.powers
      + parameters.pieces.flatMap { piece in
        (isMatrix(piece.shape) ? ["momentum"] : ["firstMoment", "secondMoment"]).map {
          OptimizerSlot($0 + "/" + piece.name, .shape(piece.shape))
        }
      }
  }

  private func isMatrix(_ shape: Shape) -> Bool { shape.rank >= 2 && shape.elementCount > 0 }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let step = AdamStep(beta1: beta1, beta2: beta2, epsilon: epsilon)
    var next = [state[0] * beta1, state[1] * beta2]
    let moved = zip(layout.split(parameter), layout.split(gradient)).map { weight, g in
      let kept = weight * (1.0 - learningRate * weightDecay).like(weight)
      if isMatrix(weight.shape) {
        let mean = state[next.count] * momentum + g * (1 - momentum)
        next.append(mean)
        let change = orthogonal(nesterov ? mean * momentum + g * (1 - momentum) : mean)
        return kept - learningRate.like(weight) * change
      }
      let own = Array(state[next.count..<next.count + 2])
      let (change, moments) = step(g, own + [state[0], state[1]], learningRate)
      next += moments.prefix(2)
      return kept - change
    }
    return (layout.join(moved), next)
  }

  /// The scaled direction of a step on a matrix.
  private func orthogonal(_ direction: Tensor) -> Tensor {
    let rows = direction.shape[0]
    let matrix = direction.reshaped([rows, -1])
    let isTall = rows > matrix.shape[1]
    // The product of a matrix with its own transpose is smallest with the short side first.
    var x = isTall ? matrix.transposed() : matrix
    x = x / x.squared().sum().squareRoot().maximum(1e-7)
    for _ in 0..<5 {
      let square = x.matrixProduct(x.transposed())
      x = x * 3.4445 + (square * -4.7750 + square.matrixProduct(square) * 2.0315).matrixProduct(x)
    }
    let scale = 0.2 * Double(max(rows, matrix.shape[1])).squareRoot()
    return (isTall ? x.transposed() : x).reshaped(direction.shape) * scale
  }
}

extension Optimizer where Self == Muon {
  /// See ``Muon`` for the formula, its source and the settings.
  public static func muon(
    learningRate: Double = 0.001, momentum: Double = 0.95, nesterov: Bool = true, weightDecay: Double = 0.1,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Muon {
    Muon(
      learningRate: learningRate, momentum: momentum, nesterov: nesterov, weightDecay: weightDecay, beta1: beta1,
      beta2: beta2, epsilon: epsilon)
  }
}
