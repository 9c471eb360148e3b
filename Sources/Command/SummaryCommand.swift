import ArgumentParser
import GliaFormats
import GliaTables
import GliaTraining

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Show a model's layers, their shapes and their parameters.")

  @Argument(help: "A model file.")
  var model: String
  @Option(
    help: "Instead, as CSV, what was learned of each level of this category: the nearest levels, and the vector.")
  var embedding: String?
  @Option(help: "How many of the nearest levels to name, \(SummaryCommand.neighbourRange.words).")
  var neighbours = 3

  private static let neighbourRange = TrainRange("neighbours", .integer(0...Int.max))

  func validate() throws { try SummaryCommand.neighbourRange.check(neighbours) }

  mutating func run() throws {
    if try ForecastModel.isForecast(path: model) {
      guard embedding == nil else {
        throw ValidationError("--embedding asks for the levels of a category, which a forecast has not.")
      }
      return try StandardStreams.write(ForecastText.summary(ForecastModel(path: model)))
    }
    if try TableAutoencoder.isAutoencoder(path: model) {
      let known = try TableAutoencoder(path: model)
      try StandardStreams.write(
        try embedding.map { try csv(known.categoryEmbedding(of: $0)) } ?? "\(known.summary())\n")
    } else {
      let known = try TabularModel(path: model)
      try StandardStreams.write(
        try embedding.map { try csv(known.categoryEmbedding(of: $0)) } ?? ModelText.layers(of: known) + "\n")
    }
  }

  private func csv(_ embedding: CategoryEmbedding) -> String {
    let shown = min(neighbours, max(embedding.levels.count - 1, 0))
    let near = (0..<shown).flatMap { ["nearest\($0 + 1)", "distance\($0 + 1)"] }
    let width = embedding.vectors.first?.count ?? 0
    var text = CSVWriter.row([embedding.column] + near + (0..<width).map { "value\($0 + 1)" })
    for (level, vector) in zip(embedding.levels, embedding.vectors) {
      let nearest = embedding.nearest(to: level, count: shown).flatMap {
        [$0.level, PredictCommand.number($0.distance)]
      }
      text += CSVWriter.row([level] + nearest + vector.map(PredictCommand.number))
    }
    return text
  }
}
