import GliaFormats
import GliaNeuralNetworks
import GliaTraining

/// Ranges of settings in words: on the command line as `learning-rate=0.0005:0.01:log`, in a file as
///
///     learning-rate: 0.0005:0.01:log
///     dropout: 0:0.4
///     hidden: ["64,32", "128,64", none]
///     epochs: 20
enum SpaceText {
  /// - Throws: `UsageError` with the file, the line and the name.
  static func space(at path: String) throws -> TuningSpace {
    let text: String
    do { text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) } } catch {
      throw UsageError("--space: \(error)")
    }
    var space = TuningSpace()
    do {
      for entry in try FlatYAML(parsing: text).entries {
        do { space[entry.key] = try range(entry.value, of: entry.key) } catch {
          throw UsageError("\(path): line \(entry.line): \(error)")
        }
      }
    } catch let error as FlatYAML.SyntaxError {
      throw UsageError("\(path) is not YAML that is read here: line \(error.line): \(error.problem)")
    }
    if space.ranges.isEmpty { throw UsageError("\(path) holds no 'name: range' lines, such as 'dropout: 0:0.4'") }
    return space
  }

  /// Takes a range of the command line, instead of one of the same name.
  static func add(_ text: String, to space: inout TuningSpace) throws {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
      throw UsageError("--range '\(text)' is no range; write name=low:high, name=low:high:log, name=value or name=[…]")
    }
    do {
      guard let entry = try FlatYAML(parsing: "range: \(sides[1])").entries.first else { return }
      space[sides[0]] = try range(entry.value, of: sides[0])
    } catch let error as FlatYAML.SyntaxError { throw UsageError("--range '\(text)': \(error.problem)") } catch {
      throw UsageError("--range '\(text)': \(error)")
    }
  }

  private static func range(_ value: FlatYAML.Value, of name: String) throws -> TuningSpace.Range {
    let setting = try TableSetting.named(name)
    switch value {
    case .list(let items): return .choices(try items.map { try self.value($0, of: setting) })
    case .scalar(let text):
      return try ends(text, of: setting) ?? .choices([self.value(text, of: setting)])
    }
  }

  /// `low:high` or `low:high:log`; nil for what has no colon.
  private static func ends(_ text: String, of setting: TableSetting) throws -> TuningSpace.Range? {
    let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard words.count > 1 else { return nil }
    let isInteger: Bool
    switch setting.values {
    case .number: isInteger = false
    case .integer: isInteger = true
    default: throw UsageError("\(setting.name) is no number, so it takes a list such as [a, b], not '\(text)'")
    }
    guard words.count == 2 || words.count == 3 && words[2] == "log" else {
      throw UsageError("'\(text)' is no range; write low:high or low:high:log")
    }
    guard let low = Double(words[0]), let high = Double(words[1]), low.isFinite, high.isFinite else {
      throw UsageError("the ends of '\(text)' have to be numbers")
    }
    guard low <= high else { throw UsageError("the range '\(text)' is empty: \(words[0]) is more than \(words[1])") }
    let spacing: TuningSpace.Spacing = words.count == 3 ? .logarithmic : .linear
    guard isInteger else { return .numbers(low...high, spacing) }
    guard let first = Int(exactly: low), let last = Int(exactly: high) else {
      throw UsageError("\(setting.name) takes whole numbers, not '\(text)'")
    }
    return .integers(first...last, spacing)
  }

  private static func value(_ text: String, of setting: TableSetting) throws -> Setting {
    switch setting.values {
    case .number, .integer:
      guard let number = Double(text) else { throw UsageError("\(setting.name) takes numbers, not '\(text)'") }
      return .number(number)
    case .flag:
      guard text == "true" || text == "false" else {
        throw UsageError("\(setting.name) is true or false, not '\(text)'")
      }
      return .flag(text == "true")
    case .list: return .list(try CommaList.sizes(text).map { .number(Double($0)) })
    case .part: return .part(try part(text, setting.name))
    default: return .text(text)
    }
  }

  private static func part(_ text: String, _ name: String) throws -> PartDescription {
    switch name {
    case "optimizer": try TrainCommand.part(text, of: .optimizers, option: name)
    case "loss": try TrainCommand.part(text, of: .losses, option: name)
    default: try TrainCommand.embedding(text)
    }
  }

  /// Ranges as a file has them.
  static func yaml(_ space: TuningSpace) -> String {
    space.ranges.map { name, range in "\(name): \(text(range))\n" }.joined()
  }

  private static func text(_ range: TuningSpace.Range) -> String {
    switch range {
    case .numbers(let numbers, let spacing):
      ends(Setting.number(numbers.lowerBound), .number(numbers.upperBound), spacing)
    case .integers(let integers, let spacing):
      ends(Setting.number(Double(integers.lowerBound)), .number(Double(integers.upperBound)), spacing)
    case .choices(let choices):
      "[" + choices.map { $0.optionText.contains(",") ? "\"\($0.optionText)\"" : $0.optionText }.joined(separator: ", ")
        + "]"
    }
  }

  private static func ends(_ low: Setting, _ high: Setting, _ spacing: TuningSpace.Spacing) -> String {
    "\(low):\(high)" + (spacing == .linear ? "" : ":log")
  }
}
