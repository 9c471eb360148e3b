import GliaGraph

/// Nodes that one kernel computes together in one pass over memory: a matrix product with what follows it, a chain of
/// elementwise operations with reductions, or a single operation with a kernel of its own.
package final class Group {
  package enum Level {
    /// One scalar for each row and column.
    case full
    /// One scalar for each row: it has been reduced along the row, or is to be spread over it.
    case row
    /// A reduction across rows: in memory when the kernel has ended, not before.
    case accumulated
  }

  /// The members, with what each is in the group. Empty levels: a group of one operation that is not fused.
  package internal(set) var levels: [Node: Level] = [:]
  package internal(set) var members: [Node]
  /// Conversions of members that happen on the way to memory: nobody in the group reads them.
  package internal(set) var casts: [Node] = []
  package internal(set) var head: Node?
  package internal(set) var rows: Int
  package internal(set) var columns: Int
  /// Whether rows and columns may still be cut differently.
  package internal(set) var isFlexible: Bool
  package let computes: DType
  package let isFused: Bool
  /// The place in the order of execution.
  package internal(set) var order = 0
  /// The groups that it reads from, and those that read from it.
  fileprivate var sources: [Group] = []
  fileprivate var users: [Group] = []

  init(single node: Node) {
    (members, isFused, computes, rows, columns, isFlexible) = ([node], false, node.dtype, 0, 0, false)
  }

  init(_ node: Node, _ level: Level, computes: DType, rows: Int, columns: Int, isFlexible: Bool) {
    (members, isFused, self.computes, self.isFlexible) = ([node], true, computes, isFlexible)
    (self.rows, self.columns) = (rows, columns)
    levels[node] = level
  }
}

/// Cuts a graph into groups, in the order in which they run.
///
/// From the outputs upwards, an operation joins the group that holds all its uses, where its elements line up with the group's
/// rows and columns. Then, from the inputs downwards, a group joins the one it reads from, where no third stands between. So a
/// training step's product, bias, activation, loss, its gradient and the bias gradient become one kernel.
package func fuse(_ graph: Graph) -> [Group] {
  var fuser = Fuser(graph)
  fuser.groupUpwards()
  fuser.mergeDownwards()
  fuser.absorbCasts()
  for group in fuser.groups { group.chooseCut() }
  return graph.verified(fuser.ordered())
}

extension Group {
  /// In which type a fused kernel would compute the node; nil where it has no form for it.
  package static func computes(_ node: Node) -> DType? {
    func type(_ dtypes: [DType]) -> DType? {
      if dtypes.contains(.bfloat16) || dtypes.contains(.float16) { return nil }
      return dtypes.contains { $0 == .float64 || $0.isInteger } ? .float64 : .float32
    }
    let sources = node.operands.map(\.dtype)
    switch node.primitive {
    case is Unary, is Select: return type(sources + [node.dtype])
    case let binary as Binary:
      if binary.operation == .divide, node.dtype.isInteger { return nil }
      return type(sources)
    case is Cast:
      // A cast that rounds has to reach memory: a register would keep what is to be cut off.
      switch (sources[0], node.dtype) {
      case (.bool, .float32), (.float32, .bool), (.int32, .float32), (.int64, .float32): return .float32
      case (.bfloat16, .float32), (.float16, .float32): return .float32
      case (_, .bool), (.float32, .float64), (.bool, .float64), (.int32, .float64), (.int64, .float64):
        return type(sources + [.float64])
      default: return nil
      }
    case is Reduce: return node.dtype == .float32 || node.dtype == .float64 ? node.dtype : nil
    case is MatrixProduct: return node.dtype == .float32 || node.dtype == .float64 ? node.dtype : nil
    default: return nil
    }
  }

