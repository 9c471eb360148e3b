import GliaGraph
import GliaTables
import GliaTensors

/// The rows of a run as a network sees them, split and encoded.
struct TableData {
  var preprocessor: Preprocessor?
  let encoding: TargetEncoding
  let loss: TableLoss
  let training: Samples
  /// Nil where nothing watches the run.
  var validation: Samples?
  var testInputs: Tensor
  var testTarget: EncodedTarget
  /// The targets of the training rows, and of those to watch, in their own unit, with what each row counts in a score.
  let trainingTarget: EncodedTarget
  var validationTarget: EncodedTarget?
  /// Nil where all rows count the same.
  var rowWeights: RowWeights?
  /// How rows are weighted, in words.
  var weightWords: [String] = []
  var report = TableReport()

  /// - Parameters:
  ///   - testRows: rows of the table to score on, instead of a part of it or of another table.
  ///   - settled: how the columns are encoded, where that is settled.
  init(
    _ table: Table, target: String, test: Table? = nil, testRows: [Int]? = nil, validation: Table? = nil,
    options: TableOptions, encodedAs settled: Preprocessor? = nil
  ) throws {
    for (name, value) in [("test", options.testFraction), ("validation", options.watchedFraction)]
    where !(0..<1).contains(value) {
      throw TrainingError("The \(name) fraction is \(value); it has to be at least 0 and less than 1.")
    }
    for name in options.dropping { _ = try table.column(name) }
    let weightColumn = options.weightColumn
    let (known, missing, weightless) = try TableData.usableRows(table, target, options)
    let held = Set(testRows ?? [])
    var split = try TableData.split(
      table, held.isEmpty ? known : known.filter { !held.contains($0) }, target, options,
      hasTest: test != nil || testRows != nil, hasValidation: validation != nil)
    if let testRows { split.rows.test = testRows }
    let preprocessor = try TableData.preprocessor(table, split.rows.training, target, options, settled)
    self.preprocessor = preprocessor
    encoding = preprocessor.target!
    loss = try TableLoss(options.lossDescription(), for: encoding)

    let (inputs, targets) = try TableData.encoded(table, split.rows.training, preprocessor, weightColumn)
    try loss.check(targets, of: table)
    let classWeights = try options.classWeights?.factors(targets, encoding)
    training = try Samples(
      inputs: inputs, targets: loss.targets(targets),
      weights: RowWeights.samples(targets, classWeights: classWeights))
    trainingTarget = targets
    rowWeights = weightColumn.map { [encoding] in RowWeights(column: $0, targets, encoding) }
    weightWords = RowWeights.words(weightColumn, classWeights, encoding)
    if validation != nil || !split.rows.validation.isEmpty {
      let rows = validation == nil ? split.rows.validation : nil
      let (inputs, targets) = try TableData.encoded(validation ?? table, rows, preprocessor, weightColumn)
      try loss.check(targets, of: validation ?? table)
      self.validation = try Samples(
        inputs: inputs, targets: loss.targets(targets),
        weights: RowWeights.samples(targets, classWeights: classWeights))
      validationTarget = targets
    }
    if test == nil, split.rows.test.isEmpty {
      (testInputs, testTarget) = (inputs, targets)
    } else {
      (testInputs, testTarget) = try TableData.encoded(
        test ?? table, test == nil ? split.rows.test : nil, preprocessor, weightColumn)
    }
    describe(table, target, split, missing: missing, hasTest: test != nil, options)
    if let weightColumn, weightless > 0 {
      report.warnings.append("rows whose '\(weightColumn)' is 0 are left out: \(weightless)")
    }
    report.seed = options.seed
    report.warnings +=
      table.splitWarnings(
        rows: split.rows.training, test: test ?? table, test == nil ? split.rows.test : testTarget.rows,
        isDrawn: test == nil && options.groupColumn == nil && options.timeColumn == nil,
        columns: preprocessor.columns.map(\.column) + [target]
      ).shortened
  }

  /// The rows that have a target and count, how many have no target, and how many weigh nothing.
  private static func usableRows(
    _ table: Table, _ target: String, _ options: TableOptions
  ) throws -> (rows: [Int], missing: Int, weightless: Int) {
    let (known, missing) = try table.rowsWithValue(in: target)
    guard let column = options.weightColumn else { return (known, missing, 0) }
    if column == target || options.features?.contains(column) == true {
      throw TrainingError("'\(column)' says how much rows count, so it is neither learned from nor predicted.")
    }
    let weights = try RowWeights.values(column, in: table, rows: known)
    try RowWeights.check(weights, of: column, in: table)
    let rows = zip(known, weights).filter { $1 > 0 }.map(\.0)
    return (rows, missing, known.count - rows.count)
  }

