import Foundation
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Forecasts")
struct ForecastTests {
  /// Months of a series with a season of 12 and a trend, a little at random.
  private static func months(
    _ count: Int, seed: UInt64 = 1, noise: Double = 1, from first: Int = 0, _ value: (Int) -> Double = { _ in 0 }
  ) -> [Double] {
    var generator = SplitMix64(seed: seed)
    let shape = [0.0, 8, 3, -4, 6, 12, 20, 18, 4, -6, -14, -9]
    return (0..<count).map { step in
      let chance = Double(generator.next() >> 11) * 0x1p-53 - 0.5
      return 100 + shape[(step + first) % 12] + 0.5 * Double(step) + noise * chance + value(step)
    }
  }

  private static func series(_ channels: [[Double]], known: [[Double]] = []) throws -> TimeSeries {
    let length = max(channels[0].count, known.first?.count ?? 0)
    let stamps = (0..<length).map { CivilTime(year: 2000 + $0 / 12, month: $0 % 12 + 1).seconds }
    func column(_ name: String, _ values: [Double]) -> Column {
      Column(name, numbers: values + Array(repeating: .nan, count: length - values.count))
    }
    let columns =
      [Column("month", dates: stamps)] + channels.enumerated().map { column("y\($0)", $1) }
      + known.enumerated().map { column("k\($0)", $1) }
    return try TimeSeries(
      Table(columns), time: "month", targets: channels.indices.map { "y\($0)" }, known: known.indices.map { "k\($0)" })
  }

  private static func options(_ network: ForecastNetwork? = .linear, epochs: Int? = 5) -> ForecastOptions {
    var options = ForecastOptions()
    options.network = network
    options.epochs = epochs
    options.networks = 1
    options.lookback = 24
    return options
  }

  // ---- Windows without leakage

