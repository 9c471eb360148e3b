import GliaGraph
import GliaNeuralNetworks
import GliaRuntime
import GliaTensors

/// Trains a model on samples, batch by batch, and keeps a history that says what happened.
///
///     let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.001))
///     let history = try trainer.fit(train, validation: test, epochs: 100, batchSize: 32)
///
/// The same seed gives the same bits, at any number of threads. Fitting again goes on from where the last fit ended.
public final class Trainer {
  public let model: any Module
  public let loss: any Loss
  public let optimizer: any Optimizer
  public let schedule: any Schedule
  public let precision: Precision
  public let seed: UInt64
  /// All epochs so far, over every call of `fit`.
  public package(set) var history = History()

  private var madeStep: TrainingStep?
  let predictor: Predictor
  /// The best epoch so far, where early stopping watches.
  var best: EarlyStopping.State?
  /// The figure that the schedule watches, after each epoch so far.
  var watchedValues: [Double] = []

  /// - Parameters:
  ///   - schedule: the learning rate of each step, from the optimizer's own.
  ///   - precision: in which numbers products read what they multiply while training. With `.bfloat16` that is mixed precision:
  ///     weights, gradients, the optimizer's state, sums, losses and everything that is no product stay float32, and so do
  ///     validation and predictions. (Micikevicius et al. 2018, "Mixed precision training", arXiv:1710.03740; bfloat16 has
  ///     float32's range, so that the loss needs no scale.)
  public convenience init(
    _ model: some Module, loss: some Loss, optimizer: some Optimizer, schedule: some Schedule = ConstantSchedule(),
    precision: Precision = .float32, seed: UInt64 = 0
  ) {
    self.init(
      anyModel: model, loss: loss, optimizer: optimizer, schedule: schedule, precision: precision, seed: seed)
  }

  /// The same for parts whose types are known at run time only.
  public init(
    anyModel model: any Module, loss: any Loss, optimizer: any Optimizer, schedule: any Schedule,
    precision: Precision = .float32, seed: UInt64
  ) {
    self.model = model
    self.loss = loss
    self.optimizer = optimizer
    self.schedule = schedule
    self.precision = precision
    self.seed = seed
    predictor = Predictor(model)
  }

  /// What a callback decides after an epoch.
  public enum Decision: Sendable {
    case goOn
    case stop(because: String)
  }

  /// Trains for up to `epochs` epochs.
  ///
  /// - Parameters:
  ///   - validation: rows that are not trained on; their loss and metrics are taken after each epoch.
  ///   - batchSize: rows in a step; the last batch of an epoch may have fewer.
  ///   - order: the order of the rows, each epoch's own by the seed; `.classBalanced` evens the classes out.
  ///   - augmentation: what is done to each image before it is trained on, one after the other, drawn anew in each epoch.
  ///   - mixup: whether each row is mixed with another one, after augmentation. Classes are mixed as their probabilities, with
  ///     a loss that has them (``Loss/ofProbabilities``).
  ///   - earlyStopping: when to stop, and what makes an epoch the best. The best epoch's weights are restored at the end.
  ///   - callback: called after each epoch, with its figures.
  /// - Throws: ``TrainingError`` where the samples do not fit the model or the loss, or where the loss stops being
  ///   finite: it names the epoch, the batch, the parameter and the likely cause, and the last good weights are kept.
  /// - Returns: the history of this call.
  @discardableResult
  public func fit(
    _ samples: Samples, validation: Samples? = nil, epochs: Int, batchSize: Int = 32, order: RowOrder = .shuffled,
    augmentation: [any Augmentation] = [], mixup: Mixup? = nil, metrics: [ValidationMetric] = [],
    earlyStopping: EarlyStopping? = nil, progress: Progress = Progress(.silent),
    callback: (History.Epoch) throws -> Decision = { _ in .goOn }
  ) throws -> History {
    try check(samples, batchSize: batchSize, epochs: epochs)
    let rows =
      mixup == nil ? samples : try samples.mixable(for: loss, classes: outputType(for: samples).shape.last ?? 1)
    let transform = try BatchTransform(augmentation, mixup, rows, seed: seed)
    var feed = try RowBatches(
      rows, classes: samples.targets, step(), batchSize: batchSize, order: order, transform: transform, seed: seed)
    return try train(
      &feed, validation: validation, epochs: epochs, metrics: metrics, earlyStopping: earlyStopping,
      progress: progress, callback: callback)
  }

