/// What is to be predicted: one of several classes, or a number.
public enum LearningTask: String, Codable, CaseIterable, Sendable {
  case classification, regression
}

/// The target as a network sees it, and the way back to its own unit.
public struct TargetEncoding: Codable, Sendable, Equatable {
  public let column: String
  public let task: LearningTask
  /// The classes, sorted; empty for a regression.
  public let levels: [String]
  /// The training rows of each class.
  public let counts: [Int]
  /// Mean and population deviation of the training rows, for a regression; 0 and 1 for classes.
  public let mean: Double
  public let deviation: Double
  /// The range of the training rows, for a regression.
  public let minimum: Double
  public let maximum: Double

  /// The task that a target asks for: classification for categories, booleans and text, for whole numbers with at most
  /// two different values, and for those that are exactly 0…k-1 or 1…k with k up to 10; regression for all else.
  public static func task(of column: Column) -> LearningTask {
    switch column.values {
    case .codes: return .classification
    case .numbers where column.type == .date: return .regression
    case .numbers, .integers: return isClassNumbers(column.numbers ?? []) ? .classification : .regression
    }
  }

  private static func isClassNumbers(_ numbers: some Sequence<Double>) -> Bool {
    var distinct: Set<Double> = []
    for number in numbers where !number.isNaN {
      guard number == number.rounded(), number.isFinite else { return false }
      if distinct.insert(number).inserted, distinct.count > 10 { return false }
    }
    guard distinct.count > 2, let low = distinct.min(), let high = distinct.max() else { return true }
    return (low == 0 || low == 1) && high - low == Double(distinct.count - 1)
  }

  /// Learns the classes from all rows of the table, so that a class cannot be unknown because of a split; their counts,
  /// or the mean and deviation, from the given rows.
  ///
  /// - Throws: `unknownColumn`, `allMissing`, `constantTarget`, `infiniteTarget`, `tooManyClasses`, or `wrongType`
  ///   where a regression is asked of values that are no numbers.
  public static func fit(
    _ table: Table, column name: String, rows: [Int]? = nil, task: LearningTask? = nil
  ) throws(TableError) -> TargetEncoding {
    let column = try table.column(name)
    let (present, _) = try table.rowsWithValue(in: name)
    let rows = (rows ?? present).filter { !column.isMissing($0) }
    guard !rows.isEmpty else {
      throw TableError(.allMissing, "the target is missing in every training row", file: table.file, column: name)
    }
    let task = task ?? TargetEncoding.task(of: column)
    return task == .classification
      ? try classes(table, column, present: present, rows) : try number(table, column, rows)
  }

  private static func classes(
    _ table: Table, _ column: Column, present: [Int], _ rows: [Int]
  ) throws(TableError) -> TargetEncoding {
    var distinct: [String: Int] = [:]
    for row in present { distinct[column.text(row) ?? "", default: 0] += 1 }
    guard distinct.count > 1 else { throw constant(table, column, distinct.keys.first ?? "") }
    guard distinct.count <= max(20, present.count / 2) else {
      let odd = present.first { NumberParser.number(column.text($0) ?? "") == nil }
      let isMostlyNumbers =
        distinct.keys.reduce(0) { $0 + (NumberParser.number($1) == nil ? 0 : 1) } * 10 >= distinct.count * 9
      if isMostlyNumbers, let odd {
        throw TableError(
          .wrongType,
          "'\((column.text(odd) ?? "").prefix(60))' is not a number, but nearly all other values of the target are",
          file: table.file, line: table.line(ofRow: odd), column: column.name)
      }
      throw TableError(
        .tooManyClasses,
        "the target has \(distinct.count) different values in \(present.count) rows, too many to learn as classes",
        file: table.file, column: column.name)
    }
    let levels = sortedLevels(Array(distinct.keys))
    var counts: [String: Int] = [:]
    for row in rows { counts[column.text(row) ?? "", default: 0] += 1 }
    return TargetEncoding(
      column: column.name, task: .classification, levels: levels, counts: levels.map { counts[$0] ?? 0 }, mean: 0,
      deviation: 1, minimum: 0, maximum: 0)
  }

