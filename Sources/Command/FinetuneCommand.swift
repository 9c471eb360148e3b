import ArgumentParser
import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTraining

struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Go on from a model, or an autoencoder, to another target.",
    discussion: """
      The network keeps its layers and how it reads the columns, gets a new last layer for the new target, and learns from the \
      table. Says what was kept, renewed and frozen, scores the rows that were held out beside two baselines, and writes a new \
      model file; the old one stays as it is. A layer is named by its place, as `glia summary` shows it.
      """)

  @Argument(help: "A model file of `glia train` or `glia embed`.")
  var model: String
  @Argument(help: "A table with the columns that the model reads, or images of its size.")
  var file: String

  @Option(help: "The column to predict.")
  var target: String?
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?
  @Option(help: "Classification or regression, where the target's own is not wanted.")
  var task: TaskKind?
  @Option(help: "Rows with one value of this column stay on one side of every split.")
  var group: String?
  @Option(help: "The labels of the images (IDX).")
  var labels: String?
  @Option(help: "A table, or images, to score on instead of a part of the rows.")
  var test: String?
  @Option(help: "The labels of the images to score on.")
  var testLabels: String?
  @Option(help: "The part of the rows to hold out and score on (\(TableOptions().testFraction)).")
  var testFraction: Double?

  // ---- What carries over

  @Option(help: "Layers or parameters that stay as they are, such as 0,2.weight.", transform: CommaList.names)
  var freeze: [String]?
  @Option(help: "How many layers, from the first, stay as they are, \(FinetuneCommand.layerRange.words).")
  var freezeLayers: Int?
  @Option(
    help: "The rate of a layer as a part of that of the one above it, \(FinetuneCommand.factorRange.words) (1).")
  var rateFactor: Double?
  @Option(
    help:
      "Let one layer after the other begin to learn, from the top, after each so many epochs; 0: all from the start.")
  var thawEvery: Int?

  // ---- How to train

  @Option(help: "The size of a step of the last layer, \(TrainRange.learningRate.words).")
  var learningRate: Double?
  @Option(help: "How strongly weights are drawn to zero, \(TrainRange.weightDecay.words).")
  var weightDecay: Double?
  @Option(help: "Rows in a step, \(TrainRange.batchSize.words).")
  var batchSize: Int?
  @Option(help: "The most passes over the rows, \(TrainRange.epochs.words).")
  var epochs: Int?
  @Option(help: "Stop after so many epochs without improvement; 0 never stops early.")
  var patience: Int?
  @Option(help: "Of everything that is left to chance; same seed, same bits (0).")
  var seed: UInt64?
  @Option(help: "Threads, \(TrainRange.threads.words); the result does not depend on it.")
  var threads: Int?

  // ---- What comes out

  @Option(name: .shortAndLong, help: "The model file; in this folder, named after the table, where nothing is said.")
  var output: String?
  @Flag(help: "No progress on standard error; standard output stays as it is.")
  var quiet = false
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  private static let layerRange = TrainRange(name: "freeze-layers", words: "at least 0") { $0 >= 0 }
  private static let factorRange = TrainRange(name: "rate-factor", words: "greater than 0 and at most 1") {
    $0 > 0 && $0 <= 1
  }
  private static let thawRange = TrainRange(name: "thaw-every", words: "at least 0") { $0 >= 0 }

  func validate() throws {
    try FinetuneCommand.layerRange.check(freezeLayers.map(Double.init))
    try FinetuneCommand.factorRange.check(rateFactor)
    try FinetuneCommand.thawRange.check(thawEvery.map(Double.init))
    try TrainRange.learningRate.check(learningRate)
    try TrainRange.weightDecay.check(weightDecay)
    try TrainRange.batchSize.check(batchSize.map(Double.init))
    try TrainRange.epochs.check(epochs.map(Double.init))
    try TrainRange.patience.check(patience.map(Double.init))
    try TrainRange.threads.check(threads.map(Double.init))
    try TrainRange.testFraction.check(testFraction)
  }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    let output = self.output ?? TrainCommand.modelName(for: file)
    try Host.checkOutput(output, of: "model", against: [model, file, labels, test, testLabels])
    let known: any TransferSource =
      try TableAutoencoder.isAutoencoder(path: model) ? TableAutoencoder(path: model) : TabularModel(path: model)
    let tuned = try tuned(known)
    try tuned.save(to: output)
    try StandardStreams.write(
      json
        ? try Results.json(of: tuned, at: output)
        : TrainText.results(tuned, output, isImages: tuned.imageShape != nil))
  }

  private var transfer: Transfer {
    Transfer(
      freezing: freeze ?? [], frozenLayers: freezeLayers ?? 0, rateFactor: rateFactor ?? 1, thawEvery: thawEvery ?? 0)
  }

  private var options: TableOptions {
    var options = TableOptions()
    options.task = task
    options.groupColumn = group
    options.learningRate = learningRate
    options.weightDecay = weightDecay
    options.batchSize = batchSize
    options.epochs = epochs
    options.patience = patience
    if let testFraction { options.testFraction = testFraction }
    if let seed { options.seed = seed }
    return options
  }

  private var progress: Progress { Progress(quiet ? .silent : .automatic) }

  private func tuned(_ known: any TransferSource) throws -> TabularModel {
    if let preprocessor = known.preprocessor {
      let (rows, target, test) = try tables(preprocessor)
      return try known.finetuned(
        on: rows, target: target, test: test, transfer: transfer, options: options, progress: progress,
        beforeTraining: say)
    }
    let (images, labels, test) = try images()
    return try known.finetuned(
      images: images, labels: labels, test: test, transfer: transfer, options: options, progress: progress,
      beforeTraining: say)
  }

  private func tables(_ preprocessor: Preprocessor) throws -> (rows: Table, target: String, test: Table?) {
    if labels != nil || testLabels != nil {
      throw UsageError("--labels are for images; '\(model)' reads tables, which have their --target in them")
    }
    // The types of the columns that the network reads; the new target has its own.
    var types = preprocessor.columnTypes
    if let target { types[target] = nil }
    var options = CSVOptions()
    options.allowsUnknownTypes = true
    let rows = try Table(csv: file, names: names, types: types, options: options)
    let target = try TableArguments.target(target, in: rows)
    if !json { try StandardStreams.write(TrainText.found(rows, target, task)) }
    if let column = rows[target], preprocessor.columnTypes[target] == nil || test != nil {
      types[target] = column.type == .integer ? .number : column.type
    }
    return (rows, target, try test.map { try Table(csv: $0, names: names, types: types, options: options) })
  }

  private func images() throws -> (images: IDX, labels: IDX, test: (images: IDX, labels: IDX)?) {
    for (word, isSaid) in [("target", target != nil), ("names", names != nil), ("group", group != nil)] where isSaid {
      throw UsageError("--\(word) is for tables; '\(model)' reads images")
    }
    guard let labels else { throw UsageError("'\(model)' reads images; give the file of their --labels too") }
    guard (test == nil) == (testLabels == nil) else {
      throw UsageError("--test and --test-labels belong together: images and what they show")
    }
    let images = try IDX.read(file)
    if !json { try StandardStreams.write(TrainText.found(images, file)) }
    let held = try test.flatMap { test in
      try testLabels.map { (images: try IDX.read(test), labels: try IDX.read($0)) }
    }
    return (images, try IDX.read(labels), held)
  }

  /// What is about to be done, before the first epoch.
  private func say(_ report: TableReport) throws {
    if !json { try StandardStreams.write(TrainText.plan(report)) }
  }
}
