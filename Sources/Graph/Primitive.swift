/// One of the few operations that everything else is composed of.
///
/// A primitive knows three things, side by side in one file: the type of its result, its gradient, and what it computes,
/// in plain float64. That is enough for it to run on every backend; a backend that has a kernel for it says so in one row.
package protocol Primitive {
  /// The name in print: "multiply".
  var name: String { get }

  /// What distinguishes this use from others of the name.
  var attributes: Attributes<Int> { get }

  /// Whether two equal nodes may be merged; not where each use is a thing of its own, such as an input.
  var isMergeable: Bool { get }

  /// The shape rule: the type of the result, or an error that says what would be right.
  func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType

  /// The gradient of a loss by each operand, given the gradient by the result; nil where none flows.
  func gradients(_ node: Node, _ cotangent: Node) -> [Node?]

  /// The reference evaluation.
  func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray
}

/// A primitive that is nothing but its name and its attributes, so that a file can hold it and make it again.
package protocol PlainPrimitive: Primitive {
  /// The names that it goes by, which no other primitive has.
  static var names: [String] { get }

  /// Makes it from what its `name` and `attributes` said. The shape rule is what checks the values.
  init(named name: String, _ attributes: Attributes<Int>) throws(GraphError)
}

extension PlainPrimitive {
  package var name: String { Self.names[0] }
}

extension Primitive {
  package var attributes: Attributes<Int> { [:] }
  package var isMergeable: Bool { true }

  /// How errors name the operation.
  package func error(_ message: String) -> GraphError { GraphError("\(name): \(message)") }

  /// A length that is the sum of others.
  package func sum(_ lengths: [Int]) throws(GraphError) -> Int {
    var total = 0
    for length in lengths {
      let (next, overflow) = total.addingReportingOverflow(length)
      if overflow { throw error("the lengths \(lengths) add up to more than can be counted.") }
      total = next
    }
    return total
  }

  package func expect(_ count: Int, _ operands: [TensorType]) throws(GraphError) {
    if operands.count != count { throw error("takes \(count) operands, got \(operands.count).") }
  }
}