  @Test("A row is the window before its origin, what is known from it on, and the calendar; nothing else of the series")
  func rows() throws {
    let known = Self.months(70, seed: 3)
    let values = Self.months(60)
    let series = try Self.series([values, values.map { $0 * 2 }], known: [known])
    let model = try ForecastModel.fit(series, horizon: 3, options: Self.options())
    let rows = try SeriesRows(series, model.schema)
    let found = rows.inputs([30, 60]).doubles
    let scalings = model.schema.scalings
    let width = 24 + 3
    #expect(found.count == 4 * width)
    for (row, place) in [(30, 0), (30, 1), (60, 0), (60, 1)].enumerated() {
      let (origin, channel) = place
      let window = series.channels[channel].values[origin - 24..<origin].map(scalings[channel].apply)
      let ahead = known[origin..<origin + 3].map(model.schema.knownScalings[0].apply)
      let own = found[row * width..<(row + 1) * width]
      #expect(zip(own, window + ahead).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  @Test("The steps to score on change no bit of the network, nor of the scaling")
  func leakage() throws {
    let values = Self.months(120)
    let options = Self.options(nil, epochs: 3)
    let models = try [values, Array(values.prefix(96)) + values.suffix(24).map { 3 * $0 }].map {
      try ForecastModel.fit(Self.series([$0]), horizon: 4, options: options)
    }
    #expect(models[0].report.testSteps == 24)
    #expect(models[0].schema == models[1].schema)
    #expect(models[0].report.trials == models[1].report.trials && models[0].report.trials.count == 4)
    let states = models.map { $0.network.stateDictionary().map(\.value.doubles) }
    #expect(states[0] == states[1])
    #expect(models[0].report.backtest.network.channels != models[1].report.backtest.network.channels)
  }

  @Test("A backtest scores what the model would have said at each origin, when nothing behind it was known")
  func backtest() throws {
    let values = Self.months(100)
    let model = try ForecastModel.fit(Self.series([values]), horizon: 5, options: Self.options(.residual))
    var (squares, naive, count, inside) = (0.0, 0.0, 0.0, 0)
    for origin in stride(from: 80, through: 95, by: 5) {
      let said = try #require(try model.forecast(Self.series([Array(values.prefix(origin))]))["y0"])
      for step in 0..<5 {
        squares += (said.values[step] - values[origin + step]) * (said.values[step] - values[origin + step])
        let before = values[origin + step - 12]
        naive += (before - values[origin + step]) * (before - values[origin + step])
        count += 1
        inside += said.lower[step] <= said.values[step] && said.values[step] <= said.upper[step] ? 1 : 0
      }
    }
    let test = model.report.backtest
    #expect(
      test.origins == 4 && test.entries.map(\.name) == ["network", "seasonal naive", "last value", "drift", "mean"])
    let rmse = try #require(test.network.channels[0]["rmse"])
    #expect(abs(rmse - (squares / count).squareRoot()) < 1e-9 * rmse)
    let seasonal = try #require(test.entries[1].channels[0]["rmse"])
    #expect(abs(seasonal - (naive / count).squareRoot()) < 1e-9 * seasonal)
    #expect(inside == 20)
    let again = try model.backtest(Self.series([values]), steps: 20)
    #expect(again.origins == 4)
    for metric in ["rmse", "mae", "smape", "mase"] {
      #expect(again.network.channels[0][metric] == test.network.channels[0][metric])
    }
  }

  // ---- Forecasts that need no learning

  @Test("Seasonal naive, last value, drift and mean are what their names say")
  func naive() {
    let channel: [Double] = [1, 2, 4, 3, 5, 9]
    func said(_ forecast: NaiveForecast, _ origins: [Int]) -> [Double] {
      forecast.values(channel, origins: origins, horizon: 3)
    }
    #expect(said(.seasonal(2), [4]) == [4, 3, 4] && said(.last, [2, 6]) == [2, 2, 2, 9, 9, 9])
    #expect(said(.drift, [3]) == [5.5, 7, 8.5] && said(.mean, [4]) == [2.5, 2.5, 2.5])
    #expect(NaiveForecast.all(season: 1).map(\.name) == ["last value", "drift", "mean"])
  }

  @Test("The season is the one whose naive forecasts are nearest; none for a walk at random")
  func season() throws {
    #expect(NaiveForecast.bestSeason([Self.months(100)], among: [6, 12], horizon: 6) == 12)
    var (walk, generator, sum) = ([Double](), SplitMix64(seed: 4), 0.0)
    for _ in 0..<400 {
      sum += Double(generator.next() >> 11) * 0x1p-53 - 0.5
      walk.append(sum)
    }
    #expect(NaiveForecast.bestSeason([walk], among: [12], horizon: 3) == 1)
  }

  @Test(
    "An untrained network is the seasonal naive forecast, whatever it is made of", arguments: ForecastNetwork.allCases)
  func start(_ network: ForecastNetwork) throws {
    var options = Self.options(network, epochs: 0)
    options.isLogarithmic = false
    let model = try ForecastModel.fit(Self.series([Self.months(100)]), horizon: 14, options: options)
    let entries = model.report.backtest.entries
    for metric in ["rmse", "mae", "smape", "mase"] {
      let (own, naive) = (try #require(entries[0].channels[0][metric]), try #require(entries[1].channels[0][metric]))
      #expect(abs(own - naive) < 1e-5 * naive, "\(metric)")
    }
    #expect(model.report.warnings.count <= 4)
  }

  // ---- What is kept

  @Test("Logarithms are kept where growth is by factors, and nothing more than the simplest for a gain of less than 1%")
  func kept() throws {
    let factors = Self.months(140, noise: 0).enumerated().map { step, value in
      exp(0.015 * Double(step)) * (1 + (value - 100 - 0.5 * Double(step)) / 50)
    }
    var options = Self.options(nil, epochs: nil)
    options.epochs = 60
    let grown = try ForecastModel.fit(Self.series([factors]), horizon: 12, options: options)
    #expect(grown.report.trials[grown.report.kept].name.hasPrefix("linear of logarithms"))
    #expect(grown.schema.scalings[0].isLogarithmic)
    for report in [
      grown.report,
      try ForecastModel.fit(Self.series([Self.months(90)]), horizon: 6, options: Self.options(nil)).report,
    ] {
      let (first, kept) = (report.trials[0].score, report.trials[report.kept].score)
      #expect(report.kept == 0 || kept < 0.99 * first, "\(report.trials)")
      #expect(report.trials.allSatisfy { $0.score >= 0.99 * kept }, "\(report.trials)")
    }
  }

  @Test("What is known of the future is used, and has to be known")
  func known() throws {
    var generator = SplitMix64(seed: 9)
    let prices = (0..<104).map { _ in Double(generator.next() >> 11) * 0x1p-53 }
    let values = Self.months(100, noise: 0.1) { 40 * prices[$0] }
    var options = Self.options(.linear, epochs: 300)
    options.isLogarithmic = false
    let without = try ForecastModel.fit(Self.series([values]), horizon: 4, options: options)
    let with = try ForecastModel.fit(Self.series([values], known: [prices]), horizon: 4, options: options)
    let errors = [without, with].compactMap { $0.report.backtest.network.channels[0]["rmse"] }
    #expect(errors[1] < errors[0] / 2, "\(errors)")
    #expect(throws: TrainingError.self) { try with.forecast(Self.series([values], known: [Array(prices.prefix(103))])) }
    #expect(
      try with.forecast(Self.series([values], known: [prices])).stamps == ["2008-05", "2008-06", "2008-07", "2008-08"])
  }

  // ---- Intervals

  @Test("A half width is the ⌈(n + 1) · level⌉-th error of its step, of all steps where there are too few")
  func intervals() {
    let errors = (0..<40).map { Double($0 / 2) + ($0 % 2 == 0 ? 0 : 100) }
    let each = ForecastIntervals(level: 0.8, errors: [errors], horizon: 2)
    #expect(each.halfWidths == [[16, 116]])  // the 17th of 20
    let pooled = ForecastIntervals(level: 0.96, errors: [errors], horizon: 2)
    #expect(pooled.halfWidths == [[119, 119]])  // the 40th of 40
    #expect(ForecastIntervals(level: 0.99, errors: [errors], horizon: 2).halfWidths == [[119, 119]])
  }

  @Test(
    "Of errors like those before, about the part that was asked lies in the intervals", arguments: [0.5, 0.8, 0.95],
    ForecastIntervalMethod.allCases)
  func coverage(_ level: Double, _ method: ForecastIntervalMethod) throws {
    var options = Self.options(.linear)
    options.intervalMethod = method
    options.level = level
    options.isLogarithmic = false
    options.validationSteps = 150
    let model = try ForecastModel.fit(Self.series([Self.months(600, seed: 5, noise: 30)]), horizon: 2, options: options)
    let test = model.report.backtest
    #expect(test.origins == 60 && test.level == level)
    // 120 values: three standard deviations of their share are 0.14 at most.
    #expect(abs(test.coverage - level) < 0.14, "\(test.coverage), seed 5")
  }

  @Test("Heads for quantiles give wide intervals where errors are large, and hold what they promise")
  func heads() throws {
    // Months that are known to be uncertain are so by thirty times as much as others.
    var generator = SplitMix64(seed: 7)
    let flags = (0..<601).map { _ in Double(generator.next() >> 63) }
    let values = Self.months(600, seed: 8, noise: 2) {
      flags[$0] * (Double(generator.next() >> 11) * 0x1p-53 - 0.5) * 60
    }
    func series(_ count: Int = 600) throws -> TimeSeries {
      try Self.series([Array(values.prefix(count))], known: [flags])
    }
    var options = Self.options(.linear, epochs: 40)
    options.isLogarithmic = false
    options.validationSteps = 150
    let plain = try ForecastModel.fit(series(), horizon: 1, options: options)
    #expect(plain.report.intervalTrials.count == 2 && plain.report.keptIntervals == 1, "\(plain.report.intervalTrials)")
    #expect(plain.schema.hasQuantiles == true && plain.schema.outputWidth == 3)
    func width(_ model: ForecastModel, _ origin: Int) throws -> Double {
      let said = try model.forecast(series(origin))["y0"]!
      #expect(said.lower[0] <= said.values[0] && said.values[0] <= said.upper[0])
      return said.upper[0] - said.lower[0]
    }
    let widths = try (570..<600).map { (flags[$0], try width(plain, $0)) }
    func mean(_ flag: Double) -> Double {
      let own = widths.filter { $0.0 == flag }.map(\.1)
      return own.reduce(0, +) / Double(own.count)
    }
    // 120 values: three standard deviations of their share are 0.08.
    #expect(abs(plain.report.backtest.coverage - 0.9) < 0.09, "\(plain.report.backtest.coverage)")
    options.intervalMethod = .residual
    let residual = try ForecastModel.fit(series(), horizon: 1, options: options)
    #expect(residual.report.intervalTrials.isEmpty && residual.schema.hasQuantiles == nil)
    let one = try width(residual, 599)
    #expect(mean(0) < one && one < mean(1), "\(mean(0)), \(one), \(mean(1))")
    let scores = [plain, residual].map { $0.report.backtest.network.channels[0] }
    #expect(scores[0]["rmse"] == scores[1]["rmse"])
    #expect(try #require(scores[0]["pinball"]) < #require(scores[1]["pinball"]))
    let path = temporaryPath("heads.safetensors")
    defer { remove(path) }
    try plain.save(to: path)
    #expect(
      try ForecastModel(path: path).forecast(series()).csv == plain.forecast(series()).csv)
  }

