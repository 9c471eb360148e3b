import GliaTables

/// What a forecasting network reads and says: the columns, the window, and how numbers are scaled.
struct SeriesSchema: Codable, Sendable, Equatable {
  var time: String
  var frequency: Frequency
  var channels: [String]
  var known: [String]
  var lookback: Int
  var horizon: Int
  /// How many steps before the seasonal naive forecast looks; 1 says the last value.
  var season: Int
  var scalings: [ChannelScaling]
  /// The channels' standard deviations on the steps that were learned from, in their own units.
  var deviations: [Double]
  var knownScalings: [ChannelScaling]
  var calendar: CalendarFeatures

  /// The columns of a row: the window of one channel, the known columns over the horizon, the calendar.
  var width: Int { lookback + horizon * known.count + calendar.width }

  /// - Throws: ``TrainingError`` where a file's schema contradicts itself.
  func check() throws {
    let sizes = [lookback, horizon, season]
    guard sizes.allSatisfy({ (1...1_000_000).contains($0) }), known.count <= 10_000, !channels.isEmpty,
      calendar.parts.count <= CalendarFeatures.Part.allCases.count,
      scalings.count == channels.count, knownScalings.count == known.count,
      (scalings + knownScalings).allSatisfy(\.isValid), deviations.count == channels.count,
      deviations.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw TrainingError("its description of the series contradicts itself") }
  }
}
