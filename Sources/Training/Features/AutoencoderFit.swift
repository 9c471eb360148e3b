import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// One fit of an autoencoder under way.
struct AutoencoderFit {
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private let data: AutoencoderData
  private let width: Int
  private let kind: AutoencoderKind
  private let options: TableOptions
  private var report: AutoencoderReport

  init(_ data: AutoencoderData, width: Int, kind: AutoencoderKind, _ options: TableOptions) {
    started = clock.now
    self.data = data
    self.width = width
    self.kind = kind
    var options = options
    // What draws weights to zero draws what is given back to the mean.
    options.weightDecay = options.weightDecay ?? 0
    self.options = options
    report = data.report
  }

  mutating func run(
    _ target: String?, _ progress: Progress, _ beforeTraining: (AutoencoderReport) throws -> Void
  ) throws -> TableAutoencoder {
    let plan = try TablePlan(options, rows: data.training.shape[0], encodesNumbers: false)
    let network = try Autoencoder(
      inputs: data.numbers, width: width, hidden: plan.hiddenSizes, activation: plan.activation, kind: kind,
      widths: data.widths, embedding: data.embedding)
    try network.validate()
    report.width = width
    report.kind = "\(kind.partDescription)"
    report.target = target
    report.settings = words(plan, network)
    let samples = try Samples(inputs: data.training, targets: data.outputs(data.training))
    report.dataHash = TableData.hash(samples)
    try beforeTraining(report)
    try train(network, plan, samples, progress)
    try score(network)
    report.seconds = Progress.seconds(clock.now - started)
    return TableAutoencoder(network, preprocessor: data.preprocessor, imageShape: data.imageShape, report: report)
  }

  private func words(_ plan: TablePlan, _ network: Autoencoder) -> [String] {
    let hidden = plan.hiddenSizes.map(String.init).joined(separator: ", ")
    let layers =
      plan.hiddenSizes.isEmpty
      ? "no hidden layer" : "hidden layer\(plan.hiddenSizes.count == 1 ? "" : "s") \(hidden) with \(plan.activation)"
    let count = network.parameters.reduce(0) { $0 + $1.shape.elementCount }
    return [
      "\(data.training.shape[1]) inputs, \(layers), a code of \(width), the same way back: \(count) parameters",
      plan.stepWords,
      "up to \(plan.epochs) epoch\(plan.epochs == 1 ? "" : "s")"
        + (plan.patience > 0 ? ", stops after \(plan.patience) without improvement" : ""),
    ]
  }

  private mutating func train(_ network: Autoencoder, _ plan: TablePlan, _ samples: Samples, _ progress: Progress)
    throws
  {
    let watched =
      data.validation.shape[0] == 0
      ? nil : try Samples(inputs: data.validation, targets: data.outputs(data.validation))
    let steps = plan.epochs * ((samples.count + plan.batchSize - 1) / plan.batchSize)
    let trainer = Trainer(
      anyModel: network, loss: MeanSquaredError(), optimizer: plan.optimizer, schedule: try plan.schedule(steps: steps),
      precision: plan.precision, seed: options.seed)
    let history = try trainer.fit(
      samples, validation: watched, epochs: plan.epochs, batchSize: plan.batchSize,
      earlyStopping: watched == nil || plan.patience == 0 ? nil : EarlyStopping(patience: plan.patience),
      progress: progress)
    report.epochs = history.epochs.count
    report.keptEpoch = history.bestEpoch
    report.stopReason = history.stopReason?.description ?? ""
  }

  // ---- Scores on the rows that were held out

