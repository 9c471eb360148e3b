/// One operation of a graph, with the nodes it reads. Nodes are made once and never changed, except that an evaluated node
/// keeps its value and lets go of its operands.
package final class Node {
  package let primitive: any Primitive
  package private(set) var operands: [Node]
  package let type: TensorType
  /// What evaluation gave; the node then stands for a constant.
  @exclusivity(unchecked) package private(set) var value: Buffer?
  /// The scalars of a constant: here too, because a cast each time they are read would cost as much as a small step.
  private let given: Buffer?

  /// The scalars, where they are known.
  package var scalars: Buffer? { given ?? value }

  package var shape: Shape { type.shape }
  package var dtype: DType { type.dtype }

  package init(_ primitive: any Primitive, _ operands: [Node]) throws(GraphError) {
    let type = try primitive.resultType(operands.map(\.type))
    guard type.countedBytes != nil else {
      throw primitive.error("\(type) has an axis below 0, or more elements than can be counted.")
    }
    self.type = type
    self.primitive = primitive
    self.operands = operands
    given = (primitive as? Constant)?.buffer
  }

  /// A node whose operands are known to fit, or else a trap that says why, as Swift's arrays do.
  package static func make(_ primitive: any Primitive, _ operands: Node...) -> Node {
    make(primitive, operands)
  }

  package static func make(_ primitive: any Primitive, _ operands: [Node]) -> Node {
    do { return try Node(primitive, operands) } catch { fatalError(error.description) }
  }

  package func realize(_ value: Buffer) {
    self.value = value
    release()
  }

  deinit { release() }

  /// Lets go of the operands one by one: a long chain would otherwise overflow the stack.
  private func release() {
    var pending = operands
    operands = []
    while var node = pending.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      pending.append(contentsOf: node.operands)
      node.operands = []
    }
  }
}

extension Node: Hashable {
  package static func == (a: Node, b: Node) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
