/// One of the few operations that everything else is composed of.
///
/// A primitive knows three things, side by side in one file: the type of its result, its gradient, and what it computes,
/// in plain float64. That is enough for it to run on every backend; a backend that has a kernel for it says so in one row.
package protocol Primitive {
  /// The name in print: "multiply".
  var name: String { get }

  /// What distinguishes this use from others of the name, in print: `axes=[0]`. Two nodes with the same name, attributes
  /// and operands are the same node.
  var attributes: String { get }

  /// Whether two equal nodes may be merged; not where each use is a thing of its own, such as an input.
  var isMergeable: Bool { get }

  /// The shape rule: the type of the result, or an error that says what would be right.
  func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType

  /// The gradient of a loss by each operand, given the gradient by the result; nil where none flows.
  func gradients(_ node: Node, _ cotangent: Node) -> [Node?]

  /// The reference evaluation.
  func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray
}

extension Primitive {
  package var attributes: String { "" }
  package var isMergeable: Bool { true }

  /// How errors name the operation.
  package func error(_ message: String) -> GraphError { GraphError("\(name): \(message)") }

  package func expect(_ count: Int, _ operands: [TensorType]) throws(GraphError) {
    if operands.count != count { throw error("takes \(count) operands, got \(operands.count).") }
  }
}
