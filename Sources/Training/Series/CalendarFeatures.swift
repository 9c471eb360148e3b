import GliaNeuralNetworks
import GliaTables

/// What the calendar says of a forecast: the place of its first step in the day and in the year, and the weekdays of its first
/// and of its last step.
struct CalendarFeatures: Codable, Sendable, Equatable {
  enum Part: String, Codable, CaseIterable {
    /// The place in the day, as sine and cosine.
    case day
    /// One column for each of the seven days, of the first step and of the last.
    case week
    /// The place in the year, as sine and cosine. Of more turns than one the few years that there are would be learned by heart.
    case year

    var width: Int { self == .week ? 14 : 2 }
  }

  let parts: [Part]

  static let none = CalendarFeatures(parts: [])

  init(parts: [Part]) { self.parts = parts }

  /// The parts that vary from one step to another, and come round twice at least in so many steps.
  init(_ grid: TimeGrid, steps: Int) {
    let spanDays = (grid.stamp(at: max(steps - 1, 0)) - grid.start) / 86_400
    switch grid.frequency {
    case .numbers: parts = []
    case .months(let count): parts = count < 12 && spanDays >= 731 ? [.year] : []
    case .workingDays: parts = spanDays >= 731 ? [.week, .year] : [.week]
    case .seconds(let size):
      parts = Part.allCases.filter { part in
        switch part {
        case .day: size < 86_400 && spanDays >= 2
        case .week: size < 604_800 && spanDays >= 14
        case .year: size <= 86_400 * 31 && spanDays >= 731
        }
      }
    }
  }

  var width: Int { parts.reduce(0) { $0 + $1.width } }

  /// - Parameters:
  ///   - stamp: that of the first step.
  ///   - last: that of the last one.
  func values(at stamp: Double, to last: Double) -> [Float] {
    let time = CivilTime(seconds: stamp)
    let days = (stamp / 86_400).rounded(.down)
    return parts.flatMap { part -> [Float] in
      switch part {
      case .day: return CalendarFeatures.turn((stamp - days * 86_400) / 86_400)
      case .week:
        let weekdays = [time.weekday, CivilTime(seconds: last).weekday]
        return weekdays.flatMap { weekday in (0..<7).map { $0 == weekday ? 1 : 0 } }
      case .year:
        let start = CivilTime(year: time.year, month: 1).days
        return CalendarFeatures.turn((Double(time.days - start) + (stamp - days * 86_400) / 86_400) / 366)
      }
    }
  }

  /// Sine and cosine of a place in the circle, from 0 to 1.
  private static func turn(_ place: Double) -> [Float] {
    let (sine, cosine) = sineAndCosine((place - 0.5) * 2 * .pi)
    return [Float(sine), Float(cosine)]
  }
}
