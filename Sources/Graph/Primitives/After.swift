/// The first operand's values, computed once the other operands are there.
///
/// What reads it is so kept apart from equal work that reads the first operand itself, and later: how activations are computed
/// again in the backward pass instead of being kept.
package struct After: PlainPrimitive {
  package init() {}
  package static let names = ["after"]
  package init(named name: String, _ attributes: Attributes<Int>) { self.init() }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    guard operands.count >= 2 else {
      throw error("takes a value and what it waits for, got \(operands.count) operands.")
    }
    return operands[0]
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [g] + node.operands.dropFirst().map { _ in nil } }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray { operands[0] }
}
