import ArgumentParser
import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Learn to predict a column of a table, or the classes of images.",
    discussion: """
      Looks at the table, splits its rows, says what it is about to do, trains, scores the rows that were held out beside \
      two baselines, and writes one model file. Nothing but the table and the target has to be said.
      """)

  @Argument(help: "A table (CSV or TSV, gzip or not), or images (IDX).")
  var file: String?

  // ---- What to learn from what. The words here are those of a run description (RunDescription reads them off).

  @OptionGroup var table: TableArguments
  // ---- The rows to score on and to watch

  @OptionGroup var heldOut: HeldOutArguments
  @Option(help: "A table to watch while training instead of a part of the rows.")
  var validation: String?
  @Option(
    help: "The part of the rows that every network watches while training; a part of its own where nothing is said.")
  var validationFraction: Double?
  @Option(help: "Split by this column: the latest rows are held out.")
  var time: String?

  // ---- How to train

  @Option(help: "A way to train:\n\(Recipe.all.map { "\($0.name): \($0.documentation)" }.joined(separator: "\n"))")
  var recipe: String?
  @Option(help: "The units of each hidden layer, such as 64,32, or none.", transform: CommaList.sizes)
  var hidden: [Int]?
  @Option(help: "What stands behind each hidden layer: \(Catalog.activations.kinds.joined(separator: ", ")).")
  var activation: String?
  @Option(help: "The part of the hidden units that a step leaves out, \(TrainRange.dropout.words).")
  var dropout: Double?
  @Option(help: "The bins that a column of numbers is encoded in, \(TrainRange.bins.words); 0 for none.")
  var bins: Int?
  @Option(
    help: """
      What the edges of the bins are taken from:
      quantile: about as many rows in each bin
      tree: where a small decision tree on the column cuts to tell the target
      """)
  var binEdges: BinEdges?
  @Option(
    help: """
      How numbers are brought to a common size:
      standard: by mean and deviation
      robust: by median and quartiles, outliers squeezed
      quantile: as quantiles of the normal distribution
      """)
  var scaling: Scaling?
  @Option(
    help: ArgumentHelp(
      "What a column of numbers becomes beside itself and its bins: learnt waves (frequencies, deviation, size, shared), or none.",
      valueName: "periodic[,setting=value…]|none"))
  var embedding: String?
  @Option(help: ArgumentHelp("Whether a linear part stands beside the hidden layers.", valueName: "true|false"))
  var linearPart: Bool?
  @Option(help: ArgumentHelp("\(TrainRange.optimizers)", valueName: "name[,setting=value…]"))
  var optimizer: String?
  @OptionGroup var training: TrainingArguments
  @Option(help: "How the rate goes with time: \(TrainRange.schedules).")
  var schedule: String?
  @Option(help: "How many members share a network's weights, \(TrainRange.members.words); 1 for a plain network.")
  var members: Int?
  @Option(
    help:
      "How many networks are averaged, \(TrainRange.networks.words); as many as the recipe has where nothing is said.")
  var networks: Int?
  @Option(help: ArgumentHelp("\(TrainRange.losses)", valueName: "name[,setting=value…]"))
  var loss: String?

  // ---- What is fitted on rows that no network learned from

  @Option(
    help: "How probabilities are made to come true as often as they say: none, temperature, isotonic.",
    transform: TrainCommand.calibration)
  var calibrate: CalibrationMethod?
  @Option(
    help: ArgumentHelp(
      "Of two classes, from which probability on a row is taken for the second: a number, or what is best for a metric.",
      valueName: "f1|balancedAccuracy|mcc|number"),
    transform: TrainCommand.threshold)
  var threshold: ThresholdChoice?
  @Option(help: "Intervals that hold the number with this probability, such as 0.9; predict --intervals writes them.")
  var interval: Double?
  @Option(
    help: """
      How intervals are made; the better of the first two where nothing is said:
      residual: of one width everywhere
      normalized: as wide as errors are usual for predictions of that size
      quantile: around quantiles that the network learns
      """,
    transform: TrainCommand.intervalMethod)
  var intervalBy: IntervalMethod?

  // ---- What comes out

  @Flag(help: "Try learning rates from small to large instead of training, show the loss at each and suggest one.")
  var findRate = false
  @Option(name: .shortAndLong, help: "The model file; in this folder, named after the table, where nothing is said.")
  var output: String?
  @Flag(help: "No progress on standard error; standard output stays as it is.")
  var quiet = false
  @Flag(help: "One JSON object on standard output and nothing else there.")
  var json = false
  @Option(name: .customLong("run"), help: "A YAML file with these words; what the command line says counts more.")
  var runDescription: String?

  func validate() throws {
    try checkNumbers()
    _ = try options()
  }

  mutating func run() throws {
    if let threads = training.threads { Host.useThreads(threads) }
    guard let file else { throw UsageError("Which table? Give its file: glia train table.csv --target NAME") }
    if findRate { return try showRates(file) }
    let output = self.output ?? TrainCommand.modelName(for: file)
    try Host.checkOutput(
      output, of: "model", against: [file, validation, runDescription] + heldOut.files)
    let progress = Progress(quiet ? .silent : .automatic)
    let isImages = heldOut.labels != nil
    let (model, remarks) = isImages ? (try fitImages(file, progress), []) : try fitTable(file, progress)
    try model.save(to: output)
    try StandardStreams.write(
      json ? try Results.json(of: model, at: output, remarks) : TrainText.results(model, output, isImages: isImages))
  }

  /// The model, and what is odd about the table.
  private func fitTable(_ file: String, _ progress: Progress) throws -> (TabularModel, remarks: [String]) {
    let (rows, target, remarks) = try tableRows(file)
    let held = try heldTables(like: rows)
    let model = try TabularModel.fit(
      rows, target: target, test: held.test, validation: held.validation, options: try options(), progress: progress,
      beforeTraining: say)
    return (model, remarks)
  }

  /// The table to learn from, its target, and what is odd about it, which a person is told of.
  func tableRows(_ file: String) throws -> (Table, target: String, remarks: [String]) {
    if heldOut.testLabels != nil { throw UsageError("--test-labels are for images; a table has its target in it") }
    if table.target == nil, try IDX.isIDX(file) {
      throw UsageError("'\(file)' holds images; give the file of their --labels too")
    }
    let rows = try Table(csv: file, names: table.names)
    let target = try table.target(in: rows)
    let remarks = try TrainText.warnings(rows, target)
    if !json { try StandardStreams.write(TrainText.found(rows, target, table.task, remarks)) }
    return (rows, target, remarks)
  }

  /// The tables to score on and to watch, of the types that the rows have.
  func heldTables(like rows: Table) throws -> (test: Table?, validation: Table?) {
    func read(_ file: String) throws -> Table { try TrainCommand.table(file, like: rows, table.names) }
    return (try heldOut.test.map(read), try validation.map(read))
  }

  /// What is about to be done, before the first epoch.
  private func say(_ report: TableReport) throws {
    if !json { try StandardStreams.write(TrainText.plan(report)) }
  }

  private func fitImages(_ file: String, _ progress: Progress) throws -> TabularModel {
    let (images, labels, held) = try labelledImages(file)
    return try TabularModel.fit(
      images: images, labels: labels, test: held, options: try options(), progress: progress, beforeTraining: say)
  }

  /// The images to learn from, which a person is told of, and those to score on.
  func labelledImages(_ file: String) throws -> (images: IDX, labels: IDX, test: (images: IDX, labels: IDX)?) {
    try table.refuseForImages(and: [("validation", validation != nil), ("time", time != nil)])
    let given = try heldOut.images(file)
    if !json { try StandardStreams.write(TrainText.found(given.images, file)) }
    return given
  }

  /// Another table of the same kind: each column as the type that the first has.
  static func table(_ file: String, like first: Table, _ names: [String]?) throws -> Table {
    var options = CSVOptions()
    options.allowsUnknownTypes = true
    for column in first.columnValues { options.types[column.name] = column.type == .integer ? .number : column.type }
    return try Table(csv: file, names: names, options: options)
  }

  /// `folder/housing.csv.gz` gives `housing.safetensors`.
  static func modelName(for file: String) -> String { baseName(of: file) + ".safetensors" }

  /// `folder/housing.csv.gz` gives `housing`.
  static func baseName(of file: String) -> String {
    var name = file.split(separator: "/").last.map(String.init) ?? file
    if name.hasSuffix(".gz") { name.removeLast(3) }
    if let dot = name.lastIndex(of: "."), dot != name.startIndex { name = String(name[..<dot]) }
    return name
  }
}
