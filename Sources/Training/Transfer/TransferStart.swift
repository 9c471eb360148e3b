import GliaNeuralNetworks
import GliaTables

/// What another network can start from: a ``TabularModel`` or a ``TableAutoencoder``.
public protocol TransferSource {
  /// How a table's columns become the network's; nil where it reads images.
  var preprocessor: Preprocessor? { get }
  /// The size of the images that it reads; nil where it reads tables.
  var imageShape: [Int]? { get }
  /// The networks to start from.
  ///
  /// - Throws: ``TrainingError`` for a network whose layers are not known.
  func start(_ transfer: Transfer) throws -> TransferStart
}

/// Where a fit starts that does not start from nothing: the networks of a model, and how they go on.
public struct TransferStart {
  let transfer: Transfer
  /// What the model was before, in words.
  let source: String
  /// How many networks there are.
  let count: Int
  /// Copies of the networks with new heads.
  let networks: (_ outputs: Int, _ averages: AveragedValue) throws -> [RenewedNetwork]

  /// - Throws: ``TrainingError`` for a network that is a graph, and so has no layers.
  init(_ model: TabularModel, _ transfer: Transfer) throws {
    guard let network = model.network as? Sequential else {
      throw TrainingError(
        "The model's network is not made of Glia's own layers, so its last layer cannot be renewed. Make the network again "
          + "in Swift, load its weights with load(_:partly:), and train it.")
    }
    let average = network.layers.count == 1 ? network.layers[0] as? Average : nil
    let all = average.map { average in average.layers.map { $0 as? Sequential ?? Sequential([$0]) } } ?? [network]
    self.transfer = transfer
    source = "the \(model.target.task.rawValue) of '\(model.target.column)'"
    count = all.count
    networks = { outputs, averages in try all.map { try $0.renewed(outputs: outputs, averages: averages) } }
  }

  init(_ model: TableAutoencoder, _ transfer: Transfer) {
    let network = model.network
    self.transfer = transfer
    source = "the encoder"
    count = 1
    networks = { outputs, _ in [try network.classifier(outputs: outputs)] }
  }

  /// The report of one of the networks, all of which are alike, frozen as they begin.
  func report(_ networks: [RenewedNetwork]) throws -> TransferReport {
    var report = TransferReport()
    report.source = source
    guard let first = networks.first else { return report }
    report.kept = first.kept
    report.renewed = first.renewed
    report.frozen = try transfer.freeze(first.network)
    report.thawed = try transfer.thaws(of: first.network).map { .init(layer: $0.layer, epoch: $0.epoch) }
    return report
  }

  /// What the options may not say, for the network has it already.
  func options(_ given: TableOptions) throws -> TableOptions {
    let said: [(String, Bool)] = [
      ("features", given.features != nil), ("dropping", !given.dropping.isEmpty),
      ("hiddenSizes", given.hiddenSizes != nil), ("activation", given.activation != nil),
      ("dropout", given.dropout != nil), ("networks", given.networks != nil),
    ]
    if let word = said.first(where: \.1)?.0 {
      throw TrainingError(
        "A network that goes on has its columns and layers already: leave \(word) out of the options.")
    }
    var options = given
    options.networks = count
    return options
  }
}

extension TabularModel: TransferSource {
  public func start(_ transfer: Transfer) throws -> TransferStart { try TransferStart(self, transfer) }
}

extension TableAutoencoder: TransferSource {
  public func start(_ transfer: Transfer) -> TransferStart { TransferStart(self, transfer) }
}

extension TransferSource {
  /// Goes on to another target: a copy of the network, or of the encoder, with a new last layer learns from a table with the same
  /// columns, as few rows as it may have.
  ///
  ///     let model = try TabularModel(path: "sales.safetensors")
  ///     let tuned = try model.finetuned(on: Table(csv: "new.csv"), target: "returned", transfer: Transfer(frozenLayers: 1))
  ///     print(tuned.report.transfer!)
  ///
  /// The columns are encoded as they were; what this model is stays as it is. Everything else is as in
  /// ``TabularModel/fit(_:target:test:validation:options:progress:network:beforeTraining:)``.
  ///
  /// - Throws: as `fit` does; `TableError` for columns that are missing and for a target that is one of the columns that the
  ///   network reads; `SettingError` for a path to freeze that means nothing.
  public func finetuned(
    on table: Table, target: String, test: Table? = nil, validation: Table? = nil, transfer: Transfer = Transfer(),
    options: TableOptions = TableOptions(), progress: Progress = Progress(.silent),
    beforeTraining: (TableReport) throws -> Void = { _ in }
  ) throws -> TabularModel {
    try start(transfer).fit(
      table, target, preprocessor, test: test, validation: validation, options, progress, beforeTraining)
  }

  /// Goes on to other classes of images of the same size.
  public func finetuned(
    images: IDX, labels: IDX, test: (images: IDX, labels: IDX)? = nil, transfer: Transfer = Transfer(),
    options: TableOptions = TableOptions(), progress: Progress = Progress(.silent),
    beforeTraining: (TableReport) throws -> Void = { _ in }
  ) throws -> TabularModel {
    try start(transfer).fit(images, labels, imageShape, test: test, options, progress, beforeTraining)
  }
}

extension TransferStart {
  fileprivate func fit(
    _ table: Table, _ target: String, _ preprocessor: Preprocessor?, test: Table?, validation: Table?,
    _ given: TableOptions, _ progress: Progress, _ beforeTraining: (TableReport) throws -> Void
  ) throws -> TabularModel {
    guard let preprocessor else { throw TrainingError("This model reads images, not tables: give it an IDX file.") }
    let options = try options(given)
    let data = try TableData(
      table, target: target, test: test, validation: validation, options: options, encodedAs: preprocessor)
    var fit = TableFit(data, options, start: self)
    return try fit.run(progress, beforeTraining)
  }

  fileprivate func fit(
    _ images: IDX, _ labels: IDX, _ imageShape: [Int]?, test: (images: IDX, labels: IDX)?, _ given: TableOptions,
    _ progress: Progress, _ beforeTraining: (TableReport) throws -> Void
  ) throws -> TabularModel {
    guard let imageShape else { throw TrainingError("This model reads tables, not images.") }
    guard Array(images.shape.dropFirst()) == imageShape else {
      throw TrainingError("The images are of \(Array(images.shape.dropFirst())) pixels, the model reads \(imageShape).")
    }
    let options = try options(given)
    let data = try TableData(
      images: images, labels: labels, testImages: test?.images, testLabels: test?.labels, options: options)
    var fit = TableFit(data, options, start: self)
    return try fit.run(progress, beforeTraining, imageShape: imageShape)
  }
}
