import ArgumentParser
import GliaNeuralNetworks
import GliaTables
import GliaTraining

/// What a number on the command line may be: one row serves for checking and for the help.
struct TrainRange: Sendable {
  let name: String
  let words: String
  let allows: @Sendable (Double) -> Bool

  static let epochs = TrainRange(name: "epochs", words: "at least 1") { $0 >= 1 }
  static let batchSize = TrainRange(name: "batch-size", words: "at least 1") { $0 >= 1 }
  static let bins = TrainRange(name: "bins", words: "from 0 to 4096") { (0...4096).contains($0) }
  static let networks = TrainRange(name: "networks", words: "from 1 to 64") { (1...64).contains($0) }
  static let patience = TrainRange(name: "patience", words: "at least 0") { $0 >= 0 }
  static let threads = TrainRange(name: "threads", words: "from 1 to 256") { (1...256).contains($0) }
  static let repeats = TrainRange(name: "repeats", words: "from 1 to 1000") { (1...1000).contains($0) }
  static let rows = TrainRange(name: "rows", words: "at least 0") { $0 >= 0 }
  static let testFraction = TrainRange(name: "test-fraction", words: "at least 0 and less than 1") { $0 >= 0 && $0 < 1 }
  static let validationFraction = TrainRange(name: "validation-fraction", words: testFraction.words) {
    $0 >= 0 && $0 < 1
  }
  static let interval = TrainRange(name: "interval", words: "greater than 0 and less than 1") { $0 > 0 && $0 < 1 }
  static let dropout = TrainRange("dropout", of: Dropout.hyperparameters, "rate")
  static let learningRate = TrainRange("learning-rate", of: AdamW.hyperparameters, "learningRate")
  static let weightDecay = TrainRange("weight-decay", of: AdamW.hyperparameters, "weightDecay")

  init(name: String, words: String, allows: @escaping @Sendable (Double) -> Bool) {
    self.name = name
    self.words = words
    self.allows = allows
  }

  /// The range of a part's setting.
  private init(_ name: String, of hyperparameters: [Hyperparameter], _ setting: String) {
    let row = hyperparameters.first { $0.name == setting }
    self.init(name: name, words: row?.range ?? "a number") { row?.allows(.number($0)) ?? $0.isFinite }
  }

  func check(_ value: Double?) throws {
    guard let value, !allows(value) else { return }
    let text = Int(exactly: value).map(String.init) ?? "\(value)"
    throw UsageError("--\(name) is \(text); it has to be \(words)")
  }

  /// Every number of a command line.
  static func check(_ command: TrainCommand) throws {
    try epochs.check(command.epochs.map(Double.init))
    try batchSize.check(command.batchSize.map(Double.init))
    try bins.check(command.bins.map(Double.init))
    try networks.check(command.networks.map(Double.init))
    try patience.check(command.patience.map(Double.init))
    try threads.check(command.threads.map(Double.init))
    try testFraction.check(command.testFraction)
    try validationFraction.check(command.validationFraction)
    try dropout.check(command.dropout)
    try interval.check(command.interval)
    if command.intervalBy != nil, command.interval == nil {
      throw UsageError("--interval-by says how intervals are made; give --interval too, such as 0.9")
    }
    try learningRate.check(command.learningRate)
    try weightDecay.check(command.weightDecay)
    if command.table.group != nil, command.time != nil {
      throw UsageError("--group and --time cannot both say how the rows are split")
    }
  }

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

  private static func list(_ rows: [some CatalogRow], without hidden: [String] = []) -> String {
    rows.map { row in
      let names = row.hyperparameters.map(\.name).filter { !hidden.contains($0) }
      return "\(row.kind)\(names.isEmpty ? "" : " (\(names.joined(separator: ", ")))")"
    }.joined(separator: "\n")
  }
}

extension TrainCommand {
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
    options.learningRate = learningRate
    options.weightDecay = weightDecay
    options.schedule = try schedule.map { try Catalog.schedules.row($0).kind }
    options.batchSize = batchSize
    options.epochs = epochs
    options.patience = patience
    options.networks = networks
    if let testFraction { options.testFraction = testFraction }
    if let validationFraction { options.validationFraction = validationFraction }
    options.timeColumn = time
    options.calibration = calibrate ?? options.calibration
    options.threshold = threshold
    options.interval = interval
    options.intervalMethod = intervalBy
    if let seed { options.seed = seed }
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
