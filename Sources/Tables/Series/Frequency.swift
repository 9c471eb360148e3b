/// How far a stamp of a series lies from the one before it.
public enum Frequency: Codable, Sendable, Equatable, CustomStringConvertible {
  /// So many seconds; a day has 86,400.
  case seconds(Double)
  /// From Monday to Friday.
  case workingDays
  /// So many months of the calendar.
  case months(Int)
  /// Of stamps that are numbers, such as years or counts.
  case numbers(Double)

  /// In words: "by the hour".
  public var description: String {
    switch self {
    case .seconds(let seconds):
      let (count, unit) = Frequency.counted(seconds)
      return count == 1 ? "by the \(unit)" : "every \(shortest(count)) \(unit)s"
    case .workingDays: return "by the working day, Monday to Friday"
    case .months(1): return "by the month"
    case .months(3): return "by the quarter"
    case .months(12): return "by the year"
    case .months(let count): return "every \(count) months"
    case .numbers(let step): return "in steps of \(shortest(step))"
    }
  }

  /// What one step is called: "hour", or "step" where there is no word.
  public var unit: String {
    switch self {
    case .seconds(let seconds):
      let (count, unit) = Frequency.counted(seconds)
      return count == 1 ? unit : "step"
    case .workingDays: return "working day"
    case .months(1): return "month"
    case .months(3): return "quarter"
    case .months(12): return "year"
    case .months, .numbers: return "step"
    }
  }

  private static func counted(_ seconds: Double) -> (count: Double, unit: String) {
    for (size, unit) in [(604_800.0, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")]
    where seconds >= size && (seconds / size).rounded() == seconds / size {
      return (seconds / size, unit)
    }
    return (seconds, "second")
  }

  /// After how many steps the calendar comes round again, in rising order: a day and a week of hours, a year of months.
  public var seasons: [Int] {
    switch self {
    case .seconds(let seconds):
      // A year of weeks is 52.18 of them; 52 is what is usual.
      if seconds == 604_800 { return [52] }
      let rounds = [3600.0, 86_400, 604_800].filter { seconds <= 600 || $0 > 3600 }
      return rounds.compactMap { Int(exactly: $0 / seconds) }.filter { (2...2000).contains($0) }
    case .workingDays: return [5]
    case .months(let count): return 12 % count == 0 && count < 12 ? [12 / count] : []
    case .numbers: return []
    }
  }
}
