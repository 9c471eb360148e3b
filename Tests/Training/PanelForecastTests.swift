import Foundation
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Forecasts of several series")
struct PanelForecastTests {
  /// Months with a season whose form is the same in all series, at another level and size.
  private static func values(_ count: Int, level: Double, size: Double, seed: UInt64, noise: Double = 1) -> [Double] {
    var generator = SplitMix64(seed: seed)
    let shape = [0.0, 8, 3, -4, 6, 12, 20, 18, 4, -6, -14, -9]
    return (0..<count).map { step in
      let chance = Double(generator.next() >> 11) * 0x1p-53 - 0.5
      return level + size * (shape[step % 12] + 0.1 * Double(step) + noise * chance)
    }
  }

  private static func table(_ series: [(name: String, values: [Double])]) throws -> Table {
    let names = series.flatMap { one in one.values.map { _ in one.name } }
    let stamps = series.flatMap { one in
      one.values.indices.map { CivilTime(year: 2000 + $0 / 12, month: $0 % 12 + 1).seconds }
    }
    return try Table([
      Column("shop", categories: names), Column("month", dates: stamps),
      Column("y", numbers: series.flatMap(\.values)),
    ])
  }

  private static func panel(_ series: [(name: String, values: [Double])]) throws -> SeriesPanel {
    try SeriesPanel(table(series), series: "shop", time: "month", targets: ["y"])
  }

  private static func options(_ network: ForecastNetwork? = .linear, epochs: Int? = 5) -> ForecastOptions {
    var options = ForecastOptions()
    options.network = network
    options.epochs = epochs
    options.networks = 1
    options.lookback = 24
    options.isLogarithmic = false
    return options
  }

  private static let three = [
    (name: "b", values: values(90, level: 100, size: 1, seed: 1)),
    (name: "a", values: values(120, level: -4000, size: 50, seed: 2)),
    (name: "short", values: values(30, level: 10, size: 0.1, seed: 3)),
  ]

  @Test("A row is a window of one series, scaled by its own mean and deviation, with its number at the end")
  func rows() throws {
    let panel = try Self.panel(Self.three)
    let model = try ForecastModel.fit(panel, horizon: 3, options: Self.options())
    #expect(model.schema.members == ["b", "a"] && model.schema.scalings.count == 2)
    var schema = model.schema
    schema.hasCode = true
    let rows = try PanelRows(panel.members.prefix(2).map(\.series), schema)
    let found = rows.inputs([[30], [24, 120]]).doubles
    #expect(found.count == 3 * 25)
    for (row, place) in [(0, 30), (1, 24), (1, 120)].enumerated() {
      let values = Self.three[place.0].values
      let learned = Array(values.prefix(model.report.members == nil ? 0 : values.count - 18 - 9))
      let mean = learned.reduce(0, +) / Double(learned.count)
      let deviation = (learned.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(learned.count)).squareRoot()
      let window = values[place.1 - 24..<place.1].map { ($0 - mean) / deviation } + [Double(place.0 + 1)]
      #expect(zip(found[row * 25..<(row + 1) * 25], window).allSatisfy { abs($0 - $1) < 1e-5 }, "row \(row)")
    }
    let targets = rows.targets([[30], [24, 117]]).doubles
    #expect(targets.count == 9)
    #expect(abs(targets[8] - model.schema.scalings[1].apply(Self.three[1].values[119])) < 1e-5)
  }

  @Test("An epoch sees every window of every series once, and only those that it may")
  func batches() throws {
    let panel = try Self.panel(Self.three)
    let model = try ForecastModel.fit(panel, horizon: 3, options: Self.options())
    var schema = model.schema
    schema.hasCode = true
    let rows = try PanelRows(panel.members.prefix(2).map(\.series), schema)
    let origins = [24..<40, 24..<31]
    let seen = rows.batches(origins, size: 4, most: 100, seed: 3, epoch: 1).flatMap { batch in
      let numbers = batch.inputs.doubles
      return (0..<batch.count).map { row in
        let code = Int(numbers[row * 25 + 24])
        let last = model.schema.scalings[code - 1].undo(numbers[row * 25 + 23])
        let origin = Self.three[code - 1].values.firstIndex { abs($0 - last) < 1e-3 * abs(last) * 0.001 + 1e-3 } ?? -1
        return "\(code) \(origin + 1)"
      }
    }
    let all = origins.enumerated().flatMap { member, own in own.map { "\(member + 1) \($0)" } }
    #expect(seen.sorted() == all.sorted())
    #expect(Array(rows.batches(origins, size: 4, most: 2, seed: 3, epoch: 1)).count == 2)
  }

  @Test("The scored steps of no series change a bit of the network, nor of any scaling")
  func leakage() throws {
    let changed = Self.three.map { one in
      (name: one.name, values: Array(one.values.dropLast(18)) + one.values.suffix(18).map { 3 * $0 })
    }
    let models = try [Self.three, changed].map {
      try ForecastModel.fit(Self.panel(Array($0.prefix(2))), horizon: 4, options: Self.options(nil, epochs: 2))
    }
    #expect(models[0].report.testSteps == 36 && models[0].report.validationSteps == 18)
    #expect(models[0].schema == models[1].schema && models[0].report.trials == models[1].report.trials)
    #expect(models[0].report.trials.count == 4)
    let states = models.map { $0.network.stateDictionary().map(\.value.doubles) }
    #expect(states[0] == states[1])
    #expect(models[0].report.backtest.network.channels[0] != models[1].report.backtest.network.channels[0])
  }

