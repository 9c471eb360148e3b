import GliaTables

/// A row whose target is known, and how far from it a model's answer is.
public struct WrongRow: Sendable, Equatable {
  /// A class, or a number in the target's own unit.
  public enum Answer: Sendable, Equatable {
    case label(String)
    case value(Double)
  }

  /// Its place in the table, counted from 0.
  public let row: Int
  /// The line of the file where it begins, counted from 1; nil for a table built in memory.
  public let line: Int?
  public let target: Answer
  public let prediction: Answer
  /// The probability that was given to the true class; nil for a regression.
  public let probability: Double?
  /// −ln of that probability, or |target − prediction|: over all rows their mean is `logLoss`, or `mae`.
  public let loss: Double
}

extension TabularModel {
  /// The rows of a table that the model is most wrong about, the worst first; of equally bad ones the first in the table.
  ///
  /// - Parameter count: how many there are at most.
  /// - Throws: `TableError` for a table that does not fit, ``TrainingError`` for a model of images.
  public func mostWrong(on table: Table, count: Int = 10) throws -> [WrongRow] {
    let rows = try KnownRows(self, table)
    let answers = try rows.answers()
    let losses = (0..<answers.count).map { row in
      target.task == .classification
        ? ClassPredictions.logLoss(of: probability(answers, rows.known, row))
        : abs(rows.known.numbers[row] - answers.values[row])
    }
    let worst = losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(max(count, 0))
    let classes = answers.classes
    return worst.map { row in
      let isClass = target.task == .classification
      return WrongRow(
        row: rows.places[row], line: rows.table.line(ofRow: row),
        target: isClass ? .label(target.levels[Int(rows.known.classes[row])]) : .value(rows.known.numbers[row]),
        prediction: isClass ? .label(classes[row]) : .value(answers.values[row]),
        probability: isClass ? probability(answers, rows.known, row) : nil, loss: losses[row])
    }
  }

  /// That of the true class.
  private func probability(_ answers: TablePredictions, _ known: EncodedTarget, _ row: Int) -> Double {
    answers.probabilities[row * answers.levels.count + Int(known.classes[row])]
  }
}
