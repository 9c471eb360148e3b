import Dispatch
import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// Tuning under way.
final class TuningRun: @unchecked Sendable {
  private let table: Table
  private let target: String
  private let tuning: TableTuning
  private let options: TableOptions
  private let encoding: TargetEncoding
  private let rows: Int
  private let dealt: (splits: [Split], method: String)
  private let metric: Metric
  private let started = ContinuousClock().now
  private let say: (TuningStep) throws -> Void
  private var log: TuningLog
  private var isStopped = false
  private let queue = DispatchQueue(label: "tuning")  // guards the two above, and what is said

  init(
    _ table: Table, _ target: String, _ tuning: TableTuning, _ options: TableOptions,
    say: @escaping (TuningStep) throws -> Void
  ) throws {
    (self.table, self.target, self.tuning, self.options, self.say) = (table, target, tuning, options, say)
    let (known, _) = try table.rowsWithValue(in: target)
    rows = known.count
    let encoding = try TargetEncoding.fit(
      table, column: target, task: options.task.map { $0 == .classification ? .classification : .regression })
    self.encoding = encoding
    try tuning.check(encoding.task, options)
    let usual = encoding.task == .regression ? "rmse" : "logLoss"
    metric = tuning.metric ?? Metric.all.first { $0.name == usual }!
    dealt = try TableData.folds(table, known, target, options, tuning.folds, repeats: 1)
    var unseeded = options
    unseeded.seed = 0
    var settled = FNV1a()
    settled.add("\(unseeded) \(metric.name)")
    var head = JSONObject()
    head["tuning"] = .string(target)
    head["table"] = .string(table.valueHash)
    head["options"] = .string(settled.text)
    head["seed"] = .string(String(options.seed))
    head["folds"] = .integer(Int64(tuning.folds))
    head["space"] = tuning.space.json
    log = try TuningLog(tuning.log, of: head) { trial in
      trial == 0 ? Settings() : tuning.space.settings(ofTrial: trial, seed: options.seed)
    }
  }

  // ---- The rounds

  func run() throws -> TuningResult {
    let planned = tuning.rounds
    let count = planned.count + 1
    // What is wrong with the table is said before any time goes into it.
    try fit([TuningLog.Place(trial: 0, fold: 0)], round: 1, of: count, until: nil)
    if let failure = log.outcomes[TuningLog.Place(trial: 0, fold: 0)]?.failure { throw TrainingError(failure) }
    var left = Array(1...tuning.trials)
    var rounds: [TuningResult.Round] = []
    for (index, round) in planned.enumerated() {
      left = Array(left.prefix(round.trials))
      let part = 0.7 * Double(index + 1) / Double(planned.count)
      try fit(places(left, round.folds), round: index + 1, of: count, until: part)
      left = ranked(left, round.folds)
      // Those that time was left for.
      let whole = left.filter { values($0, round.folds).count == round.folds }
      guard let best = whole.first.flatMap({ mean($0, round.folds) }) else { break }
      rounds.append(.init(trials: whole.count, folds: round.folds, best: best))
    }
    left = Array(left.prefix(TableTuning.mostFinalists))
    try fit(places([0] + left, tuning.folds), round: count, of: count, until: 1)
    return try result(left, rounds)
  }

  /// Trials on so many folds, fold by fold, so that all have as many when the time is up.
  private func places(_ trials: [Int], _ folds: Int) -> [TuningLog.Place] {
    (0..<folds).flatMap { fold in trials.map { TuningLog.Place(trial: $0, fold: fold) } }
  }

  /// Trials with a score on the first folds, from the best on, of equal ones the first; those with more of these folds before
  /// those with fewer. Other folds, which a file may have from later rounds, do not count, so that a run that goes on chooses
  /// as one from the start.
  private func ranked(_ trials: [Int], _ folds: Int) -> [Int] {
    struct Ranked {
      let trial, folds: Int
      let mean: Double
    }
    let scored = trials.compactMap { trial in
      mean(trial, folds).map { Ranked(trial: trial, folds: values(trial, folds).count, mean: $0) }
    }
    let sorted = scored.sorted { a, b in
      if a.folds != b.folds { return a.folds > b.folds }
      return a.mean == b.mean ? a.trial < b.trial : isBetter(a.mean, b.mean)
    }
    return sorted.map(\.trial)
  }

  private func outcome(_ trial: Int, _ fold: Int) -> TuningLog.Outcome? {
    log.outcomes[TuningLog.Place(trial: trial, fold: fold)]
  }

  private func values(_ trial: Int, _ folds: Int) -> [Double] {
    (0..<folds).compactMap { outcome(trial, $0)?.scores[metric.name] }.filter(\.isFinite)
  }

