import GliaTables

/// What a forecasting network reads and says: the columns, the window, and how numbers are scaled.
struct SeriesSchema: Codable, Sendable, Equatable {
  var time: String
  /// The column that tells several series apart, and their names; nil of a single series.
  var identifier: String?
  var members: [String]?
  var frequency: Frequency
  var channels: [String]
  var known: [String]
  var lookback: Int
  var horizon: Int
  /// How many steps before the seasonal naive forecast looks; 1 says the last value.
  var season: Int
  /// Of each channel, series after series.
  var scalings: [ChannelScaling]
  /// The channels' standard deviations on the steps that were learned from, in their own units, series after series.
  var deviations: [Double]
  /// Of each known column, series after series.
  var knownScalings: [ChannelScaling]
  var calendar: CalendarFeatures
  /// Whether the last column of a row is the number of its series, counted from 1; 0 stands for one that was not learned from.
  var hasCode: Bool?
  /// Whether the network gives quantiles beside the values; nil says no.
  var hasQuantiles: Bool?

  /// The columns of a row: the window of one channel, the known columns over the horizon, the calendar, the series' number.
  var width: Int { lookback + horizon * known.count + calendar.width + (hasCode == true ? 1 : 0) }

  /// The columns of a network's answer.
  var outputWidth: Int { hasQuantiles == true ? 3 * horizon : horizon }

  /// The names of the channels of every series.
  var channelNames: [String] {
    guard let members else { return channels }
    return channels.count == 1 ? members : members.flatMap { name in channels.map { "\(name): \($0)" } }
  }

  /// How many series there are.
  var memberCount: Int { members?.count ?? 1 }

  /// What one of the series has of it.
  func member(_ place: Int) -> SeriesSchema {
    var own = self
    own.scalings = Array(scalings[place * channels.count..<(place + 1) * channels.count])
    own.deviations = Array(deviations[place * channels.count..<(place + 1) * channels.count])
    own.knownScalings = Array(knownScalings[place * known.count..<(place + 1) * known.count])
    return own
  }

  /// With the scalings of one series, fitted on some of its steps; nil where a value has no logarithm that needs one.
  func fitted(to series: TimeSeries, _ steps: Range<Int>, isLogarithmic: Bool) -> SeriesSchema? {
    var own = self
    let values = series.channels.map { $0.values[steps] }
    own.scalings = values.compactMap { ChannelScaling.fit($0, isLogarithmic: isLogarithmic) }
    own.deviations = values.compactMap { ChannelScaling.fit($0, isLogarithmic: false)?.deviation }
    own.knownScalings = series.known.compactMap { ChannelScaling.fit($0.values[steps], isLogarithmic: false) }
    return own.scalings.count == values.count ? own : nil
  }

  /// With what several schemas of one series each have, series after series.
  func joined(_ own: [SeriesSchema]) -> SeriesSchema {
    var all = self
    all.scalings = own.flatMap(\.scalings)
    all.deviations = own.flatMap(\.deviations)
    all.knownScalings = own.flatMap(\.knownScalings)
    return all
  }

  /// - Throws: ``TrainingError`` where a file's schema contradicts itself.
  func check() throws {
    let sizes = [lookback, horizon, season]
    let names = members ?? [""]
    guard sizes.allSatisfy({ (1...1_000_000).contains($0) }), known.count <= 10_000, !channels.isEmpty,
      calendar.parts.count <= CalendarFeatures.Part.allCases.count, !names.isEmpty, Set(names).count == names.count,
      (identifier == nil) == (members == nil), hasCode != true || members != nil,
      scalings.count == channels.count * names.count, knownScalings.count == known.count * names.count,
      (scalings + knownScalings).allSatisfy(\.isValid), deviations.count == scalings.count,
      deviations.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw TrainingError("its description of the series contradicts itself") }
  }
}