  @Test("Scores are each series' own, in its unit; over all they are in deviations")
  func backtest() throws {
    let panel = try Self.panel(Self.three)
    let model = try ForecastModel.fit(panel, horizon: 3, options: Self.options())
    let test = model.report.backtest
    #expect(test.channels == ["b", "a"] && test.origins == 12)
    var (scaled, pinball) = (0.0, 0.0)
    for (place, name) in ["b", "a"].enumerated() {
      let values = Self.three[place].values
      var (squares, losses) = (0.0, 0.0)
      for origin in stride(from: values.count - 18, through: values.count - 3, by: 3) {
        let said = try model.forecast(
          Self.panel([(name, Array(values.prefix(origin)))]).members[0].series, named: name)["y"]!
        for step in 0..<3 {
          let error = said.values[step] - values[origin + step]
          squares += error * error
          losses += abs(error) / 2
        }
      }
      let rmse = (squares / 18).squareRoot()
      let found = try #require(test.network.channels[place]["rmse"])
      #expect(abs(found - rmse) < 1e-6 * rmse, "\(name): \(found), \(rmse)")
      scaled += squares / 18 / (model.schema.deviations[place] * model.schema.deviations[place])
      pinball += losses
      #expect(test.network.channels[place]["pinball"] ?? 0 > 0)
    }
    let overall = try #require(test.network.overall["mse"])
    #expect(abs(overall - scaled / 2) < 1e-5 * overall)
    #expect(abs((test.network.overall["rmse"] ?? 0) - overall.squareRoot()) < 1e-12)
    let again = try model.backtest(panel.members[1].series, named: "a", steps: 18)
    #expect(again.network.channels[0]["rmse"] == test.network.channels[1]["rmse"])
  }

  @Test("Series that are too short or say nothing are named; they are forecast all the same where a window fits")
  func leftOut() throws {
    let panel = try Self.panel(
      Self.three + [("flat", Array(repeating: 7, count: 90)), ("tiny", [1, 2, 3, 4, 5])])
    let model = try ForecastModel.fit(panel, horizon: 3, options: Self.options())
    #expect(model.report.members == ["b", "a"])
    #expect(model.report.notes.contains("'short' is too short to learn from, with 30 steps"))
    #expect(model.report.notes.contains("'tiny' is too short to learn from, with 5 steps"))
    #expect(model.report.notes.contains { $0.hasPrefix("'flat' is not learned from: every value of 'y' is 7") })
    let said = try model.forecast(panel)
    #expect(said.members.map(\.name) == ["b", "a", "short", "flat"])
    #expect(said.notes == ["'tiny' is not forecast. The series has 5 steps; the model looks at the last 24."])
    let lines = said.csv.split(separator: "\n")
    #expect(lines[0] == "shop,month,y,y lower,y upper" && lines.count == 1 + 4 * 3)
    #expect(lines[1].hasPrefix("b,2007-07,") && lines[7].hasPrefix("short,2002-07,"))
    let short = try #require(said["short"]?["y"])
    #expect(zip(short.lower, short.values).allSatisfy { $0 < $1 } && short.values.allSatisfy { (5..<16).contains($0) })
    #expect(throws: TrainingError.self) { try model.forecast(Self.panel([("tiny", [1, 2, 3])])) }
    #expect(throws: TrainingError.self) {
      try ForecastModel.fit(Self.panel([("p", [1, 2, 3]), ("q", [1, 2, 3])]), horizon: 3)
    }
  }

  @Test("An embedding tells apart what windows do not")
  func embedding() throws {
    // Which way the next value goes is a matter of the series alone.
    func walk(_ sign: Double, _ seed: UInt64) -> [Double] {
      var (generator, value) = (SplitMix64(seed: seed), 0.0)
      return (0..<150).map { _ in
        value += sign + 0.5 * (Double(generator.next() >> 11) * 0x1p-53 - 0.5)
        return value
      }
    }
    let panel = try Self.panel([("up", walk(1, 5)), ("down", walk(-1, 6))])
    var options = Self.options(.residual, epochs: 60)
    options.lookback = 1
    options.season = 1
    let report = try ForecastModel.fit(panel, horizon: 1, options: options).report
    #expect(report.trials.map(\.name).last?.hasSuffix("with an embedding of the series") == true)
    #expect(report.trials[2].score < 0.97 * report.trials[1].score, "\(report.trials)")
    #expect(report.kept == 2)
  }

  @Test("A model of several series comes back from its file; its bits do not depend on the threads")
  func file() throws {
    let panel = try Self.panel(Self.three)
    let models = try [1, 3].map { count in
      try withBackend(.cpuWith(threads: count)) {
        try ForecastModel.fit(panel, horizon: 3, options: Self.options(.residual, epochs: 2))
      }
    }
    let path = temporaryPath("panel.safetensors")
    defer { remove(path) }
    try models[0].save(to: path)
    let read = try ForecastModel(path: path)
    #expect(read.identifier == "shop" && read.schema == models[0].schema && read.intervals == models[0].intervals)
    #expect(try read.forecast(panel).csv == models[1].forecast(panel).csv)
    #expect(try read.report.json.text() == models[0].report.json.text())
    #expect(try read.forecast(read.panel(Self.table(Self.three))).csv == models[0].forecast(panel).csv)
  }
}
