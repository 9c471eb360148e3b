import GliaNeuralNetworks
import GliaTensors

/// A figure that is taken on the validation rows after each epoch.
public struct ValidationMetric: Sendable {
  public let name: String
  public let higherIsBetter: Bool
  /// The value from the model's outputs and the samples they were computed for.
  public let compute: @Sendable (_ outputs: Tensor, _ samples: Samples) throws -> Double

  public init(
    _ name: String, higherIsBetter: Bool, _ compute: @escaping @Sendable (Tensor, Samples) throws -> Double
  ) {
    self.name = name
    self.higherIsBetter = higherIsBetter
    self.compute = compute
  }

  /// A metric of the table by name, such as "accuracy" or "rmse"; NaN where it is undefined.
  ///
  /// Of classes, the outputs are logits: [rows, classes] with class indices as targets, or [rows, 1] with targets 0 and 1.
  ///
  /// - Throws: `MetricError` with the names that there are.
  public static func named(_ name: String) throws -> ValidationMetric {
    let metric = try Metric.named(name)
    return ValidationMetric(name, higherIsBetter: metric.higherIsBetter) { outputs, samples in
      let weights = samples.weights?.doubles
      switch metric.task {
      case .regression:
        return try metric.score(
          ValuePredictions(targets: samples.targets.doubles, predictions: outputs.doubles, weights: weights)) ?? .nan
      case .classification:
        let labels = samples.targets.doubles.map { Int($0) }
        let logits = outputs.cast(to: .float64)
        let known =
          outputs.shape.last == 1
          ? try ClassPredictions(labels: labels, positive: logits.sigmoid().doubles, weights: weights)
          : try ClassPredictions(
            labels: labels, probabilities: softmax(logits).doubles, classCount: outputs.shape.last ?? 1,
            weights: weights)
        return try metric.score(known) ?? .nan
      }
    }
  }
}