  /// The nodes that take work: no sources, no views, and no widening that only products read, which do it themselves.
  package static func computed(_ graph: Graph) -> [Node] {
    let nodes = graph.nodes.filter { !View.isView($0) && !isSource($0) }
    var read = Set(graph.roots.map { View(of: $0).base })
    for node in nodes { for view in View.reads(of: node) { read.insert(view.base) } }
    return nodes.filter { !View.isWidening($0) || read.contains($0) }
  }

  /// Whether the node is there before anything runs.
  package static func isSource(_ node: Node) -> Bool {
    node.value != nil || node.primitive is Constant || node.primitive is Read || node.primitive is Input
      || node.primitive is Fill
  }

  /// The rows and columns between which a reduction cuts its operand, and whether it goes along rows.
  package static func cut(_ node: Node) -> (rows: Int, columns: Int, alongRows: Bool)? {
    guard let reduce = node.primitive as? Reduce, let first = reduce.axes.first, let last = reduce.axes.last else {
      return nil
    }
    let shape = node.operands[0].shape
    let after = shape.dropFirst(last + 1).reduce(1, *)
    if after == 1 {
      let rows = shape.prefix(first).reduce(1, *)
      return (rows, shape.dropFirst(first).reduce(1, *), true)
    }
    return (shape.prefix(last + 1).reduce(1, *), after, false)
  }
}

