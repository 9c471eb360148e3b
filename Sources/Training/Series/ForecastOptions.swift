/// Which network forecasts.
public enum ForecastNetwork: String, CaseIterable, Codable, Sendable {
  /// One linear layer from the window's last value on, shared by the channels (`NormalizedLinear`).
  case linear
  /// Two linear layers, one of the trend and one of what remains (`DecomposedLinear`).
  case decomposed
  /// The linear layer, and the mean of several networks of two hidden layers for what it leaves, which see the calendar too.
  case residual
  /// The same with an encoder and a decoder of dense blocks instead of the hidden layers, as TiDE has them.
  case dense
}

/// How the intervals of a forecast are found. Both are made to hold what they promise by errors on watched steps.
public enum ForecastIntervalMethod: String, CaseIterable, Codable, Sendable {
  /// One width for each step of the horizon.
  case residual
  /// By a network that learns two quantiles of each step from the window and the calendar.
  case quantile
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
  /// How intervals are found; what is better on the watched steps where nothing is said.
  public var intervalMethod: ForecastIntervalMethod?
  /// The part of the values that is to lie within the intervals.
  public var level = 0.9
  public var seed: UInt64 = 0

  public init() {}
}
