import GliaGraph
import GliaNeuralNetworks
import GliaPasses
import GliaTensors

extension Graph {
  /// The graph with what products multiply by, and what depends on variables alone, computed now, in float32 or rounded to
  /// bfloat16, and laid out as the product reads it. Values of variables that change later are not seen.
  func keepingWeights(in precision: Precision) -> Graph {
    var fixed: Set<Node> = []
    var weights: Set<Node> = []  // of those, what depends on a variable
    for node in nodes where !(node.primitive is Input) && node.operands.allSatisfy(fixed.contains) {
      fixed.insert(node)
      if node.primitive is Read || node.operands.contains(where: weights.contains) { weights.insert(node) }
    }
    var kept: [Node: Node] = [:]
    return rewriting { node, operands in
      guard node.primitive is MatrixProduct, node.dtype == .float32, !weights.contains(node) else {
        return operands.elementsEqual(node.operands) ? node : .make(node.primitive, operands)
      }
      let read = zip(node.operands, operands).map { old, new in
        guard weights.contains(old), !isSpread(old) else { return new }
        if kept[old] == nil { kept[old] = old.kept(in: precision) }
        return kept[old]!
      }
      return .make(node.primitive, read)
    }
  }

  /// Whether elements of the node are read again and again from fewer: written out they would take more memory.
  private func isSpread(_ node: Node) -> Bool {
    View(of: node).base.shape.elementCount < node.shape.elementCount
  }
}

extension Node {
  /// The node's values as they are now, row by row; those in bfloat16 are widened by who reads them.
  fileprivate func kept(in precision: Precision) -> Node {
    guard precision == .bfloat16 else { return .make(Constant(Tensor(self).buffer, type)) }
    let rounded = Tensor(self).cast(to: .bfloat16)
    return .make(Cast(.float32), .make(Constant(rounded.buffer, rounded.node.type)))
  }
}
