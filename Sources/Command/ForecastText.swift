import GliaFormats
import GliaTables
import GliaTraining

/// What `glia forecast` says to a person, and to a program.
enum ForecastText {
  /// What is in the series, and what is about to be done.
  static func found(_ report: ForecastReport, _ file: String, _ targets: [String]) -> String {
    let several = report.members.map { "\($0.count) series, " } ?? ""
    let lines =
      [
        "\(file): \(several)\(Results.counted(report.steps, "step")) \(report.frequency), from \(report.from) to \(report.to); "
          + "to forecast: \(targets.joined(separator: ", "))"
      ] + shown(report.notes).map { "  " + $0 } + [
        "split by time: \(report.trainingSteps) to learn from, \(report.validationSteps) to watch, \(report.testSteps) to "
          + "score; " + report.settings.joined(separator: "; ")
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Of very many sentences the first ones; `--json` has all.
  private static func shown(_ notes: [String]) -> [String] {
    let most = 20
    return notes.count <= most ? notes : notes.prefix(most) + ["… and \(notes.count - most) more, which --json has"]
  }

  /// How the run went: scores beside the baselines, and what was written.
  static func results(_ model: ForecastModel, model path: String, forecast: String) -> String {
    let report = model.report
    return
      (scores(report) + [
        "", "\(Progress.short(report.seconds)) s", "wrote \(forecast): the \(model.horizon) steps past the end",
        "wrote \(path)",
      ]).joined(separator: "\n") + "\n"
  }

  /// What was tried, and the backtest.
  static func scores(_ report: ForecastReport) -> [String] {
    let test = report.backtest
    let heading =
      "\(Results.counted(test.origins, "forecast")) of \(Results.counted(test.horizon, "step")) in the last "
      + "\(report.testSteps) steps, which were not learned from"
    var lines = ["", "error on the watched steps, in deviations:"] + trials(report.trials, report.kept)
    if !report.intervalTrials.isEmpty {
      lines += ["score of intervals on them, which is least for the true ones:"]
      lines += trials(report.intervalTrials, report.keptIntervals)
    }
    lines += ["", heading + ":"]
    if report.members != nil { lines += eachSeries(test) }
    for (place, channel) in test.channels.enumerated() where report.members == nil && test.channels.count <= 3 {
      if test.channels.count > 1 { lines.append("  \(channel)") }
      lines += table(test.entries.map { ($0.name, $0.channels[place]) })
    }
    if test.channels.count > 1 {
      lines.append(
        "  over \(test.channels.count) \(report.members == nil ? "channels" : "series"), in their deviations")
      lines += table(test.entries.map { ($0.name, $0.overall) })
    }
    lines.append(
      "\(percent(test.coverage)) of the values lay in the intervals, which were to hold \(percent(test.level))")
    return lines + Results.warnings(report.warnings)
  }

  private static func trials(_ trials: [ForecastReport.Trial], _ kept: Int) -> [String] {
    trials.enumerated().map { place, trial in
      "  \(trial.name): \(Progress.short(trial.score))" + (place == kept ? ", kept" : "")
    }
  }

  /// The network's scores for each series, beside the nearest of the baselines.
  private static func eachSeries(_ test: Backtest) -> [String] {
    let most = 20
    let places = test.channels.indices.prefix(most)
    let names = ["rmse", "mase", "smape", "pinball"]
    let columns = names.map { name in [name] + places.map { short(test.network.channels[$0][name]) } }
    let baselines = places.map { place in
      test.entries.dropFirst().min {
        ($0.channels[place]["rmse"] ?? .infinity) < ($1.channels[place]["rmse"] ?? .infinity)
      }
    }
    let best =
      ["best baseline's rmse"]
      + zip(places, baselines).map { place, entry in
        entry.map { "\(short($0.channels[place]["rmse"])) \($0.name)" } ?? "–"
      }
    let rest = test.channels.count - places.count
    return Results.grid([[""] + places.map { String(test.channels[$0].prefix(30)) }] + columns + [best])
      + (rest > 0 ? ["  … and \(rest) more, which --json has"] : [])
  }

  private static func short(_ value: Double?) -> String { value.map(Progress.short) ?? "–" }

  private static func table(_ entries: [(name: String, scores: Scores)]) -> [String] {
    Results.grid(
      [[""] + entries.map(\.name)]
        + entries[0].scores.entries.map { entry in
          [entry.name] + Results.aligned(entries.map { $0.scores[entry.name] })
        })
  }

  private static func percent(_ part: Double) -> String { shortest((part * 1000).rounded() / 10) + "%" }

  /// A model file in words.
  static func summary(_ model: ForecastModel) throws -> String {
    let report = model.report
    let known = model.known.isEmpty ? "" : ", with \(model.known.joined(separator: ", ")) known"
    let lines =
      [
        "\(model.horizon) steps of \(model.targets.joined(separator: ", ")) \(model.frequency), by '\(model.time)'"
          + (model.identifier.map { ", for \(report.members?.count ?? 0) series by '\($0)'" } ?? "") + known
      ]
      + report.settings + ["\(try model.summary())"] + scores(report)
    return lines.joined(separator: "\n") + "\n"
  }

  static func json(of model: ForecastModel, _ said: PanelForecast, model path: String, forecast: String) throws
    -> String
  {
    let report = model.report
    var object = JSONObject()
    object["task"] = .string("forecast")
    object["steps"] = .integer(Int64(report.steps))
    object["frequency"] = .string(report.frequency)
    object["from"] = .string(report.from)
    object["to"] = .string(report.to)
    object["notes"] = .array(report.notes.map(JSONValue.string))
    object["settings"] = .array(report.settings.map(JSONValue.string))
    var split = JSONObject()
    split["training"] = .integer(Int64(report.trainingSteps))
    split["validation"] = .integer(Int64(report.validationSteps))
    split["test"] = .integer(Int64(report.testSteps))
    object["split"] = .object(split)
    object["trials"] = json(report.trials, report.kept)
    object["intervalTrials"] = json(report.intervalTrials, report.keptIntervals)
    object["backtest"] = report.backtest.json
    if let members = report.members { object["series"] = .array(members.map(JSONValue.string)) }
    object["forecast"] = .array(
      said.members.flatMap { member in
        member.forecast.stamps.indices.map { place in
          var step = step(member.forecast, place)
          if said.identifier != nil { step["series"] = .string(member.name) }
          return .object(step)
        }
      })
    object["warnings"] = .array(report.warnings.map(JSONValue.string))
    object["seed"] = Results.seed(report.seed)
    object["seconds"] = .number(report.seconds)
    object["model"] = .string(path)
    object["file"] = .string(forecast)
    return try JSONValue.object(object).text() + "\n"
  }

  private static func json(_ trials: [ForecastReport.Trial], _ kept: Int) -> JSONValue {
    .array(
      trials.enumerated().map { place, trial in
        var entry = JSONObject()
        entry["name"] = .string(trial.name)
        entry["score"] = .number(trial.score)
        entry["kept"] = .bool(place == kept)
        return .object(entry)
      })
  }

  private static func step(_ said: Forecast, _ step: Int) -> JSONObject {
    var object = JSONObject()
    object["time"] = .string(said.stamps[step])
    for channel in said.channels {
      var values = JSONObject()
      values["value"] = .number(channel.values[step])
      values["lower"] = .number(channel.lower[step])
      values["upper"] = .number(channel.upper[step])
      object[channel.name] = .object(values)
    }
    return object
  }
}
