import GliaGraph
import GliaNeuralNetworks
import GliaTensors

extension Trainer {
  /// One call of `fit` under way.
  struct Run {
    private let trainer: Trainer
    private let step: TrainingStep
    private let earlyStopping: EarlyStopping?
    private var best: EarlyStopping.State
    private let baseRate: Double
    private let clock = ContinuousClock()

    init(_ trainer: Trainer, earlyStopping: EarlyStopping?) throws {
      self.trainer = trainer
      step = try trainer.step()
      self.earlyStopping = earlyStopping
      baseRate = trainer.optimizer.learningRate
      best = trainer.best ?? EarlyStopping.State(weights: Snapshot(trainer.model))
    }

    /// Trains one epoch.
    mutating func epoch(_ number: Int, _ feed: inout some BatchFeed) throws -> History.Epoch {
      let started = clock.now
      step.hideEvaluationWeights()
      try feed.begin(epoch: number)
      let schedule = trainer.schedule
      var (sum, rows, batches, rate) = (0.0, 0, 0, 0.0)
      while let (batch, count) = try feed.next() {
        batches += 1
        rate = schedule.rate(at: step.stepCount, base: baseRate, after: trainer.watchedValues)
        step.learningRate = rate
        batch.run()
        let loss = batch.loss
        guard loss.isFinite else { throw diverged(number, batches, loss, feed.notFinite()) }
        sum += loss * Double(count)
        rows += count
      }
      if let parameter = best.weights.firstNotFinite() {
        throw stopped("After epoch \(number), the parameter '\(parameter)' holds numbers that are not finite.", rate)
      }
      trainer.history.steps = step.stepCount
      // What is validated, kept as the best and seen by callbacks.
      try step.showEvaluationWeights()
      return History.Epoch(
        number: number, loss: sum / Double(rows), validationLoss: nil, metrics: [:], learningRate: rate,
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

    private func diverged(_ epoch: Int, _ batch: Int, _ loss: Double, _ cause: String?) -> TrainingError {
      let place = "The loss is \(loss.isNaN ? .nan : loss) in epoch \(epoch), batch \(batch)"
      if let cause { return stopped("\(place): \(cause).", nil) }
      let layer = best.weights.firstNotFinite().map { ", first in the parameter '\($0)'" } ?? ""
      return stopped(
        "\(place)\(layer).",
        trainer.schedule.rate(at: step.stepCount - 1, base: baseRate, after: trainer.watchedValues))
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
