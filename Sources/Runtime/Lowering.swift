import CGliaKernels
import GliaGraph
import GliaPasses

/// Turns the groups of a graph into calls, and gives each array that reaches memory its place.
package struct Lowering {
  let graph: Graph
  let groups: [Group]
  var plan = Plan()
  /// Where each node that has memory lies, whole and row by row.
  var locations: [Node: Plan.Location] = [:]
  /// Nodes whose memory is a piece of another's: operands of a concatenation, values of updated variables.
  var homes: [Node: Plan.Location] = [:]
  /// Where else a node's elements go: into the concatenations that it is a part of, row by row.
  private(set) var parts: [Node: [Plan.Rows]] = [:]
  /// The operands of each concatenation that are stored there by who computes them.
  private(set) var storedOperands: [Node: Set<Int>] = [:]
  private var variableIndex: [ObjectIdentifier: Int] = [:]
  private var constantIndex: [ObjectIdentifier: Int] = [:]
  private var pinned: Set<Int> = []
  private var copies: [Node: Plan.Location] = [:]
  /// Nodes that are read in a place of their own: by another group, or wanted at the end.
  private var needed: Set<Node> = []
  /// What several products multiply by, such as the weights of a recurrent layer in each of its steps.
  private(set) var multipliers: Set<Node> = []

  package static func lower(_ graph: Graph) -> Plan {
    let simple = simplify(graph)
    var lowering = Lowering(graph: simple, groups: fuse(simple))
    lowering.run()
    return lowering.plan
  }

  private init(graph: Graph, groups: [Group]) {
    self.graph = graph
    self.groups = groups
  }

  private mutating func run() {
    plan.inputs = graph.inputs.map(\.type)
    for (index, node) in graph.inputs.enumerated() { locations[node] = .init(place: .input(index)) }
    let early = keepSources()
    chooseHomes()
    findNeeded()
    findMultipliers()
    for group in groups { emit(group) }
    finish(early)
    plan.arenaByteCount = {
      let (count, isSound) = MemoryPlan.place(&plan.blocks)
      precondition(isSound, "The memory plan lets two arrays overlap that are needed at the same time.")
      return count
    }()
  }

  private mutating func findNeeded() {
    for root in graph.roots { needed.insert(View(of: root).base) }
    for group in groups {
      for member in group.members {
        let stored = storedOperands[member] ?? []
        for (place, view) in View.reads(of: member).enumerated() where !stored.contains(place) {
          if !group.isFused || group.levels[view.base] == nil { needed.insert(view.base) }
        }
      }
    }
  }

  private mutating func findMultipliers() {
    var seen: Set<Node> = []
    for node in graph.nodes where node.primitive is MatrixProduct {
      if !seen.insert(node.operands[1]).inserted { multipliers.insert(node.operands[1]) }
    }
  }

  /// Whether the node is read outside its group.
  func isNeeded(_ node: Node) -> Bool { needed.contains(node) || parts[node] != nil }

  /// Whether the node has a place of its own in memory, besides those within concatenations.
  func hasPlace(_ node: Node) -> Bool { needed.contains(node) }

  // ---- Places

  /// A block of the arena for this step, until `touch` says that it is needed longer.
  mutating func allocate(_ byteCount: Int) -> Plan.Location {
    let step = plan.calls.count
    plan.blocks.append(.init(byteCount: max(byteCount, 1), first: step, last: step))
    return .init(place: .arena(block: plan.blocks.count - 1))
  }

  /// Says that the call which is about to be appended needs the location.
  mutating func touch(_ location: Plan.Location) {
    guard case .arena(let block) = location.place, !pinned.contains(block) else { return }
    plan.blocks[block].last = max(plan.blocks[block].last, plan.calls.count)
    plan.blocks[block].first = min(plan.blocks[block].first, plan.calls.count)
  }

  private mutating func pin(_ location: Plan.Location) {
    guard case .arena(let block) = location.place else { return }
    pinned.insert(block)
    plan.blocks[block].last = .max
  }

  mutating func append(_ call: Plan.Call, touching: [Plan.Location]) {
    for location in touching { touch(location) }
    plan.calls.append(call)
  }

  private mutating func index(of variable: Variable) -> Int {
    if let index = variableIndex[ObjectIdentifier(variable)] { return index }
    variableIndex[ObjectIdentifier(variable)] = plan.variables.count
    plan.variables.append(variable)
    return plan.variables.count - 1
  }

  private mutating func index(of buffer: Buffer) -> Int {
    if let index = constantIndex[ObjectIdentifier(buffer)] { return index }
    constantIndex[ObjectIdentifier(buffer)] = plan.constants.count
    plan.constants.append(buffer)
    return plan.constants.count - 1
  }

  /// Where a node's elements lie, row by row; for a source that has no memory yet, it gets some.
  mutating func location(of node: Node) -> Plan.Location {
    if let known = locations[node] { return known }
    let location: Plan.Location
    switch node.primitive {
    case let read as Read where node.value == nil:
      location = .init(place: .variable(index(of: read.variable)))
    case let constant as Constant where node.value == nil:
      location = .init(place: .constant(index(of: constant.buffer)))
    case let fill as Fill where node.value == nil:
      let buffer = Buffer(byteCount: node.type.byteCount)
      ReferenceArray(node.type, .init(repeating: fill.value, count: node.shape.elementCount)).write(
        to: buffer.address)
      location = .init(place: .constant(index(of: buffer)))
    default:
      location = homes[node] ?? allocate(node.type.byteCount)
    }
    locations[node] = location
    return location
  }

  /// Where the elements of a view lie row by row: in place where they do, else in a copy.
  mutating func contiguous(_ view: View, for node: Node? = nil) -> Plan.Location {
    let size = view.base.dtype.byteCount
    if view.isContiguous {
      var location = self.location(of: view.base)
      location.byteOffset += view.offset * size
      return location
    }
    if let node, let copy = copies[node] { return copy }
    let target = allocate(view.shape.elementCount * size)
    copy(view, to: target)
    if let node { copies[node] = target }
    return target
  }

  mutating func copy(_ view: View, to target: Plan.Location, strides: [Int]? = nil) {
    var source = location(of: view.base)
    source.byteOffset += view.offset * view.base.dtype.byteCount
    var axes = Array(view.shape.indices.filter { view.shape[$0] != 1 })
    let targetStrides = strides ?? view.shape.contiguousStrides
    // Neighbouring axes that both sides walk with one stride count as one.
    var dimensions: [Int] = []
    var (from, to): ([Int], [Int]) = ([], [])
    while let axis = axes.popLast() {
      if let length = dimensions.first, view.strides[axis] == from[0] * length, targetStrides[axis] == to[0] * length {
        dimensions[0] *= view.shape[axis]
      } else {
        dimensions.insert(view.shape[axis], at: 0)
        from.insert(view.strides[axis], at: 0)
        to.insert(targetStrides[axis], at: 0)
      }
    }
    precondition(dimensions.count <= Int(GLIA_MAXIMUM_RANK), "Arrays have at most \(GLIA_MAXIMUM_RANK) axes.")
    append(
      .copy(
        from: source, fromStrides: from, to: target, toStrides: to, dimensions: dimensions,
        elementSize: view.base.dtype.byteCount), touching: [source, target])
  }

  // ---- Roots

  /// Outputs and updates that are read straight from sources are copied before anything is overwritten.
  private mutating func keepSources() -> [Node: Plan.Location] {
    var kept: [Node: Plan.Location] = [:]
    for root in graph.roots where kept[root] == nil {
      let view = View(of: root)
      guard Group.isSource(view.base) else { continue }
      let target = allocate(root.type.byteCount)
      copy(view, to: target)
      pin(target)
      kept[root] = target
    }
    return kept
  }

  /// Lets nodes be computed where they are wanted: in the variable they update, in the concatenation they are part of.
  private mutating func chooseHomes() {
    var groupOf: [Node: Group] = [:]
    for group in groups { for member in group.members + group.casts { groupOf[member] = group } }
    for update in graph.updates {
      let view = View(of: update.value)
      guard view.isWhole, let group = groupOf[view.base], homes[view.base] == nil, group.isFused,
        canWrite(update.variable, by: group)
      else { continue }
      homes[view.base] = .init(place: .variable(index(of: update.variable)))
    }
    for group in groups.reversed() {
      guard let node = group.members.first, !group.isFused, let joined = node.primitive as? Concatenate,
        node.shape.elementCount > 0
      else { continue }
      chooseHomes(of: node, joined, groupOf)
    }
  }

  /// Lets the operands of a concatenation be computed in it: where they lie in one piece there, that is where they are; else,
  /// or where they are elsewhere already, their group stores them there too.
  private mutating func chooseHomes(of node: Node, _ joined: Concatenate, _ groupOf: [Node: Group]) {
    let place = homes[node] ?? location(of: node)
    let inOnePiece = node.shape.prefix(joined.axis).reduce(1, *) == 1
    for (index, slice) in joined.slices(node.operands.map(\.shape)).enumerated() {
      let view = View(of: node.operands[index])
      guard view.isWhole, !Group.isSource(view.base), let group = groupOf[view.base] else { continue }
      let offset = slice.starts[joined.axis] * node.shape.contiguousStrides[joined.axis] * node.dtype.byteCount
      let location = Plan.Location(place: place.place, byteOffset: place.byteOffset + offset)
      if inOnePiece, homes[view.base] == nil, locations[view.base] == nil {
        homes[view.base] = location
      } else if group.levels[view.base] == .full, let rowStride = rowStride(of: node.operands[index], in: node, group) {
        parts[view.base, default: []].append(Plan.Rows(location: location, stride: rowStride))
        storedOperands[node, default: []].insert(index)
      }
    }
  }

  /// The distance of a group's rows of an operand within a concatenation, where the operand's columns lie together.
  private func rowStride(of operand: Node, in joined: Node, _ group: Group) -> Int? {
    var place = View(whole: joined)
    place.shape = operand.shape
    guard let axis = View.split(operand.shape, rows: group.rows, columns: group.columns), group.rows > 1,
      group.columns == 1 || place.stride(over: axis..<place.shape.rank) == 1
    else { return nil }
    return place.stride(over: 0..<axis)
  }

  /// Whether a group may write a variable while it runs: nobody reads the old value later, and the group itself reads it only
  /// element by element.
  private func canWrite(_ variable: Variable, by writer: Group) -> Bool {
    for group in groups {
      for member in group.members {
        for view in View.reads(of: member) {
          guard (view.base.primitive as? Read)?.variable === variable else { continue }
          if group.order > writer.order { return false }
          if group === writer,
            !view.isWhole || member === writer.head || writer.levels[member] != .full
              || member.primitive is Reduce
          {
            return false
          }
        }
      }
    }
    return true
  }

  /// Puts outputs and updates where their readers look for them.
  private mutating func finish(_ kept: [Node: Plan.Location]) {
    for output in graph.outputs {
      let location = kept[output] ?? contiguous(View(of: output), for: output)
      touch(location)
      pin(location)
      plan.outputs.append((location, output.type))
    }
    for update in graph.updates {
      let target = Plan.Location(place: .variable(index(of: update.variable)))
      let view = View(of: update.value)
      if homes[view.base] == target, view.isWhole { continue }
      let source = kept[update.value] ?? contiguous(view, for: update.value)
      let count = update.value.shape.elementCount
      append(
        .copy(
          from: source, fromStrides: [1], to: target, toStrides: [1], dimensions: [count],
          elementSize: update.value.dtype.byteCount), touching: [source, target])
    }
  }
}
