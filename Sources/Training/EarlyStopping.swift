import GliaGraph
import GliaNeuralNetworks
import GliaTensors

/// When a run stops because it no longer gets better. The weights of the best epoch are always restored.
public struct EarlyStopping: Sendable {
  /// "loss" for the loss on the validation rows, or a metric's name.
  public let metric: String
  public let higherIsBetter: Bool
  /// The epochs without improvement after which the run stops.
  public let patience: Int
  /// How much better a value has to be to count.
  public let minimumChange: Double

  /// Watches the loss on the validation rows.
  public init(patience: Int, minimumChange: Double = 0) {
    self.init(watching: "loss", higherIsBetter: false, patience: patience, minimumChange: minimumChange)
  }

  /// Watches a metric, which has to be among those of the fit.
  public init(watching metric: ValidationMetric, patience: Int, minimumChange: Double = 0) {
    self.init(
      watching: metric.name, higherIsBetter: metric.higherIsBetter, patience: patience, minimumChange: minimumChange)
  }

  init(watching metric: String, higherIsBetter: Bool, patience: Int, minimumChange: Double) {
    self.metric = metric
    self.higherIsBetter = higherIsBetter
    self.patience = max(patience, 1)
    self.minimumChange = minimumChange
  }

  func isBetter(_ value: Double, than best: Double) -> Bool {
    if best.isNaN { return !value.isNaN }
    return higherIsBetter ? value > best + minimumChange : value < best - minimumChange
  }

  func value(of epoch: History.Epoch) throws -> Double {
    if metric == "loss", let loss = epoch.validationLoss { return loss }
    guard let value = epoch.metrics[metric] else {
      throw TrainingError(
        "Early stopping watches '\(metric)', which is not among the metrics: "
          + (["loss"] + epoch.metrics.keys.sorted()).joined(separator: ", ") + ".")
    }
    return value
  }

  /// The best epoch so far.
  struct State {
    var value: Double?
    var epoch = 0
    var weights: Snapshot
  }
}
