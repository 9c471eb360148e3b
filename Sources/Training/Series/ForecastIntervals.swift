/// How far the ends of intervals lie from the forecast, or past its quantiles: split conformal, by the errors of steps that were
/// not learned from.
///
/// The half width of a step is the ``Conformal/quantile(of:level:weights:)`` of the errors at that step, scaled as the network sees
/// them: |y − ŷ|, or max(l − y, y − u) where the network has heads for the quantiles l and u. Where they are too few for that, the
/// errors of all steps stand together, and then those of all series.
///
/// Y. Romano, E. Patterson and E. Candès 2019, "Conformalized quantile regression", arXiv:1905.03222.
public struct ForecastIntervals: Codable, Sendable, Equatable {
  public let level: Double
  /// For each series and channel, channel after channel, and each step of the horizon, scaled.
  let halfWidths: [[Double]]
  /// For each channel of a series that was not learned from; nil where there is one series only.
  let others: [[Double]]?

  /// - Parameters:
  ///   - errors: of each series and channel, the errors of forecasts one behind the other.
  ///   - channels: how many channels a series has; nil where all are of one.
  init(level: Double, errors: [[Double]], horizon: Int, channels: Int? = nil) {
    self.level = level
    let count = channels ?? errors.count
    let together = (0..<count).map { channel in
      stride(from: channel, to: errors.count, by: count).flatMap { errors[$0] }
    }
    let common = together.map { ForecastIntervals.widths($0, level, horizon, $0) }
    halfWidths = errors.enumerated().map { ForecastIntervals.widths($1, level, horizon, together[$0 % count]) }
    others = channels == nil ? nil : common
  }

  private static func widths(_ own: [Double], _ level: Double, _ horizon: Int, _ all: [Double]) -> [Double] {
    let forecasts = own.count / horizon
    let pooled =
      Conformal.quantile(of: own, level: level) ?? Conformal.quantile(of: all, level: level) ?? all.max() ?? 0
    return (0..<horizon).map { step in
      Conformal.quantile(of: (0..<forecasts).map { own[$0 * horizon + step] }, level: level) ?? pooled
    }
  }

  /// - Parameter member: nil for a series that was not learned from.
  func margins(member: Int?, channel: Int, of channels: Int) -> [Double] {
    guard let member else { return others?[channel] ?? halfWidths[channel] }
    return halfWidths[member * channels + channel]
  }

  func isValid(_ schema: SeriesSchema) -> Bool {
    func fits(_ widths: [[Double]], _ count: Int) -> Bool {
      widths.count == count
        && widths.allSatisfy {
          $0.count == schema.horizon && $0.allSatisfy { $0.isFinite && (schema.hasQuantiles == true || $0 >= 0) }
        }
    }
    return level > 0 && level < 1 && fits(halfWidths, schema.channels.count * schema.memberCount)
      && others.map { fits($0, schema.channels.count) } ?? true
  }
}
