import ArgumentParser
import GliaFormats
import GliaTables
import GliaTraining

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict the target for each row of a table, or the steps past a series' end, as CSV.",
    discussion: "The columns may stand in any order, and there may be more of them; what training saw has to be there.")

  @Argument(help: "A model file.")
  var model: String
  @Argument(help: "A table, or images.")
  var file: String
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?
  @Option(name: .shortAndLong, help: "The file to write; standard output where nothing is said.")
  var output: String?
  @Flag(help: "The probability of each class too, under NAME=CLASS.")
  var probabilities = false
  @Flag(help: "The ends of the interval around each number too, under NAME.lower and NAME.upper.")
  var intervals = false
  @Option(help: "Threads, \(TrainRange.threads.words).")
  var threads: Int?
  @Flag(help: "No remarks on standard error.")
  var quiet = false

  func validate() throws { try TrainRange.threads.check(threads) }

  mutating func run() throws {
    if let threads { Host.useThreads(threads) }
    if let output { try Host.checkOutput(output, of: "predictions", against: [model, file]) }
    if try ForecastModel.isForecast(path: model) { return try write(forecast()) }
    let known = try TabularModel(path: model)
    if probabilities, known.target.task == .regression {
      throw UsageError("'\(model)' predicts a number, which has no probabilities")
    }
    if intervals, known.postprocessing.intervals == nil {
      throw UsageError("'\(model)' has no intervals: they are fitted in training, by glia train --interval 0.9")
    }
    try write(csv(try predictions(known), known.target.column))
  }

  private func write(_ text: String) throws {
    if let output {
      try AtomicFile.write(Array(text.utf8), to: output)
    } else {
      try StandardStreams.write(text)
    }
  }

  /// The steps past the end of the table, by a model of a series.
  private func forecast() throws -> String {
    if probabilities { throw UsageError("'\(model)' forecasts numbers, which have no probabilities") }
    let known = try ForecastModel(path: model)
    let panel = try known.panel(Table(csv: file, names: names))
    let said = try known.forecast(panel)
    if !quiet { for note in panel.notes + said.notes { StandardStreams.warn("glia: \(note)") } }
    return said.csv
  }

  private func predictions(_ known: TabularModel) throws -> TablePredictions {
    guard let preprocessor = known.preprocessor else { return try known.predict(images: IDX.read(file)) }
    let table = try preprocessor.table(csv: file, names: names)
    let predictions = try known.predict(table)
    if !quiet {
      for remark in preprocessor.remarks(on: table, apartFrom: known.rowWeights?.column) {
        StandardStreams.warn("glia: \(remark)")
      }
    }
    return predictions
  }

  private func csv(_ predictions: TablePredictions, _ target: String) -> String {
    let levels = predictions.levels
    var text = CSVWriter.row(
      [target] + (probabilities ? levels.map { "\(target)=\($0)" } : [])
        + (intervals ? ["\(target).lower", "\(target).upper"] : []))
    let answers = levels.isEmpty ? predictions.values.map(PredictCommand.number) : predictions.classes
    for (row, answer) in answers.enumerated() {
      let shares = predictions.probabilities[row * levels.count..<(row + 1) * levels.count]
      let ends = intervals ? [predictions.lower[row], predictions.upper[row]] : []
      text += CSVWriter.row([answer] + ((probabilities ? Array(shares) : []) + ends).map(PredictCommand.number))
    }
    return text
  }

  /// As many digits as a network of float32 has to say.
  static func number(_ value: Double) -> String {
    let text = "\(Float(value))"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
