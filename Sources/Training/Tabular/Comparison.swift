import GliaTables
import GliaTensors

/// How several recipes and the baselines score on the same folds of a table.
public struct Comparison: Sendable {
  /// A mean over folds and how far they lie apart.
  public struct Estimate: Sendable, Equatable {
    public let mean: Double
    /// The standard deviation, divided by one less than the folds; 0 of one fold.
    public let deviation: Double
    /// The folds where there is a value.
    public let folds: Int

    package init(of values: [Double]) {
      folds = values.count
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      self.mean = mean
      deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
    }
  }

  /// A recipe or a baseline.
  public struct Entry: Sendable {
    public let name: String
    public let isBaseline: Bool
    /// One a fold.
    public internal(set) var scores: [Scores] = []
    /// What preprocessing, training and scoring took, one number a fold.
    public internal(set) var seconds: [Double] = []
    /// By how much the best entry is better, and whether by more than chance; nil of the best one itself.
    public internal(set) var test: PairedTest?

    /// Nil where the metric is undefined in every fold.
    public subscript(metric: String) -> Estimate? {
      let values = scores.compactMap { $0[metric] }
      return values.isEmpty ? nil : Estimate(of: values)
    }
  }

  public let target: String
  public let task: LearningTask
  /// The rows that have a target.
  public let rows: Int
  public let folds: Int
  public let repeats: Int
  /// How the folds were made, in words.
  public let splitMethod: String
  public let seed: UInt64
  /// The recipes in the order asked for, then the baselines.
  public let entries: [Entry]
  /// The place of the entry with the best mean of `metric`; of equal ones the first.
  public let best: Int
  public let warnings: [String]

  /// What the best is chosen and tested by.
  public var metric: String { task == .classification ? "accuracy" : "rmse" }

  /// A sentence on every other entry: how far it is behind the best, and whether that is more than chance.
  public var verdicts: [String] {
    entries.compactMap { entry in
      guard let test = entry.test else { return nil }
      let chance = "p = \(Progress.short(test.pValue))"
      if test.meanDifference == 0 { return "'\(entry.name)' is level with '\(entries[best].name)' (\(chance))" }
      return
        "'\(entry.name)' is behind '\(entries[best].name)' by \(Progress.short(test.meanDifference)) in \(metric): "
        + (test.isMoreThanChance ? "more than chance" : "no more than chance may give") + " (\(chance))"
    }
  }

  init(
    of entries: [Entry], target: TargetEncoding, rows: Int, folds: Int, repeats: Int, splitMethod: String,
    seed: UInt64, warnings: [String]
  ) throws {
    (self.target, task, self.rows, self.folds, self.repeats) = (target.column, target.task, rows, folds, repeats)
    (self.splitMethod, self.seed) = (splitMethod, seed)
    let task = task
    func advantages(_ a: Entry, _ b: Entry) -> [Double] {
      zip(a.scores, b.scores).compactMap { $0.advantage(over: $1, task) }
    }
    let best = entries.indices.dropFirst().reduce(0) { best, index in
      Estimate(of: advantages(entries[index], entries[best])).mean > 0 ? index : best
    }
    self.best = best
    // In k folds each row is tested on once and trained on k - 1 times.
    self.entries = try entries.enumerated().map { index, entry in
      var entry = entry
      guard index != best else { return entry }
      entry.test = try PairedTest(
        differences: advantages(entries[best], entry), testToTraining: 1 / Double(folds - 1))
      return entry
    }
    let undefined = Comparison.metrics(of: task, classes: target.levels.count).compactMap { name -> String? in
      let most = entries.map { entry in entry.scores.filter { $0[name] == nil }.count }.max() ?? 0
      let all = folds * repeats
      return most > 0 ? "\(name) is undefined in \(most) of \(all) folds, which its mean leaves out" : nil
    }
    let baseline = entries[best]
    let ahead = baseline.isBaseline ? ["no recipe is ahead of the baseline '\(baseline.name)'"] : []
    self.warnings = warnings + undefined + ahead
  }

  /// The names of what a table's predictions are scored with.
  package static func metrics(of task: LearningTask, classes: Int = 2) -> [String] {
    Metric.reported(task.kind, classes: classes).map(\.name)
  }
}

