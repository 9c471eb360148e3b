import GliaTables

/// Rows that share a value of a column, and how a model scores on them.
public struct Segment: Sendable, Equatable {
  /// The value; of numbers of many values a range of them, "3 to 7.5"; "(missing)" for rows without one; "(4 others)" for
  /// the rarer levels.
  public let name: String
  public let rows: Int
  /// A metric that is undefined for the segment is not there.
  public let scores: Scores

  /// The most values that get a segment each.
  static let mostValues = 12

  /// The rows of a column that go together. Each row is in one of the groups.
  ///
  /// Numbers, dates and booleans rise; of more than ``mostValues`` different ones, each quarter of the rows is a group, equal
  /// values kept together. Other levels come by how often they occur, and the rarer ones as one group. The rows
  /// without a value come last.
  static func groups(_ column: Column) -> [(name: String, rows: [Int])] {
    let present = (0..<column.count).filter { !column.isMissing($0) }
    let missing = (0..<column.count).filter { column.isMissing($0) }
    let groups = column.numbers.map { ranges(column, present, $0) } ?? levels(column, present)
    return groups + (missing.isEmpty ? [] : [("(missing)", missing)])
  }

  private static func ranges(_ column: Column, _ present: [Int], _ numbers: [Double]) -> [(name: String, rows: [Int])] {
    let sorted = present.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    let distinct = Set(sorted.map { numbers[$0] })
    let starts =
      distinct.count <= mostValues
      ? distinct.sorted() : Set((0..<4).map { numbers[sorted[$0 * sorted.count / 4]] }).sorted()
    return starts.indices.map { index in
      let rows = sorted.filter {
        numbers[$0] >= starts[index] && (index + 1 == starts.count || numbers[$0] < starts[index + 1])
      }
      let (least, greatest) = (rows[0], rows[rows.count - 1])
      let (from, to) = (column.text(least) ?? "", column.text(greatest) ?? "")
      return (numbers[least] == numbers[greatest] ? from : "\(from) to \(to)", rows.sorted())
    }
  }

  private static func levels(_ column: Column, _ present: [Int]) -> [(name: String, rows: [Int])] {
    let byLevel = Dictionary(grouping: present) { column.text($0) ?? "" }
    let sorted = byLevel.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let groups = sorted.map { (name: $0.key, rows: $0.value) }
    guard groups.count > mostValues else { return groups }
    let rare = groups.dropFirst(mostValues - 1)
    return groups.prefix(mostValues - 1) + [("(\(rare.count) others)", rare.flatMap(\.rows).sorted())]
  }
}

extension TabularModel {
  /// The scores of a table's rows, segment by segment of a column, which the model need not read; rows without a target are
  /// left out, so that the segments add up to ``evaluate(_:)``.
  ///
  ///     for segment in try model.segments(of: table, by: "town") { print(segment.name, segment.rows, segment.scores) }
  ///
  /// - Throws: `TableError` for a table that does not fit or has no such column, ``TrainingError`` for a model of images.
  public func segments(of table: Table, by name: String) throws -> [Segment] {
    let column = try table.column(name)
    let rows = try KnownRows(self, table)
    let answers = try rows.answers()
    return try Segment.groups(column.rows(rows.places)).map { group in
      let known = try known(rows.table, rows: group.rows)
      return Segment(
        name: group.name, rows: group.rows.count, scores: try Scores.of(answers.rows(group.rows), known, target))
    }
  }
}
