import GliaTables
import GliaTensors

/// How much each row of a table counts, by a column: a row of weight 2 is as two rows, one of weight 0 as none.
public struct RowWeights: Sendable, Equatable {
  public let column: String
  /// The constant answer that suits the weighted training rows: their mean, or the shares of the classes.
  let constant: [Double]

  init(column: String, constant: [Double]) { (self.column, self.constant) = (column, constant) }

  /// Those of training rows.
  init(column: String, _ known: EncodedTarget, _ encoding: TargetEncoding) {
    let weights = known.weights ?? []
    let total = weights.reduce(0, +)
    let sums =
      encoding.task == .regression
      ? [zip(weights, known.numbers).reduce(0) { $0 + $1.0 * $1.1 }] : RowWeights.ofClasses(known, encoding)
    self.init(column: column, constant: sums.map { $0 / total })
  }

  /// So that sums over rows stay finite.
  static let range = 0...1e100

  /// The weight of each of some rows.
  ///
  /// - Throws: `TableError` with the line and value of the first that is no number in ``range``.
  static func values(_ name: String, in table: Table, rows: [Int]) throws -> [Double] {
    let column = try table.column(name)
    let numbers = column.numbers
    return try rows.map { row in
      let text = column.text(row)
      // In a column that one cell makes a column of words, that cell is to blame.
      let number = column.type == .date ? nil : numbers?[row] ?? text.flatMap(Double.init)
      if let number, RowWeights.range.contains(number) { return number }
      let found =
        text.map { number == nil ? "'\($0)' is not a number" : "the weight is \($0)" } ?? "the weight is missing"
      let line = table.line(ofRow: row)
      throw TableError(
        .wrongType, (line == nil ? "row \(row + 1): " : "") + found + "; a weight is a number from 0 to 1e100",
        file: table.file, line: line, column: name)
    }
  }

  /// - Throws: `TableError` where every weight is 0.
  static func check(_ weights: [Double], of name: String, in table: Table) throws {
    guard weights.contains(where: { $0 > 0 }) else {
      throw TableError(.noRows, "every weight is 0, so no row counts", file: table.file, column: name)
    }
  }

  /// How rows are weighted, one a line, for reports.
  static func words(_ column: String?, _ classWeights: [Double]?, _ encoding: TargetEncoding) -> [String] {
    let factors = classWeights.map { zip(encoding.levels, $0).map { "\($0) \(shortest(($1 * 1e4).rounded() / 1e4))" } }
    return (column.map { ["rows weighted by '\($0)'"] } ?? [])
      + (factors.map { ["classes weighted in the loss: " + $0.joined(separator: ", ")] } ?? [])
  }

  /// The sum of the weights of each class's rows.
  static func ofClasses(_ known: EncodedTarget, _ encoding: TargetEncoding) -> [Double] {
    var sums = Array(repeating: 0.0, count: encoding.levels.count)
    for (row, name) in known.classes.enumerated() { sums[Int(name)] += known.weights?[row] ?? 1 }
    return sums
  }

  /// What each row counts in the loss: its weight times that of its class, with a mean of 1 so that no weight is too large for
  /// float32; nil where all rows count the same.
  static func samples(_ known: EncodedTarget, classWeights: [Double]?) throws -> Tensor? {
    guard known.weights != nil || classWeights != nil else { return nil }
    let most = max(known.weights?.max() ?? 1, .leastNormalMagnitude)
    let weights = known.rows.indices.map { row in
      (known.weights?[row] ?? 1) / most * (classWeights?[Int(known.classes[row])] ?? 1)
    }
    let mean = weights.reduce(0, +) / Double(weights.count)
    return Tensor(weights.map { Float($0 / mean) }, shape: [weights.count])
  }
}

/// What the classes count in the loss, and in nothing else: not in the metrics.
public enum ClassWeights: Sendable, Equatable {
  /// rows / (classes · rows of the class): together every class counts the same.
  case balanced
  /// By the class's name; the others count 1.
  case of([String: Double])

  /// One factor a class, whose greatest is at most the number of rows apart from the others.
  ///
  /// - Throws: ``TrainingError`` for a target without classes, a class that there is not, a weight that is negative or not
  ///   finite, and where all are 0.
  func factors(_ known: EncodedTarget, _ encoding: TargetEncoding) throws -> [Double] {
    guard encoding.task == .classification else {
      throw TrainingError("Class weights are for classes; '\(encoding.column)' is a number.")
    }
    switch self {
    case .balanced:
      let sums = RowWeights.ofClasses(known, encoding)
      let total = sums.reduce(0, +)
      // A class without training rows has nothing to weigh.
      return sums.map { $0 > 0 ? total / (Double(sums.count) * $0) : 1 }
    case .of(let weights):
      for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
        guard encoding.levels.contains(name) else {
          let classes = encoding.levels.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
          throw TrainingError("Class weights name '\(name)', which is no class of '\(encoding.column)': \(classes).")
        }
        guard weight >= 0, weight <= 1e6 else {
          throw TrainingError(
            "The weight of class '\(name)' is \(weight); it has to be at least 0 and at most 1000000.")
        }
      }
      let factors = encoding.levels.map { weights[$0] ?? 1 }
      guard factors.contains(where: { $0 > 0 }) else {
        throw TrainingError("The weights of all classes are 0: there is nothing to learn from.")
      }
      return factors
    }
  }
}