  private mutating func score(_ network: Autoencoder) throws {
    let fitted = data.fitted
    let known = data.outputs(fitted)
    let wanted = data.outputs(data.test)
    let mean = Tensor(PrincipalComponents.mean(of: known)).expanded(axis: 0)
    let always = { (rows: Tensor) in mean.broadcast(to: rows.shape) }
    func error(_ outputs: (Tensor) -> Tensor, _ inputs: Tensor, _ wanted: Tensor) -> Double {
      AutoencoderFit.mean(AutoencoderFit.errors(of: outputs(inputs), for: wanted))
    }
    let all = error(always, wanted, wanted)
    /// `outputs` are what is made of the encoded rows, or of what of them is to be given back.
    func note(_ name: String, ofAll: Bool = false, _ outputs: (Tensor) -> Tensor) {
      let found = error(outputs, ofAll ? data.test : wanted, wanted)
      let learned = report.testRows > 0 ? error(outputs, ofAll ? fitted : known, known) : nil
      report.reconstructions.append(
        .init(name: name, error: found, explained: all > 0 ? 1 - found / all : 0, learnedError: learned))
    }
    note("autoencoder", ofAll: true) { Predictor(network)($0) }
    var components: PrincipalComponents?
    if data.numbers <= AutoencoderFit.mostColumns {
      let found = try PrincipalComponents(of: known, width: min(width, data.numbers))
      note("PCA of \(found.width)") { found.reconstruction(from: found.codes(of: $0)) }
      components = found
    } else {
      report.warnings.append("no PCA beside it: there are more than \(AutoencoderFit.mostColumns) columns")
    }
    note("mean", always)
    if let rival = report.reconstructions.dropFirst().first(where: { $0.error <= report.reconstructions[0].error }) {
      report.warnings.append("the autoencoder does not give rows back better than '\(rival.name)'")
    }
    try probe(network, components, fitted)
  }

  /// Columns of which the covariances are still a small matrix.
  private static let mostColumns = 4096

  /// Linear models on the code and on what it has to beat.
  ///
  /// - Parameter rows: all that are not held out.
  private mutating func probe(
    _ network: Autoencoder, _ components: PrincipalComponents?, _ rows: Tensor
  ) throws {
    guard let labels = data.labels else { return }
    guard !labels.held.places.isEmpty else {
      report.warnings.append("no held-out row has a '\(labels.loss.target.column)': no linear models are compared")
      return
    }
    let encoder = Predictor(network.encoder)
    let (fitted, held) = (rows.gathered(labels.fitted.places), data.test.gathered(labels.held.places))
    try fitLinear("code of \(width)", encoder(fitted), encoder(held), labels, scales: true)
    if let components {
      let (known, others) = (components.codes(of: data.outputs(fitted)), components.codes(of: data.outputs(held)))
      try fitLinear("PCA of \(components.width)", known, others, labels, scales: true)
    }
    let columns = data.imageShape == nil ? "columns" : "pixels"
    try fitLinear("all \(data.training.shape[1]) \(columns)", fitted, held, labels, scales: false)
  }

  /// - Parameter scales: whether the columns have no scale of their own, and get mean 0 and deviation 1 first.
  private mutating func fitLinear(
    _ name: String, _ fitted: Tensor, _ held: Tensor, _ labels: AutoencoderData.Labels, scales: Bool
  ) throws {
    var (fitted, held) = (fitted, held)
    if scales {
      let mean = fitted.mean([0])
      let variance = fitted.variance([0])
      let scale = (variance .> 0).select(variance, .ones(variance.shape)).reciprocalSquareRoot()
      (fitted, held) = ((fitted - mean) * scale, (held - mean) * scale)
    }
    let front: [any Module] = scales ? [] : data.embedding.map { [$0] } ?? []
    let width = scales ? fitted.shape[1] : data.embedding?.outputSize ?? fitted.shape[1]
    let linear = try Baselines(
      loss: labels.loss, linear: Sequential(front + [Linear(width, labels.loss.outputCount)]),
      training: Samples(inputs: fitted, targets: labels.loss.targets(labels.fitted.known)), seed: options.seed)
    guard let scores = try linear.scores(for: held, labels.held.known).last?.scores else { return }
    report.linear.append((name, scores))
  }

  /// The mean squared error of each row; of the inputs, those columns that are given back.
  static func errors(of outputs: Tensor, for inputs: Tensor) -> [Double] {
    let (rows, columns, width) = (outputs.shape[0], outputs.shape[1], inputs.shape[1])
    let (found, wanted) = (outputs.scalars(as: Float.self), inputs.scalars(as: Float.self))
    return (0..<rows).map { row in
      var sum = 0.0
      for column in 0..<columns {
        let error = Double(found[row * columns + column]) - Double(wanted[row * width + column])
        sum += error * error
      }
      return sum / Double(columns)
    }
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
}

extension Tensor {
  /// The given rows, in their order.
  func gathered(_ rows: [Int]) -> Tensor { gathered(Tensor(rows.map(Int64.init), shape: [rows.count])) }
}
