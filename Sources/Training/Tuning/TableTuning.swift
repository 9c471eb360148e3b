import GliaNeuralNetworks
import GliaTables

/// How settings for a table are looked for: random search with successive halving.
///
///     var tuning = TableTuning()
///     tuning.trials = 50
///     tuning.space["dropout"] = .numbers(0...0.5)
///     let result = try TabularModel.tune(table, target: "price", tuning: tuning)
///     result.isWorthIt
///     let model = try TabularModel.fit(table, target: "price", options: result.options)
///
/// Settings are drawn for each trial by itself. The rows are dealt into folds, and a trial's score on a fold is that of a model
/// which learned from the others. In the first round each trial has one fold; the better third goes on to three folds, and so
/// forth, until three or fewer are left. These, and the recipe as it is, are scored on all folds. The best of them is chosen
/// where it is ahead of the recipe by more than one standard error. Each fit is a whole one, with all of its networks and epochs:
/// settings that are best for one network are not those that are best for the mean of several.
///
/// Bergstra and Bengio 2012, "Random search for hyper-parameter optimization", Journal of Machine Learning Research 13; Jamieson and
/// Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization", arXiv:1502.07943.
public struct TableTuning: Sendable {
  public var space = TuningSpace.default
  /// How many settings are drawn.
  public var trials = 27
  /// The folds that the rows are dealt into.
  public var folds = 5
  /// What to be best in; where nothing is said the root of the mean squared error, and for classes the log loss, which tells
  /// settings apart on fewer rows than the accuracy does.
  public var metric: Metric?
  /// How long to look. When it is over no fit is begun any more, and the best so far is chosen. Seven tenths of it are for the
  /// rounds before the last.
  public var seconds: Double?
  /// A file that keeps the trials, and from which a run that was stopped goes on.
  public var log: String?

  public init() {}

  /// Those that go on to the next round are one of so many, and the next round has so many times as many folds.
  static let factor = 3
  /// What the last round has at most, apart from the recipe.
  static let mostFinalists = 3

  private static func wrongMetric(_ name: String, _ task: TaskKind) -> TrainingError {
    let known = Metric.all(for: task).map(\.name).joined(separator: ", ")
    return TrainingError("'\(name)' is not for a \(task); there are: \(known).")
  }

  func check(_ task: LearningTask, _ options: TableOptions) throws {
    try space.check()
    guard trials >= 1 else { throw TrainingError("The trials are \(trials); there has to be at least 1.") }
    if let seconds, !(seconds > 0 && seconds.isFinite) {
      throw TrainingError("The seconds are \(seconds); they have to be more than 0.")
    }
    if let metric, metric.task != task.kind { throw TableTuning.wrongMetric(metric.name, task.kind) }
    if options.timeColumn != nil {
      throw TrainingError("Folds do not keep the order of time: leave timeColumn out of the options.")
    }
  }

  /// The rounds before the last: how many trials are in each, and on how many folds.
  var rounds: [(trials: Int, folds: Int)] {
    var (rounds, count, own): ([(Int, Int)], Int, Int) = ([], trials, 1)
    while count > TableTuning.mostFinalists {
      rounds.append((count, min(own, folds)))
      (count, own) = ((count + TableTuning.factor - 1) / TableTuning.factor, own * TableTuning.factor)
    }
    return rounds
  }
}

extension TabularModel {
  /// Looks for the settings that a table is learned best with (see ``TableTuning``). Writes no model.
  ///
  /// - Parameters:
  ///   - options: what is said here counts for every trial that does not draw it; `testFraction` has no part in it.
  ///   - say: called after each fit. An error of its own ends the run.
  /// - Throws: `SettingError` for a range that cannot be, `TableError` and ``TrainingError`` where the recipe itself cannot be
  ///   fitted, where a file of trials is of another run, or where no trial could be scored.
  public static func tune(
    _ table: Table, target: String, tuning: TableTuning = TableTuning(), options: TableOptions = TableOptions(),
    say: (TuningStep) throws -> Void = { _ in }
  ) throws -> TuningResult {
    try withoutActuallyEscaping(say) { say in
      try TuningRun(table, target, tuning, options, say: say).run()
    }
  }
}

/// One fit of tuning that is done.
public struct TuningStep: Sendable {
  public let trial: Int
  /// Counted from 1, and how many there are.
  public let round, rounds: Int
  /// Counted from 1.
  public let fold: Int
  /// Fits of this round that are done, and that there are.
  public let done, count: Int
  /// The metric's value; nil where there is none.
  public let score: Double?
  public let metric: String
  /// Why there is no score.
  public let failure: String?
}
