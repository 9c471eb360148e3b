import GliaTables
import GliaTensors

/// How much worse a model answers when what a column says is taken away: the score of the rows as they are, less that of
/// the same rows with the column shuffled among them.
///
/// It belongs to the model and to the rows: of two columns that say the same, each may stand for the other, and both
/// come out as unimportant.
///
/// L. Breiman 2001, "Random forests", doi:10.1023/A:1010933404324.
public struct PermutationImportance: Sendable, Equatable {
  /// One column of the table; what it becomes for the network moves together.
  public struct Entry: Sendable, Equatable {
    public let column: String
    /// By how much the score gets worse, shuffle by shuffle; below 0 where it gets better.
    public let drops: [Double]

    public var mean: Double { drops.reduce(0, +) / Double(drops.count) }

    /// √(Σ (drop − mean)² / shuffles)
    public var deviation: Double {
      let mean = mean
      return (drops.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(drops.count)).squareRoot()
    }
  }

  /// The metric's name: accuracy, or rmse.
  public let metric: String
  /// That of the rows as they are.
  public let score: Double
  /// How many rows were shuffled.
  public let rows: Int
  /// The column that counts most first; of those that count the same, the first in the table.
  public let entries: [Entry]

  /// The entry of a column; nil for one that the model does not read.
  public subscript(column: String) -> Entry? { entries.first { $0.column == column } }

  /// Where the value of each row comes from in one shuffle of a column. It depends on the seed, the column's name and the
  /// number of the shuffle, and not on the other columns.
  static func order(rows: Int, column: String, shuffle: Int, seed: UInt64) -> [Int] {
    let key = RandomKey(seed: seed).folding("importance").folding(column).folding(UInt64(shuffle))
    var generator = SplitMix64(seed: key.seed)
    var order = Array(0..<Int32(rows))
    generator.shuffle(&order)
    return order.map(Int.init)
  }
}

extension TabularModel {
  /// How much each column that the model reads counts, on rows whose target is known.
  ///
  ///     let importance = try model.importance(on: Table(csv: "held-out.csv"))
  ///     for entry in importance.entries { print(entry.column, entry.mean, entry.deviation) }
  ///
  /// Rows that the model did not learn from say what carries over to new ones.
  ///
  /// - Parameters:
  ///   - repeats: how often each column is shuffled, at least once.
  ///   - seed: of the shuffles; the same seed gives the same bits.
  /// - Throws: `TableError` for a table that does not fit, ``TrainingError`` for fewer than two rows, no repeats, or a model
  ///   of images.
  public func importance(on table: Table, repeats: Int = 5, seed: UInt64 = 0) throws -> PermutationImportance {
    try importance(on: table, repeats: repeats) {
      PermutationImportance.order(rows: $0, column: $1, shuffle: $2, seed: seed)
    }
  }

  /// The same with shuffles of one's own.
  func importance(
    on table: Table, repeats: Int, order: (_ rows: Int, _ column: String, _ shuffle: Int) -> [Int]
  ) throws -> PermutationImportance {
    if repeats < 1 { throw TrainingError("The repeats are \(repeats); there has to be at least 1.") }
    let rows = try KnownRows(self, table)
    guard rows.table.rowCount > 1 else {
      throw TrainingError("Only 1 row has a value of '\(target.column)'; to shuffle a column takes 2 or more.")
    }
    let metric = target.task.metric
    func scores(_ answers: TablePredictions) throws -> Scores {
      try Scores.of(answers, rows.known, target, by: [metric])
    }
    let whole = try scores(rows.answers())
    let entries = try KnownRows.columns(of: self).map { name in
      let column = try rows.table.column(name)
      let drops = try (0..<repeats).compactMap { shuffle in
        let shuffled = column.rows(order(column.count, name, shuffle))
        let answers = try rows.answers(rows.table.replacing(shuffled))
        return try whole.advantage(over: scores(answers), target.task)
      }
      return PermutationImportance.Entry(column: name, drops: drops)
    }
    let sorted = entries.enumerated().sorted { ($1.element.mean, $0.offset) < ($0.element.mean, $1.offset) }
    return PermutationImportance(
      metric: metric.name, score: whole[metric.name] ?? .nan, rows: rows.table.rowCount, entries: sorted.map(\.element))
  }
}
