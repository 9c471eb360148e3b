import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

extension Trainer {
  /// One call of `fit` under way.
  struct Run {
    private let trainer: Trainer
    private let samples: Samples
    private let step: TrainingStep
    private let batchSize: Int
    private let shuffles: Bool
    private let earlyStopping: EarlyStopping?
    private let inputs, targets: RowGather
    private let weights: RowGather?
    private var order: [Int32]
    private var best: EarlyStopping.State
    private let baseRate: Double
    /// The step of whole batches, and that of what is left of an epoch.
    private var prepared: (full: PreparedStep, last: PreparedStep)
    private let clock = ContinuousClock()

    init(
      _ trainer: Trainer, _ samples: Samples, batchSize: Int, shuffles: Bool, earlyStopping: EarlyStopping?
    ) throws {
      self.trainer = trainer
      step = try trainer.step()
      self.samples = samples
      self.batchSize = min(batchSize, samples.count)
      self.shuffles = shuffles
      self.earlyStopping = earlyStopping
      inputs = RowGather(samples.inputs)
      targets = RowGather(samples.targets)
      weights = samples.weights.map(RowGather.init)
      order = Array(0..<Int32(samples.count))
      baseRate = trainer.optimizer.learningRate
      prepared = try Run.prepare(step, samples, self.batchSize)
      best = trainer.best ?? EarlyStopping.State(weights: Snapshot(trainer.model))
    }

    private static func prepare(_ step: TrainingStep, _ samples: Samples, _ batchSize: Int) throws
      -> (full: PreparedStep, last: PreparedStep)
    {
      let full = try step.prepare(samples.signature(batchSize))
      let rest = samples.count % batchSize
      return (full, rest == 0 ? full : try step.prepare(samples.signature(rest)))
    }

    /// Trains one epoch. The order of its rows depends on the seed and its number alone, so that a run can be resumed.
    mutating func epoch(_ number: Int) throws -> History.Epoch {
      let started = clock.now
      if shuffles {
        var generator = SplitMix64(seed: RandomKey(seed: trainer.seed).folding(UInt64(number)).seed)
        for i in order.indices { order[i] = Int32(i) }
        generator.shuffle(&order)
      }
      step.hideEvaluationWeights()
      if !prepared.full.isCurrent { prepared = try Run.prepare(step, samples, batchSize) }
      let (full, last) = prepared
      let schedule = trainer.schedule
      var sum = 0.0
      var rate = 0.0
      for start in stride(from: 0, to: order.count, by: batchSize) {
        let rows = order[start..<min(start + batchSize, order.count)]
        let batch = rows.count == batchSize ? full : last
        inputs(rows, to: batch.inputAddress)
        targets(rows, to: batch.targetAddress)
        if let weights { weights(rows, to: batch.weightsAddress!) }
        rate = schedule.rate(at: step.stepCount, base: baseRate, after: trainer.watchedValues)
        step.learningRate = rate
        batch.run()
        let loss = batch.loss
        guard loss.isFinite else { throw diverged(number, start / batchSize + 1, loss, rows) }
        sum += loss * Double(rows.count)
      }
      if let parameter = best.weights.firstNotFinite() {
        throw stopped("After epoch \(number), the parameter '\(parameter)' holds numbers that are not finite.", rate)
      }
      trainer.history.steps = step.stepCount
      // What is validated, kept as the best and seen by callbacks.
      try step.showEvaluationWeights()
      return History.Epoch(
        number: number, loss: sum / Double(samples.count), validationLoss: nil, metrics: [:], learningRate: rate,
        seconds: Progress.seconds(clock.now - started))
    }

    /// Says whether the epoch is the best so far and whether to stop.
    mutating func judge(_ epoch: History.Epoch) throws -> History.StopReason? {
      guard let earlyStopping else {
        best.weights.take()
        trainer.history.bestEpoch = epoch.number
        return nil
      }
      let value = try earlyStopping.value(of: epoch)
      if best.value.map({ earlyStopping.isBetter(value, than: $0) }) ?? true {
        best.value = value
        best.epoch = epoch.number
        best.weights.take()
      }
      trainer.history.bestEpoch = best.epoch
      trainer.best = best
      if epoch.number - best.epoch >= earlyStopping.patience {
        return .noImprovement(metric: earlyStopping.metric, epochs: earlyStopping.patience)
      }
      return nil
    }

    /// Leaves the model with the weights to use.
    mutating func end() throws {
      try step.showEvaluationWeights()
      if earlyStopping != nil, best.value != nil { best.weights.restore() }
    }

    // ---- When the loss is no number

    private func diverged(_ epoch: Int, _ batch: Int, _ loss: Double, _ rows: ArraySlice<Int32>) -> TrainingError {
      let place = "The loss is \(loss) in epoch \(epoch), batch \(batch)"
      if let row = firstNotFinite(samples.inputs, rows) {
        return stopped("\(place): row \(row) of the inputs holds a number that is not finite.", nil)
      }
      if let row = firstNotFinite(samples.targets, rows) {
        return stopped("\(place): the target of row \(row) is not finite.", nil)
      }
      let layer = best.weights.firstNotFinite().map { ", first in the parameter '\($0)'" } ?? ""
      return stopped(
        "\(place)\(layer).",
        trainer.schedule.rate(at: step.stepCount - 1, base: baseRate, after: trainer.watchedValues))
    }

    /// The first of the rows that holds a number that is not finite.
    private func firstNotFinite(_ tensor: Tensor, _ rows: ArraySlice<Int32>) -> Int32? {
      let size = max(tensor.elementCount / samples.count, 1)
      let values = tensor.doubles
      return rows.first { row in
        values[Int(row) * size..<(Int(row) + 1) * size].contains { !$0.isFinite }
      }
    }

    private func stopped(_ what: String, _ rate: Double?) -> TrainingError {
      best.weights.restore()
      let cause =
        rate.map {
          " The learning rate, \(Progress.short($0)), is the likely cause: try \(Progress.short($0 / 10)), "
            + "or inputs scaled to about −1 … 1."
        } ?? ""
      return TrainingError(what + cause + " The weights from before are kept.")
    }
  }
}
