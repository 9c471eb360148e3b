import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// What a network has to beat: one constant answer for every row, and a linear model of the same features.
public struct Baselines {
  /// Its mean, or its shares of the classes, are the constant answer.
  private let target: TargetEncoding
  /// A network without a hidden layer, fitted on the training rows: a linear or logistic regression. Nil for a model file
  /// that was written before it was kept.
  let linear: Sequential?

  init(target: TargetEncoding, linear: Sequential?) {
    self.target = target
    self.linear = linear
  }

  /// Fits the linear model: Adam at 0.02 with a cosine rate, about 2000 steps of up to 256 rows.
  init(target: TargetEncoding, linear: Sequential, training: Samples, loss: any Loss, seed: UInt64) throws {
    let batch = min(256, training.count)
    let perEpoch = (training.count + batch - 1) / batch
    let epochs = max(10, min(500, 2000 / perEpoch))
    let trainer = Trainer(
      anyModel: linear, loss: loss, optimizer: Adam(learningRate: 0.02),
      schedule: CosineSchedule(steps: epochs * perEpoch), seed: seed)
    try trainer.fit(training, epochs: epochs, batchSize: batch)
    self.init(target: target, linear: linear)
  }

  /// What each scores on rows whose target is known, by name: "mean" or "most frequent class", and "linear model".
  func scores(for inputs: Tensor, _ known: EncodedTarget) throws -> [(name: String, scores: Scores)] {
    var found = [(name: constantName, scores: try Scores.of(constant(known.rows.count), known, target))]
    if let linear {
      let answers = TabularModel.predictions(Predictor(linear)(inputs), target)
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
    of network: any Module, _ baselines: Baselines, on inputs: Tensor, _ known: EncodedTarget, _ target: TargetEncoding
  ) throws {
    let answers = TabularModel.predictions(try Predictor(network).outputs(for: inputs), target)
    self.init(
      rows: known.rows.count, scores: try Scores.of(answers, known, target),
      baselines: try baselines.scores(for: inputs, known), task: target.task)
  }
}
