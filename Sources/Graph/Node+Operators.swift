// The arithmetic that gradient rules are written in. Tensors have the same, for everyone.

extension Node {
  package static func fill(_ value: Double, _ type: TensorType) -> Node { make(Fill(value, type)) }

  package static func constant(_ values: [Double], _ type: TensorType) -> Node {
    make(Constant(ReferenceArray(type, values)))
  }

  package static func compare(_ operation: Binary.Operation, _ a: Node, _ b: Node) -> Node {
    make(Binary(operation), a, b)
  }

  package static func select(_ condition: Node, _ a: Node, _ b: Node) -> Node { make(Select(), condition, a, b) }

  package static func cast(_ node: Node, _ dtype: DType) -> Node {
    node.dtype == dtype ? node : make(Cast(dtype), node)
  }

  package static func reshape(_ node: Node, _ shape: Shape) -> Node {
    node.shape == shape ? node : make(Reshape(shape), node)
  }

  package static func broadcast(_ node: Node, _ shape: Shape) -> Node {
    node.shape == shape ? node : make(Broadcast(shape), node)
  }

  package static func transpose(_ node: Node, _ permutation: [Int]) -> Node {
    permutation == Array(0..<node.shape.rank) ? node : make(Transpose(permutation), node)
  }

  /// Swaps the last two axes.
  package var matrixTransposed: Node {
    let rank = shape.rank
    return .transpose(self, Array(0..<rank - 2) + [rank - 1, rank - 2])
  }

  /// The sum over axes, which stay as 1.
  package static func sum(_ node: Node, _ axes: [Int]) -> Node {
    let wanted = axes.filter { node.shape[$0] != 1 }
    return wanted.isEmpty ? node : make(Reduce(.sum, axes: wanted), node)
  }

  /// The gradient by an operand that was broadcast: summed over the axes that were stretched.
  package static func sum(_ node: Node, to shape: Shape) -> Node {
    let lead = node.shape.rank - shape.rank
    let stretched = node.shape.indices.filter { $0 < lead || (shape[$0 - lead] == 1 && node.shape[$0] != 1) }
    return reshape(stretched.isEmpty ? node : make(Reduce(.sum, axes: Array(stretched)), node), shape)
  }

  package static func + (a: Node, b: Node) -> Node { make(Binary(.add), a, b) }
  package static func - (a: Node, b: Node) -> Node { make(Binary(.subtract), a, b) }
  package static func * (a: Node, b: Node) -> Node { make(Binary(.multiply), a, b) }
  package static func / (a: Node, b: Node) -> Node { make(Binary(.divide), a, b) }
  package static func + (a: Node, b: Double) -> Node { a + .fill(b, a.type) }
  package static func - (a: Node, b: Double) -> Node { a - .fill(b, a.type) }
  package static func - (a: Double, b: Node) -> Node { .fill(a, b.type) - b }
  package static func * (a: Node, b: Double) -> Node { a * .fill(b, a.type) }
  package static prefix func - (a: Node) -> Node { make(Unary(.negate), a) }
}
