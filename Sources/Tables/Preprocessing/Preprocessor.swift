/// Turns the rows of a table into numbers for a network, by rules fitted on training rows alone.
///
/// - A number or an integer becomes one column, scaled, the missing filled with the median; and a second one that says
///   "was missing", if any was in training.
/// - A boolean or a category of two levels: one column, -1 or 1, and 0 for the missing and the unseen; "was missing" as
///   above.
/// - A category of up to `oneHotLimit` levels: one column for each level, and one each for the rare and the missing,
///   if training had such rows. An unseen level counts as rare, and is all zeros where training had no rare ones.
/// - A category of more levels: a code for an embedding, 0 missing, 1 rare or unseen, 2 and up the levels.
/// - A date: those of elapsed time, year, month, weekday and hour that vary in training; circles as sine and cosine.
/// - A text: numbers of how it looks, and the scores that linear models of its n-grams give it (``TextEncoding``).
///
/// Constant columns and identifiers are dropped with a warning that names them. An identifier is a column whose values
/// all differ in at least 20 rows, if they are strings, or whole numbers that follow one another, or whole numbers in a
/// column named like an identifier or in at least 100 rows. A column that is named in `features` is never dropped as an
/// identifier.
///
/// A value of this type is plain data: it encodes to and from JSON, and holds no NaN and no infinity.
///
///     let preprocessor = try Preprocessor.fit(table, rows: split.training, target: "income")
///     let features = try preprocessor.transform(table, rows: split.training)
public struct Preprocessor: Codable, Sendable, Equatable {
  /// How columns become numbers.
  public struct Options: Codable, Sendable, Equatable {
    public var scaling = Scaling.standard
    /// The most levels that get a column each; categories of more levels become embedding codes.
    public var oneHotLimit = 9
    /// Levels that fewer training rows have are rare and share a bucket, once there are 100 training rows.
    public var minimumLevelCount = 2

    public init() {}
  }

  /// A column that is not used, and why.
  public struct Dropped: Codable, Sendable, Equatable {
    /// Why a column is not used.
    public enum Reason: String, Codable, Sendable { case constant, identifier, text, empty }
    public let column: String
    public let reason: Reason
  }

  public let options: Options
  public let columns: [ColumnEncoding]
  public let target: TargetEncoding?
  public let dropped: [Dropped]
  /// What a person should know, one sentence each.
  public let warnings: [String]

  /// The columns of the numeric matrix: `age`, `age is missing`, `sex=male`, `date month sin`.
  public var numericNames: [String] { columns.flatMap(\.numericNames) }
  /// The columns of the matrix of codes, and how many codes each may have.
  public var codeNames: [String] { columns.filter { $0.cardinality != nil }.map(\.column) }
  public var cardinalities: [Int] { columns.compactMap(\.cardinality) }
  /// How many columns of the encoded rows each feature has: those of the numeric matrix, then one for each feature of codes.
  public var groupWidths: [Int] {
    columns.map(\.numericNames.count).filter { $0 > 0 } + cardinalities.map { _ in 1 }
  }
  /// The type of each feature and of the target, for reading another file of the same kind.
  public var columnTypes: [String: ColumnType] {
    // A file of the same kind may have 3.5 where training happened to have whole numbers only.
    var types = Dictionary(columns.map { ($0.column, $0.type == .integer ? .number : $0.type) }) { first, _ in first }
    if let target, target.task == .regression { types[target.column] = .number }
    return types
  }

  /// Fits the encoding of each column.
  ///
  /// - Parameters:
  ///   - rows: the training rows; all of them by default. Rows without a target are left out.
  ///   - features: the columns to use; by default all but the target.
  ///   - dropping: columns to leave out. Those that stay are not named by that, so identifiers among them are dropped.
  ///   - target: the column to be predicted.
  ///   - task: classification or regression, where the target's own (`TargetEncoding.task`) is not wanted.
  /// - Throws: `TableError`: an unknown column, no rows, no usable column, or a target that is all missing, constant or
  ///   infinite.
  public static func fit(
    _ table: Table, rows: [Int]? = nil, features: [String]? = nil, dropping: [String] = [], target: String? = nil,
    task: LearningTask? = nil, options: Options = Options()
  ) throws(TableError) -> Preprocessor {
    var rows = rows ?? Array(0..<table.rowCount)
    var warnings: [String] = []
    var encodedTarget: TargetEncoding?
    if let target {
      let encoding = try TargetEncoding.fit(table, column: target, rows: rows, task: task)
      let column = try table.column(target)
      let before = rows.count
      rows.removeAll { column.isMissing($0) }
      if rows.count < before {
        warnings.append("\(counted(before - rows.count, "row")) without a value of '\(target)' left out")
      }
      encodedTarget = encoding
    }
    guard !rows.isEmpty else { throw TableError(.noRows, "there are no rows to fit on", file: table.file) }
    if let features, let target, features.contains(target) {
      throw TableError(.badOption, "is the target and cannot be a feature too", file: table.file, column: target)
    }
    if let target, dropping.contains(target) {
      throw TableError(.badOption, "is the target and cannot be left out", file: table.file, column: target)
    }
    let known = try encodedTarget?.encode(table, rows: rows)
    var columns: [ColumnEncoding] = []
    var dropped: [Dropped] = []
    for name in features ?? table.columns where name != target && !dropping.contains(name) {
      let column = try table.column(name)
      if let reason = ColumnEncoding.reasonToDrop(column, rows, isAsked: features != nil) {
        dropped.append(Dropped(column: name, reason: reason))
      } else {
        columns.append(ColumnEncoding.fit(column, rows, options, known.map { TextTarget($0, encodedTarget!) }))
      }
    }
    warnings += dropped.map(\.warning)
    guard !columns.isEmpty else {
      throw TableError(
        .noFeatures, (["no column is left to learn from"] + dropped.map(\.warning)).joined(separator: "; "),
        file: table.file)
    }
    return Preprocessor(
      options: options, columns: columns, target: encodedTarget, dropped: dropped, warnings: warnings)
  }

