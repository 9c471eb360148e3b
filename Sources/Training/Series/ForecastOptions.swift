/// Which network forecasts.
public enum ForecastNetwork: String, CaseIterable, Codable, Sendable {
  /// One linear layer from the window's last value on, shared by the channels (`NormalizedLinear`).
  case linear
  /// Two linear layers, one of the trend and one of what remains (`DecomposedLinear`).
  case decomposed
  /// The linear layer, and the mean of several networks of two hidden layers for what it leaves, which see the calendar too.
  case residual
}

/// What may be said of a forecast, with what is done where nothing is said.
public struct ForecastOptions: Sendable {
  /// The last steps, which are scored on; a fifth where nothing is said.
  public var testSteps: Int?
  /// The steps before them, which are watched while training; an eighth of the rest.
  public var validationSteps: Int?
  /// The steps from one origin of the backtest to the next; the horizon where nothing is said.
  public var stride: Int?
  /// The values that a network sees: the longest season where nothing is said, or what a short series leaves.
  public var lookback: Int?
  /// How many steps before the seasonal naive forecast looks; found on the training steps where nothing is said.
  public var season: Int?
  /// The network; the one that is best on the validation steps where nothing is said.
  public var network: ForecastNetwork?
  /// Whether logarithms are learned from; found on the validation steps where nothing is said.
  public var isLogarithmic: Bool?
  /// How many networks are averaged for what the linear layer leaves.
  public var networks = 2
  /// Whether the network that is kept is trained anew, for as many epochs, on the steps that were watched too.
  public var refits = true
  /// The most passes over the windows; by the number of windows where nothing is said.
  public var epochs: Int?
  /// The part of the values that is to lie within the intervals.
  public var level = 0.9
  public var seed: UInt64 = 0

  public init() {}
}

/// The steps of a series to learn from, to watch and to score on, one part after the other.
struct SeriesSplit: Equatable {
  let training, validation, test: Range<Int>
  let lookback: Int

  /// - Throws: ``TrainingError`` for a series that is too short, with what it would take.
  init(count: Int, horizon: Int, seasons: [Int], _ options: ForecastOptions) throws {
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
        "The series has \(count) steps. With a horizon of \(horizon) it takes at least \(test + validation + needed): "
          + "\(test) to score on, \(validation) to watch, \(needed) to learn from."
          + (most >= 1 && most < horizon ? " A horizon of \(most) is the most that it allows." : ""))
    }
    self.training = 0..<training
    self.validation = training..<training + validation
    self.test = training + validation..<count
    lookback = options.lookback ?? SeriesSplit.lookback(training, horizon, seasons)
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
