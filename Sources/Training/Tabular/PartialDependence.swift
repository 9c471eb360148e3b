import GliaTables

/// What a model predicts on average when a column is set to one value in every row:
///
///     f̄(v) = (1 / rows) Σ f(row with the column set to v)
///
/// The other columns stay as they are, also where they and the value never come together in life.
///
/// J. H. Friedman 2001, "Greedy function approximation: a gradient boosting machine", doi:10.1214/aos/1013203451.
public struct PartialDependence: Sendable, Equatable {
  /// The mean prediction with the column set to a value.
  public struct Point: Sendable, Equatable {
    /// The value, as the table writes it.
    public let value: String
    /// The mean prediction in the target's own unit, or the mean probability of each class.
    public let means: [Double]
  }

  public let column: String
  /// The classes; empty for a regression.
  public let levels: [String]
  public let points: [Point]

  /// Rows that have the values to try: of numbers and dates, all different ones in rising order, or so many with the same
  /// share of rows between them, the least and the greatest among them; of other columns the most frequent levels.
  static func rows(_ column: Column, points: Int) -> [Int] {
    let present = (0..<column.count).filter { !column.isMissing($0) }
    guard let numbers = column.numbers else {
      let byLevel = Dictionary(grouping: present) { column.text($0) ?? "" }
      return byLevel.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(points).map { $0.value[0] }
    }
    let sorted = present.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    func distinct(_ rows: [Int]) -> [Int] {
      rows.indices.filter { $0 == 0 || numbers[rows[$0]] != numbers[rows[$0 - 1]] }.map { rows[$0] }
    }
    let all = distinct(sorted)
    guard all.count > points else { return all }
    return distinct((0..<points).map { sorted[$0 * (sorted.count - 1) / (points - 1)] })
  }
}

extension TabularModel {
  /// The mean prediction for the rows of a table, with a column set to one value after another. No target is needed.
  ///
  /// - Parameters:
  ///   - name: a column that the model reads.
  ///   - points: how many values are tried at most, at least 2.
  /// - Throws: `TableError` for a table that does not fit or has no value of the column, ``TrainingError`` for a column that
  ///   the model does not read, fewer than 2 points, or a model of images.
  public func partialDependence(of name: String, on table: Table, points: Int = 12) throws -> PartialDependence {
    if points < 2 { throw TrainingError("The points are \(points); there have to be at least 2.") }
    let read = try KnownRows.columns(of: self)
    guard read.contains(name) else {
      let more = read.count > 40 ? " and \(read.count - 40) more" : ""
      let columns = read.prefix(40).map { "'\($0)'" }.joined(separator: ", ") + more
      throw TrainingError("'\(name)' is no column that the model reads; those are \(columns).")
    }
    _ = try table.rowsWithValue(in: name)
    let column = try table.column(name)
    let predictor = Predictor(network)
    let found = try PartialDependence.rows(column, points: points).map { row in
      let changed = try table.replacing(column.rows(.init(repeating: row, count: table.rowCount)))
      let answers = answers(try predictor.outputs(for: inputs(changed, rows: nil)))
      return PartialDependence.Point(value: column.text(row) ?? "", means: answers.means)
    }
    return PartialDependence(column: name, levels: target.levels, points: found)
  }
}

extension TablePredictions {
  /// The mean over the rows: of the values, or of each class's probability.
  fileprivate var means: [Double] {
    let (width, all) = (max(levels.count, 1), levels.isEmpty ? values : probabilities)
    return (0..<width).map { place in
      stride(from: place, to: all.count, by: width).reduce(0) { $0 + all[$1] } / Double(count)
    }
  }
}
