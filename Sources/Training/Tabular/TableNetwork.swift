import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// Makes the networks of a fit, as plan and data ask for.
struct TableNetwork {
  private let data: TableData
  private let plan: TablePlan
  private let options: TableOptions
  private let own: ((_ inputs: Int, _ outputs: Int) throws -> any Module)?

  init(
    _ data: TableData, _ plan: TablePlan, _ options: TableOptions,
    own: ((_ inputs: Int, _ outputs: Int) throws -> any Module)?
  ) {
    self.data = data
    self.plan = plan
    self.options = options
    self.own = own
  }

  private var encoding: TargetEncoding { data.encoding }
  var cardinalities: [Int] { data.preprocessor?.cardinalities ?? [] }
  var outputSize: Int { data.loss.outputCount }
  var inputSize: Int {
    data.preprocessor?.numericNames.count ?? data.training.inputs.elementCount / data.training.count
  }

  /// Networks of one shape, one for each part of the rows, each of which starts in a place of its own by the seed with which it
  /// is trained. Bins by quantiles are the same in all; those by the target are each network's own, for a network is not to be
  /// watched on rows whose targets its bins go by.
  func networks(_ parts: [TableCommittee.Part]) throws -> [any Module] {
    let columns = own == nil ? columnsOfManyValues() : []
    let shared = plan.binEdges == .quantile ? bins(columns, data.training) : nil
    return try parts.map { part in
      let network = try ownNetwork() ?? body(plan.hiddenSizes, shared ?? bins(columns, part.training), waves: columns)
      try network.validate()
      return network
    }
  }

  /// The linear model that the network has to beat.
  func linear() throws -> Sequential { try body([], nil, waves: []) }

  /// The mean of several networks, for classes of their probabilities.
  func mean(of networks: [any Module]) -> Sequential {
    Sequential([Average(networks, of: averages)])
  }

  var averages: AveragedValue { encoding.task == .classification ? .probabilities : .outputs }

  private func body(_ sizes: [Int], _ edges: PiecewiseLinear?, waves columns: [Int]) throws -> Sequential {
    var layers: [any Module] = []
    var width = inputSize
    if let embedding = embedding() {
      layers.append(embedding)
      width = embedding.outputSize
    }
    if let edges {
      let binned = PiecewiseLinear(width, columns: edges.columns, bins: edges.bins)
      binned.edges.value = edges.edges.value
      layers.append(binned)
      width = binned.outputSize
    }
    if let embedding = plan.embedding, !columns.isEmpty {
      let waves = try TableNetwork.periodic(embedding, width, columns)
      layers.append(waves)
      width = waves.outputSize
    }
    let hidden = try hiddenLayers(sizes, from: width)
    guard plan.hasLinearPart, !sizes.isEmpty else { return Sequential(layers + hidden) }
    let linear = Linear(width, outputSize, bias: false, initializer: .zeros)
    return Sequential(layers + [Parallel(.add, [linear, Sequential(hidden)])])
  }

  /// The hidden layers and the output behind them. Members of a network learn from rows of their own, and their answers are
  /// averaged only when they are trained.
  private func hiddenLayers(_ sizes: [Int], from inputs: Int) throws -> [any Module] {
    var layers: [any Module] = []
    var width = inputs
    let members = sizes.isEmpty ? 1 : plan.members
    func linear(_ outputs: Int) -> any Module {
      members == 1
        ? Linear(width, outputs) : MemberLinear(members: members, width, outputs, startsApart: layers.isEmpty)
    }
    for size in sizes {
      layers.append(linear(size))
      let activation = try Catalog.activations.make(plan.activation)
      layers.append(activation)
      if plan.dropout > 0 { layers.append(Dropout(plan.dropout)) }
      // A gated activation gives half of what it takes.
      width = try activation.outputShape(for: [1, size])[1]
    }
    layers.append(linear(outputSize))
    return members == 1 ? layers : [Ensemble(members: members, averages: averages, layers)]
  }

