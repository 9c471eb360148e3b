import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables

extension TableAutoencoder {
  /// Writes the autoencoder to a file, whole or not at all.
  ///
  /// - Throws: `FileError` in words where the file cannot be written.
  public func save(to path: String) throws {
    var metadata: [String: String] = [
      "glia.format": "\(ModelFile.version)", "glia.kind": ModelFile.Kind.autoencoder.rawValue,
      "glia.report": try report.json.text(),
    ]
    if let preprocessor { metadata["glia.preprocessor"] = try ModelFile.encode(preprocessor) }
    if let imageShape { metadata["glia.images"] = ModelFile.encode(imageShape: imageShape) }
    var writer = SafetensorsWriter(metadata: metadata)
    let columns = try TabularModel.columns(preprocessor, imageShape)
    try NetworkFile.add(Sequential([network]), row: TensorType([columns], .float32), to: &writer)
    try writer.write(to: path)
  }

  /// Whether a file holds an autoencoder, and not a model that predicts a target.
  ///
  /// - Throws: an error in words where the file is no safetensors file.
  public static func isAutoencoder(path: String) throws -> Bool { try ModelFile.kind(ofFileAt: path) == .autoencoder }

  /// Reads an autoencoder from a file.
  ///
  /// - Throws: an error in words where the file is no autoencoder of Glia's, is cut short, or has a changed byte.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path, checksum: .required)
    try ModelFile.checkVersion(of: file, path)
    guard ModelFile.kind(of: file) == .autoencoder else {
      throw ModelFileError(path, "it is no autoencoder: `glia embed TABLE` makes one")
    }
    do {
      let (network, _) = try NetworkFile.networks(of: file)
      guard let autoencoder = (network as? Sequential)?.layers.first as? Autoencoder else {
        throw TrainingError("its network has no encoder and decoder")
      }
      let preprocessor = try ModelFile.preprocessor(of: file)
      let imageShape = ModelFile.imageShape(of: file)
      let columns = try TabularModel.columns(preprocessor, imageShape)
      let report = try AutoencoderReport(json: JSONValue(parsing: file.metadata["glia.report"] ?? ""))
      let given = preprocessor?.numericNames.count ?? columns
      guard try autoencoder.encoder.outputShape(for: [2, columns]) == [2, report.width],
        try autoencoder.decoder.outputShape(for: [2, report.width]) == [2, given]
      else {
        throw TrainingError("its network does not lead from \(columns) columns to a code of \(report.width) and back")
      }
      self.init(autoencoder, preprocessor: preprocessor, imageShape: imageShape, report: report)
    } catch {
      throw ModelFileError(path, error, in: "table")
    }
  }
}