extension TabularModel {
  /// Scores recipes and the baselines by cross-validation: the rows are dealt into folds, and each fold in turn is scored by
  /// models that learned from the others. Preprocessing is fitted anew for each fold, on its training rows alone.
  ///
  ///     let comparison = try TabularModel.compare(table, target: "price", recipes: [.default, .fast], folds: 10)
  ///     comparison.entries[0]["rmse"]?.mean
  ///     comparison.verdicts
  ///
  /// Folds have each class in its proportion, or whole groups where `options.groupColumn` says so.
  ///
  /// - Parameters:
  ///   - repeats: how often the rows are dealt out anew.
  ///   - options: what is said here counts for every recipe; `recipe` and `testFraction` have no part in it.
  ///   - beforeEach: called before each fold of each entry, counted from 1. An error of its own ends the run.
  /// - Throws: `TableError` where the rows, or groups, are too few for the folds, and what `fit` throws; ``TrainingError``
  ///   where there is no recipe or one twice, or for `options.timeColumn`, whose order folds do not keep.
  public static func compare(
    _ table: Table, target: String, recipes: [Recipe] = Recipe.compared, folds: Int = 5, repeats: Int = 1,
    options: TableOptions = TableOptions(),
    beforeEach: (_ name: String, _ fold: Int, _ folds: Int) throws -> Void = { _, _, _ in }
  ) throws -> Comparison {
    guard !recipes.isEmpty, Set(recipes).count == recipes.count else {
      throw TrainingError(
        recipes.isEmpty
          ? "There is no recipe to compare."
          : "A recipe is named twice: \(recipes.map(\.name).joined(separator: ", ")).")
    }
    if options.timeColumn != nil {
      throw TrainingError("Folds do not keep the order of time: leave timeColumn out of the options.")
    }
    let (rows, _) = try table.rowsWithValue(in: target)
    let encoding = try TargetEncoding.fit(
      table, column: target, task: options.task.map { $0 == .classification ? .classification : .regression })
    let dealt = try TableData.folds(table, rows, target, options, folds, repeats: repeats)
    var crossValidation = CrossValidation(table: table, target: target, options: options)
    for (index, fold) in dealt.splits.enumerated() {
      do {
        try crossValidation.score(recipes, index, fold.validation) { try beforeEach($0, index + 1, dealt.splits.count) }
      } catch let error as TableError where error.kind == .constantTarget {
        throw TrainingError("Fold \(index + 1) leaves too little to learn from: \(error)")
      }
    }
    return try Comparison(
      of: crossValidation.entries, target: encoding, rows: rows.count, folds: folds,
      repeats: repeats, splitMethod: dealt.method, seed: options.seed,
      warnings: (dealt.splits.first?.warnings ?? []) + crossValidation.warnings)
  }
}

/// A comparison under way.
private struct CrossValidation {
  let table: Table
  let target: String
  let options: TableOptions
  var recipes: [Comparison.Entry] = []
  var baselines: [Comparison.Entry] = []
  var warnings: [String] = []
  private let clock = ContinuousClock()

  init(table: Table, target: String, options: TableOptions) {
    (self.table, self.target, self.options) = (table, target, options)
  }

  var entries: [Comparison.Entry] { recipes + baselines }

  /// Adds the scores of one fold, whose rows are given.
  mutating func score(_ recipes: [Recipe], _ fold: Int, _ rows: [Int], _ say: (String) throws -> Void) throws {
    var options = options
    if fold == 0 { self.recipes = recipes.map { Comparison.Entry(name: $0.name, isBaseline: false) } }
    for (index, recipe) in recipes.enumerated() {
      try say(recipe.name)
      options.recipe = recipe
      let started = clock.now
      self.recipes[index].scores.append(try TableFit.scores(table, target, fold: fold, rows, options))
      self.recipes[index].seconds.append(Progress.seconds(clock.now - started))
    }
    try say("baselines")
    options.seed = TableFit.seed(ofFold: fold, options)
    try scoreBaselines(rows, options)
  }

  /// The baselines need no rows to watch: they learn from all that are not scored.
  private mutating func scoreBaselines(_ rows: [Int], _ options: TableOptions) throws {
    var options = options
    options.recipe = .fast
    options.validationFraction = 0
    let started = clock.now
    let data = try TableData(table, target: target, testRows: rows, options: options)
    for warning in data.report.warnings where !warnings.contains(warning) { warnings.append(warning) }
    let constant = Baselines(loss: data.loss, linear: nil, weights: data.rowWeights)
    _ = try constant.scores(for: data.testInputs, data.testTarget)
    let constantSeconds = Progress.seconds(clock.now - started)
    let all = try TableFit(data, options).baselines()
    let scores = try all.scores(for: data.testInputs, data.testTarget)
    let seconds = [constantSeconds, Progress.seconds(clock.now - started)]
    if baselines.isEmpty { baselines = scores.map { Comparison.Entry(name: $0.name, isBaseline: true) } }
    for index in scores.indices {
      baselines[index].scores.append(scores[index].scores)
      baselines[index].seconds.append(seconds[index])
    }
  }
}

extension TableFit {
  /// Other folds start from other weights; all that is compared on a fold, from the same key.
  static func seed(ofFold fold: Int, _ options: TableOptions) -> UInt64 {
    RandomKey(seed: options.seed).folding("folds").folding(UInt64(fold)).seed
  }

  /// The scores on the rows of a fold, of a model that learned from the others.
  static func scores(
    _ table: Table, _ target: String, fold: Int, _ rows: [Int], _ options: TableOptions, by further: Metric? = nil
  ) throws -> Scores {
    var options = options
    options.seed = seed(ofFold: fold, options)
    let data = try TableData(table, target: target, testRows: rows, options: options)
    var fit = TableFit(data, options)
    let trained = try fit.train()
    let said = data.loss.predictions(try Predictor(trained.network).outputs(for: data.testInputs))
    return try Scores.of(trained.postprocessing(said), data.testTarget, data.encoding, with: further)
  }
}
