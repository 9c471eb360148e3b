import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// The rows of a run without a target, split and encoded, with a target beside them where one is known.
struct AutoencoderData {
  let preprocessor: Preprocessor?
  let imageShape: [Int]?
  /// [rows, numbers + codes]; the numbers are what is given back.
  let training, validation, test: Tensor
  /// The columns that are given back.
  let numbers: Int
  /// The columns that belong together, in their order.
  let widths: [Int]
  let labels: Labels?
  var report = AutoencoderReport()

  /// The rows whose target is known, among those that are not held out and among those that are.
  struct Labels {
    let loss: TableLoss
    /// Places among the training rows followed by those of validation.
    let fitted: (places: [Int], known: EncodedTarget)
    let held: (places: [Int], known: EncodedTarget)
  }

  /// Categories of up to so many levels have a column for each level, and are given back. Those of more are only read.
  static let oneHotLimit = 100

  /// - Parameter test: rows to score on, instead of a part of the table.
  init(_ table: Table, test other: Table? = nil, target: String?, options: TableOptions) throws {
    try AutoencoderData.checkUnweighted(options)
    for name in options.dropping { _ = try table.column(name) }
    if let target, options.features?.contains(target) == true {
      throw TableError(.badOption, "is the target and cannot be a feature too", file: table.file, column: target)
    }
    let split = try AutoencoderData.split(table, target, options, hasTest: other != nil)
    let others = options.features == nil ? [options.groupColumn].compactMap { $0 } : []
    var encoding = Preprocessor.Options()
    encoding.oneHotLimit = AutoencoderData.oneHotLimit
    let preprocessor = try Preprocessor.fit(
      table, rows: split.rows.training, features: options.features,
      dropping: options.dropping + others + [target].compactMap { $0 }, options: encoding)
    self.preprocessor = preprocessor
    imageShape = nil
    numbers = preprocessor.numericNames.count
    widths = preprocessor.groupWidths
    guard numbers > 0 else {
      throw TableError(
        .noFeatures,
        "every column is a category of more than \(AutoencoderData.oneHotLimit) levels, which can be read "
          + "but not given back", file: table.file)
    }
    let encoded = { (table: Table, rows: [Int]) in
      TabularModel.matrix(try preprocessor.transform(table, rows: rows))
    }
    training = try encoded(table, split.rows.training)
    validation = try encoded(table, split.rows.validation)
    let held = try AutoencoderData.held(split.rows, table, other)
    test = try encoded(held.table, held.rows)
    labels = try target.map { try Labels(table, $0, split.rows, held, options) }
    report.file = table.file ?? ""
    report.splitMethod = split.method
    report.warnings = preprocessor.warnings
    for name in preprocessor.codeNames {
      report.warnings.append(
        "'\(name)' is read but not given back: it has more than \(AutoencoderData.oneHotLimit) levels")
    }
    describe(split.rows, options, testRows: other?.rowCount)
  }

  /// The rows to score on: another table's, those that were held out, or, where there are none, those that are learned from.
  private static func held(_ split: Split, _ table: Table, _ other: Table?) throws -> (table: Table, rows: [Int]) {
    guard let other else { return (table, split.test.isEmpty ? split.training : split.test) }
    guard other.rowCount > 0 else { throw TableError(.noRows, "the table has no rows", file: other.file) }
    return (other, Array(0..<other.rowCount))
  }

  private static func checkUnweighted(_ options: TableOptions) throws {
    guard options.weightColumn == nil, options.classWeights == nil else {
      throw TrainingError(
        "An autoencoder learns from all rows alike: leave weightColumn and classWeights out of the options.")
    }
  }

