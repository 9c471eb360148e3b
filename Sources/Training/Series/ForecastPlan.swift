import GliaNeuralNetworks

/// How long and how fast a network of a forecast learns.
struct ForecastPlan {
  /// For a number of values that are seen: those of a series move together, so that the steps of a linear layer add up.
  let learningRate: @Sendable (Int) -> Double
  let weightDecay: Double
  /// About so many steps are taken, in `epochs` epochs.
  let steps: Int
  let epochs: ClosedRange<Int>

  static let linear = ForecastPlan(
    learningRate: { 0.05 / Double($0) }, weightDecay: 0, steps: 4000, epochs: 4...300)
  static let residual = ForecastPlan(
    learningRate: { _ in 0.001 }, weightDecay: 0.01, steps: 8000, epochs: 4...100)

  static let heads = ForecastPlan(
    learningRate: { _ in 0.001 }, weightDecay: 0.01, steps: 3000, epochs: 3...100)

  /// The weights that are used are a moving average: the watched steps then see less of the noise of single steps.
  func optimizer(lookback: Int) -> any Optimizer {
    AveragedOptimizer(AdamW(learningRate: learningRate(lookback), weightDecay: weightDecay), decay: 0.99)
  }

  func epochs(_ stepsPerEpoch: Int) -> Int {
    min(max(steps / max(stepsPerEpoch, 1), epochs.lowerBound), epochs.upperBound)
  }

  /// Windows in a step.
  static func batchSize(windows: Int) -> Int { windows < 1000 ? 16 : windows < 10_000 ? 64 : 256 }
  /// The most steps of an epoch: of very many windows each epoch sees a part.
  static let mostSteps = 1000
}
