import ArgumentParser
import GliaNeuralNetworks

/// A command line that cannot be meant: it ends with exit code 2.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// How a run ends that does not end well: one or two lines on standard error, and exit code 1 for data and training, 2 for
/// wrong usage.
enum Failure {
  /// Ends after an error in the command line; help and version, which come this way too, end well.
  static func endParsing(_ error: any Error, _ arguments: [String]) -> Never {
    if Glia.exitCode(for: error) == .success { end(error, arguments) }
    let message = error is UsageError || error is SettingError ? "\(error)" : Glia.message(for: error)
    end(message, code: 2, arguments)
  }

  /// Ends after an error of a command that was understood.
  static func end(_ error: any Error, _ arguments: [String]) -> Never {
    if error is CleanExit || Glia.exitCode(for: error) == .success {
      try? StandardStreams.write(Glia.fullMessage(for: error) + "\n")
      StandardStreams.exit(0)
    }
    end("\(error)", code: error is UsageError || error is SettingError ? 2 : 1, arguments)
  }

  private static func end(_ message: String, code: Int32, _ arguments: [String]) -> Never {
    let sentences = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    StandardStreams.warn("glia: \(sentences)")
    if code == 2 {
      let names = Glia.configuration.subcommands.compactMap { $0.configuration.commandName }
      let command = names.first { $0 == arguments.first }.map { "glia \($0)" } ?? "glia"
      StandardStreams.warn("See '\(command) --help'.")
    }
    StandardStreams.exit(code)
  }
}
