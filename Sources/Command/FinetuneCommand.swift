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
  @OptionGroup var heldOut: HeldOutArguments

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

  @OptionGroup var training: TrainingArguments

  // ---- What comes out

  @Option(name: .shortAndLong, help: "The model file; in this folder, named after the table, where nothing is said.")
  var output: String?
  @Flag(help: "No progress on standard error; standard output stays as it is.")
  var quiet = false
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false

  private static let layerRange = TrainRange("freeze-layers", .integer(0...Int.max))
  private static let factorRange = TrainRange(
    "rate-factor", .number(lower: 0, includingLower: false, upper: 1, includingUpper: true))
  private static let thawRange = TrainRange("thaw-every", .integer(0...Int.max))

  func validate() throws {
    try FinetuneCommand.layerRange.check(freezeLayers)
    try FinetuneCommand.factorRange.check(rateFactor)
    try FinetuneCommand.thawRange.check(thawEvery)
  }

  mutating func run() throws {
    if let threads = training.threads { Host.useThreads(threads) }
    let output = self.output ?? TrainCommand.modelName(for: file)
    try Host.checkOutput(output, of: "model", against: [model, file] + heldOut.files)
    let known: any TransferSource =
      try TableAutoencoder.isAutoencoder(path: model) ? TableAutoencoder(path: model) : TabularModel(path: model)
    let (tuned, remarks) = try tuned(known)
    try tuned.save(to: output)
    try StandardStreams.write(
      json
        ? try Results.json(of: tuned, at: output, remarks)
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
    training.apply(to: &options)
    if let fraction = heldOut.testFraction { options.testFraction = fraction }
    return options
  }

  private var progress: Progress { Progress(quiet ? .silent : .automatic) }

  /// The model, and what is odd about the table.
  private func tuned(_ known: any TransferSource) throws -> (TabularModel, remarks: [String]) {
    if let preprocessor = known.preprocessor {
      let (rows, target, test, remarks) = try tables(preprocessor)
      let model = try known.finetuned(
        on: rows, target: target, test: test, transfer: transfer, options: options, progress: progress,
        beforeTraining: say)
      return (model, remarks)
    }
    let (images, labels, test) = try images()
    let model = try known.finetuned(
      images: images, labels: labels, test: test, transfer: transfer, options: options, progress: progress,
      beforeTraining: say)
    return (model, [])
  }

  private func tables(
    _ preprocessor: Preprocessor
  ) throws -> (rows: Table, target: String, test: Table?, remarks: [String]) {
    if heldOut.labels != nil || heldOut.testLabels != nil {
      throw UsageError("--labels are for images; '\(model)' reads tables, which have their --target in them")
    }
    // The types of the columns that the network reads; the new target has its own.
    var types = preprocessor.columnTypes
    if let target { types[target] = nil }
    var options = CSVOptions()
    options.allowsUnknownTypes = true
    let rows = try Table(csv: file, names: names, types: types, options: options)
    let target = try TableArguments.target(target, in: rows)
    let remarks = try TrainText.warnings(rows, target)
    if !json { try StandardStreams.write(TrainText.found(rows, target, task, remarks)) }
    if let column = rows[target], preprocessor.columnTypes[target] == nil || heldOut.test != nil {
      types[target] = column.type == .integer ? .number : column.type
    }
    let test = try heldOut.test.map { try Table(csv: $0, names: names, types: types, options: options) }
    return (rows, target, test, remarks)
  }

  private func images() throws -> (images: IDX, labels: IDX, test: (images: IDX, labels: IDX)?) {
    for (word, isSaid) in [("target", target != nil), ("names", names != nil), ("group", group != nil)] where isSaid {
      throw UsageError("--\(word) is for tables; '\(model)' reads images")
    }
    if heldOut.labels == nil { throw UsageError("'\(model)' reads images; give the file of their --labels too") }
    let all = try heldOut.images(file)
    if !json { try StandardStreams.write(TrainText.found(all.images, file)) }
    return all
  }

  /// What is about to be done, before the first epoch.
  private func say(_ report: TableReport) throws {
    if !json { try StandardStreams.write(TrainText.plan(report)) }
  }
}
