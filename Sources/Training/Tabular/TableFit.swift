import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

extension TabularModel {
  /// Learns to predict a column of a table from the others.
  ///
  /// The test rows are split off; of the others several networks each watch a part and learn from the rest, one network watches
  /// a part that no one learns from. Preprocessing is fitted on all rows that some network learns from; the best epoch of each
  /// network by the rows that it watches is kept; the scores are those of the test rows, beside two baselines.
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
    var options = options
    // A network of one's own is trained as it is.
    if network != nil { options.networks = options.networks ?? 1 }
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
    let options = options.forImages
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
  let options: TableOptions
  let data: TableData
  private let makeNetwork: ((_ inputs: Int, _ outputs: Int) throws -> any Module)?
  /// The networks of a model that the fit goes on from.
  private let start: TransferStart?
  private(set) var report: TableReport

  init(
    _ data: TableData, _ options: TableOptions,
    makeNetwork: ((_ inputs: Int, _ outputs: Int) throws -> any Module)? = nil, start: TransferStart? = nil
  ) {
    self.makeNetwork = makeNetwork
    self.start = start
    started = clock.now
    self.data = data
    self.options = options
    report = data.report
  }

  // ---- The run

  mutating func run(
    _ progress: Progress, _ beforeTraining: (TableReport) throws -> Void, imageShape: [Int]? = nil
  ) throws -> TabularModel {
    let (network, postprocessing) = try train(progress, beforeTraining)
    let baselines = try baselines()
    let evaluation = try Evaluation(
      of: network, baselines, on: data.testInputs, data.testTarget, data.loss, postprocessing)
    report.scores = evaluation.scores
    report.belief = evaluation.belief
    report.settings += postprocessing.words(data.encoding)
    report.baselines = evaluation.baselines
    report.warnings += evaluation.warnings
    report.seconds = Progress.seconds(clock.now - started)
    return TabularModel(
      network: network, baselines: baselines, preprocessor: data.preprocessor, loss: data.loss, report: report,
      imageShape: imageShape, postprocessing: postprocessing, rowWeights: data.rowWeights)
  }

  /// The trained network and what is done with its answers, without a score yet.
  mutating func train(
    _ progress: Progress = Progress(.silent), _ beforeTraining: (TableReport) throws -> Void = { _ in }
  ) throws -> (network: any Module, postprocessing: Postprocessing) {
    let (plan, maker, parts, networks) = try begun()
    try HeldOutAnswers.check(options, parts, data.encoding)
    try beforeTraining(report)
    let committee = TableCommittee(
      data: data, plan: plan, loss: data.loss.loss, seed: options.seed,
      members: makeNetwork == nil && start == nil ? plan.members : 1, transfer: start?.transfer)
    let histories = try committee.train(networks, parts, progress)
    report.epochs = histories.map(\.epochs.count).max() ?? 0
    report.keptEpochs = histories.map(\.bestEpoch)
    report.stopReason = histories.first?.stopReason?.description ?? ""
    let network: any Module = networks.count == 1 ? networks[0] : maker.mean(of: networks)
    let held = options.needsHeldOutRows ? try HeldOutAnswers(data, networks, parts, whole: network) : nil
    let postprocessing = try Postprocessing(options, held, data.encoding)
    if options.threshold != nil, postprocessing.threshold == nil {
      report.warnings.append("no threshold is better than another, for the network says the same of all rows")
    }
    return (network, postprocessing)
  }

  /// What is trained: networks that know nothing yet, and the rows of each; the report says what they are.
  mutating func begun() throws -> (
    plan: TablePlan, maker: TableNetwork, parts: [TableCommittee.Part], networks: [any Module]
  ) {
    let (plan, maker) = try planned()
    let parts = try TableCommittee.parts(
      data, networks: start?.count ?? plan.networks, watches: options.watches(data.training.count), seed: options.seed)
    let networks = try startingNetworks(plan, maker, parts)
    report.recipe = options.recipe.name
    report.settings = plan.words(
      inputs: maker.inputSize + maker.cardinalities.count, outputs: maker.outputSize,
      parameters: networks[0].parameters.reduce(0) { $0 + $1.shape.elementCount },
      own: start == nil ? makeNetwork.map { _ in "a network of one's own" } : "the network of before",
      networks: networks.count)
    report.settings += data.weightWords + [options.origin].compactMap { $0 }
    if !data.loss.isUsual { report.settings.append("loss \(data.loss.loss.partDescription)") }
    return (plan, maker, parts, networks)
  }

  private mutating func startingNetworks(
    _ plan: TablePlan, _ maker: TableNetwork, _ parts: [TableCommittee.Part]
  ) throws -> [any Module] {
    guard let start else { return try maker.networks(parts) }
    let networks = try start.networks(maker.outputSize, maker.averages)
    report.transfer = try start.report(networks)
    return networks.map(\.network)
  }

  /// The baselines, fitted on the training rows.
  func baselines() throws -> Baselines {
    try Baselines(
      loss: data.loss, linear: planned().maker.linear(), training: data.training, weights: data.rowWeights,
      seed: options.seed)
  }

  private func planned() throws -> (plan: TablePlan, maker: TableNetwork) {
    let plan = try TablePlan(options, rows: data.training.count, encodesNumbers: data.preprocessor != nil)
    return (plan, TableNetwork(data, plan, options, own: makeNetwork))
  }
}
