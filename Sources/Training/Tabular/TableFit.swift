import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

extension TabularModel {
  /// Learns to predict a column of a table from the others.
  ///
  /// The rows are split into training, validation and test rows; preprocessing is fitted on the training rows alone; the best
  /// epoch by the validation rows is kept; the scores are those of the test rows, beside two baselines.
  ///
  /// - Parameters:
  ///   - test: rows to score on; without them a part of the table is held out.
  ///   - validation: rows that early stopping watches; without them a part of the table.
  ///   - network: makes a network of one's own for the number of its inputs and outputs, instead of the recipe's:
  ///     `{ inputs, outputs in Net(inputs, outputs) }`. The inputs are the columns as numbers, categories of few levels as one
  ///     column a level, those of many by an embedding, which is put in front. The outputs are the logits of the classes, or
  ///     the one number, scaled.
  ///   - beforeTraining: called when all is ready, with what is known then: the split, the settings, what was noticed about
  ///     the table. An error of its own ends the run.
  /// - Throws: `TableError`, `SettingError` or ``TrainingError``, in words for the person whose table it is.
  public static func fit(
    _ table: Table, target: String, test: Table? = nil, validation: Table? = nil,
    options: TableOptions = TableOptions(), progress: Progress = Progress(.silent),
    network: ((_ inputs: Int, _ outputs: Int) throws -> any Module)? = nil,
    beforeTraining: (TableReport) throws -> Void = { _ in }
  ) throws -> TabularModel {
    let data = try TableData(table, target: target, test: test, validation: validation, options: options)
    var fit = TableFit(data, options, makeNetwork: network)
    return try fit.run(progress, beforeTraining)
  }

  /// Learns to tell images apart.
  ///
  /// - Parameters:
  ///   - images: [images, …] of bytes or numbers.
  ///   - labels: [images], whole numbers.
  ///   - test: images and labels to score on; without them a part is held out.
  ///   - beforeTraining: called when all is ready, with what is known then. An error of its own ends the run.
  public static func fit(
    images: IDX, labels: IDX, test: (images: IDX, labels: IDX)? = nil, options: TableOptions = TableOptions(),
    progress: Progress = Progress(.silent), beforeTraining: (TableReport) throws -> Void = { _ in }
  ) throws -> TabularModel {
    var options = options
    let usual = options.recipe.images
    options.epochs = options.epochs ?? usual.epochs
    options.hiddenSizes = options.hiddenSizes ?? usual.hiddenSizes
    options.dropout = options.dropout ?? usual.dropout
    let data = try TableData(
      images: images, labels: labels, testImages: test?.images, testLabels: test?.labels, options: options)
    var fit = TableFit(data, options)
    return try fit.run(progress, beforeTraining, imageShape: Array(images.shape.dropFirst()))
  }
}

/// One fit of a table under way.
struct TableFit {
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private let options: TableOptions
  private let data: TableData
  private let makeNetwork: ((_ inputs: Int, _ outputs: Int) throws -> any Module)?
  private var report: TableReport

  init(
    _ data: TableData, _ options: TableOptions,
    makeNetwork: ((_ inputs: Int, _ outputs: Int) throws -> any Module)? = nil
  ) {
    self.makeNetwork = makeNetwork
    started = clock.now
    self.data = data
    self.options = options
    report = data.report
  }

  // ---- The run

