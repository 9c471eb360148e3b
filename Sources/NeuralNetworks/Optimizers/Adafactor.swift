import GliaTensors

/// Adam without momentum, that keeps of a matrix' mean square its rows' and columns' means only: m + n numbers instead of m · n.
///
///     b = t^−decayExponent,    R ← R + b · (mean of g² over each row − R),    C ← C + b · (mean over each column − C)
///     V = R · C / mean(R)                                        (V itself is kept of what has one axis)
///     u = g / √max(V, epsilon²),    u ← u / max(1, RMS(u) / threshold)
///     r = min(learningRate, 1 / √t) · max(smallestScale, RMS(p))
///     p ← (1 − learningRate · weightDecay) · p − r · u
///
/// So steps are in proportion to the parameters' own size. With more than two axes the last two are the matrix. Shazeer and
/// Stern 2018, "Adafactor", arXiv:1804.04235, in PyTorch's form; epsilon bounds the root mean square from below.
public struct Adafactor: GradientOptimizer {
  public static let kind = "adafactor"
  public static let hyperparameters = [
    .learningRate(0.01),
    Hyperparameter("decayExponent", .positive, default: 0.8, "How fast a new gradient's weight falls with the steps."),
    Hyperparameter("epsilon", .positive, default: 1e-15, "The least that a gradient's root mean square counts as."),
    Hyperparameter("smallestScale", .positive, default: 0.001, "The least that a parameter's size counts as."),
    Hyperparameter(
      "threshold", .number(lower: 1, includingLower: true, upper: .infinity, includingUpper: false), default: 1,
      "The largest root mean square of a step, before the rate."),
    .weightDecay(0, "The part of the parameter that a step of rate 1 takes away."),
  ]

  public var learningRate, decayExponent, epsilon, smallestScale, threshold, weightDecay: Double

  public init(
    learningRate: Double = 0.01, decayExponent: Double = 0.8, epsilon: Double = 1e-15, smallestScale: Double = 0.001,
    threshold: Double = 1, weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.decayExponent = decayExponent
    self.epsilon = epsilon
    self.smallestScale = smallestScale
    self.threshold = threshold
    self.weightDecay = weightDecay
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), decayExponent: all.number("decayExponent"),
      epsilon: all.number("epsilon"), smallestScale: all.number("smallestScale"),
      threshold: all.number("threshold"), weightDecay: all.number("weightDecay"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "decayExponent": .number(decayExponent), "epsilon": .number(epsilon),
      "smallestScale": .number(smallestScale), "threshold": .number(threshold), "weightDecay": .number(weightDecay),
    ]
  }

  public func slots(for parameters: ParameterLayout) -> [OptimizerSlot] {
    [OptimizerSlot("steps", .scalar)]
      + parameters.pieces.flatMap { piece in
        guard isMatrix(piece.shape) else { return [OptimizerSlot("meanSquare/" + piece.name, .shape(piece.shape))] }
        let rank = piece.shape.rank
        return [
          OptimizerSlot("rowMeanSquare/" + piece.name, .shape(piece.shape.reducing([rank - 1]))),
          OptimizerSlot("columnMeanSquare/" + piece.name, .shape(piece.shape.reducing([rank - 2]))),
        ]
      }
  }

  private func isMatrix(_ shape: Shape) -> Bool { shape.rank >= 2 && shape.elementCount > 0 }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    let step = state[0] + 1
    let part = step.power(-decayExponent)
    let rate = learningRate.minimum(step.reciprocalSquareRoot())
    var next = [step]
    func follow(_ square: Tensor, _ axes: [Int]) -> Tensor {
      let kept = state[next.count]
      let mean = square.mean(axes, keepingAxes: true)
      next.append(kept + (mean - kept) * part.like(kept))
      return next[next.count - 1]
    }
    let moved = zip(layout.split(parameter), layout.split(gradient)).map { weight, g in
      var estimate: Tensor
      if isMatrix(weight.shape) {
        let (rows, columns) = (follow(g.squared(), [g.rank - 1]), follow(g.squared(), [g.rank - 2]))
        estimate = rows * columns / rows.mean([g.rank - 2], keepingAxes: true).maximum(epsilon)
      } else {
        estimate = follow(g.squared(), [])
      }
      let change = g * estimate.maximum(epsilon * epsilon).reciprocalSquareRoot()
      let size = (rootMeanSquare(change) / threshold).maximum(1)
      let scale = rootMeanSquare(weight).maximum(smallestScale)
      let kept = weight * (1.0 - learningRate * weightDecay).like(weight)
      return kept - change * (rate.like(scale) * scale / size)
    }
    return (layout.join(moved), next)
  }

  private func rootMeanSquare(_ x: Tensor) -> Tensor { x.squared().mean().squareRoot() }
}

extension Optimizer where Self == Adafactor {
  /// See ``Adafactor`` for the formula, its source and the settings.
  public static func adafactor(
    learningRate: Double = 0.01, decayExponent: Double = 0.8, epsilon: Double = 1e-15, smallestScale: Double = 0.001,
    threshold: Double = 1, weightDecay: Double = 0
  ) -> Adafactor {
    Adafactor(
      learningRate: learningRate, decayExponent: decayExponent, epsilon: epsilon, smallestScale: smallestScale,
      threshold: threshold, weightDecay: weightDecay)
  }
}