  /// How the columns are encoded: as settled, or fitted on the rows to learn from.
  private static func preprocessor(
    _ table: Table, _ rows: [Int], _ target: String, _ options: TableOptions, _ settled: Preprocessor?
  ) throws -> Preprocessor {
    let task: LearningTask? = options.task.map { $0 == .classification ? .classification : .regression }
    if let settled {
      return try settled.predicting(TargetEncoding.fit(table, column: target, rows: rows, task: task))
    }
    // A column of groups is learned from only if it is named.
    let others = options.features == nil ? [options.groupColumn, options.weightColumn].compactMap { $0 } : []
    var encoding = Preprocessor.Options()
    encoding.scaling = options.scaling ?? options.recipe.size(rows: rows.count).scaling
    return try Preprocessor.fit(
      table, rows: rows, features: options.features, dropping: options.dropping + others, target: target, task: task,
      options: encoding)
  }

  /// Images and their labels, as IDX files hold them; pixels are divided by 255.
  init(
    images: IDX, labels: IDX, testImages: IDX?, testLabels: IDX?, options: TableOptions
  ) throws {
    let target = try TableData.target(images, labels)
    encoding = try TargetEncoding.fit(target, column: "label", task: .classification)
    loss = try TableLoss(options.loss, for: encoding)
    if options.weightColumn != nil { throw TrainingError("A column of weights is for tables; these are images.") }
    let rows = Array(0..<labels.shape[0])
    let split = try Split.stratified(
      rows, by: target.column("label"), validation: options.watches(rows.count) ? options.watchedFraction : 0,
      test: testImages == nil ? options.testFraction : 0, seed: options.seed)
    // Each part's pixels become numbers by themselves: all of them at once would take as much again.
    let (encoding, loss) = (self.encoding, self.loss)
    trainingTarget = try encoding.encode(target, rows: split.training)
    let classWeights = try options.classWeights?.factors(trainingTarget, encoding)
    weightWords = RowWeights.words(nil, classWeights, encoding)
    let samples = { (known: EncodedTarget) in
      try Samples(
        inputs: TableData.pixels(images, rows: known.rows), targets: loss.targets(known),
        weights: RowWeights.samples(known, classWeights: classWeights))
    }
    training = try samples(trainingTarget)
    validationTarget = split.validation.isEmpty ? nil : try encoding.encode(target, rows: split.validation)
    validation = try validationTarget.map(samples)
    if let testImages, let testLabels {
      let test = try TableData.target(testImages, testLabels)
      guard testImages.shape.dropFirst().reduce(1, *) == images.shape.dropFirst().reduce(1, *) else {
        throw TrainingError(
          "The test images are of \(testImages.shape.dropFirst()) pixels, those to train on of \(images.shape.dropFirst())."
        )
      }
      (testInputs, testTarget) = (TableData.pixels(testImages), try encoding.encode(test))
    } else {
      testInputs = TableData.pixels(images, rows: split.test)
      testTarget = try encoding.encode(target, rows: split.test)
    }
    report.rows = rows.count
    report.trainingRows = training.count
    report.validationRows = validation?.count ?? 0
    report.testRows = testTarget.rows.count
    report.splitMethod = "at random, each class in its proportion"
    report.warnings = split.warnings
    report.seed = options.seed
    report.dataHash = TableData.hash(training)
  }

  /// A table of the labels, of which there is one for each image.
  private static func target(_ images: IDX, _ labels: IDX) throws -> Table {
    guard images.shape.count >= 2, labels.shape.count == 1 else {
      throw TrainingError(
        "Images have at least two axes and labels one; these have \(images.shape) and \(labels.shape). "
          + "Are the files the other way round?")
    }
    guard images.shape[0] == labels.shape[0] else {
      throw TrainingError("There are \(images.shape[0]) images and \(labels.shape[0]) labels.")
    }
    return try labelTable(labels)
  }

  /// Labels as a table of one column.
  static func labelTable(_ labels: IDX) throws -> Table {
    let numbers = try labels.floats.enumerated().map { place, label -> Int? in
      guard let number = Int(exactly: label) else {
        throw TrainingError("Label \(place + 1) is \(label); labels are whole numbers.")
      }
      return number
    }
    return try Table([Column("label", integers: numbers)])
  }

  /// The pixels of images that have to be of a size.
  static func pixels(_ images: IDX, shaped size: [Int]) throws -> Tensor {
    guard Array(images.shape.dropFirst()) == size else {
      throw TrainingError("The images are of \(Array(images.shape.dropFirst())) pixels, the model reads \(size).")
    }
    return pixels(images)
  }