private struct Fuser {
  let graph: Graph
  let nodes: [Node]
  let roots: Set<Node>
  let views: [Node: [View]]
  let uses: [Node: [(user: Node, view: View)]]
  var groups: [Group] = []
  var groupOf: [Node: Group] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    nodes = Group.computed(graph)
    roots = Set(graph.roots.map { View(of: $0).base })
    var views: [Node: [View]] = [:]
    var uses: [Node: [(user: Node, view: View)]] = [:]
    for node in nodes {
      views[node] = View.reads(of: node)
      for view in views[node]! { uses[view.base, default: []].append((node, view)) }
    }
    self.views = views
    self.uses = uses
  }

  // ---- From the outputs upwards

  mutating func groupUpwards() {
    for node in nodes.reversed() {
      if let group = sharedGroup(of: node), let level = level(of: node, in: group) {
        adopt(node, level, in: group)
      } else {
        let group = newGroup(node)
        groups.append(group)
        groupOf[node] = group
      }
    }
  }

  /// The one fused group that holds every use of the node.
  private func sharedGroup(of node: Node) -> Group? {
    guard let uses = uses[node], let group = groupOf[uses[0].user], group.isFused else { return nil }
    return uses.allSatisfy { groupOf[$0.user] === group } ? group : nil
  }

  private mutating func adopt(_ node: Node, _ level: Group.Level, in group: Group) {
    group.members.append(node)
    group.levels[node] = level
    groupOf[node] = group
    if node.primitive is MatrixProduct {
      group.head = node
      group.isFlexible = false
    }
    if node.primitive is Reduce { group.isFlexible = false }
  }

  private func newGroup(_ node: Node) -> Group {
    guard let type = Group.computes(node), node.shape.elementCount > 0 else { return Group(single: node) }
    let last = node.shape.last ?? 1
    let count = node.shape.elementCount
    if node.primitive is MatrixProduct {
      let group = Group(node, .full, computes: type, rows: count / last, columns: last, isFlexible: false)
      group.head = node
      return group
    }
    if let cut = Group.cut(node) {
      let operand = node.operands[0].shape
      guard operand.elementCount > 0 else { return Group(single: node) }
      if count == 1 {
        let width = operand.last ?? 1
        return Group(
          node, .accumulated, computes: type, rows: operand.elementCount / width, columns: width, isFlexible: true)
      }
      return Group(
        node, cut.alongRows ? .row : .accumulated, computes: type, rows: cut.rows, columns: cut.columns,
        isFlexible: false)
    }
    return Group(node, .full, computes: type, rows: count / last, columns: last, isFlexible: true)
  }

  /// What the node would be in the group, judged by its uses there; nil where it does not line up.
  private func level(of node: Node, in group: Group) -> Group.Level? {
    guard Group.computes(node) == group.computes else { return nil }
    let cut = Group.cut(node)
    if node.primitive is MatrixProduct {
      guard group.head == nil, node.shape.last == group.columns || group.isFlexible else { return nil }
    }
    var found: Group.Level?
    for use in uses[node]! {
      guard let level = level(of: use.view, by: use.user, in: group) else { return nil }
      if let found, found != level { return nil }
      found = level
    }
    if let cut {
      if cut.alongRows, found == .row, group.rows == cut.rows, group.columns == cut.columns { return .row }
      // A group that so far only has one scalar a row widens to the rows that are reduced.
      let isNarrow = group.columns == 1 || (group.isFlexible && group.head == nil)
      guard cut.alongRows, found == .full, isNarrow, group.head == nil, group.rows * group.columns == cut.rows,
        !group.levels.values.contains(.accumulated), !group.levels.values.contains(.row), cut.columns > 1
      else { return nil }
      group.rows = cut.rows
      group.columns = cut.columns
      for member in group.members { group.levels[member] = .row }
      return .row
    }
    if node.primitive is MatrixProduct {
      guard found == .full else { return nil }
      if group.isFlexible {
        group.rows = node.shape.elementCount / node.shape.last!
        group.columns = node.shape.last!
      }
      return .full
    }
    return found
  }

  /// The level at which a view of a node is used by a member.
  private func level(of view: View, by user: Node, in group: Group) -> Group.Level? {
    let count = group.rows * group.columns
    let isReduction = user.primitive is Reduce
    let userLevel = isReduction ? .full : group.levels[user]
    if user.primitive is MatrixProduct { return nil }
    if userLevel == .row { return view.isWhole && view.shape.elementCount == group.rows ? .row : nil }
    guard view.shape.elementCount == count else { return nil }
    if view.isWhole { return .full }
    guard view.offset == 0, view.base.shape.elementCount == group.rows, !group.isFlexible || group.columns > 1,
      let axis = View.split(view.shape, rows: group.rows, columns: group.columns),
      let rowStride = view.stride(over: 0..<axis), view.stride(over: axis..<view.shape.rank) == 0,
      rowStride == 1 || group.rows == 1
    else { return nil }
    group.isFlexible = false
    return .row
  }

  // ---- From the inputs downwards

  mutating func mergeDownwards() {
    for group in ordered() where group.isFused {
      // Merged into one that it reads from, it may still join another of those: the gates of a cell, say, side by side.
      var group = group
      while group.head == nil, let source = joinable(group) {
        merge(group, into: source)
        group = source
      }
    }
  }

  /// The last of the groups that this one reads from and can be merged into.
  private func joinable(_ group: Group) -> Group? {
    group.sources.filter(\.isFused).sorted { $0.order > $1.order }.first { canMerge(group, into: $0) }
  }

  private func producers(of group: Group) -> [Group] {
    var found: [Group] = []
    for member in group.members {
      for view in views[member]! {
        if let source = groupOf[view.base], source !== group, !found.contains(where: { $0 === source }) {
          found.append(source)
        }
      }
    }
    return found
  }

  private func canMerge(_ group: Group, into source: Group) -> Bool {
    guard group.computes == source.computes, group.rows * group.columns == source.rows * source.columns else {
      return false
    }
    let sameCut = group.rows == source.rows && group.columns == source.columns
    guard sameCut || group.isFlexible || source.isFlexible else { return false }
    if !sameCut, group.levels.values.contains(.row) || source.levels.values.contains(.row) { return false }
    for member in group.members {
      for view in views[member]! where groupOf[view.base] === source {
        switch source.levels[view.base]! {
        case .accumulated: return false
        case .full:
          let isFullUse = group.levels[member] == .full || member.primitive is Reduce
          guard isFullUse, view.isWhole else { return false }
        case .row:
          if group.levels[member] == .row, !(member.primitive is Reduce) {
            guard view.isWhole else { return false }
          } else {
            guard level(of: view, by: member, in: group) == .row else { return false }
          }
        }
      }
    }
    // A third group between the two would have to run in the middle of the merged one.
    return !group.sources.contains { $0 !== source && reaches(from: source, to: $0) }
  }

  private func reaches(from start: Group, to end: Group) -> Bool {
    var seen: Set<ObjectIdentifier> = []
    var pending = [end]
    while let group = pending.popLast() {
      if group === start { return true }
      guard seen.insert(ObjectIdentifier(group)).inserted else { continue }
      pending += group.sources
    }
    return false
  }

  private mutating func merge(_ group: Group, into source: Group) {
    if source.isFlexible, !group.isFlexible { (source.rows, source.columns) = (group.rows, group.columns) }
    source.isFlexible = source.isFlexible && group.isFlexible
    source.members += group.members
    for (node, level) in group.levels {
      source.levels[node] = level
      groupOf[node] = source
    }
    groups.removeAll { $0 === group }
    for other in group.sources where other !== source {
      other.users.removeAll { $0 === group || $0 === source }
      other.users.append(source)
      if !source.sources.contains(where: { $0 === other }) { source.sources.append(other) }
    }
    source.users.removeAll { $0 === group }
    for user in group.users {
      user.sources.removeAll { $0 === group || $0 === source }
      user.sources.append(source)
      if !source.users.contains(where: { $0 === user }) { source.users.append(user) }
    }
  }

  /// Notes who reads from whom; `merge` keeps it.
  private func link() {
    for group in groups { group.users = [] }
    for group in groups {
      group.sources = producers(of: group)
      for source in group.sources { source.users.append(group) }
    }
  }

  // ---- Conversions

  /// A conversion that stands alone goes into the group that has what it converts, to be made by the store.
  mutating func absorbCasts() {
    for group in groups where group.members.count == 1 && group.members[0].primitive is Cast {
      let cast = group.members[0]
      let view = views[cast]![0]
      guard let source = groupOf[view.base], source !== group, source.isFused, view.isWhole, view.base !== source.head,
        source.levels[view.base] == .full || source.levels[view.base] == .row,
        cast.dtype != .int64, view.base.dtype != .int64
      else { continue }
      source.casts.append(cast)
      groupOf[cast] = source
      groups.removeAll { $0 === group }
    }
  }

  // ---- The order

  /// The groups so that each comes after those it reads from, and what updates a variable after those that read it.
  func ordered() -> [Group] {
    let place = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1, $0) })
    for group in groups { group.members.sort { place[$0]! < place[$1]! } }
    link()
    var waitsFor: [ObjectIdentifier: [Group]] = [:]
    for group in groups { waitsFor[ObjectIdentifier(group)] = group.sources }
    for update in graph.updates {
      guard let writer = groupOf[View(of: update.value).base] else { continue }
      for group in groups where group !== writer && reads(group, update.variable) {
        if !reaches(from: writer, to: group) { waitsFor[ObjectIdentifier(writer)]!.append(group) }
      }
    }
    var order: [Group] = []
    var state: [ObjectIdentifier: Bool] = [:]  // false while a group's producers are visited, true once it is placed
    func visit(_ group: Group) {
      guard state[ObjectIdentifier(group)] == nil else { return }
      state[ObjectIdentifier(group)] = false
      for other in waitsFor[ObjectIdentifier(group)]! { visit(other) }
      state[ObjectIdentifier(group)] = true
      group.order = order.count
      order.append(group)
    }
    for group in groups.sorted(by: { place[$0.members.last!]! < place[$1.members.last!]! }) { visit(group) }
    return order
  }

  private func reads(_ group: Group, _ variable: Variable) -> Bool {
    group.members.contains { member in
      views[member]!.contains { ($0.base.primitive as? Read)?.variable === variable }
    }
  }
}
