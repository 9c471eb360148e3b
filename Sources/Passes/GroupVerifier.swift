import GliaGraph

extension Graph {
  /// Checks what a cut of the graph into groups has to keep, however the groups were found: a kernel computes the right
  /// numbers only where all of it holds. Run after `fuse` in debug builds.
  package func verify(_ groups: [Group]) throws(GraphError) {
    let verifier = try GroupVerifier(self, groups)
    for group in groups { try verifier.check(group) }
    try verifier.checkOrder()
  }

  func verified(_ groups: [Group]) -> [Group] {
    #if DEBUG
      do { try verify(groups) } catch { fatalError(error.description) }
    #endif
    return groups
  }
}

private struct GroupVerifier {
  let graph: Graph
  let groups: [Group]
  var groupOf: [Node: Group] = [:]

  /// Each node that takes work is in exactly one group, and nothing else is in any.
  init(_ graph: Graph, _ groups: [Group]) throws(GraphError) {
    (self.graph, self.groups) = (graph, groups)
    let nodes = Group.computed(graph)
    let needed = Set(nodes)
    for group in groups {
      for member in group.members + group.casts {
        guard needed.contains(member) else {
          throw broken(member, "is in a group, but nothing there has to compute it")
        }
        guard groupOf.updateValue(group, forKey: member) == nil else { throw broken(member, "is in a group twice") }
      }
    }
    if let node = nodes.first(where: { groupOf[$0] == nil }) { throw broken(node, "is in no group") }
  }

  // ---- One group

  func check(_ group: Group) throws(GraphError) {
    guard group.isFused else {
      guard group.members.count == 1, group.levels.isEmpty, group.head == nil else {
        throw broken(group.members[0], "shares a group that is not fused")
      }
      return
    }
    try checkProducts(group)
    for member in group.members {
      guard Group.computes(member) == group.computes else {
        throw broken(member, "cannot be computed in the \(group.computes) of its group")
      }
      try checkSize(member, group)
    }
    try checkReads(group)
    for cast in group.casts { try checkCast(cast, group) }
  }

  /// What a store converts is a member, element for element, and nobody in the group reads the result.
  private func checkCast(_ cast: Node, _ group: Group) throws(GraphError) {
    let view = View(of: cast.operands[0])
    guard cast.primitive is Cast, view.isWhole, let level = group.levels[view.base], level != .accumulated else {
      throw broken(cast, "is no conversion of what its group has in a register")
    }
    if group.members.contains(where: { $0.operands.contains { View(of: $0).base === cast } }) {
      throw broken(cast, "is read in its own group, before it has been converted")
    }
  }

  /// A kernel has one product at most, and computes it before all else.
  private func checkProducts(_ group: Group) throws(GraphError) {
    let products = group.members.filter { $0.primitive is MatrixProduct }
    if products.count > 1 { throw broken(products[1], "is the second product of its group") }
    guard products.first === group.head else {
      throw broken(group.members[0], "is in a group whose head is no product")
    }
    guard let product = products.first else { return }
    guard group.levels[product] == .full else {
      throw broken(product, "is a product that is not one scalar an element")
    }
    guard product.shape.last == group.columns else {
      throw broken(product, "has rows that are not the \(group.columns) columns of its group")
    }
    for view in View.reads(of: product) where groupOf[view.base] === group {
      throw broken(product, "reads its own group, which a product comes before")
    }
  }

  /// The member's elements are as many as its level says; a reduction cuts its operand where the group is cut.
  private func checkSize(_ member: Node, _ group: Group) throws(GraphError) {
    let (rows, columns, count) = (group.rows, group.columns, member.shape.elementCount)
    let cutThere = "in a group of \(rows) rows and \(columns) columns"
    guard let level = group.levels[member] else { throw broken(member, "has no level in its group") }
    let isReduction = member.primitive is Reduce
    switch level {
    case .full:
      if isReduction { throw broken(member, "is a reduction at the level of whole rows") }
      if count != rows * columns { throw broken(member, "is one scalar an element \(cutThere)") }
    case .row:
      if count != rows { throw broken(member, "is one scalar a row \(cutThere)") }
    case .accumulated:
      if !isReduction { throw broken(member, "is accumulated and no reduction") }
      if count != 1, count != columns { throw broken(member, "is one scalar a column \(cutThere)") }
    }
    guard isReduction else { return }
    guard member.operands[0].shape.elementCount == rows * columns else {
      throw broken(member, "reduces \(member.operands[0].shape) \(cutThere)")
    }
    // A sum of everything adds up any cut.
    if level == .accumulated, count == 1 { return }
    guard let cut = Group.cut(member), cut == (rows, columns, level == .row) else {
      throw broken(member, "reduces other axes than its level says \(cutThere)")
    }
  }

