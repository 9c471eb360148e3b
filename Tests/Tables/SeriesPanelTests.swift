import Testing

@testable import GliaTables

@Suite("Several series of a table")
struct SeriesPanelTests {
  private static func panel(_ text: String, known: [String] = []) throws(TableError) -> SeriesPanel {
    try SeriesPanel(
      Table(csvText: text, file: "t.csv"), series: "shop", time: "t", targets: ["y"], known: known)
  }

  /// Days from 2020-01-01 on, with the number of the day as the value.
  private static func days(_ shop: String, _ days: some Sequence<Int>) -> [String] {
    days.map { "\(shop),2020-01-\($0 < 10 ? "0" : "")\($0),\($0)\n" }
  }

  @Test("Each series has its own stamps, length, order and repairs, which name it")
  func members() throws {
    // b's rows lie between a's, go backwards, and lack a day; c has a day twice.
    let a = Self.days("a", 1...9), b = Self.days("b", [8, 7, 5, 4, 3]), c = Self.days("c", [2, 3, 3, 4])
    let rows = (0..<9).flatMap { [a[$0]] + ($0 < b.count ? [b[$0]] : []) } + c
    let panel = try Self.panel("shop,t,y\n" + rows.joined())
    #expect(panel.identifier == "shop" && panel.members.map(\.name) == ["a", "b", "c"])
    #expect(
      panel.members.map { $0.series.channels[0].values } == [(1...9).map(Double.init), [3, 4, 5, 6, 7, 8], [2, 3, 4]])
    #expect(panel.members[1].series.isFilled == [false, false, false, true, false, false])
    #expect(panel.members[1].series.grid.text(at: 6) == "2020-01-09")
    #expect(
      panel.notes == [
        "'b': the rows are not in the order of time: 4 stamps lie before the one above; they were put in order",
        "'b': 1 day has no row, first 2020-01-06", "'b': 'y' was filled for 1 step: by a straight line",
        "'c': 1 stamp comes more than once, first 2020-01-03; the mean of their values was taken",
      ])
  }

  @Test("What cannot be read is left out by name, with its line and why; the rest is kept")
  func leftOut() throws {
    let rows =
      Self.days("a", 1...9) + ["b,2020-01-01,1\n"] + Self.days("c", [1, 2, 3, 20, 21]) + Self.days("d", 1...9)
      + ["e,2020-01-01,1\n", "e,2020-01-08,1\n", "e,2020-01-15,1\n"]
    let panel = try Self.panel("shop,t,y\n" + rows.joined())
    #expect(panel.members.map(\.name) == ["a", "d"])
    let notes = panel.notes.filter { $0.contains("is left out") }
    #expect(notes.count == 3)
    #expect(notes[0] == "'b' is left out: column 't': there is one stamp only; a series has several")
    #expect(notes[1].hasPrefix("'c' is left out: column 'y': there is no value for 10 steps from 2020-01-06"))
    #expect(notes[2] == "'e' is left out: it goes by the week, most go by the day")
  }

  @Test("A row of no series, a table of none that can be read, and a column named twice are errors")
  func refusals() {
    func message(_ text: String, known: [String] = []) -> String {
      do {
        _ = try Self.panel(text, known: known)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message("shop,t,y\na,2020-01-01,1\n,2020-01-02,2\n").hasPrefix(
        "t.csv: line 3, column 'shop': the row does not say which series it is of"))
    #expect(
      message("shop,t,y\na,2020-01-01,1\nb,2020-01-02,2\n").hasPrefix(
        "t.csv: column 'shop': none of its 2 series can be read, the first because: column 't': there is one stamp"))
    #expect(message("shop,t,y\na,2020-01-01,1\n", known: ["shop"]).contains("the column is named twice"))
    #expect(message("shop,when,y\na,2020-01-01,1\n").contains("there is no column 't'"))
  }
}
