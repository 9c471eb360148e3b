import ArgumentParser
import GliaTraining

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Show a model's layers, their shapes and their parameters.")

  @Argument(help: "A model file.")
  var model: String

  mutating func run() throws {
    if try ForecastModel.isForecast(path: model) {
      return try StandardStreams.write(ForecastText.summary(ForecastModel(path: model)))
    }
    try StandardStreams.write(try ModelText.layers(of: TabularModel(path: model)) + "\n")
  }
}
