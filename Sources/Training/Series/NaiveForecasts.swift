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
    func error(_ season: Int) -> Double {
      channels.reduce(0) { sum, channel in
        let origins = SeriesSplit.origins(
          (seasons.last.map { min($0, channel.count / 2) } ?? 1)..<channel.count, horizon: horizon,
          stride: max(1, channel.count / 2000))
        let said = (season == 1 ? NaiveForecast.last : .seasonal(season)).values(
          channel, origins: origins, horizon: horizon)
        let spread = ChannelScaling.fit(channel, isLogarithmic: false)?.deviation ?? 1
        var own = 0.0
        for (place, origin) in origins.enumerated() {
          for step in 0..<horizon { own += abs(channel[origin + step] - said[place * horizon + step]) }
        }
        return sum + own / spread
      }
    }
    return fitting.map { ($0, error($0)) }.min { $0.1 < $1.1 }?.0 ?? 1
  }
}
