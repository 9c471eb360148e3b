import GliaGraph

/// Reverse-mode differentiation: adds nodes for the gradient of Σ seed · output by each of `parameters`, nil where the
/// output does not depend on one. The result is graph like any other, so it can be differentiated again.
package func gradients(of output: Node, seed: Node, by parameters: [Node]) -> [Node?] {
  let order = Graph.nodes(reaching: [output])
  var depends = Set(parameters)
  for node in order where !depends.contains(node) && node.operands.contains(where: depends.contains) {
    depends.insert(node)
  }
  var cotangents: [Node: Node] = [:]
  if depends.contains(output) { cotangents[output] = seed }
  for node in order.reversed() {
    guard let cotangent = cotangents[node], !node.operands.isEmpty else { continue }
    guard node.operands.contains(where: depends.contains) else { continue }
    for (operand, gradient) in zip(node.operands, node.primitive.gradients(node, cotangent)) {
      guard let gradient, depends.contains(operand) else { continue }
      cotangents[operand] = cotangents[operand].map { $0 + gradient } ?? gradient
    }
  }
  return parameters.map { cotangents[$0] }
}
