import ArgumentParser
import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import GliaTraining

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Turn the rows of a table, or images, into short codes by an autoencoder.",
    discussion: """
      glia embed TABLE           learns to give back the rows by way of a code, scores that on held-out rows beside principal
                                 components of the same width, writes the model and the code of each row
                                 with --test it is scored on the rows of another file, whose codes are written too
      glia embed MODEL TABLE     the codes of other rows, on standard output
      With --errors the codes have the error of each row beside them: large for a row that is unlike the others.
      """)

  @Argument(
    help: "A table (CSV or TSV, gzip or not) or images (IDX) to learn from; or a model file, and then the rows.")
  var files: [String] = []

  // ---- What to learn from what

  @OptionGroup var table: TableArguments
  @OptionGroup var heldOut: HeldOutArguments

  // ---- How to learn

  @Option(help: "The numbers of a code, \(EmbedCommand.widthRange.words) (\(EmbedCommand.defaultWidth)).")
  var width: Int?
  @Option(help: ArgumentHelp("\(EmbedCommand.kinds)", valueName: "name[,setting=value…]"))
  var kind: String?
  @Option(help: "The units of each hidden layer of the encoder, such as 64,32, or none.", transform: CommaList.sizes)
  var hidden: [Int]?
  @OptionGroup var training: TrainingArguments

  // ---- What comes out

  @Option(name: .shortAndLong, help: "The file of the codes; TABLE.codes.csv in this folder after learning.")
  var output: String?
  @Option(help: "The model file to write; TABLE.autoencoder.safetensors in this folder where nothing is said.")
  var model: String?
  @Flag(help: "Beside each code the error with which its row is given back.")
  var errors = false
  @Flag(help: "No progress and no remarks on standard error.")
  var quiet = false
  @Flag(help: "After learning, one JSON object on standard output and nothing else there.")
  var json = false

  private static let defaultWidth = 8
  private static let widthRange = TrainRange("width", .integer(1...Int.max))
  private static var kinds: String {
    "What keeps the network from copying:\n" + TrainRange.list(Catalog.autoencoders.rows)
  }

  func validate() throws {
    try EmbedCommand.widthRange.check(width)
    _ = try chosenKind()
    if table.weight != nil || table.classWeights != nil {
      throw UsageError(
        "--weight and --class-weights are for what predicts a target; here all rows count alike. Leave a column out with --drop"
      )
    }
    guard (1...2).contains(files.count) else {
      throw UsageError("Which rows? Give a table to learn from, or a model file and a table: glia embed table.csv")
    }
    if files.count == 2, let word = wordsOfLearning.first(where: \.isSaid)?.name {
      throw UsageError("--\(word) says how to learn; with a model file nothing is learned")
    }
  }

  private var wordsOfLearning: [(name: String, isSaid: Bool)] {
    [
      ("width", width != nil), ("kind", kind != nil), ("hidden", hidden != nil), ("model", model != nil),
      ("json", json),
    ] + heldOut.words + table.words.filter { $0.name != "names" } + training.words
  }

  private func chosenKind() throws -> AutoencoderKind {
    guard let kind else { return .plain }
    return try Catalog.autoencoders.make(TrainCommand.part(kind, of: .autoencoders, option: "kind"))
  }

  mutating func run() throws {
    if let threads = training.threads { Host.useThreads(threads) }
    if files.count == 2 { try apply(files[0], to: files[1]) } else { try learn(from: files[0]) }
  }

  // ---- Codes of other rows

  private func apply(_ model: String, to file: String) throws {
    if let output { try Host.checkOutput(output, of: "codes", against: [model, file]) }
    let known = try TableAutoencoder(path: model)
    let codes: Codes
    if let preprocessor = known.preprocessor {
      let rows = try preprocessor.table(csv: file, names: table.names)
      codes = try Codes(known, rows, errors: errors)
      if !quiet { for remark in preprocessor.remarks(on: rows) { StandardStreams.warn("glia: \(remark)") } }
    } else {
      codes = try Codes(known, IDX.read(file), errors: errors)
    }
    if let output {
      try AtomicFile.write(Array(codes.csv.utf8), to: output)
    } else {
      try StandardStreams.write(codes.csv)
    }
  }

  // ---- Learning

  private func learn(from file: String) throws {
    let name = TrainCommand.baseName(of: file)
    let (codesPath, modelPath) = (output ?? name + ".codes.csv", model ?? name + ".autoencoder.safetensors")
    let testPath = heldOut.test.map { _ in EmbedCommand.testPath(codesPath) }
    for path in [codesPath, testPath].compactMap({ $0 }) {
      try Host.checkOutput(path, of: "codes", against: [file] + heldOut.files)
      if path == modelPath { throw UsageError("the codes and the model cannot both be written to '\(path)'") }
    }
    try Host.checkOutput(modelPath, of: "model", against: [file] + heldOut.files, option: "--model")
    var options = table.options
    options.hiddenSizes = hidden
    training.apply(to: &options)
    if let fraction = heldOut.testFraction { options.testFraction = fraction }
    let progress = Progress(quiet ? .silent : .automatic)
    let (width, kind) = (width ?? EmbedCommand.defaultWidth, try chosenKind())
    let made: TableAutoencoder
    let codes: Codes
    var testCodes: Codes?
    if try IDX.isIDX(file) {
      try table.refuseForImages()
      let (images, labels, test) = try heldOut.images(maybeLabelled: file)
      if !json { try StandardStreams.write(TrainText.found(images, file)) }
      made = try .fit(
        images: images, labels: labels, test: test, width: width, kind: kind, options: options,
        progress: progress, beforeTraining: say)
      codes = try Codes(made, images, errors: errors)
      testCodes = try test.map { try Codes(made, $0.images, errors: errors) }
    } else {
      if heldOut.labels != nil || heldOut.testLabels != nil {
        throw UsageError("--labels are for images; a table has its --target in it")
      }
      let rows = try Table(csv: file, names: table.names)
      if !json { try StandardStreams.write(EmbedText.found(rows)) }
      let test = try heldOut.test.map { try TrainCommand.table($0, like: rows, table.names) }
      made = try .fit(
        rows, test: test, width: width, kind: kind, target: table.target, options: options, progress: progress,
        beforeTraining: say)
      codes = try Codes(made, rows, errors: errors)
      testCodes = try test.map { try Codes(made, $0, errors: errors) }
    }
    try made.save(to: modelPath)
    try AtomicFile.write(Array(codes.csv.utf8), to: codesPath)
    if let testCodes, let testPath { try AtomicFile.write(Array(testCodes.csv.utf8), to: testPath) }
    let written = [codesPath, testPath].compactMap { $0 }
    try StandardStreams.write(
      json
        ? EmbedText.json(of: made, model: modelPath, codes: written)
        : EmbedText.results(made, model: modelPath, codes: written))
  }

  /// `rows.codes.csv` gives `rows.codes.test.csv`, for the codes of the rows that are scored on.
  private static func testPath(_ codes: String) -> String {
    (codes.hasSuffix(".csv") ? String(codes.dropLast(4)) : codes) + ".test.csv"
  }

  /// What is about to be done, before the first epoch.
  private func say(_ report: AutoencoderReport) throws {
    if !json { try StandardStreams.write(EmbedText.plan(report)) }
  }

  /// The code of each row, as a file has it.
  private struct Codes {
    let csv: String

    init(_ model: TableAutoencoder, _ table: Table, errors: Bool) throws {
      try self.init(model.codes(of: table), errors ? model.errors(of: table) : nil)
    }

    init(_ model: TableAutoencoder, _ images: IDX, errors: Bool) throws {
      try self.init(model.codes(of: images), errors ? model.errors(of: images) : nil)
    }

    private init(_ codes: Tensor, _ errors: [Double]?) throws {
      let (numbers, width) = (codes.scalars(as: Float.self), codes.shape[1])
      var text = CSVWriter.row((1...width).map { "code\($0)" } + (errors == nil ? [] : ["error"]))
      for row in 0..<codes.shape[0] {
        let cells = numbers[row * width..<(row + 1) * width].map { PredictCommand.number(Double($0)) }
        text += CSVWriter.row(cells + (errors.map { [PredictCommand.number($0[row])] } ?? []))
      }
      csv = text
    }
  }
}
