import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTraining

/// What is in a model file, in words.
enum ModelText {
  /// The network, layer by layer.
  static func layers(of model: TabularModel) throws -> String {
    "\(try model.summary())"
  }

  /// Schema, preprocessing, network, training and scores; for a file of another maker its tensors and texts.
  static func everything(of path: String) throws -> String {
    let file = try SafetensorsFile(path: path)
    guard file.metadata.keys.contains(where: { $0.hasPrefix("glia.") }) else { return tensors(file, path) }
    if try ForecastModel.isForecast(path: path) {
      let text = try ForecastText.summary(ForecastModel(path: path))
      return (["\(path): " + text, "File"] + tensorLines(file).map { "  " + $0 }).joined(separator: "\n")
    }
    if try TableAutoencoder.isAutoencoder(path: path) { return try autoencoder(file, path) }
    let model = try TabularModel(path: path)
    let report = model.report
    var lines = ["\(path): \(model.target.task.rawValue) of '\(model.target.column)'"]
    if model.target.task == .classification {
      let classes = zip(model.target.levels, model.target.counts).map { "\($0.prefix(60)) (\($1))" }
      lines.append("classes: " + classes.joined(separator: ", "))
    } else {
      lines.append(
        "in training from \(Progress.short(model.target.minimum)) to \(Progress.short(model.target.maximum)), "
          + "mean \(Progress.short(model.target.mean))")
    }
    lines += ["", "Input"] + input(model.preprocessor, model.imageShape).map { "  " + $0 }
    lines += ["", "Network", try layers(of: model), "", "Training"]
    lines += training(report).map { "  " + $0 }
    lines += ["", "Scores on \(Results.rows(report))"] + Results.table(model.evaluation)
    lines += BeliefText.lines(model.evaluation, model)
    lines += ["", "File"] + tensorLines(file).map { "  " + $0 }
    return lines.joined(separator: "\n")
  }

  private static func autoencoder(_ file: SafetensorsFile, _ path: String) throws -> String {
    let model = try TableAutoencoder(path: path)
    let report = model.report
    var lines = ["\(path): autoencoder \(report.kind) with a code of \(report.width)"]
    lines += ["", "Input"] + input(model.preprocessor, model.imageShape).map { "  " + $0 }
    lines += ["", "Network", "\(try model.summary())", "", "Training"]
    lines.append("  seed \(report.seed), hash of what was learned from \(report.dataHash)")
    lines += report.settings.map { "  " + $0 } + EmbedText.scores(of: report) + Results.warnings(report.warnings)
    lines += ["", "File"] + tensorLines(file).map { "  " + $0 }
    return lines.joined(separator: "\n")
  }

  private static func input(_ preprocessor: Preprocessor?, _ imageShape: [Int]?) -> [String] {
    guard let preprocessor else {
      return ["images of \(imageShape?.map(String.init).joined(separator: " × ") ?? "unknown size")"]
    }
    let codes = Dictionary(uniqueKeysWithValues: zip(preprocessor.codeNames, preprocessor.cardinalities))
    let cells = preprocessor.columns.map { column in
      (column.column, column.type.rawValue, codes[column.column].map { ", an embedding of \($0) codes" } ?? "")
    }
    let width = cells.map { $0.0.count }.max() ?? 0
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    return cells.map { "\(padded($0.0, width))  \($0.1)\($0.2)" }
      + preprocessor.dropped.map { "\(padded($0.column, width))  not used (\($0.reason.rawValue))" }
  }

  private static func training(_ report: TableReport) -> [String] {
    [
      "table \(report.file), \(Results.counted(report.rows, "row")), split \(report.splitMethod): "
        + "\(report.trainingRows) to train, \(report.validationRows) to watch, \(report.testRows) to score",
      "recipe \(report.recipe), seed \(report.seed), hash of what was learned from \(report.dataHash)",
    ] + report.settings + (report.transfer?.lines ?? []) + [
      Results.kept(report)
    ] + Results.warnings(report.warnings)
  }

  private static func tensors(_ file: SafetensorsFile, _ path: String) -> String {
    var lines = ["\(path): safetensors, not a model of Glia's; \(Results.counted(file.entries.count, "tensor"))"]
    lines += file.metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return (lines + tensorLines(file)).joined(separator: "\n")
  }

  private static func tensorLines(_ file: SafetensorsFile) -> [String] {
    let width = file.entries.map(\.name.count).max() ?? 0
    return file.entries.map { entry in
      let name = entry.name + String(repeating: " ", count: width - entry.name.count)
      return "\(name)  \(entry.dtype.rawValue)  [\(entry.shape.map(String.init).joined(separator: ", "))]"
    }
  }
}
