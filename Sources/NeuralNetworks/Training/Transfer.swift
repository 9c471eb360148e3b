import GliaTensors

/// How a network that has learned one thing goes on to another: what stays as it is, and how fast the rest moves.
///
///     let (net, names) = try trained.renewed(outputs: 5)
///     let transfer = Transfer(rateFactor: 0.5, thawEvery: 3)
///     try transfer.freeze(net)
///     let trainer = try Trainer(anyModel: net, loss: .crossEntropy, optimizer: transfer.optimizer(.adamW(), for: net), …)
///     try trainer.fit(few, epochs: 20) { epoch in
///       try transfer.thaw(net, after: epoch.number)
///       return .goOn
///     }
///
/// A layer is what shares the first step of its parameters' paths: "0", "2"; the last one is the new head.
///
/// Rates that fall from the head down, and layers that thaw one after the other from the top, are Howard and Ruder's (2018,
/// "Universal language model fine-tuning for text classification", arXiv:1801.06146). Which layers carry over: Yosinski, Clune,
/// Bengio and Lipson 2014, "How transferable are features in deep neural networks?", arXiv:1411.1792.
public struct Transfer: Part, Hashable, Sendable {
  public static let kind = "transfer"
  public static let hyperparameters = [
    Hyperparameter(
      "freezing", .list(of: .text, atLeast: 0), default: .list([]),
      "The parameters that stay as they are, by path: 0, 2.weight, *.bias."),
    Hyperparameter(
      "frozenLayers", .integer(0...Int.max), default: 0, "The layers, from the first, that stay as they are."),
    Hyperparameter(
      "rateFactor", .number(lower: 0, includingLower: false, upper: 1, includingUpper: true), default: 1,
      "The rate of a layer as a part of that of the layer above it."),
    Hyperparameter(
      "thawEvery", .integer(0...Int.max), default: 0,
      "The epochs after which the next layer begins to learn, from the top; 0 where all do from the start."),
  ]

  public let freezing: [String]
  public let frozenLayers: Int
  public let rateFactor: Double
  public let thawEvery: Int

  public init(freezing: [String] = [], frozenLayers: Int = 0, rateFactor: Double = 1, thawEvery: Int = 0) {
    self.freezing = freezing
    self.frozenLayers = frozenLayers
    self.rateFactor = rateFactor
    self.thawEvery = thawEvery
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    var paths: [String] = []
    if case .list(let given)? = all["freezing"] {
      paths = given.compactMap { if case .text(let path) = $0 { path } else { nil } }
    }
    self.init(
      freezing: paths, frozenLayers: all.integer("frozenLayers"), rateFactor: all.number("rateFactor"),
      thawEvery: all.integer("thawEvery"))
  }

  public var settings: Settings {
    [
      "freezing": .list(freezing.map { .text($0) }), "frozenLayers": Setting(frozenLayers),
      "rateFactor": .number(rateFactor), "thawEvery": Setting(thawEvery),
    ]
  }

  // ---- What is frozen when

  /// The layers that learn something, the head last; not those that only keep statistics.
  private func layers(of network: any Module) -> [(path: String, members: [NamedParameter])] {
    var layers: [(path: String, members: [NamedParameter])] = []
    for entry in network.namedParameters {
      let path = String(entry.name.prefix { $0 != "." })
      if layers.last?.path == path {
        layers[layers.count - 1].members.append(entry)
      } else {
        layers.append((path, [entry]))
      }
    }
    return layers.filter { $0.members.contains { $0.parameter.kind == .weight } }
  }

  /// The parameters that never move.
  ///
  /// - Throws: `SettingError` for a path that means no parameter or means the head, and for more layers than there are.
  private func fixed(_ network: any Module) throws -> [NamedParameter] {
    try validateSettings()
    let layers = layers(of: network)
    let all = network.namedParameters
    guard frozenLayers < max(layers.count, 1) else {
      throw SettingError(
        "transfer: frozenLayers is \(frozenLayers); the network has \(layers.count) layers with parameters, of which the last "
          + "is new, so that at most \(layers.count - 1) can be frozen.")
    }
    var names = Set(layers.prefix(frozenLayers).flatMap { $0.members.map(\.name) })
    for text in freezing {
      let path = ParameterPath(text)
      try path.check(all.map(\.name))
      names.formUnion(all.map(\.name).filter(path.matches))
    }
    if let head = layers.last, head.members.contains(where: { names.contains($0.name) && $0.name.hasSuffix("weight") })
    {
      throw SettingError(
        "transfer: '\(head.path)' is the new head, which has everything to learn; it cannot be frozen. The layers before it "
          + "are \(layers.dropLast().map(\.path).joined(separator: ", ")).")
    }
    return all.filter { names.contains($0.name) }
  }

