/// A date and time of day in the proleptic Gregorian calendar, UTC, without leap seconds.
///
/// Days are counted from 1970-01-01 by Howard Hinnant's method ("chrono-Compatible Low-Level Date Algorithms", 2013):
/// years begin in March, so that the leap day is the last of its year, and 400 years are 146,097 days.
public struct CivilTime: Equatable, Sendable, CustomStringConvertible {
  public var year: Int
  /// 1...12
  public var month: Int
  /// 1...31
  public var day: Int
  public var hour = 0
  public var minute = 0
  public var second = 0.0

  public init(year: Int, month: Int, day: Int = 1, hour: Int = 0, minute: Int = 0, second: Double = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The moment that lies `seconds` after 1970-01-01 00:00:00 UTC; beyond ±200,000 years it is clamped.
  public init(seconds: Double) {
    let clamped = seconds.isNaN ? 0 : min(max(seconds, -6.3e12), 6.3e12)
    let days = (clamped / 86_400).rounded(.down)
    var rest = clamped - days * 86_400
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    hour = Int(rest / 3600)
    rest -= Double(hour) * 3600
    minute = Int(rest / 60)
    second = rest - Double(minute) * 60
  }

  /// Days since 1970-01-01.
  public var days: Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Seconds since 1970-01-01 00:00:00 UTC.
  public var seconds: Double { Double(days) * 86_400 + Double(hour * 3600 + minute * 60) + second }

  /// 0 for Monday to 6 for Sunday.
  public var weekday: Int { ((days % 7) + 10) % 7 }

  /// ISO 8601: `2016-07-01`, or `2016-07-01 13:30:00` where there is a time of day.
  public var description: String {
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    guard hour != 0 || minute != 0 || second != 0 else { return date }
    let whole = Int(second)
    let rest = second - Double(whole)
    let fraction = rest > 0 ? String(shortest((rest * 1e6).rounded() / 1e6).dropFirst()) : ""
    return "\(date) \(padded(hour, 2)):\(padded(minute, 2)):\(padded(whole, 2))\(fraction)"
  }

  static func daysInMonth(_ month: Int, year: Int) -> Int {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return month == 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number.magnitude)
  return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension CivilTime {
  /// Reads `1949-01`, `2016-07-01`, `2016/07/01`, either of the last two with `T` or a blank and `01:00`, `01:00:00` or
  /// `01:00:00.5`, then `Z` or `+02:00`; and `Jan 1 2000`, `January 1, 2000`, `1 Jan 2000`. Nil for anything else:
  /// `1/2/2000` is left alone, because half the world reads it otherwise than the other half.
  ///
  /// - Returns: seconds since 1970-01-01 00:00:00 UTC; a time without a zone is taken as UTC.
  public static func parse(_ text: String) -> Double? {
    var reader = Reader(bytes: Array(text.utf8))
    guard (7...40).contains(reader.bytes.count) else { return nil }
    let isNumericForm = reader.bytes.prefix(4).allSatisfy { (0x30...0x39).contains($0) }
    guard var time = isNumericForm ? reader.numericDate() : reader.namedDate() else { return nil }
    guard (1...12).contains(time.month), time.day >= 1,
      time.day <= daysInMonth(time.month, year: time.year)
    else { return nil }
    if reader.atEnd { return time.seconds }
    guard reader.take(0x54) || reader.take(0x20), let offset = reader.timeOfDay(&time), reader.atEnd else { return nil }
    return time.seconds - offset
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    var atEnd: Bool { position == bytes.count }

    mutating func take(_ byte: UInt8) -> Bool {
      guard position < bytes.count, bytes[position] == byte else { return false }
      position += 1
      return true
    }

    mutating func digits(_ range: ClosedRange<Int>) -> Int? {
      let start = position
      var value = 0
      while position < bytes.count, position - start < range.upperBound, (0x30...0x39).contains(bytes[position]) {
        value = value * 10 + Int(bytes[position] - 0x30)
        position += 1
      }
      return position - start >= range.lowerBound ? value : nil
    }

    /// `1949-01`, `2016-07-01`, `2016/07/01`
    mutating func numericDate() -> CivilTime? {
      guard let year = digits(4...4) else { return nil }
      let slash = take(0x2F)
      guard slash || take(0x2D), let month = digits(2...2) else { return nil }
      if atEnd && !slash { return CivilTime(year: year, month: month) }
      guard take(slash ? 0x2F : 0x2D), let day = digits(2...2) else { return nil }
      return CivilTime(year: year, month: month, day: day)
    }

    /// `Jan 1 2000`, `January 1, 2000`, `1 Jan 2000`
    mutating func namedDate() -> CivilTime? {
      let leading = digits(1...2)
      if leading != nil { guard take(0x20) || take(0x2D) else { return nil } }
      guard let month = monthName() else { return nil }
      guard take(0x20) || take(0x2D) else { return nil }
      var day = leading
      if day == nil {
        day = digits(1...2)
        _ = take(0x2C)
        guard take(0x20) else { return nil }
      }
      guard let day, let year = digits(4...4) else { return nil }
      return CivilTime(year: year, month: month, day: day)
    }

    mutating func monthName() -> Int? {
      let start = position
      while position < bytes.count, (0x61...0x7A).contains(bytes[position] | 0x20) { position += 1 }
      let word = bytes[start..<position].map { $0 | 0x20 }
      guard word.count >= 3 else { return nil }
      let names = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
      ]
      return names.firstIndex { word.elementsEqual($0.utf8) || word.elementsEqual($0.utf8.prefix(3)) }.map { $0 + 1 }
    }

    /// The zone's offset in seconds east of UTC.
    mutating func timeOfDay(_ time: inout CivilTime) -> Double? {
      guard let hour = digits(2...2), hour < 24, take(0x3A), let minute = digits(2...2), minute < 60 else { return nil }
      time.hour = hour
      time.minute = minute
      if take(0x3A) {
        guard let second = digits(2...2), second < 60 else { return nil }
        time.second = Double(second)
        if take(0x2E) {
          let start = position
          guard let fraction = digits(1...9) else { return nil }
          time.second += (0..<position - start).reduce(Double(fraction)) { value, _ in value / 10 }
        }
      }
      if atEnd || take(0x5A) { return 0 }
      let east = take(0x2B)
      guard east || take(0x2D), let hours = digits(2...2), hours <= 14 else { return nil }
      _ = take(0x3A)
      guard let minutes = digits(2...2), minutes < 60 else { return nil }
      return Double(hours * 3600 + minutes * 60) * (east ? 1 : -1)
    }
  }
}