  private func embedding() -> ColumnEmbedding? {
    cardinalities.isEmpty ? nil : TableNetwork.embedding(numbers: inputSize, cardinalities)
  }

  /// An embedding for each category, as wide as the square root of the number of its levels, at most 32 (the usual rule of thumb).
  static func embedding(numbers: Int, _ cardinalities: [Int]) -> ColumnEmbedding {
    ColumnEmbedding(
      numbers: numbers,
      embeddings: cardinalities.map {
        Embedding($0, min(32, Int(Double($0).squareRoot().rounded(.up))), initializer: .normal(deviation: 0.1))
      })
  }

  /// The columns of numbers that have more than two values.
  private func columnsOfManyValues() -> [Int] {
    let inputs = data.training.inputs
    guard data.preprocessor != nil, plan.bins > 0 || plan.embedding != nil else { return [] }
    let (rows, width) = (inputs.shape[0], inputs.shape[1])
    let values = inputs.scalars(as: Float.self)
    return (0..<inputSize).filter { column in
      let first = values[column]
      let other = (1..<max(rows, 1)).lazy.map { values[$0 * width + column] }.first { $0 != first }
      guard let other else { return false }
      return (1..<rows).contains { ![first, other].contains(values[$0 * width + column]) }
    }
  }

  /// The bins of columns, fitted on rows; fewer of them where there are so many columns that the first layer would see more
  /// than 4,096.
  private func bins(_ columns: [Int], _ rows: Samples) -> PiecewiseLinear? {
    let bins = min(plan.bins, 4_096 / max(columns.count, 1))
    guard bins > 1, !columns.isEmpty else { return nil }
    let edges = PiecewiseLinear(inputSize, columns: columns, bins: bins)
    switch plan.binEdges {
    case .quantile: edges.fit(to: rows.inputs)
    case .tree: edges.fit(to: rows.inputs, targets: rows.targets, weights: rows.weights)
    }
    return edges
  }

  /// - Throws: where it is no embedding of numbers, or a setting is out of its range.
  static func check(embedding: PartDescription) throws { _ = try periodic(embedding, 1, []) }

  private static func periodic(_ embedding: PartDescription, _ width: Int, _ columns: [Int]) throws -> Periodic {
    guard embedding.kind == Periodic.kind else {
      throw TrainingError("There is no embedding '\(embedding.kind)' of numbers. There are: \(Periodic.kind), none.")
    }
    var settings = embedding.settings
    for (name, value) in [
      ("inputSize", Setting.number(Double(width))), ("columns", .list(columns.map { .number(Double($0)) })),
    ] {
      if settings[name] != nil { throw TrainingError("The embedding's '\(name)' is the table's: leave it out.") }
      settings[name] = value
    }
    return try Periodic(settings)
  }

  /// The network that the caller makes, with the embeddings in front, checked before any time goes into it.
  private func ownNetwork() throws -> (any Module)? {
    guard let own else { return nil }
    if options.hiddenSizes != nil || options.activation != nil || options.dropout != nil {
      throw TrainingError(
        "A network of one's own has its own layers: leave hiddenSizes, activation and dropout out of the options.")
    }
    let embedding = embedding()
    let made = try own(embedding?.outputSize ?? inputSize, outputSize)
    let network: any Module = embedding.map { Sequential([$0, made]) } ?? made
    let columns = inputSize + cardinalities.count
    let shape = try network.outputShape(for: [2, columns])
    guard shape == [2, outputSize] else {
      throw TrainingError(
        "The network gives \(shape) for 2 rows, '\(encoding.column)' needs \(Shape([2, outputSize])).")
    }
    // What cannot be kept in a file is said now, not after the training.
    try network.initializeMissing(seed: options.seed)
    _ = try network.graphDescription(row: TensorType([columns], .float32))
    return network
  }
}
