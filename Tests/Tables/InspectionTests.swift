import Testing

@testable import GliaTables

@Suite("Inspection")
struct InspectionTests {
  @Test("Statistics of each column")
  func statistics() throws {
    let table = try Table(csvText: "n,c,d\n1,x,2020-01-01\n2,y,2020-01-03\n,x,2020-01-02\n6,,\n")
    let columns = try table.inspect().columns
    #expect(columns[0].mean == 3 && columns[0].median == 2 && columns[0].minimum == 1 && columns[0].maximum == 6)
    #expect(abs((columns[0].deviation ?? 0) - 2.160246899469287) < 1e-12)
    #expect(columns[0].missing == 1 && columns[0].distinct == 3)
    #expect(
      columns[1].levels == [ColumnSummary.Level(level: "x", count: 2), ColumnSummary.Level(level: "y", count: 1)])
    #expect(columns[2].minimum == 1_577_836_800)
  }

  @Test("Warnings name what is wrong with a column")
  func warnings() throws {
    let rows = Array(0..<60)
    let table = try Table([
      Column("id", integers: rows.map { $0 + 500 }),
      Column("same", numbers: rows.map { _ in 3 }),
      Column("empty", numbers: rows.map { $0 < 30 ? .nan : Double($0 % 7) }),
      Column("x", numbers: rows.map { Double($0 * 31 % 17) }),
      Column("twin", integers: rows.map { $0 * 31 % 17 }),
      Column("leak", categories: rows.map { $0 % 20 == 0 ? "sick" : "well" }),
      Column("edge", numbers: rows.map { $0 % 20 == 0 ? 100 + Double($0) : Double($0) }),
      Column("almost", categories: rows.map { $0 == 9 ? "unknown" : "\($0 % 13)" }),
      Column("y", categories: rows.map { $0 % 20 == 0 ? "yes" : "no" }),
    ])
    let inspection = try table.inspect(target: "y")
    let found = Set(inspection.warnings.map { "\($0.kind.rawValue) \($0.column)" })
    #expect(
      found == [
        "identifier id", "constant same", "manyMissing empty", "duplicate twin", "leak leak", "leak edge",
        "nearlyNumbers almost", "imbalanced y",
      ])
    #expect(inspection.task == .classification)
    #expect(inspection.description.contains("warning: 'same' has the same value in every row"))
  }

  @Test("A column on one line with a numeric target gives it away")
  func linearLeak() throws {
    let rows = Array(0..<50)
    let table = try Table([
      Column("euro", numbers: rows.map { Double($0 * $0) * 0.9 }), Column("rough", numbers: rows.map { Double($0) }),
      Column("dollar", numbers: rows.map { Double($0 * $0) + 0.5 }),
    ])
    let leaks = try table.inspect(target: "dollar").warnings.filter { $0.kind == .leak }.map(\.column)
    #expect(leaks == ["euro"])
  }
}