  /// Trains on batches that a sequence gives, as they come.
  ///
  ///     try trainer.fit(batches: files.lazy.map { load($0) }, epochs: 5)        // each epoch walks the sequence
  ///     try trainer.fit(batches: stream, stepsPerEpoch: 100, epochs: 5)         // an infinite one goes on and on
  ///
  /// Batches may have any number of rows; each other shape is compiled once. With `stepsPerEpoch` the sequence is walked on
  /// from epoch to epoch, and begins again where it ends. It is walked from its beginning in each call: to go on after a
  /// checkpoint, give `stream.dropFirst(trainer.history.steps)`.
  ///
  /// - Throws: ``TrainingError`` also where the sequence gives no batch.
  @discardableResult
  public func fit<Batches: Sequence>(
    batches: Batches, stepsPerEpoch: Int? = nil, validation: Samples? = nil, epochs: Int,
    metrics: [ValidationMetric] = [], earlyStopping: EarlyStopping? = nil, progress: Progress = Progress(.silent),
    callback: (History.Epoch) throws -> Decision = { _ in .goOn }
  ) throws -> History where Batches.Element == Samples {
    if let stepsPerEpoch, stepsPerEpoch < 1 {
      throw TrainingError("stepsPerEpoch is \(stepsPerEpoch); it has to be at least 1.")
    }
    var feed = SequenceBatches(try step(), stepsPerEpoch: stepsPerEpoch) { _ in
      AnyIterator(batches.makeIterator())
    }
    return try train(
      &feed, validation: validation, epochs: epochs, metrics: metrics, earlyStopping: earlyStopping,
      progress: progress, callback: callback)
  }

  /// Trains on batches that are made anew for each epoch, whose number the function is given: the first is 1.
  ///
  ///     try trainer.fit(epochs: 5, batches: { epoch in try shards(epoch).map { try load($0) } })
  @discardableResult
  public func fit<Batches: Sequence>(
    validation: Samples? = nil, epochs: Int, metrics: [ValidationMetric] = [], earlyStopping: EarlyStopping? = nil,
    progress: Progress = Progress(.silent), batches: @escaping (Int) throws -> Batches,
    callback: (History.Epoch) throws -> Decision = { _ in .goOn }
  ) throws -> History where Batches.Element == Samples {
    var feed = SequenceBatches(try step(), stepsPerEpoch: nil) { epoch in
      AnyIterator(try batches(epoch).makeIterator())
    }
    return try train(
      &feed, validation: validation, epochs: epochs, metrics: metrics, earlyStopping: earlyStopping,
      progress: progress, callback: callback)
  }

  func train(
    _ feed: inout some BatchFeed, validation: Samples?, epochs: Int, metrics: [ValidationMetric],
    earlyStopping: EarlyStopping?, progress: Progress, callback: (History.Epoch) throws -> Decision
  ) throws -> History {
    guard epochs >= 0 else { throw TrainingError("epochs is \(epochs); it has to be at least 0.") }
    if let validation { try check(validation) }
    if earlyStopping != nil, validation == nil {
      throw TrainingError("Early stopping watches validation rows, and there are none. Give `validation:`.")
    }
    try checkSchedule(metrics, hasValidation: validation != nil)
    var run = try Run(self, earlyStopping: earlyStopping)
    progress.begin()
    defer { progress.end() }
    let before = history.epochs.count
    let first = before + history.skippedEpochs
    for number in first + 1..<first + epochs + 1 {
      var epoch = try run.epoch(number, &feed)
      if let validation { epoch = try evaluated(epoch, validation, metrics) }
      history.epochs.append(epoch)
      if let figure = schedule.watched {
        watchedValues.append(figure == "loss" ? epoch.validationLoss ?? epoch.loss : epoch.metrics[figure] ?? .nan)
      }
      progress.show(epoch, of: first + epochs)
      if let reason = try run.judge(epoch) ?? reason(callback(epoch)) {
        history.stopReason = reason
        break
      }
      history.stopReason = .finishedEpochs(epochs)
    }
    try run.end()
    return history.since(before)
  }

