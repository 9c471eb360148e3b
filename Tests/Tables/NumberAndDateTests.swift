import Foundation
import Testing

@testable import GliaTables

@Suite("Numbers and dates from text")
struct NumberAndDateTests {
  @Test("Numbers are rounded as strtod rounds them")
  func rounding() {
    let seed = UInt64.random(in: 0 ... .max)
    print("numbers: seed \(seed)")
    var generator = SplitMix64(seed: seed)
    for round in 0..<200_000 {
      let text: String
      switch round % 4 {
      case 0: text = "\(Double(bitPattern: generator.next()))"
      case 1: text = "\(Double.random(in: -1000...1000, using: &generator))"
      case 2:
        let digits = (0..<Int.random(in: 1...25, using: &generator)).map { _ in String(generator.next() % 10) }.joined()
        let point = Int.random(in: 0...digits.count, using: &generator)
        text = "\(digits.prefix(point)).\(digits.dropFirst(point))"
      default:
        // Halfway between two numbers and beside it, where rounding is hardest.
        let whole = (1 << 53) + (generator.next() >> 12)
        text = "\(whole).\(["5", "50", "4999999", "5000001"][Int(generator.next() % 4)])e\(generator.next() % 3)"
      }
      guard let wanted = strtod(text, nil) as Double?, !wanted.isNaN, !text.contains("nan") else { continue }
      #expect(NumberParser.number(text)?.bitPattern == wanted.bitPattern, "\(text)")
    }
  }

  @Test(
    "What is no number is not read as one",
    arguments: ["", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "1_000", "--1", "1 2", "in", "infinit", "nan"])
  func notNumbers(text: String) { #expect(NumberParser.number(text) == nil) }

  @Test("Integers keep all 64 bits, and beyond that become numbers")
  func integers() throws {
    let table = try Table(csvText: "a,b\n9223372036854775807,9223372036854775808\n-9223372036854775807,1\n")
    #expect(table["a"]?.texts == ["9223372036854775807", "-9223372036854775807"])
    #expect(table["b"]?.type == .number)
  }

  @Test(
    "Dates in the forms that are read",
    arguments: [
      ("1970-01-01", 0.0), ("2016-07-01", 1_467_331_200), ("2016-07-01 00:00:30", 1_467_331_230),
      ("2004-10-01T01:00", 1_096_592_400), ("1949-01", -662_688_000), ("2016/07/01", 1_467_331_200),
      ("Jan 1 2000", 946_684_800), ("January 1, 2000", 946_684_800), ("1 Jan 2000", 946_684_800),
      ("12-Feb-2001", 981_936_000),
      ("2016-07-01T02:00:00+02:00", 1_467_331_200), ("2016-07-01T00:00:00.25Z", 1_467_331_200.25),
      ("1600-02-29", -11_670_998_400),
    ])
  func dates(text: String, seconds: Double) { #expect(CivilTime.parse(text) == seconds) }

  @Test(
    "What is no date is not read as one",
    arguments: [
      "2016", "2016-13", "2015-02-29", "1900-02-29", "2016-7-1", "1/2/2000", "2016-07-01 24:00", "2016-07-01x",
      "Foo 1 2000", "2016-07-01 ",
    ])
  func notDates(text: String) { #expect(CivilTime.parse(text) == nil) }

  @Test("Every day of 1200 years comes back from its seconds, weekdays in turn")
  func calendar() {
    var weekday = CivilTime(year: 1300, month: 1).weekday
    let first = CivilTime(year: 1300, month: 1).days
    for day in first..<first + 438_291 {
      let time = CivilTime(seconds: Double(day) * 86_400 + 86_399)
      #expect(time.days == day && time.weekday == weekday && time.hour == 23 && time.minute == 59)
      weekday = (weekday + 1) % 7
    }
    #expect(CivilTime(year: 2024, month: 2, day: 29).weekday == 3)
  }
}
