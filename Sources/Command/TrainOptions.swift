import ArgumentParser
import GliaNeuralNetworks
import GliaTables
import GliaTraining

/// What a number on the command line may be: one row serves for checking and for the help.
struct TrainRange: Sendable {
  let name: String
  private let values: Hyperparameter.Values

  static let epochs = TrainRange("epochs", .integer(1...Int.max))
  static let batchSize = TrainRange("batch-size", .integer(1...Int.max))
  static let bins = TrainRange("bins", .integer(0...4096))
  static let members = TrainRange("members", .integer(1...256))
  static let networks = TrainRange("networks", .integer(1...64))
  static let patience = TrainRange("patience", .integer(0...Int.max))
  static let threads = TrainRange("threads", .integer(1...256))
  static let repeats = TrainRange("repeats", .integer(1...1000))
  static let rows = TrainRange("rows", .integer(0...Int.max))
  static let testFraction = TrainRange("test-fraction", .fraction)
  static let validationFraction = TrainRange("validation-fraction", .fraction)
  static let interval = TrainRange("interval", .openFraction)
  static let dropout = TrainRange("dropout", of: Dropout.hyperparameters, "rate")
  static let learningRate = TrainRange("learning-rate", of: AdamW.hyperparameters, "learningRate")
  static let weightDecay = TrainRange("weight-decay", of: AdamW.hyperparameters, "weightDecay")

  init(_ name: String, _ values: Hyperparameter.Values) {
    self.name = name
    self.values = values
  }

  /// The range of a part's setting.
  private init(_ name: String, of hyperparameters: [Hyperparameter], _ setting: String) {
    self.init(name, hyperparameters.first { $0.name == setting }?.values ?? .anyNumber)
  }

  /// The range in words. That an option takes whole numbers is what its parser says.
  var words: String {
    let range = values.range
    for prefix in ["an integer of ", "an integer "] where range.hasPrefix(prefix) {
      return String(range.dropFirst(prefix.count))
    }
    return range
  }

  func check(_ value: Double?) throws {
    guard let value, !values.allows(.number(value)) else { return }
    throw UsageError("--\(name) is \(Setting.number(value)); it has to be \(words)")
  }

  func check(_ value: Int?) throws { try check(value.map(Double.init)) }

  /// The optimizers and their settings, for the help.
  static var optimizers: String {
    let direct = Catalog.optimizers.rows.filter {
      !($0.type is any WrappingOptimizer.Type) && $0.type != GroupedOptimizer.self
    }
    return "How weights are changed:\n" + list(direct, without: ["learningRate", "weightDecay"])
  }

  /// The losses that a table can be learned with and their settings, for the help.
  static var losses: String {
    TaskKind.allCases.map { "What is made small, for a \($0):\n" + list(Catalog.losses(for: $0)) }
      .joined(separator: "\n")
  }

  /// The schedules that are not made of others, for the help.
  static var schedules: String {
    Catalog.schedules.rows.filter { !$0.hyperparameters.contains { $0.values == .parts } }.map(\.kind)
      .joined(separator: ", ")
  }

  /// The parts with their settings, and below what these may be.
  static func list(_ rows: [some CatalogRow], without hidden: [String] = []) -> String {
    var ranges: [(words: String, names: [String])] = []
    let lines = rows.map { row in
      let settings = row.hyperparameters.filter { !hidden.contains($0.name) }
      for setting in settings {
        let place = ranges.firstIndex { $0.words == setting.range } ?? ranges.endIndex
        if place == ranges.endIndex { ranges.append((setting.range, [])) }
        if !ranges[place].names.contains(setting.name) { ranges[place].names.append(setting.name) }
      }
      return row.kind + (settings.isEmpty ? "" : " (\(settings.map(\.name).joined(separator: ", ")))")
    }
    return (lines + ranges.map { "\($0.names.joined(separator: ", ")): \($0.words)" }).joined(separator: "\n")
  }
}

extension TrainCommand {
  /// Checks every number that the groups of options do not, and what options have to keep together.
  func checkNumbers() throws {
    try TrainRange.bins.check(bins)
    try TrainRange.members.check(members)
    try TrainRange.networks.check(networks)
    try TrainRange.validationFraction.check(validationFraction)
    try TrainRange.dropout.check(dropout)
    try TrainRange.interval.check(interval)
    if intervalBy != nil, interval == nil {
      throw UsageError("--interval-by says how intervals are made; give --interval too, such as 0.9")
    }
    if table.group != nil, time != nil {
      throw UsageError("--group and --time cannot both say how the rows are split")
    }
  }

  /// What the options say, in the library's words.
  ///
  /// - Throws: an error that lists what there is, for a name that there is not.
  func options() throws -> TableOptions {
    var options = table.options
    do { options.recipe = try recipe.map(Recipe.named) ?? .default } catch { throw UsageError("\(error)") }
    options.hiddenSizes = hidden
    options.activation = try activation.map { try Catalog.activations.row($0).kind }
    options.dropout = dropout
    options.bins = bins
    options.binEdges = binEdges
    options.scaling = scaling
    options.embedding = try embedding.map(TrainCommand.embedding)
    options.linearPart = linearPart
    options.optimizer = try optimizer.map { try TrainCommand.part($0, of: .optimizers, option: "optimizer") }
    options.loss = try loss.map { try TrainCommand.part($0, of: .losses, option: "loss") }
    options.schedule = try schedule.map { try Catalog.schedules.row($0).kind }
    options.members = members
    options.networks = networks
    training.apply(to: &options)
    if let fraction = heldOut.testFraction { options.testFraction = fraction }
    if let validationFraction { options.validationFraction = validationFraction }
    options.timeColumn = time
    options.calibration = calibrate ?? options.calibration
    options.threshold = threshold
    options.interval = interval
    options.intervalMethod = intervalBy
    return options
  }

  /// `sgd`, or with settings `sgd,momentum=0.9,nesterov=true`; the numbers of a list stand between colons,
  /// `crossEntropy,classWeights=1:2.5`.
  ///
  /// - Parameter given: settings that the part has to have and the table gives.
  static func part<Row>(
    _ text: String, of catalog: Catalog<Row>, option: String, given: Settings = [:]
  ) throws -> PartDescription {
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let row = try catalog.row(words[0])
    var settings = Settings()
    for word in words.dropFirst() {
      let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2 else {
        throw UsageError("--\(option): '\(word)' is no setting; write \(row.kind),name=value")
      }
      let parameter = row.hyperparameters.first { $0.name == sides[0] }
      if case .list? = parameter?.values {
        settings[sides[0]] = .list(sides[1].split(separator: ":").map { setting(String($0)) })
      } else {
        settings[sides[0]] = setting(sides[1])
      }
    }
    var all = given
    for entry in settings.entries {
      if given[entry.name] != nil { throw UsageError("--\(option): '\(entry.name)' goes by the table; leave it out") }
      all[entry.name] = entry.value
    }
    _ = try row.make(all)
    return PartDescription(row.kind, settings)
  }

  static func embedding(_ text: String) throws -> PartDescription {
    let kind = text.prefix { $0 != "," }
    if kind == "none", text == kind { return "none" }
    guard kind == Periodic.kind else { throw UsageError("there is no --embedding '\(text)'; there are periodic, none") }
    return try part(text, of: .layers, option: "embedding", given: ["inputSize": 1, "columns": []])
  }

  private static func setting(_ text: String) -> Setting {
    text == "true" || text == "false" ? .flag(text == "true") : Double(text).map { .number($0) } ?? .text(text)
  }
}

extension BinEdges: ExpressibleByArgument {}
extension Scaling: ExpressibleByArgument {}