  // ---- Files

  @Test("A model comes back from its file with the same forecasts, report and bytes")
  func file() throws {
    let series = try Self.series([Self.months(90), Self.months(90, seed: 2, from: 3)])
    let model = try ForecastModel.fit(series, horizon: 6, options: Self.options(.residual, epochs: 2))
    let path = temporaryPath("forecast.safetensors")
    defer { remove(path) }
    try model.save(to: path)
    let read = try ForecastModel(path: path)
    #expect(try ForecastModel.isForecast(path: path))
    #expect(try read.forecast(series).csv == model.forecast(series).csv)
    #expect(read.schema == model.schema && read.intervals == model.intervals)
    #expect(try read.report.json.text() == model.report.json.text())
    #expect(throws: ModelFileError.self) { try TabularModel(path: path) }
  }

  @Test("The same seed gives the same bits with one thread and with several")
  func threads() throws {
    let series = try Self.series([Self.months(90)])
    var options = Self.options(.residual, epochs: 2)
    options.networks = 2
    let texts = try [1, 3].map { count in
      try withBackend(.cpuWith(threads: count)) {
        try ForecastModel.fit(series, horizon: 6, options: options).forecast(series).csv
      }
    }
    #expect(texts[0] == texts[1])
  }

  // ---- What is refused

