import ArgumentParser
import GliaFormats

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
    let description: FlatYAML
    do { description = try FlatYAML(parsing: text) } catch {
      throw UsageError("\(path) is not YAML that is read here: line \(error.line): \(error.problem)")
    }
    if description.entries.isEmpty {
      throw UsageError("\(path) holds no 'option: value' lines, such as 'target: price'")
    }
    for entry in description.entries { try read(entry) }
  }

  /// The words that there are: the options of `glia train` as they are declared, without this one.
  static let words: [String] = words(of: TrainCommand()).filter { $0 != "run-description" }

  /// The options of a command and of its groups, as a command line spells them.
  private static func words(of arguments: any ParsableArguments) -> [String] {
    Mirror(reflecting: arguments).children.flatMap { child -> [String] in
      if let group = child.value as? any ArgumentGroup { return words(of: type(of: group).declared) }
      guard let label = child.label, label.first == "_" else { return [] }
      return [label.dropFirst().reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }]
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

  private mutating func read(_ entry: FlatYAML.Entry) throws {
    let place = "\(path): line \(entry.line)"
    let name = entry.key, words = RunDescription.words
    guard words.contains(name) else {
      throw UsageError("\(place): there is no option '\(name)'; there are \(words.joined(separator: ", "))")
    }
    let text: String
    switch entry.value {
    case .scalar(let scalar): text = scalar
    case .list(let items): text = items.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",")
    }
    switch name {
    case "file": file = text
    case "quiet", "json", "find-rate":
      switch text.lowercased() {
      case "true", "yes", "on": arguments.append("--\(name)")
      case "false", "no", "off": break
      default: throw UsageError("\(place): '\(name)' is true or false, not '\(text)'")
      }
    default: arguments.append("--\(name)=\(text)")
    }
  }
}

/// A group of options, of which the words are asked.
private protocol ArgumentGroup {
  static var declared: any ParsableArguments { get }
}

extension OptionGroup: ArgumentGroup {
  static var declared: any ParsableArguments { Value() }
}
