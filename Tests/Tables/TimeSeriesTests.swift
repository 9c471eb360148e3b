import Foundation
import Testing

@testable import GliaTables

@Suite("Series of a table")
struct TimeSeriesTests {
  private static func series(_ text: String, targets: [String] = ["y"], known: [String] = []) throws(TableError)
    -> TimeSeries
  {
    try TimeSeries(Table(csvText: text, file: "t.csv"), time: "t", targets: targets, known: known)
  }

  private static func text(_ rows: [(String, String)]) -> String {
    "t,y\n" + rows.map { "\($0.0),\($0.1)\n" }.joined()
  }

  /// The stamps of a grid as a table with the row's number as its value.
  private static func counted(_ stamps: [String]) -> String {
    text(stamps.enumerated().map { ($0.element, "\($0.offset)") })
  }

  // ---- Frequencies

  @Test(
    "The frequency is found, and stamps go on by it",
    arguments: [
      (["2016-07-01 22:00:00", "2016-07-01 23:00:00", "2016-07-02 00:00:00"], "by the hour", "2016-07-02 01:00:00"),
      (["2016-02-27", "2016-02-28", "2016-02-29"], "by the day", "2016-03-01"),
      (["2016-02-01", "2016-02-08", "2016-02-15"], "by the week", "2016-02-22"),
      (["2016-07-01 00:00", "2016-07-01 00:15", "2016-07-01 00:30"], "every 15 minutes", "2016-07-01 00:45:00"),
      (["1949-11", "1949-12", "1950-01"], "by the month", "1950-02"),
      (["2019-11-30", "2019-12-31", "2020-01-31"], "by the month", "2020-02-29"),
      (["2019-01-15", "2019-04-15", "2019-07-15"], "by the quarter", "2019-10-15"),
      (["2019-02-28", "2020-02-28"], "by the year", "2021-02-28"),
      (["1950", "1951", "1952"], "in steps of 1", "1953"),
      (["0.5", "1", "1.5"], "in steps of 0.5", "2"),
    ] as [([String], String, String)])
  func frequencies(_ stamps: [String], _ words: String, _ next: String) throws {
    let series = try Self.series(Self.counted(stamps))
    #expect(series.grid.frequency.description == words)
    #expect(series.count == stamps.count && series.channels[0].values == stamps.indices.map(Double.init))
    #expect(series.grid.text(at: stamps.count) == next)
    #expect(series.notes == [] && !series.isFilled.contains(true))
    for step in -40..<40 { #expect(series.grid.step(of: series.grid.stamp(at: step)) == step) }
  }

  @Test("Days without weekends are working days; the next after Friday is Monday, and a holiday is a gap")
  func workingDays() throws {
    let days = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06", "2020-01-08", "2020-01-09", "2020-01-10"]
    let series = try Self.series(Self.counted(days))
    #expect(series.grid.frequency == .workingDays)
    #expect(series.channels[0].values == [0, 1, 2, 3, 3.5, 4, 5, 6])
    #expect(series.isFilled == [false, false, false, false, true, false, false, false])
    #expect(series.grid.text(at: 8) == "2020-01-13" && series.grid.text(at: -1) == "2019-12-31")
    #expect(series.notes[0] == "1 working day has no row, first 2020-01-07")
    // Seven days of them say nothing yet of weekends.
    #expect(
      try Self.series(Self.counted(["2020-01-06", "2020-01-07", "2020-01-08"])).grid.frequency == .seconds(86_400))
  }

  @Test("Seasons are those of the calendar")
  func seasons() {
    #expect(Frequency.seconds(3600).seasons == [24, 168] && Frequency.seconds(900).seasons == [96, 672])
    #expect(Frequency.seconds(300).seasons == [12, 288] && Frequency.seconds(86_400).seasons == [7])
    #expect(Frequency.months(1).seasons == [12] && Frequency.months(3).seasons == [4])
    #expect(Frequency.months(12).seasons == [] && Frequency.workingDays.seasons == [5])
    #expect(Frequency.seconds(604_800).seasons == [52] && Frequency.numbers(1).seasons == [])
  }

  // ---- Repairs

  /// Hours from the last of October on, of which one is doubled and one left out as clocks are put back and forward.
  private static func hours(_ count: Int, from start: Double) -> [(String, String)] {
    (0..<count).map { hour in
      let text = CivilTime(seconds: start + Double(hour) * 3600).description
      return (text.count == 10 ? text + " 00:00:00" : text, "\(hour)")
    }
  }

