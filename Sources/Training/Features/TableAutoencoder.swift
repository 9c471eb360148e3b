import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// An autoencoder of a whole table, or of images: columns of any kind to a short row of numbers and back.
///
///     let autoencoder = try TableAutoencoder.fit(Table(csv: "wdbc.csv"), width: 4, target: "diagnosis")
///     let codes = try autoencoder.codes(of: table)          // [rows, 4]
///     let errors = try autoencoder.errors(of: table)        // the rows that are unlike the others have large ones
public struct TableAutoencoder {
  public let network: Autoencoder
  /// How a table becomes numbers; nil for images, whose pixels are numbers already.
  public let preprocessor: Preprocessor?
  /// The size of the images that it reads.
  public let imageShape: [Int]?
  public let report: AutoencoderReport

  init(_ network: Autoencoder, preprocessor: Preprocessor?, imageShape: [Int]?, report: AutoencoderReport) {
    self.network = network
    self.preprocessor = preprocessor
    self.imageShape = imageShape
    self.report = report
  }

  /// Learns to give back the rows of a table by way of a code.
  ///
  /// A part of the rows is held out to be scored, and another one watched; preprocessing is fitted on the rest. Numbers are
  /// standardised, categories of up to 100 levels have a column for each level, and those of more are read but not given back.
  ///
  /// - Parameters:
  ///   - test: rows to score on; without them a part of the table is held out.
  ///   - width: the numbers of a code.
  ///   - target: a column that is left out, and that linear models on the code and on the columns are fitted to, for comparison.
  ///   - options: the rows, columns and settings, as for ``TabularModel``.
  ///   - beforeTraining: called when all is ready, with what is known then. An error of its own ends the run.
  /// - Throws: `TableError`, `SettingError` or ``TrainingError``, in words for the person whose table it is.
  public static func fit(
    _ table: Table, test: Table? = nil, width: Int, kind: AutoencoderKind = .plain, target: String? = nil,
    options: TableOptions = TableOptions(), progress: Progress = Progress(.silent),
    beforeTraining: (AutoencoderReport) throws -> Void = { _ in }
  ) throws -> TableAutoencoder {
    var options = options
    // Giving back a whole row takes longer to learn than one target; a run stops when it no longer gains.
    options.epochs = options.epochs ?? 200
    options.learningRate = options.learningRate ?? 0.003
    let data = try AutoencoderData(table, test: test, target: target, options: options)
    var fit = AutoencoderFit(data, width: width, kind: kind, options)
    return try fit.run(target, progress, beforeTraining)
  }

  /// Learns to give back images, by way of a code.
  ///
  /// - Parameters:
  ///   - images: [images, …] of bytes or numbers.
  ///   - labels: what they show, for linear models on the code and on the pixels.
  ///   - test: images to score on, with their labels where `labels` are given; without them a part is held out.
  public static func fit(
    images: IDX, labels: IDX? = nil, test: (images: IDX, labels: IDX?)? = nil, width: Int,
    kind: AutoencoderKind = .plain,
    options: TableOptions = TableOptions(), progress: Progress = Progress(.silent),
    beforeTraining: (AutoencoderReport) throws -> Void = { _ in }
  ) throws -> TableAutoencoder {
    var options = options
    options.hiddenSizes = options.hiddenSizes ?? options.recipe.images.hiddenSizes
    options.epochs = options.epochs ?? options.recipe.images.epochs
    let data = try AutoencoderData(images: images, labels: labels, test: test, options: options)
    var fit = AutoencoderFit(data, width: width, kind: kind, options)
    return try fit.run(labels == nil ? nil : "label", progress, beforeTraining)
  }

  /// The numbers of a code.
  public var width: Int { report.width }

  /// The code of each row: [rows, width], float32.
  ///
  /// - Throws: `TableError` that names the columns that are missing, or the line and value that do not fit.
  public func codes(of table: Table) throws -> Tensor { try Predictor(network.encoder).outputs(for: inputs(table)) }

  /// The codes of images, [count, width of the code].
  ///
  /// - Throws: an error with both sizes for images of another size than in training.
  public func codes(of images: IDX) throws -> Tensor { try Predictor(network.encoder).outputs(for: inputs(images)) }

  /// The mean squared error of each row that is given back by way of its code, in the units of the encoded columns: large where
  /// a row is unlike those that were learned from.
  public func errors(of table: Table) throws -> [Double] { try errors(inputs(table)) }

  /// How unlike each image is to those that were learned from: the error of giving it back.
  ///
  /// - Throws: an error with both sizes for images of another size than in training.
  public func errors(of images: IDX) throws -> [Double] { try errors(inputs(images)) }

  /// The network in a table, layer by layer.
  public func summary() throws -> Summary {
    try network.summary(input: [TabularModel.columns(preprocessor, imageShape)])
  }

  func errors(_ inputs: Tensor) throws -> [Double] {
    AutoencoderFit.errors(of: try Predictor(network).outputs(for: inputs), for: inputs)
  }

  func inputs(_ table: Table) throws -> Tensor {
    guard let preprocessor else {
      throw TrainingError("This autoencoder reads images, not tables: give it an IDX file.")
    }
    return TabularModel.matrix(try preprocessor.transform(table))
  }

  func inputs(_ images: IDX) throws -> Tensor {
    guard let imageShape else { throw TrainingError("This autoencoder reads tables, not images.") }
    return try TableData.pixels(images, shaped: imageShape)
  }
}
