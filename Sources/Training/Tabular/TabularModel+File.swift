import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

// One safetensors file: the weights under their names, and in the header's metadata, as JSON, everything else. Any
// safetensors reader opens it. Loading runs no code.

extension TabularModel {
  /// Writes the model to a file, whole or not at all.
  ///
  /// - Throws: `FileError` in words where the file cannot be written.
  public func save(to path: String) throws {
    var writer = SafetensorsWriter(metadata: try metadata())
    let columns = try TabularModel.columns(preprocessor, imageShape)
    try NetworkFile.add(network, row: TensorType([columns], .float32), to: &writer)
    if let linear = baselines.linear { try NetworkFile.add(linear: linear, to: &writer) }
    try writer.write(to: path)
  }

  /// Whether a Glia that knows of no treated answers, weighted rows, quantiles side by side and ranks between quantiles answers
  /// the same.
  private var isPlain: Bool {
    postprocessing.isNothing && rowWeights == nil && tableLoss.quantileCount <= 1
      && preprocessor?.options.scaling != .quantile
  }

  private func metadata() throws -> [String: String] {
    var metadata: [String: String] = [
      "glia.format": "\(isPlain ? ModelFile.version : ModelFile.postprocessedVersion)",
      "glia.kind": ModelFile.Kind.tabular.rawValue,
      "glia.target": try ModelFile.encode(target),
      "glia.report": try report.json.text(),
    ]
    if !postprocessing.isNothing { metadata["glia.postprocessing"] = try postprocessing.json.text() }
    if let rowWeights { metadata["glia.weights"] = try rowWeights.json.text() }
    if !tableLoss.isUsual { metadata["glia.loss"] = try loss.partDescription.json.text() }
    if let preprocessor { metadata["glia.preprocessor"] = try ModelFile.encode(preprocessor) }
    if let imageShape { metadata["glia.images"] = ModelFile.encode(imageShape: imageShape) }
    return metadata
  }

  /// Reads a model from a file.
  ///
  /// - Throws: an error in words where the file is no model of Glia's, is cut short, or has a changed byte.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path, checksum: .required)
    func text(_ key: String) throws -> String {
      try ModelFile.text(key, of: file, path, writtenBy: "train")
    }
    try ModelFile.checkVersion(of: file, path)
    switch ModelFile.kind(of: file) {
    case .forecast:
      throw ModelFileError(
        path, "it forecasts a series, which `glia predict` does past a table's end; it has no rows to score or explain")
    case .autoencoder:
      throw ModelFileError(
        path, "it is an autoencoder, which predicts nothing: `glia embed` reads it, `glia finetune` too")
    case .tabular, nil: break
    }
    do {
      let (network, linear) = try NetworkFile.networks(of: file)
      let target = try ModelFile.decode(TargetEncoding.self, try text("target"))
      let preprocessor = try ModelFile.preprocessor(of: file)
      let report = try TableReport(json: JSONValue(parsing: try text("report")))
      let loss = try TableLoss(
        try file.metadata["glia.loss"].map { try PartDescription(json: JSONValue(parsing: $0)) }, for: target)
      let postprocessing = try file.metadata["glia.postprocessing"].map {
        try Postprocessing(json: JSONValue(parsing: $0), classes: target.levels.count, quantiles: loss.quantileCount)
      }
      let rowWeights = try file.metadata["glia.weights"].map {
        try RowWeights(json: JSONValue(parsing: $0), answers: max(target.levels.count, 1))
      }
      let imageShape = ModelFile.imageShape(of: file)
      for network: any Module in [network] + (linear.map { [$0] } ?? []) {
        try TabularModel.check(network, preprocessor, loss, imageShape)
      }
      self.init(
        network: network, baselines: Baselines(loss: loss, linear: linear, weights: rowWeights),
        preprocessor: preprocessor, loss: loss, report: report, imageShape: imageShape,
        postprocessing: postprocessing ?? Postprocessing(), rowWeights: rowWeights)
    } catch {
      throw ModelFileError(path, error, in: "table")
    }
  }

  /// What the parts of a file say about one another.
  private static func check(
    _ network: any Module, _ preprocessor: Preprocessor?, _ loss: TableLoss, _ imageShape: [Int]?
  ) throws {
    let columns = try columns(preprocessor, imageShape)
    let outputs = loss.outputCount
    for rows in [1, 2] {
      let shape = try network.outputShape(for: [rows, columns])
      guard shape == [rows, outputs] else {
        throw TrainingError("its network gives \(shape) for \(rows) rows, the target needs \(Shape([rows, outputs]))")
      }
    }
  }

  /// The columns that the network sees.
  static func columns(_ preprocessor: Preprocessor?, _ imageShape: [Int]?) throws -> Int {
    if let preprocessor { return preprocessor.numericNames.count + preprocessor.codeNames.count }
    guard let imageShape, !imageShape.isEmpty, imageShape.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw TrainingError("it says neither how a table becomes numbers nor the size of images")
    }
    return imageShape.reduce(1, *)
  }
}
