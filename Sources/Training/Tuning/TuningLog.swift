import GliaFormats
import GliaNeuralNetworks
import GliaTables

/// What was found while tuning, in a file that a person can read and from which a stopped run goes on: a line for the run, then one
/// for each fit, each of them a JSON object.
///
///     {"tuning":"price","table":"9d2c…","options":"41f0…","seed":0,"folds":5,"space":{"dropout":"0:0.4"}}
///     {"trial":3,"fold":1,"settings":{"dropout":0.213},"scores":{"rmse":0.71},"seconds":1.9}
///
/// The file is written anew with each line, whole or not at all. A last line that is cut off, as copying a file that grows may
/// leave it, is left out and its fit done again. Trial 0 is the recipe as it is.
struct TuningLog {
  /// One fit: a trial's settings, on one fold.
  struct Place: Hashable {
    let trial: Int
    let fold: Int
  }

  /// What came of it: scores, or why there are none.
  struct Outcome: Sendable {
    var scores = Scores([])
    var failure: String?
    var seconds = 0.0
  }

  private let path: String?
  private var text: String
  private(set) var outcomes: [Place: Outcome] = [:]
  /// What a person should know of what was read.
  private(set) var remarks: [String] = []

  /// - Parameters:
  ///   - path: nil to keep it in memory.
  ///   - head: what the run is; a file of another one is refused.
  /// - Throws: ``TrainingError`` for a file of another run, with what differs, or one with a damaged line, with its number.
  init(_ path: String?, of head: JSONObject, settings: (Int) -> Settings) throws {
    self.path = path
    text = try JSONValue.object(head).text() + "\n"
    guard let path, var lines = try TuningLog.lines(of: path), !lines.isEmpty else { return }
    if lines.last?.isEmpty == true {
      lines.removeLast()
    } else if lines.count > 1, (try? TuningLog.object(lines[lines.count - 1])) == nil {
      lines.removeLast()
      remarks.append("the last line of '\(path)' is cut off; its fit is done again")
    }
    for (index, line) in lines.enumerated() {
      do {
        let object = try TuningLog.object(line)
        if index == 0 { try TuningLog.check(object, against: head, path) } else { try take(object, settings) }
      } catch let error as OtherRun { throw TrainingError(error.description) } catch {
        throw TrainingError(
          index == 0
            ? "'\(path)' is no file of trials (\(error)): give the trials another file."
            : "Line \(index + 1) of '\(path)' is damaged (\(error)): mend it, or take it out, and its fit is done again."
        )
      }
    }
    text = lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    if !outcomes.isEmpty { remarks.append("going on from the \(outcomes.count) fits in '\(path)'") }
  }

  /// Nil where there is no such file.
  private static func lines(of path: String) throws -> [[UInt8]]? {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch {
      if error.reason == .missing { return nil }
      throw error
    }
    let bytes = file.withBytes { Array($0) }
    return bytes.isEmpty
      ? [] : bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
  }

  private static func object(_ line: [UInt8]) throws -> JSONObject {
    guard let object = try JSONValue(parsing: line).object else { throw TrainingError("it is no object") }
    return object
  }

  private static func check(_ found: JSONObject, against head: JSONObject, _ path: String) throws {
    _ = try found.string("tuning")
    let words = [
      "tuning": "target", "table": "table's rows", "options": "options", "seed": "seed", "folds": "folds",
      "space": "ranges",
    ]
    let other = head.members.filter { found[$0.key] != $0.value }.map { words[$0.key] ?? $0.key }
    guard other.isEmpty else {
      throw OtherRun(
        description:
          "'\(path)' has the trials of another run, of which this differs: the \(other.joined(separator: ", the ")). Give the "
          + "trials another file, or take this one away.")
    }
  }

  private struct OtherRun: Error { let description: String }

  private mutating func take(_ line: JSONObject, _ settings: (Int) -> Settings) throws {
    let place = Place(trial: try line.integer("trial"), fold: try line.integer("fold") - 1)
    guard place.trial >= 0, try line.object("settings") == TuningLog.json(settings(place.trial)) else {
      throw TrainingError("its settings are not those of trial \(place.trial) of this run")
    }
    var outcome = Outcome()
    outcome.scores = try Scores(json: line["scores"])
    outcome.failure = line["failure"]?.string
    outcome.seconds = try line.number("seconds")
    outcomes[place] = outcome
  }

  private static func json(_ settings: Settings) -> JSONObject {
    var object = JSONObject()
    for entry in settings.entries { object[entry.name] = entry.value.json }
    return object
  }

  /// Adds a fit, and writes the file.
  mutating func add(_ outcome: Outcome, at place: Place, _ settings: Settings) throws {
    outcomes[place] = outcome
    var line = JSONObject()
    line["trial"] = .integer(Int64(place.trial))
    line["fold"] = .integer(Int64(place.fold + 1))
    line["settings"] = .object(TuningLog.json(settings))
    if let failure = outcome.failure {
      line["failure"] = .string(failure)
    } else {
      line["scores"] = Scores(outcome.scores.entries.filter { $0.value.isFinite }).json
    }
    line["seconds"] = .number((outcome.seconds * 1000).rounded() / 1000)
    text += try JSONValue.object(line).text() + "\n"
    if let path { try AtomicFile.write(Array(text.utf8), to: path) }
  }
}

extension Table {
  /// A hash of the names and values of all columns.
  var valueHash: String {
    var hash = FNV1a()
    for column in columnValues {
      hash.add(column.name)
      switch column.values {
      case .numbers(let numbers): for number in numbers { hash.add(number.isNaN ? 1 : number.bitPattern) }
      case .integers(let integers, let missing):
        for integer in integers { hash.add(UInt64(bitPattern: integer)) }
        for (row, isMissing) in missing.enumerated() where isMissing { hash.add(UInt64(row)) }
      case .codes(let codes, let levels):
        for level in levels { hash.add(level) }
        for code in codes { hash.add(UInt64(bitPattern: Int64(code))) }
      }
    }
    return hash.text
  }
}
