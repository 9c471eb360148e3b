import GliaNeuralNetworks
import GliaTensors

/// A figure that is taken on the validation rows after each epoch.
public struct ValidationMetric: Sendable {
  public let name: String
  public let higherIsBetter: Bool
  /// The value from the model's outputs, the samples that they were computed for, and the loss, which says what they
  /// mean.
  let measure: @Sendable (_ outputs: Tensor, _ samples: Samples, _ loss: any Loss) throws -> Double

  /// A metric of one's own.
  ///
  /// - Parameter compute: gives the value from the model's outputs, before what the loss makes of them, and the
  ///   samples.
  public init(
    _ name: String, higherIsBetter: Bool, _ compute: @escaping @Sendable (Tensor, Samples) throws -> Double
  ) {
    self.init(name, higherIsBetter: higherIsBetter) { outputs, samples, _ in try compute(outputs, samples) }
  }

  private init(
    _ name: String, higherIsBetter: Bool,
    measure: @escaping @Sendable (Tensor, Samples, any Loss) throws -> Double
  ) {
    self.name = name
    self.higherIsBetter = higherIsBetter
    self.measure = measure
  }

  /// A metric of the table by name, such as "accuracy", "rmse" or "pinball(0.9)", of what the loss takes the outputs to
  /// mean.
  ///
  /// Of classes, targets are class indices, probabilities of the classes, or, with one output a row, 0 and 1 or -1 and
  /// 1.
  ///
  /// - Throws: `MetricError` with the names that there are; in a fit, where the metric has no value on the validation
  ///   rows.
  public static func named(_ name: String) throws -> ValidationMetric {
    ValidationMetric(try Metric.named(name))
  }

  /// A metric of the table, or one made like them.
  public init(_ metric: Metric) {
    self.init(metric.name, higherIsBetter: metric.higherIsBetter) { outputs, samples, loss in
      var score = metric.running()
      try ValidationMetric.add(outputs, samples, loss, to: &score)
      guard let value = score.value else {
        throw MetricError.undefined(name: metric.name, reason: metric.undefined)
      }
      return value
    }
  }

  private static func add(_ outputs: Tensor, _ samples: Samples, _ loss: any Loss, to score: inout RunningScore) throws
  {
    let said = loss.prediction(from: outputs.cast(to: .float64))
    let (targets, weights) = (samples.targets.doubles, samples.weights?.doubles)
    if case .ofLabels = score.metric.measure {
      return try score.add(labels(said, targets, weights, loss, score.metric))
    }
    switch (type(of: loss).predictions, type(of: loss).targets) {
    case (.values, _):
      try score.add(ValuePredictions(targets: targets, predictions: said.doubles, weights: weights))
    case (.vectors, _):
      throw TrainingError(
        "The metric '\(score.metric.name)' is not for \(type(of: loss).kind), which compares vectors with one another.")
    case (let kind, .classes), (let kind, .distributions):
      let classes = outputs.shape.last ?? 1
      let labels = samples.targets.rank == 2 ? samples.targets.argMax().doubles : targets
      try score.add(
        kind == .probabilities
          ? ClassPredictions(
            labels: labels.map { Int($0) }, probabilities: said.doubles, classCount: classes, weights: weights)
          : ClassPredictions(
            labels: labels.map { Int($0) }, predicted: said.argMax().doubles.map { Int($0) }, classCount: classes,
            weights: weights))
    case (let kind, _):
      guard outputs.shape.dropFirst().allSatisfy({ $0 == 1 }) else {
        throw TrainingError(
          "The metric '\(score.metric.name)' is of one class a row; the outputs are \(outputs.shape). Give one a row, "
            + "or use a metric of labels: \(Metric.ofLabels.map(\.name).joined(separator: ", ")).")
      }
      let labels = targets.map { $0 > 0.5 ? 1 : 0 }
      try score.add(
        kind == .probabilities
          ? ClassPredictions(labels: labels, positive: said.doubles, weights: weights)
          : ClassPredictions(
            labels: labels, predicted: said.doubles.map { $0 > 0 ? 1 : 0 }, classCount: 2, weights: weights))
    }
  }

  /// Rows that may have several labels, of a loss that takes each output by itself.
  private static func labels(
    _ said: Tensor, _ targets: [Double], _ weights: [Double]?, _ loss: any Loss, _ metric: Metric
  ) throws -> LabelPredictions {
    let kind = type(of: loss)
    guard kind.targets == .probabilities || kind.targets == .signs, said.rank == 2 else {
      throw TrainingError(
        "The metric '\(metric.name)' is of rows that may have several labels: it takes outputs of [rows, labels] and a loss "
          + "such as \(BinaryCrossEntropy.kind); these are \(said.shape) of \(kind.kind).")
    }
    return try LabelPredictions(
      targets: kind.targets == .signs ? targets.map { $0 > 0 ? 1 : 0 } : targets, scores: said.doubles,
      labelCount: said.shape[1], threshold: kind.predictions == .probabilities ? 0.5 : 0, weights: weights)
  }
}
