/// What a training run did, epoch by epoch, and why it stopped.
public struct History: Sendable {
  /// One epoch's figures.
  public struct Epoch: Sendable {
    /// Counted from 1, on from earlier runs of the same trainer.
    public let number: Int
    /// The mean loss over the epoch's training batches, as they were trained.
    public let loss: Double
    /// The loss on the validation rows after the epoch, where there are any.
    public let validationLoss: Double?
    /// Metrics on the validation rows by name.
    public let metrics: [String: Double]
    /// The learning rate of the epoch's last step.
    public let learningRate: Double
    public let seconds: Double
  }

  /// Why training ended.
  public enum StopReason: Sendable, Equatable, CustomStringConvertible {
    case finishedEpochs(Int)
    case noImprovement(metric: String, epochs: Int)
    case callback(String)

    public var description: String {
      switch self {
      case .finishedEpochs(let count): "all \(count) epochs are done"
      case .noImprovement(let metric, let epochs): "the validation \(metric) has not improved for \(epochs) epochs"
      case .callback(let reason): reason
      }
    }
  }

  public internal(set) var epochs: [Epoch] = []
  public internal(set) var stopReason: StopReason?
  /// The epoch whose weights the model has now: the best by the watched metric, or the last.
  public internal(set) var bestEpoch = 0
  /// The epochs that were trained before a checkpoint that was loaded; their figures are not kept.
  public internal(set) var skippedEpochs = 0
  /// The steps taken, one a batch.
  public internal(set) var steps = 0

  /// The history without its first epochs, of which there may be many.
  func since(_ count: Int) -> History {
    var own = History()
    own.epochs = Array(epochs[count...])
    (own.stopReason, own.bestEpoch) = (stopReason, bestEpoch)
    (own.skippedEpochs, own.steps) = (skippedEpochs, steps)
    return own
  }

  /// The training loss of each epoch.
  public var losses: [Double] { epochs.map(\.loss) }
}
