import GliaGraph

extension Graph {
  /// The graph with what products of float32 multiply rounded to bfloat16; their sums and all else stay as they are.
  ///
  /// Done to a whole step after its gradients were taken, so that rounding needs no gradient of its own, and products of the
  /// backward pass read rounded numbers too.
  package func roundingProducts() -> Graph {
    rewriting { node, operands in
      guard node.primitive is MatrixProduct, node.dtype == .float32 else {
        return operands.elementsEqual(node.operands) ? node : .make(node.primitive, operands)
      }
      return .make(node.primitive, operands.map { .make(Cast(.float32), $0.narrowed) })
    }
  }
}

extension Node {
  /// The node in bfloat16. It is rounded where it has memory of its own, and then read in its new order, so that a matrix and
  /// its transpose are rounded once.
  fileprivate var narrowed: Node {
    let movesAll =
      primitive is Reshape || primitive is Transpose || primitive is Broadcast || primitive is Flip
      || primitive is Windows
    return movesAll && value == nil ? .make(primitive, operands[0].narrowed) : .make(Cast(.bfloat16), self)
  }
}