  /// Nil for a trial that failed once, or has no score.
  private func mean(_ trial: Int, _ folds: Int) -> Double? {
    let failed = (0..<folds).contains { outcome(trial, $0)?.failure != nil }
    let values = values(trial, folds)
    return failed || values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  // ---- The fits

  /// Does what is not done yet, several fits side by side; what is begun by `part` of the time is ended.
  private func fit(_ places: [TuningLog.Place], round: Int, of rounds: Int, until part: Double?) throws {
    let missing = places.filter { log.outcomes[$0] == nil }
    var done = places.count - missing.count
    _ = try sideBySide(missing.count) { index in
      guard goesOn(until: part) else { return }
      let place = missing[index]
      let outcome = score(place)
      try queue.sync {
        done += 1
        do {
          try log.add(outcome, at: place, settings(place.trial))
          try say(
            TuningStep(
              trial: place.trial, round: round, rounds: rounds, fold: place.fold + 1, done: done, count: places.count,
              score: outcome.scores[metric.name], metric: metric.name, failure: outcome.failure))
        } catch {
          isStopped = true
          throw error
        }
      }
    }
  }

  private func goesOn(until part: Double?) -> Bool {
    if queue.sync(execute: { isStopped }) { return false }
    guard let part, let seconds = tuning.seconds else { return true }
    return Progress.seconds(ContinuousClock().now - started) < part * seconds
  }

  private func settings(_ trial: Int) -> Settings {
    trial == 0 ? Settings() : tuning.space.settings(ofTrial: trial, seed: options.seed)
  }

  private func score(_ place: TuningLog.Place) -> TuningLog.Outcome {
    var outcome = TuningLog.Outcome()
    let clock = ContinuousClock()
    let began = clock.now
    do {
      var options = options
      try options.apply(settings(place.trial))
      outcome.scores = try TableFit.scores(
        table, target, fold: place.fold, dealt.splits[place.fold].validation, options, by: metric)
      if outcome.scores[metric.name]?.isFinite != true { outcome.failure = "its \(metric.name) is undefined" }
    } catch { outcome.failure = "\(error)" }
    outcome.seconds = Progress.seconds(clock.now - began)
    return outcome
  }

  // ---- What was found

  private func result(_ left: [Int], _ rounds: [TuningResult.Round]) throws -> TuningResult {
    let warnings = try warnings()
    let able = left.filter { mean($0, tuning.folds) != nil }
    guard !able.isEmpty else {
      return try made(finalist(0, []), [], nil, rounds, warnings + ["time was up before any trial had a score"])
    }
    // The first fold of the recipe is there, and so is that of each trial with a score.
    let folds = (0..<tuning.folds).filter { fold in ([0] + able).allSatisfy { outcome($0, fold) != nil } }
    let recipe = finalist(0, folds)
    let trials = able.map { finalist($0, folds) }.sorted { isBetter($0, $1) }
    let differences = zip(trials[0].scores, recipe.scores).compactMap { $0.advantage(over: $1, by: metric) }
    let test =
      differences.count > 1
      ? try PairedTest(differences: differences, testToTraining: 1 / Double(tuning.folds - 1)) : nil
    // The best of many looks better than it is: within one standard error the recipe stays.
    let isAhead = isBetter(trials[0], recipe) && (test?.statistic ?? .infinity) > 1
    let best = isAhead ? trials[0] : recipe
    let cut =
      folds.count < tuning.folds
      ? ["time was up after \(folds.count) of \(tuning.folds) folds of the last round"] : []
    return try made(best, [recipe] + trials, test, rounds, warnings + cut)
  }

  private func finalist(_ trial: Int, _ folds: [Int]) -> TuningResult.Finalist {
    let outcomes = folds.compactMap { outcome(trial, $0) }
    return TuningResult.Finalist(
      trial: trial, settings: settings(trial), scores: outcomes.map(\.scores), seconds: outcomes.map(\.seconds))
  }

  private func isBetter(_ a: TuningResult.Finalist, _ b: TuningResult.Finalist) -> Bool {
    isBetter(a[metric.name]?.mean ?? .nan, b[metric.name]?.mean ?? .nan)
  }
  private func isBetter(_ a: Double, _ b: Double) -> Bool { metric.higherIsBetter ? a > b : a < b }

  /// What a person should know of the trials.
  ///
  /// - Throws: ``TrainingError`` where none of them could be scored.
  private func warnings() throws -> [String] {
    let outcomes = log.outcomes.filter { $0.key.trial > 0 }
    let failures = outcomes.filter { $0.value.failure != nil }.sorted { $0.key.trial < $1.key.trial }
    var warnings = log.remarks
    if let first = failures.first, let failure = first.value.failure {
      let count = Set(failures.map(\.key.trial)).count
      if count == tuning.trials { throw TrainingError("No trial could be scored: \(failure)") }
      warnings.append("\(count) of \(tuning.trials) trials have no score; trial \(first.key.trial): \(failure)")
    }
    let seen = Set(outcomes.keys.map(\.trial)).count
    if seen < tuning.trials {
      let hint = tuning.log == nil ? "" : "; the same command again goes on"
      warnings.append("time was up after \(seen) of \(tuning.trials) trials\(hint)")
    }
    return warnings
  }

  private func made(
    _ best: TuningResult.Finalist, _ finalists: [TuningResult.Finalist], _ test: PairedTest?,
    _ rounds: [TuningResult.Round], _ warnings: [String]
  ) throws -> TuningResult {
    var options = options
    try options.apply(best.settings)
    if best.trial > 0 {
      options.origin = "tuned: \(best.settings.words), trial \(best.trial) of \(tuning.trials)"
    }
    return TuningResult(
      task: encoding.task, target: target, rows: rows, folds: tuning.folds, splitMethod: dealt.method,
      seed: options.seed, metric: metric, trials: tuning.trials, rounds: rounds, finalists: finalists, best: best,
      test: test, options: options, warnings: (dealt.splits.first?.warnings ?? []) + warnings)
  }
}
