import GliaNeuralNetworks

/// Everything about a training run on a table that a person may want to say, with what is done where nothing is said.
public struct TableOptions: Sendable {
  /// The columns to learn from; all but the target where nil.
  public var features: [String]?
  /// Columns to leave out.
  public var dropping: [String] = []
  /// Classification or regression, where the target's own is not wanted.
  public var task: TaskKind?
  public var recipe = Recipe.default
  /// What overrides the recipe.
  public var hiddenSizes: [Int]?
  public var activation: String?
  public var dropout: Double?
  public var optimizer: PartDescription?
  public var loss: PartDescription?
  public var learningRate: Double?
  public var weightDecay: Double?
  public var schedule: String?
  public var batchSize: Int?
  public var epochs: Int?
  public var patience: Int?
  /// The part of the rows that is held out to score on.
  public var testFraction = 0.2
  /// The part of the rows that early stopping watches. Where nothing is said, several networks share the rows, each watching a
  /// part of its own, and one network watches 0.15 of them.
  public var validationFraction: Double?
  /// Rows of one value of this column stay together on one side of the split. It is not learned from unless `features` names it,
  /// for its values in the rows that are held out are new.
  public var groupColumn: String?
  /// The split follows this column: the latest rows are held out.
  public var timeColumn: String?
  /// How many networks are averaged. More than one share all rows that are not held out: each watches a part of its own.
  public var networks: Int?
  /// A column that says how much each row counts: in the loss, in what early stopping watches, and in the scores. It is not
  /// learned from; a row of weight 0 is as no row.
  public var weightColumn: String?
  /// What the classes count in the loss, beside the rows' weights.
  public var classWeights: ClassWeights?
  /// How probabilities are brought to how often they come true, on rows that no network learned from.
  public var calibration = CalibrationMethod.none
  /// From which probability on a row is taken for class 1 of two; 0.5 where nothing is said.
  public var threshold: ThresholdChoice?
  /// The probability with which an interval around each predicted number is to hold the target.
  public var interval: Double?
  /// How intervals are made; without it the better of ``IntervalMethod/residual`` and ``IntervalMethod/normalized``.
  public var intervalMethod: IntervalMethod?
  public var seed: UInt64 = 0

  public init() {}

  /// Whether rows are kept from each network: because training stops early, or because something is fitted on them.
  var watches: Bool { (patience ?? recipe.patience) > 0 || needsHeldOutRows }
  var needsHeldOutRows: Bool {
    if case .best? = threshold { return true }
    return calibration != .none || interval != nil
  }
  /// The loss: for intervals of quantiles theirs, the median being the prediction.
  func lossDescription() throws -> PartDescription? {
    guard intervalMethod == .quantile, let interval else { return loss }
    if loss != nil {
      throw TrainingError("Intervals of quantiles have a loss of their own: leave the loss out, or the method.")
    }
    try PredictionIntervals.check(interval)
    return Quantile(levels: [(1 - interval) / 2, 0.5, (1 + interval) / 2]).partDescription
  }
  var networkCount: Int { networks ?? recipe.networks }
  /// Whether the rows that are not held out are shared by several networks: not where whole groups or the latest rows have to
  /// stay together.
  var sharesRows: Bool { networkCount > 1 && validationFraction == nil && groupColumn == nil && timeColumn == nil }
  var watchedFraction: Double { validationFraction ?? 0.15 }
}

/// A way to train on tables, by name: what network, which optimizer, how long. Plain data, to read and to override.
public struct Recipe: Sendable, Hashable {
  public let name: String
  public let documentation: String
  /// The hidden layers for a number of training rows.
  let hiddenSizes: @Sendable (Int) -> [Int]
  public let activation: String
  let dropout: @Sendable (Int) -> Double
  /// The bins that a column of numbers is encoded in, for a number of training rows; 0 for none.
  let bins: @Sendable (Int) -> Int
  public let networks: Int
  public let learningRate: Double
  public let weightDecay: Double
  public let schedule: String
  public let epochs: Int
  public let images: Images
  public let patience: Int

  /// What is different on images: many rows of many like columns. A rate that has come down to nothing by the end gains more
  /// there than time does.
  public struct Images: Sendable {
    public let hiddenSizes: [Int]
    public let dropout: Double
    public let epochs: Int
  }

  public static func == (a: Recipe, b: Recipe) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Rows in a batch: about thirty steps an epoch, in powers of two from 16 to 256.
  func batchSize(rows: Int) -> Int {
    var size = 16
    while size < 256, size * 32 < rows { size *= 2 }
    return size
  }

  /// Chosen on the training rows of ten tables, each split again: on all of them the mean of five networks came out ahead of
  /// one. Bins gain most where there are many rows; on few rows more of the units are left out.
  public static let `default` = Recipe(
    name: "default",
    documentation: "The mean of five networks of two to three ReLU layers on binned numbers, AdamW, early stopping.",
    hiddenSizes: { $0 < 1_000 ? [64, 32] : $0 < 10_000 ? [128, 64] : [256, 128, 64] }, activation: "relu",
    dropout: { $0 < 1_000 ? 0.2 : 0.1 }, bins: { $0 < 1_000 ? 8 : 16 }, networks: 5, learningRate: 0.002,
    weightDecay: 0.01, schedule: "cosine", epochs: 60,
    images: Images(hiddenSizes: [512, 256], dropout: 0.2, epochs: 10),
    patience: 16)

  public static let fast = Recipe(
    name: "fast", documentation: "One small ReLU layer and few epochs: a first look.",
    hiddenSizes: { _ in [32] }, activation: "relu", dropout: { _ in 0 }, bins: { _ in 0 }, networks: 1,
    learningRate: 0.005, weightDecay: 0.001, schedule: "cosine", epochs: 20,
    images: Images(hiddenSizes: [32], dropout: 0, epochs: 5), patience: 5)

  public static let tutorial = Recipe(
    name: "tutorial", documentation: "The plain network of 64 and 32 ReLU units, Adam at 0.001, no early stopping.",
    hiddenSizes: { _ in [64, 32] }, activation: "relu", dropout: { _ in 0 }, bins: { _ in 0 }, networks: 1,
    learningRate: 0.001, weightDecay: 0, schedule: "constant", epochs: 100,
    images: Images(hiddenSizes: [64, 32], dropout: 0, epochs: 100), patience: 0)

  public static let all = [Recipe.default, .fast, .tutorial]

  /// - Throws: ``TrainingError`` with the names that there are.
  public static func named(_ name: String) throws -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    throw TrainingError("There is no recipe '\(name)'. There are: \(all.map(\.name).joined(separator: ", ")).")
  }
}