  @Test("Series that are too short or say nothing are refused with what it would take")
  func refusals() throws {
    func message(_ values: [Double], _ horizon: Int, _ change: (inout ForecastOptions) -> Void = { _ in }) -> String {
      var options = ForecastOptions()
      change(&options)
      do {
        _ = try ForecastModel.fit(Self.series([values]), horizon: horizon, options: options)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message(Self.months(10), 20)
        == "The series has 10 steps. With a horizon of 20 it takes at least 64: 20 to score on, 20 to watch, 24 to learn from. "
        + "A horizon of 2 is the most that it allows.")
    #expect(message(Self.months(10), 2) == "")
    #expect(message(Self.months(60), 0).contains("The horizon is 0; it has to be at least 1"))
    #expect(message(Array(repeating: 3, count: 60), 4).contains("Every value of 'y0' is 3 in the"))
    #expect(message(Self.months(60), 4) { $0.testSteps = 3 }.contains("to score on, with a horizon of 4, is 3"))
    #expect(message(Self.months(60), 4) { $0.lookback = 100 }.contains("it takes at least"))
    #expect(message(Self.months(60), 4) { $0.level = 1 }.contains("has to be greater than 0 and less than 1"))
    #expect(message(Self.months(60).map { $0 - 110 }, 4) { $0.isLogarithmic = true }.contains("no logarithms"))
  }

  @Test("A series that the model does not fit is refused")
  func otherSeries() throws {
    let values = Self.months(100)
    let model = try ForecastModel.fit(Self.series([values]), horizon: 4, options: Self.options())
    let yearly = try TimeSeries(
      Table([Column("month", numbers: values.indices.map(Double.init)), Column("y0", numbers: values)]), time: "month",
      targets: ["y0"])
    #expect(throws: TrainingError.self) { try model.forecast(yearly) }
    #expect(throws: TrainingError.self) { try model.forecast(Self.series([values, values])) }
    #expect(throws: TrainingError.self) { try model.forecast(Self.series([Array(values.prefix(20))])) }
  }
}