  /// [images, pixels], from 0 to 1 where they are bytes; of all images, or of some in their order.
  static func pixels(_ images: IDX, rows: [Int]? = nil) -> Tensor {
    let (count, size) = (rows?.count ?? images.shape[0], images.shape.dropFirst().reduce(1, *))
    let type = TensorType([count, size], .float32)
    let buffer = Buffer(byteCount: type.byteCount)
    let pixels = buffer.address.assumingMemoryBound(to: Float.self)
    let (bytes, floats) = (images.bytes, images.bytes == nil ? images.floats : [])
    for place in 0..<count {
      let (to, from) = (place * size, (rows?[place] ?? place) * size)
      if let bytes {
        for pixel in 0..<size { pixels[to + pixel] = Float(bytes[from + pixel]) * (1 / 255) }
      } else {
        for pixel in 0..<size { pixels[to + pixel] = floats[from + pixel] }
      }
    }
    return Tensor(.make(Constant(buffer, type)))
  }

  private mutating func describe(
    _ table: Table, _ target: String, _ split: (rows: Split, method: String), missing: Int, hasTest: Bool,
    _ options: TableOptions
  ) {
    report.file = table.file ?? ""
    report.rows = table.rowCount - missing
    report.trainingRows = training.count
    report.validationRows = validation?.count ?? 0
    report.testRows = split.rows.test.isEmpty && !hasTest ? 0 : testTarget.rows.count
    report.splitMethod = split.method
    report.warnings = (preprocessor?.warnings ?? []) + split.rows.warnings
    if missing == 1 { report.warnings.append("1 row of the table has no '\(target)' and is left out") }
    if missing > 1 { report.warnings.append("\(missing) rows of the table have no '\(target)' and are left out") }
    if report.testRows == 0 {
      report.warnings.append(
        (options.testFraction == 0 ? "no rows are held out" : "too few rows to hold any out")
          + ": the scores are of the rows that were trained on")
    }
    report.dataHash = TableData.hash(training)
  }

  private static func encoded(
    _ table: Table, _ rows: [Int]?, _ preprocessor: Preprocessor, _ weightColumn: String?
  ) throws -> (Tensor, EncodedTarget) {
    var known = try preprocessor.target!.encode(table, rows: rows)
    if let weightColumn {
      known.weights = try RowWeights.values(weightColumn, in: table, rows: known.rows)
      try RowWeights.check(known.weights ?? [], of: weightColumn, in: table)
    }
    return (TabularModel.matrix(try preprocessor.transform(table, rows: known.rows)), known)
  }

  private static func split(
    _ table: Table, _ rows: [Int], _ target: String, _ options: TableOptions, hasTest: Bool, hasValidation: Bool
  ) throws -> (rows: Split, method: String) {
    let column = try table.column(target)
    // A part of fewer than two rows says nothing.
    let holdsOut = rows.count >= 20
    let test = hasTest || !holdsOut ? 0 : options.testFraction
    let validation =
      hasValidation || !holdsOut || !options.watches(rows.count) || options.sharesRows(rows.count)
      ? 0 : options.watchedFraction
    if let name = options.groupColumn {
      let groups = try table.column(name)
      return (
        try .grouped(rows, by: groups, validation: validation, test: test, seed: options.seed),
        "by whole groups of '\(name)'"
      )
    }
    if let name = options.timeColumn {
      return (
        try .byTime(rows, table.column(name), validation: validation, test: test), "by '\(name)', the latest held out"
      )
    }
    if stratifies(by: column, rows.count, options) {
      return (
        try .stratified(rows, by: column, validation: validation, test: test, seed: options.seed),
        "at random, each class in its proportion"
      )
    }
    return (try .random(rows, validation: validation, test: test, seed: options.seed), "at random")
  }

  /// Whether each part of the rows has each class in its proportion.
  private static func stratifies(by target: Column, _ rows: Int, _ options: TableOptions) -> Bool {
    let task = options.task ?? (TargetEncoding.task(of: target) == .classification ? .classification : .regression)
    return task == .classification && target.levels.count <= max(20, rows / 2)
  }

  /// The rows dealt into folds, each scored once in each repetition.
  static func folds(
    _ table: Table, _ rows: [Int], _ target: String, _ options: TableOptions, _ count: Int, repeats: Int
  ) throws -> (splits: [Split], method: String) {
    if let name = options.groupColumn {
      let groups = try table.column(name)
      return (
        try Split.groupedFolds(rows, by: groups, count, repeats: repeats, seed: options.seed),
        "by whole groups of '\(name)'"
      )
    }
    let column = try table.column(target)
    if stratifies(by: column, rows.count, options) {
      return (
        try Split.stratifiedFolds(rows, by: column, count, repeats: repeats, seed: options.seed),
        "at random, each class in its proportion"
      )
    }
    return (try Split.folds(rows, count, repeats: repeats, seed: options.seed), "at random")
  }

  /// Over the 32-bit words that were trained on.
  static func hash(_ samples: Samples) -> String {
    var hash = FNV1a()
    for tensor in [samples.inputs, samples.targets] + [samples.weights].compactMap({ $0 }) {
      let bytes = UnsafeRawBufferPointer(start: tensor.buffer.address, count: tensor.node.type.byteCount)
      for word in bytes.bindMemory(to: UInt32.self) { hash.add(UInt64(word)) }
    }
    return hash.text
  }
}