  @Test("A doubled hour of a change of clocks becomes a mean, a missing one is filled, both are said")
  func summerTime() throws {
    let start = CivilTime(year: 2017, month: 11, day: 5).seconds
    var rows = Self.hours(48, from: start)
    rows.insert((rows[2].0, "10"), at: 3)
    let doubled = try Self.series(Self.text(rows))
    #expect(doubled.channels[0].values == (0..<48).map { $0 == 2 ? 6 : Double($0) })
    #expect(
      doubled.notes == [
        "1 stamp comes more than once, first 2017-11-05 02:00:00, all in a night in which clocks change; the mean of their "
          + "values was taken"
      ])
    var others = Self.hours(48, from: CivilTime(year: 2018, month: 3, day: 11).seconds)
    others.remove(at: 2)
    let missing = try Self.series(Self.text(others))
    #expect(missing.channels[0].values == (0..<48).map(Double.init))
    #expect(missing.isFilled.firstIndex(of: true) == 2 && missing.isFilled.filter { $0 }.count == 1)
    #expect(missing.notes[0] == "1 hour has no row, first 2018-03-11 02:00:00, all in a night in which clocks change")
    #expect(missing.notes[1] == "'y' was filled for 1 step: by a straight line")
  }

  @Test("Rows that do not rise are put in order, whatever their order was")
  func order() throws {
    let rows = Self.hours(50, from: 0)
    let sorted = try Self.series(Self.text(rows))
    let turned = try Self.series(Self.text(rows.reversed()))
    #expect(turned.channels == sorted.channels && turned.grid == sorted.grid)
    #expect(turned.notes[0].hasPrefix("the rows are not in the order of time: 49 stamps lie before the one above"))
    #expect(sorted.notes == [])
  }

  @Test("Short gaps are lines, longer ones the season before, and more than a season is refused by its place")
  func gaps() throws {
    func with(missing: Range<Int>) -> String {
      Self.text(Self.hours(400, from: 0).enumerated().filter { !missing.contains($0.offset) }.map(\.element))
    }
    let line = try Self.series(with(missing: 200..<203)).channels[0].values
    #expect(line == (0..<400).map(Double.init))
    let season = try Self.series(with(missing: 200..<204)).channels[0].values
    #expect(Array(season[199..<205]) == [199, 32, 33, 34, 35, 204])
    let refused = error { () throws(TableError) in try Self.series(with(missing: 200..<369)) }
    #expect(refused?.kind == .allMissing && refused?.column == "y")
    #expect(refused?.message.contains("169 steps from 1970-01-09 08:00:00 to 1970-01-16 08:00:00") == true)
    let many = error { () throws(TableError) in
      try Self.series(Self.text(Self.hours(100, from: 0).enumerated().map { ($1.0, $0 % 3 == 1 ? "" : $1.1) }))
    }
    #expect(many?.message == "33 of 100 steps have no value: too many to be filled")
  }

  @Test("Several channels begin where all have values; rows behind the last are the future of known columns")
  func future() throws {
    let series = try Self.series(
      "t,y,z,price\n2000-01,,1,1\n2000-02,2,2,2\n2000-03,3,,3\n2000-04,,4,4\n2000-05,,,5\n2000-06,,,6\n2000-07,,,\n",
      targets: ["y", "z"], known: ["price"])
    #expect(series.channels.map(\.values) == [[2, 3, 3], [2, 3, 4]])
    #expect(series.isFilled == [false, true, true])
    #expect(series.known[0].values == [2, 3, 4, 5, 6])
    #expect(series.grid.text(at: 0) == "2000-02")
    let short = error { () throws(TableError) in
      try Self.series("t,y,price\n2000-01,1,1\n2000-02,2,2\n2000-03,3,\n", known: ["price"])
    }
    #expect(short?.message == "the column ends before the targets do, at 2000-02")
  }

  // ---- What is refused

  @Test(
    "What would be guessing is an error that names line and column",
    arguments: [
      ("t,y\n2000-01-01,1\n1/2/2000,2\n3. Jan 2000,3\n", 3, "'1/2/2000' is not a time; dates are read as 2016-07-01"),
      ("t,y\n2000-01-01,1\n,2\n2000-01-03,3\n", 3, "the time is missing"),
      (
        "t,y\n2000-01-01,1\n2000-01-02,2\n2000-01-03 11:00,3\n2000-01-04,3\n2000-01-05,3\n", 4, "lies between the steps"
      ),
      ("t,y\n2000-01-01,1\n", nil, "there is one stamp only"),
      ("t,y\n2000-01-01,a\n2000-01-02,b\n", nil, "its values are words; a series is of numbers"),
      ("t,y\n2000-01-01,1\n2000-01-02,inf\n", 3, "the value is infinite"),
      ("t,y\n2000-01-01,\n2000-01-02,\n", nil, "every value of this column is missing"),
      ("t,y\n1,1\n2,2\n3,3\n100000,3\n", nil, "most steps have no row"),
    ] as [(String, Int?, String)])
  func refusals(_ text: String, _ line: Int?, _ words: String) throws {
    let found = try #require(error { () throws(TableError) in try Self.series(text) })
    #expect(found.message.contains(words), "\(found)")
    #expect(found.line == line && found.file == "t.csv", "\(found)")
  }

  @Test("Three forms of dates in one column are one series, where each can be read in one way only")
  func formats() throws {
    let series = try Self.series("t,y\n2000-01-01,1\n2000/01/02,2\n3 Jan 2000,3\n\"January 4, 2000\",4\n")
    #expect(series.channels[0].values == [1, 2, 3, 4] && series.grid.frequency == .seconds(86_400))
  }

  @Test("Several series in one table are refused, not mixed")
  func severalSeries() throws {
    let rows = Self.hours(30, from: 0)
    let found = error { () throws(TableError) in try Self.series(Self.text(rows + rows)) }
    #expect(
      found?.message.contains("30 of 30 stamps come more than once, first 1970-01-01 in the lines 2 and 32") == true)
  }

  @Test("The columns have to be there, and each named once")
  func columns() throws {
    let table = try Table(csvText: "t,y\n1,2\n2,3\n", file: "t.csv")
    #expect(error { () throws(TableError) in try TimeSeries(table, time: "x", targets: ["y"]) }?.kind == .unknownColumn)
    #expect(error { () throws(TableError) in try TimeSeries(table, time: "t", targets: ["t"]) }?.kind == .duplicateName)
    #expect(error { () throws(TableError) in try TimeSeries(table, time: "t", targets: []) }?.kind == .noTarget)
  }
}
