/// A date: the parts of it that vary in training.
public struct DateEncoding: Codable, Sendable, Equatable {
  /// A number that is made of a date.
  public enum Part: String, Codable, CaseIterable, Sendable {
    /// Days since 1970, standardised.
    case elapsed
    /// The year, standardised.
    case year
    /// The place in a circle of 12 months, 7 days or 24 hours, as sine and cosine.
    case month, weekday, hour
  }

  public let parts: [Part]
  public let elapsedMean: Double
  public let elapsedDeviation: Double
  public let yearMean: Double
  public let yearDeviation: Double
  /// Whether a last column says which values were missing. A missing date has 0 in all others.
  public let hasIndicator: Bool

  static func fit(_ column: Column, _ rows: [Int]) -> DateEncoding {
    let seconds = column.numbers ?? []
    let times = rows.map { seconds[$0] }.filter(\.isFinite)
    let civil = times.map { CivilTime(seconds: $0) }
    let elapsed = meanAndDeviation(times.map { $0 / 86_400 })
    let year = meanAndDeviation(civil.map { Double($0.year) })
    func varies(_ part: (CivilTime) -> Int) -> Bool { civil.contains { part($0) != part(civil[0]) } }
    let parts = Part.allCases.filter { part in
      switch part {
      case .elapsed: elapsed.deviation > 0
      case .year: year.deviation > 0
      case .month: varies(\.month)
      case .weekday: varies(\.weekday)
      case .hour: varies(\.hour)
      }
    }
    return DateEncoding(
      parts: parts, elapsedMean: elapsed.mean, elapsedDeviation: elapsed.deviation, yearMean: year.mean,
      yearDeviation: year.deviation, hasIndicator: times.count < rows.count)
  }

  func names(_ column: String) -> [String] {
    let names = parts.flatMap { part in
      part == .elapsed || part == .year
        ? ["\(column) \(part.rawValue)"] : ["\(column) \(part.rawValue) sin", "\(column) \(part.rawValue) cos"]
    }
    return names + (hasIndicator ? ["\(column) is missing"] : [])
  }

  func write(_ seconds: [Double], _ rows: [Int], into matrix: inout [Float], offset: Int, width: Int) {
    let months = circle(12, cosine: 0.866_025_403_784_438_6, sine: 0.5)
    let weekdays = circle(7, cosine: 0.623_489_801_858_733_5, sine: 0.781_831_482_468_029_8)
    let hours = circle(24, cosine: 0.965_925_826_289_068_3, sine: 0.258_819_045_102_520_74)
    let bound = NumberEncoding.bound
    for (index, row) in rows.enumerated() {
      var position = index * width + offset
      func put(_ value: Double) {
        matrix[position] = Float(min(max(value, -bound), bound))
        position += 1
      }
      let isPresent = seconds[row].isFinite
      let time = CivilTime(seconds: seconds[row])
      for part in parts {
        switch part {
        case .elapsed: put(isPresent ? (seconds[row] / 86_400 - elapsedMean) / elapsedDeviation : 0)
        case .year: put(isPresent ? (Double(time.year) - yearMean) / yearDeviation : 0)
        case .month, .weekday, .hour:
          let (sine, cosine) =
            part == .month ? months[time.month - 1] : part == .weekday ? weekdays[time.weekday] : hours[time.hour]
          put(isPresent ? sine : 0)
          put(isPresent ? cosine : 0)
        }
      }
      if hasIndicator { put(isPresent ? 0 : 1) }
    }
  }

  /// Sine and cosine of each step around a circle, by turning the first step on: no library's sine, so the same bits
  /// everywhere.
  private func circle(_ steps: Int, cosine: Double, sine: Double) -> [(sine: Double, cosine: Double)] {
    var points = [(sine: 0.0, cosine: 1.0)]
    for step in 1..<steps {
      let last = points[step - 1]
      points.append((last.sine * cosine + last.cosine * sine, last.cosine * cosine - last.sine * sine))
    }
    return points
  }
}