  mutating func run(
    _ progress: Progress, _ beforeTraining: (TableReport) throws -> Void, imageShape: [Int]? = nil
  ) throws -> TabularModel {
    let plan = try TablePlan(options, rows: data.training.count)
    let network =
      try ownNetwork()
      ?? Sequential(
        body(sizes: plan.hiddenSizes, activation: plan.activation, dropout: plan.dropout))
    try network.validate()
    report.recipe = options.recipe.name
    report.settings = plan.words(
      inputs: inputSize + cardinalities.count, outputs: outputSize,
      parameters: network.parameters.reduce(0) { $0 + $1.shape.elementCount }, hasOwnNetwork: makeNetwork != nil)
    if !data.loss.isUsual { report.settings.append("loss \(data.loss.loss.partDescription)") }
    try beforeTraining(report)
    let history = try train(network, data.loss.loss, plan, progress)
    report.epochs = history.epochs.count
    report.bestEpoch = history.bestEpoch
    report.stopReason = history.stopReason?.description ?? ""
    let baselines = try Baselines(
      loss: data.loss, linear: Sequential(body(sizes: [], activation: plan.activation, dropout: 0)),
      training: data.training, seed: options.seed)
    let evaluation = try Evaluation(of: network, baselines, on: data.testInputs, data.testTarget, data.loss)
    report.scores = evaluation.scores
    report.baselines = evaluation.baselines
    report.warnings += evaluation.warnings
    report.seconds = Progress.seconds(clock.now - started)
    return TabularModel(
      network: network, baselines: baselines, preprocessor: data.preprocessor, loss: data.loss, report: report,
      imageShape: imageShape)
  }

  private func train(_ network: any Module, _ loss: any Loss, _ plan: TablePlan, _ progress: Progress) throws
    -> History
  {
    let steps = plan.epochs * ((data.training.count + plan.batchSize - 1) / plan.batchSize)
    let trainer = Trainer(
      anyModel: network, loss: loss, optimizer: plan.optimizer, schedule: try plan.schedule(steps: max(steps, 1)),
      seed: options.seed)
    let stops = data.validation != nil && plan.patience > 0
    return try trainer.fit(
      data.training, validation: data.validation, epochs: plan.epochs, batchSize: plan.batchSize,
      earlyStopping: stops ? EarlyStopping(patience: plan.patience) : nil, progress: progress)
  }

  private var inputSize: Int {
    data.preprocessor?.numericNames.count ?? data.training.inputs.elementCount / data.training.count
  }
  private var encoding: TargetEncoding { data.encoding }
  private var cardinalities: [Int] { data.preprocessor?.cardinalities ?? [] }
  private var outputSize: Int { data.loss.outputCount }

  private func embedding() -> ColumnEmbedding? {
    guard !cardinalities.isEmpty else { return nil }
    // As wide as the square root of the number of levels, at most 32 (the usual rule of thumb).
    return ColumnEmbedding(
      numbers: inputSize,
      embeddings: cardinalities.map {
        Embedding($0, min(32, Int(Double($0).squareRoot().rounded(.up))), initializer: .normal(deviation: 0.1))
      })
  }

  /// The network that the caller makes, with the embeddings in front, checked before any time goes into it.
  private func ownNetwork() throws -> (any Module)? {
    guard let makeNetwork else { return nil }
    if options.hiddenSizes != nil || options.activation != nil || options.dropout != nil {
      throw TrainingError(
        "A network of one's own has its own layers: leave hiddenSizes, activation and dropout out of the options.")
    }
    let embedding = embedding()
    let own = try makeNetwork(embedding?.outputSize ?? inputSize, outputSize)
    let network: any Module = embedding.map { Sequential([$0, own]) } ?? own
    let columns = inputSize + cardinalities.count
    let shape = try network.outputShape(for: [2, columns])
    guard shape == [2, outputSize] else {
      throw TrainingError(
        "The network gives \(shape) for 2 rows, '\(encoding.column)' needs \(Shape([2, outputSize])).")
    }
    // What cannot be kept in a file is said now, not after the training.
    try network.initializeMissing(seed: options.seed)
    _ = try network.graphDescription(row: TensorType([columns], .float32))
    return network
  }

  private func body(sizes: [Int], activation: String, dropout: Double) throws -> [any Module] {
    var layers: [any Module] = []
    var width = inputSize
    if let embedding = embedding() {
      layers.append(embedding)
      width = embedding.outputSize
    }
    for size in sizes {
      layers.append(Linear(width, size))
      layers.append(try Catalog.activations.make(activation))
      if dropout > 0 { layers.append(Dropout(dropout)) }
      width = size
    }
    return layers + [Linear(width, outputSize)]
  }
}
