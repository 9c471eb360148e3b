import GliaNeuralNetworks
import GliaTables

/// What a run on a table will do: the recipe, with what the options say instead.
struct TablePlan {
  let hiddenSizes: [Int]
  let activation: String
  let dropout: Double
  let scaling: Scaling
  let bins: Int
  let binEdges: BinEdges
  let embedding: PartDescription?
  let hasLinearPart: Bool
  let members: Int
  let networks: Int
  let optimizer: any Optimizer
  let scheduleKind: String
  let batchSize: Int
  let epochs: Int
  let patience: Int
  let precision: Precision

  init(_ options: TableOptions, rows: Int, encodesNumbers: Bool) throws {
    let recipe = options.recipe
    let size = recipe.size(rows: rows)
    hiddenSizes = options.hiddenSizes ?? size.hiddenSizes
    if let size = hiddenSizes.first(where: { $0 < 1 }) {
      throw TrainingError("A hidden layer has \(size) units; it has to have at least 1.")
    }
    activation = options.activation ?? size.activation
    _ = try Catalog.activations.row(activation)
    dropout = options.dropout ?? size.dropout
    scaling = options.scaling ?? size.scaling
    bins = encodesNumbers ? options.bins ?? size.bins : 0
    binEdges = options.binEdges ?? size.binEdges
    let embedding = options.embedding.map { $0.kind == "none" ? nil : $0 } ?? size.embedding
    if let embedding { try TableNetwork.check(embedding: embedding) }
    self.embedding = encodesNumbers ? embedding : nil
    hasLinearPart = encodesNumbers && !hiddenSizes.isEmpty && options.linearPart ?? size.linearPart
    members = options.members ?? (encodesNumbers ? size.members : 1)
    networks = options.networkCount(rows: rows)
    scheduleKind = options.schedule ?? recipe.schedule
    batchSize = options.batchSize ?? recipe.batchSize(rows: rows)
    epochs = options.epochs ?? size.epochs
    patience = options.patience ?? size.patience
    precision = options.precision ?? recipe.precision
    if bins < 0 { throw TrainingError("The bins are \(bins); there have to be at least 0.") }
    if members < 1 { throw TrainingError("The members are \(members); there has to be at least 1.") }
    if members > 1, hiddenSizes.isEmpty {
      throw TrainingError("Without a hidden layer there is nothing that members share.")
    }
    if networks < 1 { throw TrainingError("The networks are \(networks); there has to be at least 1.") }
    if batchSize < 1 { throw TrainingError("The batch size is \(batchSize); it has to be at least 1.") }
    if epochs < 1 { throw TrainingError("The epochs are \(epochs); they have to be at least 1.") }
    let rate = options.learningRate ?? (encodesNumbers ? size.learningRate : nil) ?? recipe.learningRate
    let decay = options.weightDecay ?? size.weightDecay
    if let given = options.optimizer {
      var settings = given.settings
      if let rate = options.learningRate { settings["learningRate"] = .number(rate) }
      if let decay = options.weightDecay { settings["weightDecay"] = .number(decay) }
      optimizer = try Catalog.optimizers.make(given.kind, settings)
    } else if decay > 0 {
      optimizer = try Catalog.optimizers.make(
        "adamW", ["learningRate": .number(rate), "weightDecay": .number(decay)])
    } else {
      optimizer = try Catalog.optimizers.make("adam", ["learningRate": .number(rate)])
    }
  }

  /// What a network of so many members learns from. The rows of a batch are dealt out to them: as many times more, and each has
  /// as many as one by itself.
  func dealt(_ rows: Samples, members: Int) throws -> (rows: Samples, batchSize: Int) {
    (members > 1 ? try rows.repeated(members) : rows, batchSize * members)
  }

  func schedule(steps: Int) throws -> any Schedule {
    switch scheduleKind {
    case CosineSchedule.kind: CosineSchedule(steps: steps)
    case WarmUpSchedule.kind:
      WarmUpSchedule(steps: max(1, steps / 10), next: CosineSchedule(steps: max(1, steps - steps / 10)))
    default: try Catalog.schedules.make(scheduleKind, usualSettings(steps: steps))
    }
  }

  /// What a schedule has to be told of the run, in the usual proportions.
  private func usualSettings(steps: Int) throws -> Settings {
    let usual: Settings = [
      "steps": .number(Double(steps)), "maximum": .number(optimizer.learningRate),
      "stepSize": .number(Double(max(1, steps / 3))), "firstPeriod": .number(Double(max(1, steps / 3))),
      "milestones": [.number(Double(steps / 2)), .number(Double(steps * 3 / 4))],
    ]
    var settings = Settings()
    for parameter in try Catalog.schedules.row(scheduleKind).hyperparameters where parameter.defaultValue == nil {
      settings[parameter.name] = usual[parameter.name]
    }
    return settings
  }

  /// What becomes of numbers.
  private var encodingWords: String {
    let words =
      (scaling == .standard ? [] : ["scaling \(scaling.rawValue)"])
      + (bins > 0 ? ["\(bins) bins" + (binEdges == .tree ? " by the target" : "")] : [])
      + (embedding.map { ["waves of \($0)"] } ?? [])
    return words.isEmpty ? "" : ", numbers in " + words.joined(separator: ", ")
  }

  /// The optimizer and its batches, for reports.
  var stepWords: String {
    "\(optimizer.partDescription), \(scheduleKind) rate, batches of \(batchSize)"
      + (precision == .float32 ? "" : ", products in \(precision)")
  }

  /// The settings, one a line, for reports.
  func words(inputs: Int, outputs: Int, parameters: Int, own: String?, networks: Int) -> [String] {
    let sizes = hiddenSizes.map(String.init).joined(separator: ", ")
    let hidden =
      own
      ?? (hiddenSizes.isEmpty
        ? "no hidden layer"
        : "hidden layer\(hiddenSizes.count == 1 ? "" : "s") \(sizes) with \(activation)"
          + (dropout > 0 ? ", dropout \(dropout)" : "") + (members > 1 ? ", shared by \(members) members" : "")
          + (hasLinearPart ? ", a linear part beside them" : ""))
    let encoding = own == nil ? encodingWords : ""
    let committee =
      networks == 1
      ? [] : ["the mean of \(networks) networks, each watching another part of the rows; each of them:"]
    return committee + [
      "\(inputs) input\(inputs == 1 ? "" : "s")\(encoding), \(hidden), \(outputs) output\(outputs == 1 ? "" : "s"): "
        + "\(parameters) parameters",
      stepWords,
      "up to \(epochs) epoch\(epochs == 1 ? "" : "s")"
        + (patience > 0 ? ", stops after \(patience) without improvement" : ""),
    ]
  }
}
