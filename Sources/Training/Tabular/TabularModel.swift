import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// A whole table to a model in one value: columns of any kind, preprocessing, network, scores.
///
///     let model = try TabularModel.fit(Table(csv: "housing.csv"), target: "median_house_value")
///     try model.save(to: "housing.safetensors")
///     let prices = try model.predict(Table(csv: "new.csv")).values
public struct TabularModel {
  /// The network: layers, a module of one's own, or, of a file that does not describe layers, a `GraphModule`.
  public let network: any Module
  /// How a table becomes numbers; nil for a model of images, whose pixels are numbers already.
  public let preprocessor: Preprocessor?
  public let report: TableReport
  /// The size of the images that a model of images reads.
  public let imageShape: [Int]?

  /// What is predicted.
  public let target: TargetEncoding

  /// What is done with the network's answer: calibration, a threshold, intervals.
  public let postprocessing: Postprocessing
  /// The column that says how much rows count; nil where all count the same.
  public let rowWeights: RowWeights?

  /// What the network has to beat.
  let baselines: Baselines

  /// What the network's outputs mean.
  let tableLoss: TableLoss

  /// The loss that it was trained with, which says what its outputs mean.
  public var loss: any Loss { tableLoss.loss }

  init(
    network: any Module, baselines: Baselines, preprocessor: Preprocessor?, loss: TableLoss, report: TableReport,
    imageShape: [Int]? = nil, postprocessing: Postprocessing = Postprocessing(), rowWeights: RowWeights? = nil
  ) {
    self.postprocessing = postprocessing
    self.rowWeights = rowWeights
    self.network = network
    self.baselines = baselines
    self.preprocessor = preprocessor
    tableLoss = loss
    target = loss.target
    self.report = report
    self.imageShape = imageShape
  }

  /// Predictions for the rows of a table, which has the columns that the model learned from, in any order.
  ///
  /// - Throws: `TableError` that names the columns that are missing, or the line and value that do not fit.
  public func predict(_ table: Table, rows: [Int]? = nil) throws -> TablePredictions {
    answers(try Predictor(network).outputs(for: inputs(table, rows: rows)))
  }

  /// Predictions for images of the size that the model learned from.
  public func predict(images: IDX) throws -> TablePredictions {
    answers(try Predictor(network).outputs(for: inputs(images)))
  }

  /// Scores on images whose labels are known, beside those of the baselines.
  public func evaluate(images: IDX, labels: IDX) throws -> Evaluation {
    let table = try TableData.labelTable(labels)
    let known = try target.encode(table)
    guard known.classes.count == images.shape.first else {
      throw TrainingError("There are \(images.shape.first ?? 0) images and \(known.classes.count) labels.")
    }
    return try Evaluation(of: network, baselines, on: inputs(images), known, tableLoss, postprocessing)
  }

  /// Scores on a table that holds the target too, beside those of the baselines; rows without a target are left out. Rows count
  /// by the column of weights of training, with a warning where the table has it not.
  public func evaluate(_ table: Table) throws -> Evaluation {
    let known = try known(table)
    var warnings: [String] = []
    if let rowWeights {
      if let weights = known.weights { try RowWeights.check(weights, of: rowWeights.column, in: table) }
      if known.weights == nil {
        warnings.append(
          "there is no '\(rowWeights.column)', by which rows counted in training: here all count the same")
      }
    }
    return try Evaluation(
      of: network, baselines, on: inputs(table, rows: known.rows), known, tableLoss, postprocessing, warnings: warnings)
  }

  /// How the model scored when it was made: on the rows that were held out, or, where there were none, on those that it
  /// learned from.
  public var evaluation: Evaluation {
    Evaluation(
      rows: report.testRows > 0 ? report.testRows : report.trainingRows, scores: report.scores,
      baselines: report.baselines, metric: postprocessing.metric(target.task), belief: report.belief)
  }

  /// The network in a table, layer by layer; of a graph, by what shares a path.
  public func summary() throws -> Summary {
    try network.summary(input: [TabularModel.columns(preprocessor, imageShape)])
  }

  // ---- What the network sees and says

  /// The network's outputs as a person gets them.
  func answers(_ outputs: Tensor) -> TablePredictions { postprocessing(tableLoss.predictions(outputs)) }

  /// The target of rows, and how much each counts where the table says it.
  func known(_ table: Table, rows: [Int]? = nil) throws -> EncodedTarget {
    var known = try target.encode(table, rows: rows)
    if let rowWeights, table.columns.contains(rowWeights.column) {
      known.weights = try RowWeights.values(rowWeights.column, in: table, rows: known.rows)
    }
    return known
  }

  func inputs(_ table: Table, rows: [Int]?) throws -> Tensor {
    guard let preprocessor else {
      throw TrainingError("This model reads images, not tables: give it an IDX file.")
    }
    return TabularModel.matrix(try preprocessor.transform(table, rows: rows))
  }

  private func inputs(_ images: IDX) throws -> Tensor {
    guard let imageShape else { throw TrainingError("This model reads tables, not images.") }
    return try TableData.pixels(images, shaped: imageShape)
  }

  /// The features as one matrix: the numbers, then the codes as numbers.
  static func matrix(_ features: Features) -> Tensor {
    let (numbers, codes) = (features.numericNames.count, features.codeNames.count)
    guard codes > 0 else { return Tensor(features.numbers, shape: [features.rowCount, numbers]) }
    var joined: [Float] = []
    joined.reserveCapacity(features.rowCount * (numbers + codes))
    for row in 0..<features.rowCount {
      joined += features.numbers[row * numbers..<(row + 1) * numbers]
      joined += features.codes[row * codes..<(row + 1) * codes].map(Float.init)
    }
    return Tensor(joined, shape: [features.rowCount, numbers + codes])
  }
}

/// What happened when a model was made, to be kept with it.
@dynamicMemberLookup
public struct TableReport: Sendable, Equatable {
  /// The split, the settings and how the run ended: `report.trainingRows`, `report.warnings`.
  public var run = RunReport()
  public var recipe = ""
  public var scores = Scores([])
  /// Baselines by name: what the mean or the most frequent class scores, and a linear model.
  public var baselines: [(name: String, scores: Scores)] = []
  /// How far the answers can be believed, as ``Evaluation/belief`` has it.
  public var belief = Scores([])
  /// The epoch that was kept of each network.
  public var keptEpochs: [Int] = []
  /// What was kept of another model, where the network went on from one.
  public var transfer: TransferReport?

  /// What reports of all kinds have in common, read as if it stood here.
  public subscript<Value>(dynamicMember path: WritableKeyPath<RunReport, Value>) -> Value {
    get { run[keyPath: path] }
    set { run[keyPath: path] = newValue }
  }

  public static func == (a: TableReport, b: TableReport) -> Bool { "\(a)" == "\(b)" }
}
