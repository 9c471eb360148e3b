import GliaNeuralNetworks
import GliaTables

/// What the calendar says of the first step of a forecast: all later ones follow from it.
struct CalendarFeatures: Codable, Sendable, Equatable {
  enum Part: String, Codable, CaseIterable {
    /// The place in the day, as sine and cosine of one and of two turns.
    case day
    /// One column for each of the seven days.
    case week
    /// The place in the year, as sine and cosine of one and of two turns.
    case year

    var width: Int { self == .week ? 7 : 4 }
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

  func values(at stamp: Double) -> [Float] {
    let time = CivilTime(seconds: stamp)
    let days = (stamp / 86_400).rounded(.down)
    return parts.flatMap { part -> [Float] in
      switch part {
      case .day: return CalendarFeatures.turns((stamp - days * 86_400) / 86_400)
      case .week: return (0..<7).map { $0 == time.weekday ? 1 : 0 }
      case .year:
        let start = CivilTime(year: time.year, month: 1).days
        return CalendarFeatures.turns((Double(time.days - start) + (stamp - days * 86_400) / 86_400) / 366)
      }
    }
  }

  /// Sine and cosine of one and of two turns, for a place in the circle from 0 to 1.
  private static func turns(_ place: Double) -> [Float] {
    let (sine, cosine) = sineAndCosine((place - 0.5) * 2 * .pi)
    return [sine, cosine, 2 * sine * cosine, cosine * cosine - sine * sine].map { Float($0) }
  }
}
