import GliaNeuralNetworks
import GliaTables

/// What the edges of a column's bins are taken from.
public enum BinEdges: String, CaseIterable, Sendable {
  /// About as many rows in each bin.
  case quantile
  /// Where a small decision tree on this column cuts to tell the target.
  case tree
}

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
  /// How numbers are brought to a common size.
  public var scaling: Scaling?
  /// The bins that a column of numbers is encoded in; 0 for none.
  public var bins: Int?
  /// What the edges of the bins are taken from.
  public var binEdges: BinEdges?
  /// How many members a network has, which share its weights and differ by scales (``MemberLinear``); 1 for none.
  public var members: Int?
  /// What a column of numbers becomes beside itself and its bins: ``Periodic``, `PartDescription("periodic", ["frequencies": 32])`,
  /// or `"none"`.
  public var embedding: PartDescription?
  /// Whether a linear part stands beside the hidden layers.
  public var linearPart: Bool?
  public var optimizer: PartDescription?
  public var loss: PartDescription?
  public var learningRate: Double?
  public var weightDecay: Double?
  public var schedule: String?
  public var batchSize: Int?
  public var epochs: Int?
  public var patience: Int?
  /// In which numbers matrix products read what they multiply while training.
  public var precision: Precision?
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
  /// Where the options come from, in words, for the report.
  var origin: String?

  public init() {}

  /// Whether rows are kept from each network: because training stops early, or because something is fitted on them.
  func watches(_ rows: Int) -> Bool { (patience ?? recipe.size(rows: rows).patience) > 0 || needsHeldOutRows }
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
  /// The same for images: what is not said is what the recipe says of them.
  var forImages: TableOptions {
    var options = self
    let usual = recipe.images
    options.epochs = epochs ?? usual.epochs
    options.hiddenSizes = hiddenSizes ?? usual.hiddenSizes
    options.activation = activation ?? usual.activation
    options.dropout = dropout ?? usual.dropout
    if optimizer == nil { options.weightDecay = weightDecay ?? usual.weightDecay }
    options.patience = patience ?? 0
    options.networks = networks ?? usual.networks
    return options
  }
  func networkCount(rows: Int) -> Int { networks ?? recipe.size(rows: rows).networks }
  /// Whether the rows that are not held out are shared by several networks: not where whole groups or the latest rows have to
  /// stay together.
  func sharesRows(_ rows: Int) -> Bool {
    networkCount(rows: rows) > 1 && validationFraction == nil && groupColumn == nil && timeColumn == nil
  }
  var watchedFraction: Double { validationFraction ?? 0.15 }
}

/// A way to train on tables, by name: what network, which optimizer, how long. Plain data, to read and to override.
public struct Recipe: Sendable, Hashable {
  public let name: String
  public let documentation: String
  /// What depends on the number of rows, from few rows to many.
  public let sizes: [Size]
  public let learningRate: Double
  public let schedule: String
  public let images: Images
  /// In which numbers matrix products read what they multiply while training.
  public var precision = Precision.float32

  /// What a table of so many rows is learned with.
  public struct Size: Sendable {
    /// The rows from which on it counts.
    public let fromRows: Int
    public let hiddenSizes: [Int]
    public let activation: String
    public let dropout: Double
    /// The bins that a column of numbers is encoded in; 0 for none.
    public let bins: Int
    public let scaling: Scaling
    public let binEdges: BinEdges
    /// What a column of numbers becomes beside itself and its bins; nil for nothing more.
    public let embedding: PartDescription?
    /// Whether the encoded columns also go straight to the outputs, through one linear layer that is added to what the hidden
    /// ones answer. What is linear in a table is then learned as a linear model would, and the rest by the hidden layers.
    public let linearPart: Bool
    /// The learning rate; the recipe's where nil.
    public let learningRate: Double?
    public let weightDecay: Double
    /// The rows in a step; by the number of rows where nil.
    public let batchSize: Int?
    public let epochs: Int
    /// The epochs without improvement after which a network stops; 0 for none.
    public let patience: Int
    /// How many members a network has, which share its weights and differ by scales; 1 for none.
    public let members: Int
    /// How many networks are averaged.
    public fileprivate(set) var networks: Int

