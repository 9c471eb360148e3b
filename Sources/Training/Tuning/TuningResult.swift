import GliaNeuralNetworks
import GliaTables

/// What tuning found.
public struct TuningResult: Sendable {
  /// A round before the last.
  public struct Round: Sendable, Equatable {
    /// Those that have a score on all of its folds.
    public let trials: Int
    public let folds: Int
    /// The best trial's mean over its folds.
    public let best: Double
  }

  /// Settings that reached the last round.
  public struct Finalist: Sendable {
    /// 0 for the recipe as it is.
    public let trial: Int
    public let settings: Settings
    /// One a fold of the last round.
    public let scores: [Scores]
    /// What a fold took.
    public let seconds: [Double]

    /// Nil where the metric is undefined in every fold.
    public subscript(metric: String) -> Comparison.Estimate? {
      let values = scores.compactMap { $0[metric] }
      return values.isEmpty ? nil : Comparison.Estimate(of: values)
    }
  }

  public let task: LearningTask
  public let target: String
  /// The rows that have a target.
  public let rows: Int
  public let folds: Int
  /// How the folds were made, in words.
  public let splitMethod: String
  public let seed: UInt64
  public let metric: Metric
  public let trials: Int
  public let rounds: [Round]
  /// The recipe first, then the trials of the last round, the best one first; none where time was up before a trial had a score.
  public let finalists: [Finalist]
  /// The one that was chosen: the recipe where no trial is ahead of it by more than one standard error of the paired difference, as
  /// Breiman and others choose among trees (Classification and Regression Trees, 1984, section 3.4.3).
  public let best: Finalist
  /// The best trial against the recipe, on the same folds; nil where fewer than two have both.
  public let test: PairedTest?
  /// What to train with: the options that were given, and the settings that were chosen.
  public let options: TableOptions
  public let warnings: [String]

  /// Whether other settings than the recipe's were chosen.
  public var isWorthIt: Bool { best.trial > 0 }
}

extension Settings {
  /// `dropout 0.2, hidden 64,32`, each value as the command line has it.
  public var words: String { entries.map { "\($0.name) \($0.value.optionText)" }.joined(separator: ", ") }
}

extension Setting {
  /// As an option of the command line has it: `64,32`, `periodic,deviation=0.1`.
  public var optionText: String {
    switch self {
    case .number, .text, .flag: description
    case .list(let values): values.isEmpty ? "none" : values.map(\.description).joined(separator: ",")
    case .part(let part):
      ([part.kind] + part.settings.entries.map { "\($0.name)=\($0.value)" }).joined(separator: ",")
    }
  }
}