  /// Freezes what stays as it is, and what waits for its epoch.
  ///
  /// - Throws: `SettingError` for a path that means no parameter or means the head, and for more layers than there are.
  /// - Returns: the names of what never moves.
  @discardableResult
  public func freeze(_ network: any Module) throws -> [String] {
    let fixed = try fixed(network)
    for entry in network.namedParameters { entry.parameter.isFrozen = false }
    if thawEvery > 0 {
      for layer in layers(of: network).dropLast() { for entry in layer.members { entry.parameter.isFrozen = true } }
    }
    for entry in fixed { entry.parameter.isFrozen = true }
    return fixed.map(\.name)
  }

  /// Lets the layer learn whose turn it is after an epoch.
  ///
  /// - Returns: the path of the layer, nil where none thaws.
  @discardableResult
  public func thaw(_ network: any Module, after epoch: Int) throws -> String? {
    guard thawEvery > 0, epoch > 0, epoch % thawEvery == 0 else { return nil }
    let waiting = try waiting(network)
    let turn = epoch / thawEvery - 1
    guard turn < waiting.count else { return nil }
    for parameter in waiting[turn].parameters { parameter.isFrozen = false }
    return waiting[turn].path
  }

  /// The layers that thaw, in their order, with what thaws of each.
  private func waiting(_ network: any Module) throws -> [(path: String, parameters: [Parameter])] {
    let fixed = Set(try fixed(network).map(\.name))
    return layers(of: network).dropLast().reversed().compactMap { layer in
      let moving = layer.members.filter { !fixed.contains($0.name) }.map(\.parameter)
      return moving.contains { $0.kind == .weight } ? (layer.path, moving) : nil
    }
  }

  /// The layers that thaw and the epoch after which each does.
  public func thaws(of network: any Module) throws -> [(layer: String, epoch: Int)] {
    guard thawEvery > 0 else { return [] }
    return try waiting(network).enumerated().map { ($1.path, ($0 + 1) * thawEvery) }
  }

  // ---- How fast

  /// The optimizer with a rate for each layer: that of the head times `rateFactor` for each step down.
  ///
  /// - Throws: `SettingError` for an optimizer that does not look at each parameter by itself.
  public func optimizer(_ optimizer: any Optimizer, for network: any Module) throws -> any Optimizer {
    try validateSettings()
    guard rateFactor < 1 else { return optimizer }
    let own = optimizer.partDescription
    guard let base = optimizer as? any GradientOptimizer, own.settings["learningRate"] != nil else {
      throw SettingError("transfer: the optimizer \(own.kind) has no rate that could differ from layer to layer.")
    }
    var rate = optimizer.learningRate
    var groups: [GroupedOptimizer.Group] = []
    for layer in layers(of: network).dropLast().reversed() {
      rate *= rateFactor
      var settings = own.settings
      settings["learningRate"] = .number(rate)
      guard let slower = try Catalog.optimizers.make(own.kind, settings) as? any GradientOptimizer else { continue }
      groups.append(GroupedOptimizer.Group(layer.path, slower))
    }
    return GroupedOptimizer(base, groups: groups)
  }
}

/// A copy of a network whose last layer is new, and the names of what it kept and of what is new.
public struct RenewedNetwork {
  public let network: Sequential
  public let kept, renewed: [String]
}

extension Sequential {
  /// A copy with a new last layer for another number of outputs; the other layers have this network's parameters' values. Of a
  /// linear layer beside the hidden ones, added to what they give, nothing stays: it ends in the outputs that are no more.
  ///
  /// - Parameter averages: what the members of an ``Ensemble`` are averaged by, where the last layer is in one.
  /// - Throws: `SettingError` for a network with a module that is not one of the catalog's layers, or whose last layer has no
  ///   number of outputs to choose.
  public func renewed(outputs: Int, averages: AveragedValue? = nil) throws -> RenewedNetwork {
    let (parts, values) = try withoutLinearPart()
    guard let last = parts.last else { throw SettingError("A network without layers has no last one to renew.") }
    let (head, path) = try Self.renewed(last, outputs, averages, "\(parts.count - 1)")
    let network = try Sequential(NetworkDescription(parts.dropLast() + [head]))
    let isNew = { (name: String) in name.hasPrefix(path + ".") }
    let report = try network.load(values.filter { !isNew($0.name) }, partly: true)
    guard report.differing.isEmpty, report.unexpected.isEmpty, report.missing.allSatisfy(isNew) else {
      throw SettingError("The network cannot be made again from its layers: \(report).")
    }
    return RenewedNetwork(network: network, kept: report.matched, renewed: report.missing)
  }