  init(
    images: IDX, labels: IDX?, test other: (images: IDX, labels: IDX?)? = nil, options: TableOptions
  ) throws {
    try AutoencoderData.checkUnweighted(options)
    let table = try AutoencoderData.labelTable(images, labels)
    let otherTable = try other.flatMap { try AutoencoderData.labelTable($0.images, $0.labels) }
    preprocessor = nil
    let shape = Array(images.shape.dropFirst())
    imageShape = shape
    numbers = shape.reduce(1, *)
    widths = []
    let split = try Split.random(
      Array(0..<images.shape[0]), validation: options.watches(images.shape[0]) ? options.watchedFraction : 0,
      test: other == nil ? options.testFraction : 0, seed: options.seed)
    training = TableData.pixels(images, rows: split.training)
    validation = TableData.pixels(images, rows: split.validation)
    test =
      try other.map { try TableData.pixels($0.images, shaped: shape) }
      ?? TableData.pixels(images, rows: split.test.isEmpty ? split.training : split.test)
    self.labels = try table.map {
      try Labels($0, "label", split, AutoencoderData.held(split, $0, otherTable), options)
    }
    report.splitMethod = "at random"
    describe(split, options, testRows: other?.images.shape[0])
  }

  /// What images show, as a table of one column; nil where that is not known.
  private static func labelTable(_ images: IDX, _ labels: IDX?) throws -> Table? {
    guard images.shape.count >= 2, images.shape[0] > 0 else {
      throw TrainingError("Images have at least two axes, and there has to be one; these have \(images.shape).")
    }
    let table = try labels.map { try TableData.labelTable($0) }
    if let table, table.rowCount != images.shape[0] {
      throw TrainingError("There are \(images.shape[0]) images and \(table.rowCount) labels.")
    }
    return table
  }

  private mutating func describe(_ split: Split, _ options: TableOptions, testRows: Int?) {
    report.trainingRows = split.training.count
    report.validationRows = split.validation.count
    report.testRows = testRows ?? split.test.count
    report.rows = split.training.count + split.validation.count + split.test.count
    report.seed = options.seed
    if report.testRows == 0 {
      report.warnings.append("no rows are held out: the errors are of the rows that were trained on")
    }
  }

  private static func split(
    _ table: Table, _ target: String?, _ options: TableOptions, hasTest: Bool
  ) throws -> (rows: Split, method: String) {
    if let target { _ = try table.column(target) }
    let rows = Array(0..<table.rowCount)
    guard !rows.isEmpty else { throw TableError(.noRows, "the table has no rows", file: table.file) }
    // A part of fewer than two rows says nothing.
    let test = rows.count < 20 || hasTest ? 0 : options.testFraction
    let validation = rows.count < 20 || !options.watches(rows.count) ? 0 : options.watchedFraction
    if let name = options.groupColumn {
      return (
        try .grouped(rows, by: table.column(name), validation: validation, test: test, seed: options.seed),
        "by whole groups of '\(name)'"
      )
    }
    return (try .random(rows, validation: validation, test: test, seed: options.seed), "at random")
  }

  /// All rows that are not held out.
  var fitted: Tensor { validation.shape[0] == 0 ? training : .concatenate([training, validation]) }

  /// What of the rows is given back.
  func outputs(_ rows: Tensor) -> Tensor { numbers == rows.shape[1] ? rows : rows.sliced(0..<numbers, axis: 1) }

  /// Embeddings for the columns of codes, in front of a network.
  var embedding: ColumnEmbedding? {
    let cardinalities = preprocessor?.cardinalities ?? []
    return cardinalities.isEmpty ? nil : TableNetwork.embedding(numbers: numbers, cardinalities)
  }
}

extension AutoencoderData.Labels {
  /// - Throws: `TableError` where the target is missing, constant, or of too many classes.
  init(
    _ table: Table, _ target: String, _ split: Split, _ other: (table: Table, rows: [Int]), _ options: TableOptions
  ) throws {
    let learned = split.training + split.validation
    let task: LearningTask? = options.task.map { $0 == .classification ? .classification : .regression }
    let encoding = try TargetEncoding.fit(table, column: target, rows: learned, task: task)
    loss = try TableLoss(nil, for: encoding)
    fitted = try AutoencoderData.Labels.known(encoding, table, learned)
    held = try AutoencoderData.Labels.known(encoding, other.table, other.rows)
  }

  private static func known(_ encoding: TargetEncoding, _ table: Table, _ rows: [Int]) throws -> (
    places: [Int], known: EncodedTarget
  ) {
    let known = try encoding.encode(table, rows: rows)
    let place = Dictionary(rows.enumerated().map { ($1, $0) }) { first, _ in first }
    return (known.rows.map { place[$0]! }, known)
  }
}