  private func reason(_ decision: Decision) -> History.StopReason? {
    if case .stop(let because) = decision { return .callback(because) }
    return nil
  }

  private func evaluated(_ epoch: History.Epoch, _ validation: Samples, _ metrics: [ValidationMetric]) throws
    -> History.Epoch
  {
    let outputs = predict(validation.inputs)
    var values: [String: Double] = [:]
    for metric in metrics { values[metric.name] = try metric.measure(outputs, validation, loss) }
    return History.Epoch(
      number: epoch.number, loss: epoch.loss,
      validationLoss: loss(outputs, validation.targets, weights: validation.weights, reduction: .mean).scalar(),
      metrics: values, learningRate: epoch.learningRate, seconds: epoch.seconds)
  }

  /// The model's outputs, before what the loss makes of them: logits for cross-entropies.
  public func predict(_ inputs: Tensor) -> Tensor { predictor(inputs) }

  /// What the model's outputs mean under the loss: probabilities, amounts, or the outputs themselves.
  public func predictions(for inputs: Tensor) -> Tensor { loss.prediction(from: predict(inputs)) }

  /// The mean loss over samples.
  public func evaluate(_ samples: Samples) throws -> Double {
    try check(samples)
    try model.initializeMissing(seed: seed)
    return loss(predict(samples.inputs), samples.targets, weights: samples.weights, reduction: .mean).scalar()
  }

  /// The compiled steps, made when they are first needed: settings and sizes are checked then.
  func step() throws -> TrainingStep {
    if let madeStep { return madeStep }
    let step = try TrainingStep(model, loss: loss, optimizer: optimizer, precision: precision, seed: seed)
    madeStep = step
    return step
  }

  // ---- Checks before anything is traced

  private func checkSchedule(_ metrics: [ValidationMetric], hasValidation: Bool) throws {
    try schedule.validateSettings()
    guard let figure = schedule.watched, figure != "loss" else { return }
    guard hasValidation else {
      throw TrainingError(
        "The schedule watches '\(figure)' on validation rows, and there are none. Give `validation:`.")
    }
    guard metrics.contains(where: { $0.name == figure }) else {
      throw TrainingError(
        "The schedule watches '\(figure)', which is not among the metrics: "
          + (["loss"] + metrics.map(\.name)).joined(separator: ", ") + ".")
    }
  }

  func check(_ samples: Samples, batchSize: Int, epochs: Int) throws {
    guard batchSize >= 1 else { throw TrainingError("batchSize is \(batchSize); it has to be at least 1.") }
    guard epochs >= 0 else { throw TrainingError("epochs is \(epochs); it has to be at least 0.") }
    try check(samples)
  }

  private func outputType(for samples: Samples) throws -> TensorType {
    try model.outputType(for: TensorType(samples.inputs.shape, samples.inputs.dtype))
  }

  private func check(_ samples: Samples) throws {
    guard samples.count > 0 else { throw TrainingError("There are no rows to work on.") }
    let output = try outputType(for: samples)
    try loss.check(output: output.shape, target: samples.targets.shape)
    // A target that is not finite is found, with its batch, where the loss stops being a number.
    if type(of: loss).targets != .numbers {
      try loss.check(targets: samples.targets.doubles, outputs: output.shape.last ?? 1)
    }
  }
}
