import GliaGraph

/// Reverse-mode differentiation: adds nodes for the gradient of Σ seed · output by each of `parameters`, nil where the
/// output does not depend on one. The result is graph like any other, so it can be differentiated again.
package func gradients(of output: Node, seed: Node, by parameters: [Node]) -> [Node?] {
  let order = Graph.nodes(reaching: [output])
  var depends = Set(parameters)
  for node in order where !depends.contains(node) && node.operands.contains(where: depends.contains) {
    depends.insert(node)
  }
  var terms: [Node: [Node]] = [:]
  var totals: [Node: Node] = [:]
  if depends.contains(output) { terms[output] = [seed] }
  for node in order.reversed() {
    guard let given = terms.removeValue(forKey: node) else { continue }
    let total = GradientSum(given).node
    totals[node] = total
    guard node.operands.contains(where: depends.contains) else { continue }
    for (operand, gradient) in zip(node.operands, node.primitive.gradients(node, total)) {
      guard let gradient, depends.contains(operand) else { continue }
      terms[operand, default: []].append(gradient)
    }
  }
  return parameters.map { totals[$0] }
}
