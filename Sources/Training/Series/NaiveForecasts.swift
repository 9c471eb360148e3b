/// Forecasts that need no learning, of one channel from an origin on: what a network has to beat.
enum NaiveForecast: Equatable {
  /// Each value is what it was a season before.
  case seasonal(Int)
  /// All values are the last one.
  case last
  /// The line through the first value and the last.
  case drift
  /// The mean of all values before.
  case mean

  /// A season of one step is the last value again.
  static func all(season: Int) -> [NaiveForecast] { (season > 1 ? [.seasonal(season)] : []) + [.last, .drift, .mean] }

  var name: String {
    switch self {
    case .seasonal: "seasonal naive"
    case .last: "last value"
    case .drift: "drift"
    case .mean: "mean"
    }
  }

  /// The values from each origin on, one forecast behind the other.
  func values(_ channel: [Double], origins: [Int], horizon: Int) -> [Double] {
    var sums: [Double] = []
    if self == .mean {
      sums = [0]
      for value in channel { sums.append(sums[sums.count - 1] + value) }
    }
    var result: [Double] = []
    result.reserveCapacity(origins.count * horizon)
    for origin in origins {
      let last = channel[origin - 1]
      for step in 0..<horizon {
        switch self {
        case .seasonal(let season): result.append(channel[max(origin - season + step % season, 0)])
        case .last: result.append(last)
        case .drift: result.append(last + Double(step + 1) * (last - channel[0]) / Double(max(origin - 1, 1)))
        case .mean: result.append(sums[origin] / Double(origin))
        }
      }
    }
    return result
  }

  /// Of seasons of the calendar and none, the one whose naive forecasts are nearest on the steps that are learned from.
  static func bestSeason(_ channels: [[Double]], among seasons: [Int], horizon: Int) -> Int {
    let fitting = [1] + seasons.filter { season in channels.allSatisfy { $0.count >= 2 * season + horizon } }
    let errors = fitting.map { error(channels, season: $0, mean: 1, from: fitting.max() ?? 1, horizon) }
    return fitting[errors.firstIndex(of: errors.min() ?? 0) ?? 0]
  }

  /// Whether the mean of all seasons of a window is nearer on these steps than the last one: how many it takes.
  static func bestMean(_ channels: [[Double]], season: Int, lookback: Int, horizon: Int) -> Int {
    let all = lookback / season
    guard season > 1, all > 1, channels.allSatisfy({ $0.count >= lookback + horizon }) else { return 1 }
    let errors = [1, all].map { error(channels, season: season, mean: $0, from: lookback, horizon) }
    return errors[1] < errors[0] ? all : 1
  }

  /// The mean absolute errors of the mean of values whole seasons before, over up to 2000 origins, in the channels' deviations.
  private static func error(_ channels: [[Double]], season: Int, mean count: Int, from first: Int, _ horizon: Int)
    -> Double
  {
    channels.reduce(0) { sum, channel in
      let origins = SeriesSplit.origins(
        first..<channel.count, horizon: horizon, stride: Swift.max(1, channel.count / 2000))
      let spread = ChannelScaling.fit(channel, isLogarithmic: false)?.deviation ?? 1
      var own = 0.0
      for origin in origins {
        for step in 0..<horizon {
          let said = (1...count).reduce(0) { $0 + channel[origin - $1 * season + step % season] } / Double(count)
          own += abs(channel[origin + step] - said)
        }
      }
      return sum + own / spread / Double(Swift.max(origins.count, 1))
    }
  }
}
