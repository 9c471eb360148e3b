import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors

// One safetensors file like that of a table's model: the weights under their names, everything else as JSON in the metadata.

extension ForecastModel {
  /// Whether a file is a model that forecasts a series.
  ///
  /// - Throws: an error in words where the file is no safetensors file.
  public static func isForecast(path: String) throws -> Bool { try ModelFile.kind(ofFileAt: path) == .forecast }

  /// Writes the model to a file, whole or not at all.
  ///
  /// - Throws: `FileError` in words where the file cannot be written.
  public func save(to path: String) throws {
    var writer = SafetensorsWriter(metadata: [
      "glia.format": "\(ModelFile.version)", "glia.kind": ModelFile.Kind.forecast.rawValue,
      "glia.series": try ModelFile.encode(schema), "glia.intervals": try ModelFile.encode(intervals),
      "glia.report": try report.json.text(),
    ])
    try NetworkFile.add(network, row: TensorType([schema.width], .float32), to: &writer)
    try writer.write(to: path)
  }

  /// Reads a model from a file. Loading runs no code.
  ///
  /// - Throws: an error in words where the file is no model of a series, is cut short, or has a changed byte.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path, checksum: .required)
    try ModelFile.checkVersion(of: file, path)
    func text(_ key: String) throws -> String {
      try ModelFile.text(key, of: file, path, writtenBy: "forecast")
    }
    do {
      let schema = try ModelFile.decode(SeriesSchema.self, try text("series"))
      try schema.check()
      let intervals = try ModelFile.decode(ForecastIntervals.self, try text("intervals"))
      guard intervals.isValid(schema) else {
        throw TrainingError("its intervals do not fit its series")
      }
      let network = try NetworkFile.networks(of: file).network
      for rows in [1, 2] {
        let shape = try network.outputShape(for: [rows, schema.width])
        guard shape == [rows, schema.outputWidth] else {
          throw TrainingError("its network gives \(shape) for \(rows) rows, not \(Shape([rows, schema.outputWidth]))")
        }
      }
      self.init(
        network: network, schema: schema, intervals: intervals,
        report: try ForecastReport(json: JSONValue(parsing: try text("report"))))
    } catch {
      throw ModelFileError(path, error, in: "series")
    }
  }
}