  /// What a member reads from its own group has been computed before it, and lies under it element for element.
  private func checkReads(_ group: Group) throws(GraphError) {
    var computed: Set<Node> = []
    for member in group.members {
      for operand in member.operands {
        let view = View(of: operand)
        guard groupOf[view.base] === group else { continue }
        guard computed.contains(view.base) else { throw broken(member, "comes before what it reads in its group") }
        let readsRows = group.levels[member] == .row && !(member.primitive is Reduce)
        switch group.levels[view.base]! {
        case .accumulated: throw broken(member, "reads what its own group accumulates, which is there only afterwards")
        case .full:
          if readsRows { throw broken(member, "is one scalar a row, but reads one an element") }
          if !view.isWhole { throw broken(member, "reads other elements of its group than its own") }
        case .row:
          guard readsRows ? view.isWhole : spreads(view, over: group) else {
            throw broken(member, "reads other rows of its group than its own")
          }
        }
      }
      computed.insert(member)
    }
  }

  /// Whether each scalar of the base stands under all elements of its row.
  private func spreads(_ view: View, over group: Group) -> Bool {
    guard view.offset == 0, let axis = View.split(view.shape, rows: group.rows, columns: group.columns) else {
      return false
    }
    return (group.rows == 1 || view.stride(over: 0..<axis) == 1) && view.stride(over: axis..<view.shape.rank) == 0
  }

  // ---- All groups

  /// A group comes after those whose memory it reads, and one that updates a variable after those that read the old value,
  /// unless these cannot come first: then the new value is copied at the end.
  func checkOrder() throws(GraphError) {
    if let group = groups.enumerated().first(where: { $0 != $1.order })?.element {
      throw broken(group.members[0], "is in a group that does not stand where its order says")
    }
    var waitsFor: [ObjectIdentifier: [Group]] = [:]
    for group in groups {
      let sources = group.members.flatMap { View.reads(of: $0).compactMap { groupOf[$0.base] } }
      for source in sources where source.order > group.order {
        throw broken(group.members[0], "is in a group that runs before one whose memory it reads")
      }
      waitsFor[ObjectIdentifier(group)] = sources.filter { $0 !== group }
    }
    let writers = graph.updates.compactMap { update in
      groupOf[View(of: update.value).base].map { (group: $0, variable: update.variable) }
    }
    for writer in writers {
      waitsFor[ObjectIdentifier(writer.group)]! += groups.filter { $0 !== writer.group && reads($0, writer.variable) }
    }
    for writer in writers {
      for reader in groups where reader.order > writer.group.order && reads(reader, writer.variable) {
        guard waits(reader, for: writer.group, waitsFor) else {
          throw broken(
            reader.members[0], "is in a group that reads '\(writer.variable.name)' after it has been updated")
        }
      }
    }
  }

  private func reads(_ group: Group, _ variable: Variable) -> Bool {
    group.members.contains { member in
      View.reads(of: member).contains { ($0.base.primitive as? Read)?.variable === variable }
    }
  }

  private func waits(_ group: Group, for other: Group, _ waitsFor: [ObjectIdentifier: [Group]]) -> Bool {
    var seen: Set<ObjectIdentifier> = []
    var pending = [group]
    while let next = pending.popLast() {
      if next === other { return true }
      if seen.insert(ObjectIdentifier(next)).inserted { pending += waitsFor[ObjectIdentifier(next)]! }
    }
    return false
  }
}

private func broken(_ node: Node, _ rule: String) -> GraphError {
  GraphError("After fuse, '\(node.primitive.name)' of \(node.type) \(rule).")
}