  private static func number(_ table: Table, _ column: Column, _ rows: [Int]) throws(TableError) -> TargetEncoding {
    let numbers = try ColumnReading(
      table, column, trainedAs: .number, reason: "as the target of a regression has to be"
    ).numbers()
    if let row = rows.first(where: { numbers[$0].isInfinite }) {
      throw TableError(
        .infiniteTarget, "the target is infinite; a regression needs finite numbers", file: table.file,
        line: table.line(ofRow: row), column: column.name)
    }
    let values = rows.map { numbers[$0] }.filter { !$0.isNaN }
    let low = values.min() ?? 0
    let high = values.max() ?? 0
    guard high > low else { throw constant(table, column, shortest(low)) }
    let (mean, deviation) = meanAndDeviation(values)
    // Scores square errors.
    let range = high / 2 - low / 2
    guard range < 1e150, range > 1e-150, max(abs(low), abs(high)) < 1e150 else {
      throw TableError(
        .infiniteTarget,
        "the target goes from \(shortest(low)) to \(shortest(high)), and the squares of its errors cannot be held; "
          + "\(range < 1 ? "multiply" : "divide") it by a power of ten", file: table.file, column: column.name)
    }
    return TargetEncoding(
      column: column.name, task: .regression, levels: [], counts: [], mean: mean,
      deviation: deviation > 0 ? deviation : 1,
      minimum: low, maximum: high)
  }

  private static func constant(_ table: Table, _ column: Column, _ value: String) -> TableError {
    TableError(
      .constantTarget, "the target is '\(value.prefix(60))' in every row, so there is nothing to learn",
      file: table.file,
      column: column.name)
  }

  /// The target of the given rows, those without a value left out.
  ///
  /// A class is matched by its text; where no row's text is a known class but all would be without a final dot (as in
  /// the test file of the census income data), the dots are passed over.
  ///
  /// - Throws: `unknownColumn`, `allMissing`, `wrongType`, or `unseenClass` with the line and the class.
  public func encode(_ table: Table, rows: [Int]? = nil) throws(TableError) -> EncodedTarget {
    let column = try table.column(column)
    let asked = rows ?? Array(0..<table.rowCount)
    let rows = asked.filter { !column.isMissing($0) }
    guard !rows.isEmpty else {
      throw TableError(.allMissing, "the target is missing in every row", file: table.file, column: column.name)
    }
    let missing = asked.count - rows.count
    if task == .regression {
      let numbers = try ColumnReading(
        table, column, trainedAs: .number, reason: "as the target of a regression has to be"
      ).numbers()
      if let row = rows.first(where: { numbers[$0].isInfinite }) {
        throw TableError(
          .infiniteTarget, "the target is infinite", file: table.file, line: table.line(ofRow: row), column: column.name
        )
      }
      let values = rows.map { numbers[$0] }
      return EncodedTarget(
        rows: rows, missing: missing, numbers: values, scaled: values.map { Float(($0 - mean) / deviation) },
        classes: [])
    }
    let classes = try classIndices(table, column, rows)
    return EncodedTarget(rows: rows, missing: missing, numbers: classes.map(Double.init), scaled: [], classes: classes)
  }

  private func classIndices(_ table: Table, _ column: Column, _ rows: [Int]) throws(TableError) -> [Int32] {
    let index = Dictionary(zip(levels, levels.indices.map(Int32.init))) { first, _ in first }
    func lookedUp(_ name: (String) -> String) -> [Int32] {
      if case .codes(let codes, let own) = column.values {
        let translated = own.map { index[name($0)] ?? -1 }
        return rows.map { translated[Int(codes[$0])] }
      }
      return rows.map { index[name(column.text($0) ?? "")] ?? -1 }
    }
    var classes = lookedUp { $0 }
    if classes.allSatisfy({ $0 < 0 }) {
      classes = lookedUp { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
    }
    if let position = classes.firstIndex(where: { $0 < 0 }) {
      let row = rows[position]
      throw TableError(
        .unseenClass,
        "'\((column.text(row) ?? "").prefix(60))' is no class of the training data, which were \(quotedList(levels))",
        file: table.file, line: table.line(ofRow: row), column: column.name)
    }
    return classes
  }

  /// A scaled prediction in the target's own unit.
  public func unscaled(_ value: Float) -> Double { Double(value) * deviation + mean }
}

/// The target of some rows, as numbers for a network.
public struct EncodedTarget: Sendable, Equatable {
  /// The rows that have a target, in the order asked for.
  public let rows: [Int]
  /// How many rows were left out because theirs is missing.
  public let missing: Int
  /// The target in its own unit, or the class's index.
  public let numbers: [Double]
  /// (number - mean) / deviation; empty for classes.
  public let scaled: [Float]
  /// Indices of `TargetEncoding.levels`; empty for a regression.
  public let classes: [Int32]
  /// How much each row counts in a score; nil where all count the same.
  package var weights: [Double]?
}
