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
  /// The constant answer of weighted rows; nil where all rows count the same.
  private let weighted: [Double]?

  init(loss: TableLoss, linear: Sequential?, weights: RowWeights? = nil) {
    self.loss = loss
    self.linear = linear
    weighted = weights?.constant
  }

  /// Fits the linear model: Adam at 0.02 with a cosine rate, about 2000 steps of up to 256 rows.
  init(
    loss: TableLoss, linear: Sequential, training: Samples, weights: RowWeights? = nil, seed: UInt64
  ) throws {
    let batch = min(256, training.count)
    let perEpoch = (training.count + batch - 1) / batch
    let epochs = max(10, min(500, 2000 / perEpoch))
    let trainer = Trainer(
      anyModel: linear, loss: loss.loss, optimizer: Adam(learningRate: 0.02),
      schedule: CosineSchedule(steps: epochs * perEpoch), seed: seed)
    try trainer.fit(training, epochs: epochs, batchSize: batch)
    self.init(loss: loss, linear: linear, weights: weights)
  }

  /// What each scores on rows whose target is known, by name: "mean" or "most frequent class", and "linear model".
  func scores(
    for inputs: Tensor, _ known: EncodedTarget, with metric: Metric? = nil
  ) throws -> [(name: String, scores: Scores)] {
    var found = [(name: constantName, scores: try Scores.of(constant(known.rows.count), known, target, with: metric))]
    if let linear {
      let answers = loss.predictions(Predictor(linear)(inputs))
      found.append(("linear model", try Scores.of(answers, known, target, with: metric)))
    }
    return found
  }

  private var constantName: String { target.task == .regression ? "mean" : "most frequent class" }

  private func constant(_ rows: Int) -> TablePredictions {
    if target.task == .regression {
      return TablePredictions(
        levels: [], probabilities: [], values: .init(repeating: weighted?[0] ?? target.mean, count: rows))
    }
    // A file's counts may all be 0.
    let total = Double(max(1, target.counts.reduce(0, +)))
    let shares = weighted ?? target.counts.map { Double($0) / total }
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
  /// How far the answers can be believed, where something was done for it: `expectedCalibrationErrorBefore`,
  /// `expectedCalibrationError` and `logLossBefore` of calibration; `coverage` and `meanWidth` of intervals.
  public let belief: Scores
  /// How often classes occur beside how probable they are said to be; nil for a regression, and for a report read from a file.
  public let reliability: Reliability?

  init(
    rows: Int, scores: Scores, baselines: [(name: String, scores: Scores)], metric: Metric, belief: Scores = Scores([]),
    reliability: Reliability? = nil, warnings notes: [String] = []
  ) {
    self.rows = rows
    self.scores = scores
    self.baselines = baselines
    self.belief = belief
    self.reliability = reliability
    warnings =
      notes
      + baselines.compactMap {
        guard let advantage = scores.advantage(over: $0.scores, by: metric) else { return nil }
        if advantage > 0 { return nil }
        return "the network \(advantage == 0 ? "is only level with" : "does not beat") the baseline '\($0.name)'"
      }
  }

  init(
    of network: any Module, _ baselines: Baselines, on inputs: Tensor, _ known: EncodedTarget, _ loss: TableLoss,
    _ postprocessing: Postprocessing, warnings: [String] = []
  ) throws {
    let said = loss.predictions(try Predictor(network).outputs(for: inputs))
    let answers = postprocessing(said)
    let metric = postprocessing.metric(loss.target.task)
    self.init(
      rows: known.rows.count, scores: try Scores.of(answers, known, loss.target, with: metric),
      baselines: try baselines.scores(for: inputs, known, with: metric), metric: metric,
      belief: try Scores.belief(said: said, answers, known, isCalibrated: postprocessing.calibration != nil),
      reliability: loss.target.task == .classification ? Reliability(try answers.known(known)) : nil,
      warnings: warnings)
  }
}