  /// The layers and values, those of a last `Parallel(.add) { Linear; Sequential }` being the sequence's.
  private func withoutLinearPart() throws -> (layers: [PartDescription], values: [(name: String, value: Tensor)]) {
    let (layers, values) = (try networkDescription().layers, stateDictionary())
    guard let last = layers.last, last.kind == Parallel.kind, last.settings.text("joining") == "add" else {
      return (layers, values)
    }
    let branches = last.settings.parts("branches")
    guard branches.map(\.kind) == [Linear.kind, Sequential.kind] else { return (layers, values) }
    let place = layers.count - 1
    let (linear, hidden) = ("\(place).0.", "\(place).1.")
    let renamed = values.filter { !$0.name.hasPrefix(linear) }.map { entry in
      guard entry.name.hasPrefix(hidden) else { return entry }
      let path = entry.name.dropFirst(hidden.count)
      let index = path.prefix { $0 != "." }
      return (name: "\(place + Int(index)!)" + path.dropFirst(index.count), value: entry.value)
    }
    return (layers.dropLast() + branches[1].settings.parts("layers"), renamed)
  }

  /// The same layer for other outputs, and the path to what of it is new.
  private static func renewed(
    _ part: PartDescription, _ outputs: Int, _ averages: AveragedValue?, _ path: String
  ) throws -> (part: PartDescription, path: String) {
    var settings = part.settings
    switch part.kind {
    case Linear.kind, MemberLinear.kind:
      settings["outputSize"] = Setting(outputs)
      return (PartDescription(part.kind, settings), path)
    case Sequential.kind, Ensemble.kind:
      let layers = settings.parts("layers")
      guard let last = layers.last else { break }
      let (head, deeper) = try renewed(last, outputs, averages, "\(path).\(layers.count - 1)")
      settings["layers"] = .list((layers.dropLast() + [head]).map { .part($0) })
      if part.kind == Ensemble.kind, let averages { settings["averages"] = .text(averages.rawValue) }
      return (PartDescription(part.kind, settings), deeper)
    default: break
    }
    throw SettingError(
      "The last layer is \(part.kind); only a linear one, or one at the end of a sequence, can be renewed for other outputs."
    )
  }
}

extension Autoencoder {
  /// A network for a target that starts with this encoder: a copy of its layers, without what only training an autoencoder asks
  /// for (damage to the input, a penalty on the code, noise on it), and a new linear layer.
  public func classifier(outputs: Int) throws -> RenewedNetwork {
    var layers: [any Module] = []
    var pairs: [(new: Parameter, old: Parameter)] = []
    for layer in encoder.layers {
      if layer is MaskedColumns || layer is GaussianNoise || layer is SparseCode { continue }
      guard !(layer is VariationalCode) else {
        layers.append(Columns(0..<codeSize))
        continue
      }
      guard let part = (layer as? any Layer)?.partDescription else {
        throw SettingError("The encoder's \(type(of: layer)) is not one of Glia's own layers, so it cannot be copied.")
      }
      let copy = try Catalog.layers.make(part)
      pairs += zip(copy.parameters, layer.parameters).map { (new: $0, old: $1) }
      layers.append(copy)
    }
    let network = Sequential(layers + [Linear(codeSize, outputs)])
    for (new, old) in pairs { new.value = old.value }
    let head = "\(layers.count)."
    let names = network.namedParameters.map(\.name)
    return RenewedNetwork(
      network: network, kept: names.filter { !$0.hasPrefix(head) }, renewed: names.filter { $0.hasPrefix(head) })
  }

  /// The numbers of a code: what the decoder's first linear layer takes.
  private var codeSize: Int { decoder.layers.lazy.compactMap { ($0 as? Linear)?.inputSize }.first ?? 0 }
}