  /// The same encoding of the columns, for another target.
  ///
  /// - Throws: `badOption` where the target is one of the columns.
  public func predicting(_ target: TargetEncoding) throws(TableError) -> Preprocessor {
    if columns.contains(where: { $0.column == target.column }) {
      throw TableError(
        .badOption,
        "is a column that the network reads, so it cannot be predicted too; make the first model without it",
        column: target.column)
    }
    return Preprocessor(options: options, columns: columns, target: target, dropped: dropped, warnings: warnings)
  }

  /// Reads a table of the same kind, each column as the type that it had in training, so that a value that does not fit
  /// is an error with its line.
  public func table(
    csv path: String, names: [String]? = nil, options: CSVOptions = CSVOptions()
  ) throws(TableError) -> Table {
    var options = options
    options.allowsUnknownTypes = true
    return try Table(csv: path, names: names, types: columnTypes.merging(options.types) { $1 }, options: options)
  }

  /// Encodes rows of a table, which may have its columns in another order, and more of them.
  ///
  /// - Throws: `missingColumns` with the names of all that are missing; `wrongType` with column, line and value.
  public func transform(_ table: Table, rows: [Int]? = nil) throws(TableError) -> Features {
    let missing = columns.map(\.column).filter { table[$0] == nil }
    guard missing.isEmpty else {
      let extra = addedColumns(table)
      let hint =
        extra.isEmpty ? "" : "; columns that were not there in training: \(quotedList(extra))\(table.hintAtNames)"
      throw TableError(
        .missingColumns, "the model needs \(missing.count == 1 ? "column" : "columns") \(quotedList(missing))\(hint)",
        file: table.file)
    }
    let rows = rows ?? Array(0..<table.rowCount)
    var features = Features(
      rowCount: rows.count, numericNames: numericNames, codeNames: codeNames, cardinalities: cardinalities,
      addedColumns: addedColumns(table))
    var offset = 0
    var codeOffset = 0
    for encoding in columns {
      try encoding.write(table, rows, into: &features, offset: offset, codeOffset: codeOffset)
      offset += encoding.numericNames.count
      codeOffset += encoding.cardinality == nil ? 0 : 1
    }
    return features
  }

  /// The columns of a table that training did not see.
  public func addedColumns(_ table: Table) -> [String] {
    let known = Set(columns.map(\.column) + dropped.map(\.column) + [target?.column].compactMap { $0 })
    return table.columns.filter { !known.contains($0) }
  }
}

extension Preprocessor.Dropped {
  var warning: String {
    switch reason {
    case .constant: "'\(column)' is not used: it has the same value in every training row"
    case .empty: "'\(column)' is not used: it has no value in any training row"
    case .identifier:
      "'\(column)' is not used: its values all differ, as an identifier's do; name it among the columns to learn from to use it"
    case .text: "'\(column)' is not used: it is text"  // in files of before texts were learnt from
    }
  }
}

/// Encoded rows: a numeric matrix and a matrix of codes for embeddings, both row-major.
public struct Features: Sendable, Equatable {
  public let rowCount: Int
  public let numericNames: [String]
  /// [rowCount, numericNames.count]
  public internal(set) var numbers: [Float]
  public let codeNames: [String]
  /// [rowCount, codeNames.count]; each below its column's cardinality.
  public internal(set) var codes: [Int32]
  public let cardinalities: [Int]
  /// Columns of the table that training did not see; they are not used.
  public let addedColumns: [String]
  /// For each category with levels that training did not see, the number of rows that have one.
  public internal(set) var unseen: [String: Int] = [:]

  init(rowCount: Int, numericNames: [String], codeNames: [String], cardinalities: [Int], addedColumns: [String]) {
    self.rowCount = rowCount
    self.numericNames = numericNames
    self.codeNames = codeNames
    self.cardinalities = cardinalities
    self.addedColumns = addedColumns
    numbers = Array(repeating: 0, count: rowCount * numericNames.count)
    codes = Array(repeating: 0, count: rowCount * codeNames.count)
  }
}
