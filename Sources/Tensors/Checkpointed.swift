import GliaGraph
import GliaPasses

/// What `body` makes of x, with gradient checkpointing: what it computes on the way is not kept for the backward pass, but
/// computed there again from x. That saves the memory of the body's activations, and costs its forward pass once more.
///
///     let y = checkpointed(x) { x in second(first(x).tanh()) }
///
/// Values and gradients are the same; random numbers are functions of their key, so the same ones are drawn again. One body
/// within another saves what the outer one saves.
///
/// Chen, Xu, Zhang and Guestrin 2016, "Training deep nets with sublinear memory cost", arXiv:1604.06174.
public func checkpointed(_ x: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
  let firstStream = Trace.current?.streamCount ?? 0
  let result = body(x).node
  // Random numbers are the body's own where it drew their stream.
  func isDrawn(_ node: Node) -> Bool {
    guard let trace = Trace.current, let random = node.primitive as? RandomUniform else { return false }
    return node.operands.first === trace.key && random.stream > firstStream
  }
  var inside: Set<Node> = []
  var steps: [Node] = []
  for node in Graph.nodes(reaching: [result]) where node !== x.node {
    if isDrawn(node) || node.operands.contains(where: { $0 === x.node || inside.contains($0) }) {
      inside.insert(node)
      steps.append(node)
    }
  }
  guard steps.contains(where: { $0.operands.contains(x.node) }) else { return Tensor(result) }
  // What the body reads: x, and what does not depend on it, such as parameters and the keys of random numbers.
  var sources = [x.node]
  var late: Set<Node> = [x.node]
  var known = late
  for step in steps {
    for operand in step.operands where !inside.contains(operand) {
      if known.insert(operand).inserted { sources.append(operand) }
      if isDrawn(step) { late.insert(operand) }
    }
  }
  let again = CustomGradient { g in
    let leaves = sources.map { late.contains($0) ? Node.make(After(), $0, g) : Node.make(StopGradient(), $0) }
    var replaced = Dictionary(uniqueKeysWithValues: zip(sources, leaves))
    for node in steps { replaced[node] = .make(node.primitive, node.operands.map { replaced[$0]! }) }
    var slopes = gradients(of: replaced[result]!, seed: g, by: leaves)
    // All that needs this body's activations comes before the pass goes on to what lies below it.
    let others = slopes.dropFirst().compactMap { $0 }
    if let slope = slopes[0], !others.isEmpty { slopes[0] = .make(After(), [slope] + others) }
    return slopes
  }
  return Tensor(.make(again, [result] + sources))
}
