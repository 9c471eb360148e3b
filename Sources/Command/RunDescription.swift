import ArgumentParser
import GliaFormats
import Yams

/// A run as a YAML file with the words of `glia train`:
///
///     file: housing.csv
///     target: median_house_value
///     hidden: [128, 64]
///     learning-rate: 0.001
///     quiet: true
struct RunDescription {
  private let path: String
  /// The options, as a command line gives them.
  private var arguments: [String] = []
  private var file: String?

  /// - Throws: `UsageError` for a file that is no such description, with the line and the key.
  init(path: String) throws {
    self.path = path
    let text: String
    do {
      text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
    } catch { throw UsageError("--run: \(error)") }
    let root: Node?
    do { root = try compose(yaml: text) } catch let error as YamlError {
      throw UsageError("\(path) is not YAML: \(RunDescription.words(error))")
    }
    guard let mapping = root?.mapping else {
      throw UsageError("\(path) holds no 'option: value' lines, such as 'target: price'")
    }
    for (key, value) in mapping { try read(key, value) }
  }

  /// The words that there are: the options of `glia train` as they are declared, without this one.
  static var words: [String] {
    Mirror(reflecting: TrainCommand()).children.compactMap { child in
      guard let label = child.label, label.first == "_", label != "_runDescription" else { return nil }
      return label.dropFirst().reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }
    }
  }

  /// The command with what the description says where the command line says nothing.
  func completing(_ given: TrainCommand, _ commandLine: [String]) throws -> any ParsableCommand {
    // By itself first, so that an error names the file.
    do { _ = try TrainCommand.parse(arguments) } catch {
      throw UsageError("\(path): \(TrainCommand.message(for: error))")
    }
    let table = given.file == nil ? file.map { ["--", $0] } ?? [] : []
    return try Glia.parseAsRoot(["train"] + arguments + commandLine.dropFirst() + table)
  }

  private mutating func read(_ key: Node, _ value: Node) throws {
    let place = "\(path): line \(key.mark?.line ?? 1)"
    let words = RunDescription.words
    guard let name = key.string, words.contains(name) else {
      throw UsageError(
        "\(place): there is no option '\(key.string ?? "…")'; there are \(words.joined(separator: ", "))")
    }
    let text: String
    switch value {
    case .scalar(let scalar): text = scalar.string
    case .sequence(let items):
      text = try items.map { item in
        guard let word = item.scalar?.string else {
          throw UsageError("\(place): '\(name)' has to be a list of plain words or numbers")
        }
        return word.contains(",") ? "\"\(word)\"" : word
      }.joined(separator: ",")
    default: throw UsageError("\(place): '\(name)' has to be one value or a list")
    }
    switch name {
    case "file": file = text
    case "quiet", "json":
      guard let isOn = value.bool else { throw UsageError("\(place): '\(name)' is true or false, not '\(text)'") }
      if isOn { arguments.append("--\(name)") }
    default: arguments.append("--\(name)=\(text)")
    }
  }

  private static func words(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let keys, _): "'\(keys.sorted().joined(separator: "', '"))' stands there twice"
    default: "\(error)"
    }
  }
}