    init(
      from rows: Int = 0, _ hiddenSizes: [Int], activation: String = "relu", dropout: Double = 0, bins: Int = 0,
      scaling: Scaling = .standard, binEdges: BinEdges = .quantile, embedding: PartDescription? = nil,
      linearPart: Bool = false, learningRate: Double? = nil, weightDecay: Double = 0, batchSize: Int? = nil,
      epochs: Int, patience: Int, members: Int = 1, networks: Int = 1
    ) {
      fromRows = rows
      self.hiddenSizes = hiddenSizes
      self.activation = activation
      self.dropout = dropout
      self.bins = bins
      self.scaling = scaling
      self.binEdges = binEdges
      self.embedding = embedding
      self.linearPart = linearPart
      self.learningRate = learningRate
      self.weightDecay = weightDecay
      self.batchSize = batchSize
      self.epochs = epochs
      self.patience = patience
      self.members = members
      self.networks = networks
    }
  }

  /// What is different on images: many rows of many like columns. A rate that has come down to nothing by the end gains more
  /// there than time does.
  public struct Images: Sendable {
    public let hiddenSizes: [Int]
    public let activation: String
    public let dropout: Double
    public let weightDecay: Double
    /// All of them: where nothing is said, no images are kept back to watch.
    public let epochs: Int
    /// How many networks are averaged.
    public var networks = 1
  }

  /// Recipes of one name are the same.
  public static func == (a: Recipe, b: Recipe) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The last of the sizes that so many training rows reach.
  public func size(rows: Int) -> Size { sizes.last { $0.fromRows <= rows } ?? sizes[0] }

  /// Rows in a batch: those that the size says, else about thirty steps an epoch, in powers of two from 16 to 256.
  func batchSize(rows: Int) -> Int {
    if let given = self.size(rows: rows).batchSize { return given }
    var size = 16
    while size < 256, size * 32 < rows { size *= 2 }
    return size
  }

  /// Chosen on the training rows of ten tables, split again. What each part gives is in `Guides/Recipes.md`.
  public static let `default` = Recipe(
    name: "default",
    documentation: "The mean of several networks of two or three layers on binned numbers, AdamW, early stopping.",
    sizes: [
      Size(
        [64, 32], dropout: 0.3, bins: 6, linearPart: true, weightDecay: 0.1, epochs: 60, patience: 16, networks: 10),
      Size(from: 1_000, [128, 64], dropout: 0.1, bins: 16, weightDecay: 0.01, epochs: 60, patience: 16, networks: 5),
      Size(
        from: 10_000, [128, 64, 32], activation: "silu", dropout: 0.1, bins: 64, linearPart: true, weightDecay: 0.3,
        epochs: 50, patience: 8, networks: 5),
    ], learningRate: 0.002, schedule: "cosine",
    images: Images(
      hiddenSizes: [512, 256], activation: "relu", dropout: 0.2, weightDecay: 0.01, epochs: 15, networks: 2))

  public static let fast = Recipe(
    name: "fast", documentation: "One small ReLU layer and few epochs: a first look.",
    sizes: [Size([32], weightDecay: 0.001, epochs: 20, patience: 5)], learningRate: 0.005, schedule: "cosine",
    images: Images(hiddenSizes: [32], activation: "relu", dropout: 0, weightDecay: 0.001, epochs: 5))

  public static let thorough = Recipe(
    name: "thorough",
    documentation: "Like default, with four times as many networks, for four times the time.",
    sizes: Recipe.default.sizes.map { size in
      var more = size
      more.networks *= 4
      return more
    }, learningRate: 0.002, schedule: "cosine",
    images: Images(hiddenSizes: [1_024, 512], activation: "relu", dropout: 0.3, weightDecay: 0.01, epochs: 20))

  public static let tutorial = Recipe(
    name: "tutorial",
    documentation: "A plain network of two ReLU layers on scaled columns, no early stopping: that of textbooks.",
    sizes: [
      Size([64, 32], weightDecay: 0.1, batchSize: 32, epochs: 100, patience: 0),
      Size(
        from: 10_000, [128, 128], learningRate: 0.003, weightDecay: 0.1, batchSize: 64, epochs: 150, patience: 0),
    ], learningRate: 0.001, schedule: "cosine",
    images: Images(hiddenSizes: [64, 32], activation: "relu", dropout: 0, weightDecay: 0, epochs: 100))

  public static let all = [Recipe.default, .fast, .thorough, .tutorial]
  /// Those that a comparison takes where none is named: all but the one that takes several times as long.
  public static let compared = all.filter { $0 != .thorough }

  /// - Throws: ``TrainingError`` with the names that there are.
  public static func named(_ name: String) throws -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    throw TrainingError("There is no recipe '\(name)'. There are: \(all.map(\.name).joined(separator: ", ")).")
  }
}
