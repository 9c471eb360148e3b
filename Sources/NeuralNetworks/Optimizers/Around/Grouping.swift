import GliaTensors

/// Groups of parameters with optimizers of their own, such as one with another rate or without weight decay; the rest has the
/// one that all go around.
///
///     .adamW(learningRate: 0.001).group("*.bias") { $0.weightDecay = 0 }
///     .adamW(learningRate: 0.001).group("encoder", .adamW(learningRate: 0.0001))
///
/// A path is one as in `freeze`, "encoder" or "0.weight"; or it starts with "*." and means every parameter whose path ends so.
/// A parameter is in the first group whose path means it. Where a schedule changes the rate, that of a group changes in
/// proportion. What goes around all of this, such as clipping by norm, sees all gradients together.
public struct GroupedOptimizer: GradientOptimizer {
  public static let kind = "grouped"
  public static let hyperparameters = [
    .optimizer, Hyperparameter("groups", .parts, default: .list([]), "The groups, each a path and an optimizer."),
  ]

  /// Parameters by the path to them, and the optimizer that trains them.
  public struct Group: Sendable {
    static let hyperparameters = [
      Hyperparameter("path", .text, default: nil, "The parameters that are meant."), .optimizer,
    ]
    public let path: String
    public let optimizer: any GradientOptimizer
    public init(_ path: String, _ optimizer: any GradientOptimizer) {
      self.path = path
      self.optimizer = optimizer
    }
  }

  public let optimizer: any GradientOptimizer
  public let groups: [Group]
  public init(_ optimizer: any GradientOptimizer, groups: [Group]) {
    self.optimizer = optimizer
    self.groups = groups
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    let groups = try all.parts("groups").map { part in
      guard part.kind == "group" else { throw SettingError("groups: '\(part.kind)' is no group.") }
      let own = try Group.hyperparameters.complete(part.settings, of: "group")
      return Group(own.text("path"), try own.optimizer())
    }
    self.init(try all.optimizer(), groups: groups)
  }
  public var settings: Settings {
    [
      "optimizer": .part(optimizer.partDescription),
      "groups": .list(
        groups.map {
          .part(
            PartDescription("group", ["path": .text($0.path), "optimizer": .part($0.optimizer.partDescription)]))
        }),
    ]
  }

  public func validateSettings() throws {
    _ = try Self.complete(settings)
    for optimizer in optimizers { try optimizer.validateSettings() }
  }
  public func checkNames(_ names: [String]) throws {
    for group in groups { try ParameterPath(group.path).check(names) }
    for optimizer in optimizers { try optimizer.checkNames(names) }
  }

  public var learningRate: Double { optimizer.learningRate }
  /// The one for the rest, then the groups'.
  private var optimizers: [any GradientOptimizer] { [optimizer] + groups.map(\.optimizer) }

  /// The parameters of an optimizer: their places in the layout, and the layout that they have by themselves.
  private struct Member {
    let optimizer: any GradientOptimizer
    let places: [Int]
    let layout: ParameterLayout
    let slots: [OptimizerSlot]
  }

  /// Those that have parameters, in the order of the slots.
  private func members(of layout: ParameterLayout) -> [Member] {
    var places = [[Int]](repeating: [], count: groups.count + 1)
    for (place, piece) in layout.pieces.enumerated() {
      let group = groups.firstIndex { ParameterPath($0.path).matches(piece.name) }
      places[group.map { $0 + 1 } ?? 0].append(place)
    }
    return zip(optimizers, places).enumerated().compactMap { index, member in
      let (optimizer, places) = member
      if places.isEmpty { return nil }
      let own = layout.selecting(places)
      let slots = optimizer.slots(for: own).map { slot in
        var slot = slot
        if slot.layout == .likeParameter {
          slot.parameters = slot.parameters ?? own
        } else if index > 0 {
          slot.name += "/" + groups[index - 1].path
        }
        return slot
      }
      return Member(optimizer: optimizer, places: places, layout: own, slots: slots)
    }
  }

  public func slots(for parameters: ParameterLayout) -> [OptimizerSlot] { members(of: parameters).flatMap(\.slots) }

  public func update(
    _ layout: ParameterLayout, parameter: Tensor, gradient: Tensor, state: [Tensor], learningRate: Tensor
  ) -> (parameter: Tensor, state: [Tensor]) {
    var pieces = [Tensor?](repeating: nil, count: layout.pieces.count)
    var next: [Tensor] = []
    for member in members(of: layout) {
      let own = Array(state[next.count..<next.count + member.slots.count])
      let factor = self.learningRate > 0 ? member.optimizer.learningRate / self.learningRate : 1
      let (moved, state) = member.optimizer.update(
        member.layout, parameter: layout.select(member.places, of: parameter),
        gradient: layout.select(member.places, of: gradient), state: own, learningRate: learningRate * factor)
      for (place, piece) in zip(member.places, member.layout.split(moved)) { pieces[place] = piece }
      next += state
    }
    return (layout.join(pieces.map { $0! }), next)
  }

  public func evaluationWeights(_ layout: ParameterLayout, parameter: Tensor, state: [Tensor]) -> Tensor? {
    var pieces = layout.split(parameter)
    var (start, differs) = (0, false)
    for member in members(of: layout) {
      let own = Array(state[start..<start + member.slots.count])
      start += member.slots.count
      guard
        let weights = member.optimizer.evaluationWeights(
          member.layout, parameter: layout.select(member.places, of: parameter), state: own)
      else { continue }
      differs = true
      for (place, piece) in zip(member.places, member.layout.split(weights)) { pieces[place] = piece }
    }
    return differs ? layout.join(pieces) : nil
  }
}

extension GradientOptimizer {
  /// With another optimizer for the parameters under a path. See ``GroupedOptimizer``.
  public func group(_ path: String, _ optimizer: some GradientOptimizer) -> GroupedOptimizer {
    let known = self as? GroupedOptimizer
    return GroupedOptimizer(
      known?.optimizer ?? self, groups: (known?.groups ?? []) + [GroupedOptimizer.Group(path, optimizer)])
  }

  /// With other settings for the parameters under a path: `.group("*.bias") { $0.weightDecay = 0 }`.
  public func group(_ path: String, _ change: (inout Self) -> Void) -> GroupedOptimizer {
    var own = self
    change(&own)
    return group(path, own)
  }
}
