/// The steps of a series to learn from, to watch and to score on, one part after the other.
struct SeriesSplit: Equatable {
  let training, validation, test: Range<Int>
  let lookback: Int

  /// The steps of a series of `count`, of which some are set apart.
  ///
  /// - Returns: nil where not one window is left to learn from.
  init?(count: Int, test: Int, validation: Int, lookback: Int, horizon: Int) {
    let training = count - test - validation
    guard training >= lookback + horizon else { return nil }
    self.init(training: training, validation: validation, count: count, lookback: lookback)
  }

  private init(training: Int, validation: Int, count: Int, lookback: Int) {
    self.training = 0..<training
    self.validation = training..<training + validation
    test = training + validation..<count
    self.lookback = lookback
  }

  /// - Throws: ``TrainingError`` for a series that is too short, with what it would take.
  init(
    count: Int, horizon: Int, seasons: [Int], _ options: ForecastOptions, called name: String = "The series"
  ) throws {
    func atLeast(_ value: Int?, _ least: Int, _ name: String) throws {
      if let value, value < least { throw TrainingError("\(name) is \(value); it has to be at least \(least).") }
    }
    try atLeast(horizon, 1, "The horizon")
    try atLeast(options.testSteps, horizon, "The number of steps to score on, with a horizon of \(horizon),")
    try atLeast(options.validationSteps, horizon, "The number of steps to watch, with a horizon of \(horizon),")
    try atLeast(options.lookback, 1, "The lookback")
    try atLeast(options.stride, 1, "The stride from one origin to the next")
    let test = options.testSteps ?? max(horizon, count / 5)
    let validation = options.validationSteps ?? max(horizon, (count - test) / 8)
    let training = count - test - validation
    let needed = (options.lookback ?? 1) + horizon + SeriesSplit.leastWindows - 1
    guard training >= needed else {
      let most = (count - (options.lookback ?? 1) - SeriesSplit.leastWindows + 1) / 3
      throw TrainingError(
        "\(name) has \(count) steps. With a horizon of \(horizon) it takes at least \(test + validation + needed): "
          + "\(test) to score on, \(validation) to watch, \(needed) to learn from."
          + (most >= 1 && most < horizon ? " A horizon of \(most) is the most that it allows." : ""))
    }
    self.init(
      training: training, validation: validation, count: count,
      lookback: options.lookback ?? SeriesSplit.lookback(training, horizon, seasons))
  }

  /// The windows that can be learned from at all.
  private static let leastWindows = 4

  /// The longest season, the horizon or 48 steps, whatever is most, but a third of what there is at most.
  private static func lookback(_ training: Int, _ horizon: Int, _ seasons: [Int]) -> Int {
    let most = max(1, (training - horizon) / 3)
    let wanted = min(max(seasons.last ?? 1, horizon, 48), most)
    guard let season = seasons.last(where: { $0 <= wanted }) else { return wanted }
    return wanted / season * season
  }

  /// The first steps of forecasts that end within the part.
  static func origins(_ part: Range<Int>, horizon: Int, stride: Int = 1) -> [Int] {
    Array(Swift.stride(from: part.lowerBound, through: part.upperBound - horizon, by: stride))
  }
}

/// The same number of last steps of several series, so that those that end together are cut at the same moment.
struct PanelSplit {
  /// Of each series; nil where it is too short to be learned from and scored.
  let parts: [SeriesSplit?]
  let lookback: Int

  /// The numbers follow from the length that three quarters of the series have at least, or, where that is too short, half of them,
  /// or the longest.
  ///
  /// - Throws: ``TrainingError`` where the longest series is too short.
  init(lengths: [Int], horizon: Int, seasons: [Int], _ options: ForecastOptions) throws {
    let rising = lengths.sorted()
    let typical = [rising[(rising.count - 1) / 4], rising[rising.count / 2]].lazy.compactMap {
      try? SeriesSplit(count: $0, horizon: horizon, seasons: seasons, options)
    }
    let model =
      try typical.first
      ?? SeriesSplit(
        count: rising[rising.count - 1], horizon: horizon, seasons: seasons, options,
        called: rising.count == 1 ? "The series" : "The longest series")
    lookback = model.lookback
    parts = lengths.map {
      SeriesSplit(
        count: $0, test: model.test.count, validation: model.validation.count, lookback: model.lookback,
        horizon: horizon)
    }
  }
}
