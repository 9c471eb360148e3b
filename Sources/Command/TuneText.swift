import GliaFormats
import GliaTraining

/// What `glia tune` says, to people and to programs.
enum TuneText {
  static func progress(_ step: TuningStep) -> String {
    let what = step.trial == 0 ? "the recipe" : "trial \(step.trial)"
    let score = step.score.map { "\(step.metric) \(Progress.short($0))" } ?? step.failure ?? "no score"
    return
      "round \(step.round) of \(step.rounds), fit \(step.done) of \(step.count): \(what), fold \(step.fold): \(score)"
  }

  /// What was looked for, the rounds, and the last round beside the recipe.
  static func lines(_ result: TuningResult, _ file: String) -> String {
    var lines = [
      "\(result.task.rawValue) of '\(result.target)' on \(Results.counted(result.rows, "row")) of \(file)",
      "\(Results.counted(result.trials, "trial")), \(result.folds) folds \(result.splitMethod), seed \(result.seed); the best by "
        + result.metric.name,
    ]
    for (index, round) in result.rounds.enumerated() {
      let folds = round.folds == 1 ? "1 fold" : "\(round.folds) folds"
      lines.append(
        "round \(index + 1): \(Results.counted(round.trials, "trial")) on \(folds); the best has "
          + Progress.short(round.best))
    }
    if let first = result.finalists.first {
      lines.append(
        "last round, on \(Results.counted(first.scores.count, "fold")); mean ± standard deviation:")
      lines += Results.grid(columns(result)) + [""]
    }
    return (lines + verdict(result) + Results.warnings(result.warnings)).joined(separator: "\n") + "\n"
  }

  private static func columns(_ result: TuningResult) -> [[String]] {
    let metrics = result.finalists[0].scores.first?.entries.map(\.name) ?? []
    let shown = metrics.filter {
      ["accuracy", "rocAUC", "logLoss", "rmse", "mae", "r2", result.metric.name].contains($0)
    }
    let names = [""] + result.finalists.map { $0.trial == 0 ? "the recipe" : "trial \($0.trial)" }
    let scores = shown.map { name in [name] + Results.estimates(result.finalists.map { $0[name] }) }
    let seconds = Results.estimates(result.finalists.map { Comparison.Estimate(of: $0.seconds) })
    return [names] + scores + [["seconds"] + seconds]
  }

  private static func verdict(_ result: TuningResult) -> [String] {
    guard result.isWorthIt else {
      guard let test = result.test else { return ["no trial is better than the recipe: the recipe stays"] }
      let size = Progress.short(abs(test.meanDifference))
      return [
        test.meanDifference > 0
          ? "the best trial is ahead of the recipe by \(size), within one standard error: the recipe stays"
          : "no trial is better than the recipe (the best trial is behind by \(size)): the recipe stays"
      ]
    }
    let chosen = "trial \(result.best.trial): \(result.best.settings.words)"
    guard let test = result.test else { return [chosen] }
    return [
      chosen,
      "better than the recipe by \(Progress.short(test.meanDifference)) in \(result.metric.name), "
        + (test.isMoreThanChance ? "more than chance" : "no more than chance may give")
        + " (p = \(Progress.short(test.pValue)), of the best of \(result.trials))",
    ]
  }

  /// The model that was made with what was chosen.
  static func ending(
    _ result: TuningResult, _ model: TabularModel, _ output: String, _ log: String, _ file: String
  ) -> String {
    let report = model.report
    let scores = report.testRows > 0 ? ["", "On \(Results.rows(report)):"] + Results.table(model.evaluation) : []
    let words = result.best.settings.entries.map { "--\($0.name) \(TrainText.quoted($0.value.optionText))" }
    let same = (["glia train", TrainText.quoted(file), "--target", TrainText.quoted(result.target)] + words)
    return
      (scores + [
        "", "trained on all \(Results.counted(report.trainingRows, "row")); \(Results.kept(report))",
        "wrote \(output), and the trials to \(log)", "by hand: \(same.joined(separator: " "))",
        "next: glia predict \(TrainText.quoted(output)) TABLE.csv",
      ]).joined(separator: "\n") + "\n"
  }

  // ---- For programs

  static func json(of result: TuningResult, _ model: TabularModel, _ output: String, _ log: String) throws -> String {
    var object = JSONObject()
    object["task"] = .string(result.task.rawValue)
    object["target"] = .string(result.target)
    object["rows"] = .integer(Int64(result.rows))
    object["folds"] = .integer(Int64(result.folds))
    object["split"] = .string(result.splitMethod)
    object["seed"] = Results.seed(result.seed)
    object["metric"] = .string(result.metric.name)
    object["trials"] = .integer(Int64(result.trials))
    object["best"] = .integer(Int64(result.best.trial))
    object["settings"] = .object(settings(result.best))
    object["finalists"] = .array(
      result.finalists.map { finalist in
        var entry = JSONObject()
        entry["trial"] = .integer(Int64(finalist.trial))
        entry["settings"] = .object(settings(finalist))
        entry["scores"] = .array(finalist.scores.map(Results.numbers))
        return .object(entry)
      })
    if let test = result.test {
      object["difference"] = .number(test.meanDifference)
      object["pValue"] = .number(test.pValue)
    }
    let report = model.report
    if report.testRows > 0 { object["test"] = Results.numbers(model.evaluation.scores) }
    object["warnings"] = .array((result.warnings + model.report.warnings).map { .string($0) })
    object["model"] = .string(output)
    object["log"] = .string(log)
    return try JSONValue.object(object).text() + "\n"
  }

  /// As the command line has them.
  private static func settings(_ finalist: TuningResult.Finalist) -> JSONObject {
    var object = JSONObject()
    for entry in finalist.settings.entries { object[entry.name] = .string(entry.value.optionText) }
    return object
  }
}
