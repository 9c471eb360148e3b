import ArgumentParser

/// The command: `glia train`, `inspect`, `evaluate`, `explain`, `compare`, `tune`, `forecast`, `predict`, `embed`, `finetune` and
/// `summary`.
struct Glia: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glia",
    abstract: "Neural networks for tables: train, score and predict.",
    discussion: """
      glia train table.csv --target price     looks at the table, trains, scores, writes table.safetensors
      glia predict table.safetensors new.csv  predicts the price of the rows of another table
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, InspectCommand.self, EvaluateCommand.self, ExplainCommand.self, CompareCommand.self,
      TuneCommand.self, ForecastCommand.self, PredictCommand.self, EmbedCommand.self, FinetuneCommand.self,
      SummaryCommand.self,
    ])
}

@main
enum Main {
  static func main() {
    Host.reportLargeFiles()
    let arguments = Array(CommandLine.arguments.dropFirst())
    var command: any ParsableCommand
    do {
      command = try Glia.parseAsRoot(arguments)
      if let train = command as? TrainCommand, let run = train.runDescription {
        command = try RunDescription(path: run).completing(train, arguments)
      }
    } catch { Failure.endParsing(error, arguments) }
    do { try command.run() } catch { Failure.end(error, arguments) }
  }
}
