/// Evenly spaced stamps: the first one and how far each is from the one before.
public struct TimeGrid: Codable, Sendable, Equatable {
  /// The first stamp: seconds since 1970-01-01 00:00:00 UTC, or a number.
  public let start: Double
  public let frequency: Frequency
  /// The day of the month of a grid of months; where a month is shorter, its last day stands for it.
  private let dayOfMonth: Int

  private init(start: Double, _ frequency: Frequency, dayOfMonth: Int = 0) {
    self.start = start
    self.frequency = frequency
    self.dayOfMonth = dayOfMonth
  }

  // ---- From stamps to steps and back

  /// The step of a stamp, 0 for the first; nil where it lies between two steps.
  public func step(of stamp: Double) -> Int? {
    switch frequency {
    case .seconds(let size), .numbers(let size):
      let step = (stamp - start) / size
      guard abs(step - step.rounded()) < 1e-6, abs(step) < 1e9 else { return nil }
      return Int(step.rounded())
    case .workingDays:
      guard let place = TimeGrid.workingDay(stamp), let first = TimeGrid.workingDay(start),
        place.timeOfDay == first.timeOfDay
      else { return nil }
      return place.number - first.number
    case .months(let size):
      let (time, first) = (CivilTime(seconds: stamp), CivilTime(seconds: start))
      let months = TimeGrid.months(time) - TimeGrid.months(first)
      guard months % size == 0, TimeGrid.hasDay(time, dayOfMonth),
        TimeGrid.timeOfDay(stamp) == TimeGrid.timeOfDay(start)
      else { return nil }
      return months / size
    }
  }

  /// The stamp of a step, which may lie before the first or past the last.
  public func stamp(at step: Int) -> Double {
    switch frequency {
    case .seconds(let size), .numbers(let size): return start + Double(step) * size
    case .workingDays:
      guard let first = TimeGrid.workingDay(start) else { return start }
      let number = first.number + step
      let week = Int((Double(number) / 5).rounded(.down))
      return Double(week * 7 + (number - week * 5) + TimeGrid.firstMonday) * 86_400 + first.timeOfDay
    case .months(let size):
      let months = TimeGrid.months(CivilTime(seconds: start)) + step * size
      let year = Int((Double(months) / 12).rounded(.down))
      let month = months - year * 12 + 1
      let day = min(dayOfMonth, CivilTime.daysInMonth(month, year: year))
      return CivilTime(year: year, month: month, day: day).seconds + TimeGrid.timeOfDay(start)
    }
  }

  /// The stamp of a step as it is written: `1949-01` for months, `2018-08-03 00:00:00` for parts of a day.
  public func text(at step: Int) -> String {
    let stamp = stamp(at: step)
    let text = CivilTime(seconds: stamp).description
    switch frequency {
    case .numbers: return shortest(stamp)
    case .seconds(let size) where size.truncatingRemainder(dividingBy: 86_400) != 0:
      return TimeGrid.timeOfDay(stamp) == 0 ? text + " 00:00:00" : text
    case .months where dayOfMonth == 1 && TimeGrid.timeOfDay(stamp) == 0: return String(text.dropLast(3))
    default: return text
    }
  }

  /// The same grid, counted from another of its steps.
  func moved(by steps: Int) -> TimeGrid {
    TimeGrid(start: stamp(at: steps), frequency, dayOfMonth: dayOfMonth)
  }

  // ---- Finding it

  /// The grid that most neighbours of rising stamps lie on.
  static func find(_ stamps: [Double], areDates: Bool) -> TimeGrid {
    if areDates, let grid = monthly(stamps) { return grid }
    let size = mostCommon(zip(stamps, stamps.dropFirst()).map { ($1 - $0) }) ?? 1
    guard areDates else { return TimeGrid(start: stamps[0], .numbers(size)) }
    // Every weekend is left out, and there was one.
    let days = stamps.map { workingDay($0) }
    let spans = (stamps[stamps.count - 1] - stamps[0]) / 86_400
    if size == 86_400, spans >= 7, days.allSatisfy({ $0 != nil }) { return TimeGrid(start: stamps[0], .workingDays) }
    return TimeGrid(start: stamps[0], .seconds(size))
  }

  private static func monthly(_ stamps: [Double]) -> TimeGrid? {
    let times = stamps.map { CivilTime(seconds: $0) }
    guard let day = times.map(\.day).max(),
      let size = mostCommon(zip(times, times.dropFirst()).map { months($1) - months($0) }),
      size > 0, zip(times, stamps).allSatisfy({ hasDay($0, day) && timeOfDay($1) == timeOfDay(stamps[0]) })
    else { return nil }
    return TimeGrid(start: stamps[0], .months(size), dayOfMonth: day)
  }

  /// Of several that are as common the least.
  private static func mostCommon<Number: Hashable & Comparable>(_ numbers: [Number]) -> Number? {
    var counts: [Number: Int] = [:]
    for number in numbers { counts[number, default: 0] += 1 }
    return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
  }

  private static func months(_ time: CivilTime) -> Int { time.year * 12 + time.month - 1 }

  private static func hasDay(_ time: CivilTime, _ day: Int) -> Bool {
    time.day == min(day, CivilTime.daysInMonth(time.month, year: time.year))
  }

  private static func timeOfDay(_ stamp: Double) -> Double { stamp - (stamp / 86_400).rounded(.down) * 86_400 }

  /// 1970-01-05, in days since 1970-01-01.
  private static let firstMonday = 4

  /// The working days since 1970-01-05; nil for a Saturday or Sunday.
  private static func workingDay(_ stamp: Double) -> (number: Int, timeOfDay: Double)? {
    let days = Int((stamp / 86_400).rounded(.down)) - firstMonday
    let week = Int((Double(days) / 7).rounded(.down))
    let weekday = days - week * 7
    return weekday < 5 ? (week * 5 + weekday, timeOfDay(stamp)) : nil
  }
}
