import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// What a network has to beat: one constant answer for every row, and a linear model of the same features.
public struct Baselines {
  /// The mean of its target, or the shares of the classes, are the constant answer.
  private let loss: TableLoss
  private var target: TargetEncoding { loss.target }
  /// A network without a hidden layer, fitted on the training rows: a linear or logistic regression. Nil for a model file
  /// that was written before it was kept.
  let linear: Sequential?

  init(loss: TableLoss, linear: Sequential?) {
    self.loss = loss
    self.linear = linear
  }

  /// Fits the linear model: Adam at 0.02 with a cosine rate, about 2000 steps of up to 256 rows.
  init(loss: TableLoss, linear: Sequential, training: Samples, seed: UInt64) throws {
    let batch = min(256, training.count)
    let perEpoch = (training.count + batch - 1) / batch
    let epochs = max(10, min(500, 2000 / perEpoch))
    let trainer = Trainer(
      anyModel: linear, loss: loss.loss, optimizer: Adam(learningRate: 0.02),
      schedule: CosineSchedule(steps: epochs * perEpoch), seed: seed)
    try trainer.fit(training, epochs: epochs, batchSize: batch)
    self.init(loss: loss, linear: linear)
  }

  /// What each scores on rows whose target is known, by name: "mean" or "most frequent class", and "linear model".
  func scores(for inputs: Tensor, _ known: EncodedTarget) throws -> [(name: String, scores: Scores)] {
    var found = [(name: constantName, scores: try Scores.of(constant(known.rows.count), known, target))]
    if let linear {
      let answers = loss.predictions(Predictor(linear)(inputs))
      found.append(("linear model", try Scores.of(answers, known, target)))
    }
    return found
  }

  private var constantName: String { target.task == .regression ? "mean" : "most frequent class" }

  private func constant(_ rows: Int) -> TablePredictions {
    if target.task == .regression {
      return TablePredictions(levels: [], probabilities: [], values: .init(repeating: target.mean, count: rows))
    }
    // A file's counts may all be 0.
    let total = Double(max(1, target.counts.reduce(0, +)))
    let shares = target.counts.map { Double($0) / total }
    return TablePredictions(levels: target.levels, probabilities: (0..<rows).flatMap { _ in shares }, values: [])
  }
}

/// How a model answers rows whose target is known, beside what simpler answers score on the same rows.
public struct Evaluation: Sendable {
  /// How many rows were scored.
  public let rows: Int
  public let scores: Scores
  /// By name: "mean" or "most frequent class", and "linear model".
  public let baselines: [(name: String, scores: Scores)]
  /// A sentence for each baseline that the network does not beat by accuracy or the root of the mean squared error.
  public let warnings: [String]

  init(rows: Int, scores: Scores, baselines: [(name: String, scores: Scores)], task: LearningTask) {
    self.rows = rows
    self.scores = scores
    self.baselines = baselines
    warnings = baselines.compactMap {
      guard let advantage = scores.advantage(over: $0.scores, task) else { return nil }
      if advantage > 0 { return nil }
      return "the network \(advantage == 0 ? "is only level with" : "does not beat") the baseline '\($0.name)'"
    }
  }

  init(
    of network: any Module, _ baselines: Baselines, on inputs: Tensor, _ known: EncodedTarget, _ loss: TableLoss
  ) throws {
    let answers = loss.predictions(try Predictor(network).outputs(for: inputs))
    self.init(
      rows: known.rows.count, scores: try Scores.of(answers, known, loss.target),
      baselines: try baselines.scores(for: inputs, known), task: loss.target.task)
  }
}
