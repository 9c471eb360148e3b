import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// What a range test found: the loss at learning rates that rise from batch to batch, and a rate to start with.
///
/// Smith 2017, "Cyclical learning rates for training neural networks", arXiv:1506.01186.
public struct RateCurve: Sendable, CustomStringConvertible {
  /// The loss at a learning rate.
  public struct Point: Sendable, Hashable {
    public let rate: Double
    /// The loss of the batch before its step, and its running mean.
    public let loss, smoothedLoss: Double
  }

  public let points: [Point]

  /// The last rate before the smoothed loss has done half of its fall, from its greatest to its least, for good: there it falls
  /// well, and is far from where it runs away. The first twentieth of the points, means of too few batches, do not count. Nil where it never
  /// fell.
  public var suggestion: Double? {
    guard let least = points.indices.min(by: { points[$0].smoothedLoss < points[$1].smoothedLoss }), least > 0 else {
      return nil
    }
    let falling = points[min(points.count / 20, least - 1)...least]
    let half = ((falling.map(\.smoothedLoss).max() ?? 0) + points[least].smoothedLoss) / 2
    return falling.last { $0.smoothedLoss > half }?.rate
  }

  /// A line for each rate, and the suggestion.
  public var description: String {
    (points.map { "\(Progress.short($0.rate))  \(Progress.short($0.smoothedLoss))" }
      + ["suggested: " + (suggestion.map(Progress.short) ?? "none, the loss never falls")])
      .joined(separator: "\n")
  }
}

extension Trainer {
  /// A range test: trains on batch after batch with a rate that rises from `low` to `high`, each time by the same factor, and
  /// looks at the loss. It ends early where the smoothed loss is four times its least, or is no number.
  ///
  ///     let curve = try trainer.findLearningRate(train)
  ///     print(curve.suggestion)
  ///
  /// The model, the optimizer's state and the history are left as they were. The smoothed loss is a running mean that keeps
  /// 0.9 of the last, corrected for its start at 0.
  ///
  /// - Throws: ``TrainingError`` where the samples do not fit, or the bounds are not 0 < low < high.
  public func findLearningRate(
    _ samples: Samples, batchSize: Int = 32, low: Double = 1e-6, high: Double = 1, steps: Int = 100
  ) throws -> RateCurve {
    try check(samples, batchSize: batchSize, epochs: 1)
    guard low > 0, low < high, high.isFinite, steps >= 2 else {
      throw TrainingError(
        "A range test goes from low to high, 0 < low < high, in at least 2 steps; these are \(low), \(high) and \(steps)."
      )
    }
    try model.initializeMissing(seed: seed)
    return try step().withTrainedWeights {
      let before = Snapshot(model)
      defer { before.restore() }
      return try rangeTest(samples, min(batchSize, samples.count), low: low, high: high, steps: steps)
    }
  }

  private func rangeTest(_ samples: Samples, _ batchSize: Int, low: Double, high: Double, steps: Int) throws
    -> RateCurve
  {
    let step = try TrainingStep(model, loss: loss, optimizer: optimizer, precision: precision, seed: seed)
    var generator = SplitMix64(seed: RandomKey(seed: seed).folding("range test").seed)
    var order = Array(0..<Int32(samples.count))
    generator.shuffle(&order)
    var points: [RateCurve.Point] = []
    var (mean, weight) = (0.0, 1.0)
    for (index, rate) in geometricSequence(from: low, to: high, count: steps).enumerated() {
      step.learningRate = rate
      // Around again where the rows come to an end.
      let batch = try samples.rows((0..<batchSize).map { Int(order[(index * batchSize + $0) % order.count]) })
      let loss = try step(batch.inputs, batch.targets, weights: batch.weights)
      guard loss.isFinite else { break }
      mean = 0.9 * mean + 0.1 * loss
      weight *= 0.9
      let smoothed = mean / (1 - weight)
      points.append(.init(rate: rate, loss: loss, smoothedLoss: smoothed))
      if smoothed > 4 * points.map(\.smoothedLoss).min()! { break }
    }
    return RateCurve(points: points)
  }
}
