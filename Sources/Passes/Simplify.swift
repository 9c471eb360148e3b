import GliaGraph

/// Rewrites a graph into a smaller one that gives the same values: equal nodes are merged, arithmetic on known scalars is done,
/// operations that change nothing disappear, and what kernels have no form for is put into one that they have.
///
/// Nothing here changes a result's bits, except that constants are folded in float64.
package func simplify(_ graph: Graph) -> Graph {
  var simplifier = Simplifier()
  return graph.rewriting { simplifier.simplified($0, $1) }.verified(after: "simplify")
}

private struct Simplifier {
  private struct Key: Hashable {
    let name: String
    let attributes: Attributes<Int>
    let type: TensorType
    let operands: [Node]
  }

  private var known: [Key: Node] = [:]
  /// Nodes that no rule fits any more.
  private var finished: Set<Node> = []

  mutating func simplified(_ node: Node, _ operands: [Node]) -> Node {
    if let value = node.value { return reduced(.make(Constant(value, node.type))) }
    let unchanged = operands.elementsEqual(node.operands)
    return reduced(unchanged ? node : .make(node.primitive, operands))
  }

  /// Applies rules until none fits, then merges. A rule may build several nodes, one on the other.
  private mutating func reduced(_ node: Node) -> Node {
    if finished.contains(node) { return node }
    if let better = rule(node) {
      if finished.contains(better) { return better }
      return reduced(rebuilt(better))
    }
    let result = merged(node)
    finished.insert(result)
    return result
  }

  private mutating func rebuilt(_ node: Node) -> Node {
    let operands = node.operands.map { reduced($0) }
    return operands.elementsEqual(node.operands) ? node : .make(node.primitive, operands)
  }

  private mutating func merged(_ node: Node) -> Node {
    guard node.primitive.isMergeable, node.value == nil else { return node }
    let key = Key(
      name: node.primitive.name, attributes: node.primitive.attributes, type: node.type, operands: node.operands)
    if let same = known[key] { return same }
    known[key] = node
    return node
  }

  /// What the node may be replaced by, or nil.
  private func rule(_ node: Node) -> Node? {
    switch node.primitive {
    case is StopGradient, is CustomGradient: return node.operands[0]
    case let constant as Constant:
      guard node.shape.elementCount == 1 else { return nil }
      return .fill(ReferenceArray(node.type, reading: constant.buffer.address).values[0], node.type)
    case let iota as Iota: return iotaRule(iota, node)
    case is Unary: return unaryRule(node)
    case let binary as Binary: return binaryRule(binary, node)
    case let cast as Cast: return castRule(cast, node)
    case is Reshape, is Broadcast, is Transpose, is Slice, is Flip, is Windows, is Pad: return movementRule(node)
    case let reduce as Reduce: return reduceRule(reduce, node)
    default: return nil
    }
  }

  private func unaryRule(_ node: Node) -> Node? {
    let x = node.operands[0]
    if let fill = x.primitive as? Fill, node.dtype != .bool { return folded(node, [fill.value]) }
    if node.primitive.name == "negate", x.primitive.name == "negate" { return x.operands[0] }
    return nil
  }

  private func folded(_ node: Node, _ values: [Double]) -> Node {
    // From the numbers that kernels would have, so that one element is treated as many are.
    let scalars = zip(values, node.operands).map { ReferenceArray(TensorType([], $1.dtype), [$0]).rounded() }
    let result = node.primitive.evaluate(scalars, TensorType([], node.dtype))
    return .fill(result.values[0], node.type)
  }

  private func binaryRule(_ binary: Binary, _ node: Node) -> Node? {
    let (a, b) = (node.operands[0], node.operands[1])
    let (x, y) = ((a.primitive as? Fill)?.value, (b.primitive as? Fill)?.value)
    if let x, let y { return folded(node, [x, y]) }
    switch binary.operation {
    case .add: return y == 0 ? a : x == 0 ? b : nil
    case .subtract: return y == 0 ? a : x == 0 ? .make(Unary(.negate), b) : nil
    case .multiply: return y == 1 ? a : x == 1 ? b : a === b ? .make(Unary(.square), a) : nil
    case .divide: return y == 1 ? a : nil
    case .power: return y == 1 ? a : y == 2 ? .make(Unary(.square), a) : nil
    default: return nil
    }
  }

  private func castRule(_ cast: Cast, _ node: Node) -> Node? {
    let x = node.operands[0]
    if x.dtype == cast.dtype { return x }
    if let fill = x.primitive as? Fill { return folded(node, [fill.value]) }
    return nil
  }

  private func iotaRule(_ iota: Iota, _ node: Node) -> Node? {
    let length = node.shape[iota.axis]
    var shape = Shape(node.shape.map { _ in 1 })
    shape[iota.axis] = length
    let values = Node.constant((0..<length).map(Double.init), TensorType(shape, node.dtype))
    return .make(Broadcast(node.shape), values)
  }

  private func movementRule(_ node: Node) -> Node? {
    let x = node.operands[0]
    if let fill = x.primitive as? Fill, !(node.primitive is Pad) { return .fill(fill.value, node.type) }
    switch node.primitive {
    case let reshape as Reshape:
      if reshape.shape == x.shape { return x }
      if x.primitive is Reshape { return .make(reshape, x.operands[0]) }
    case let broadcast as Broadcast:
      if broadcast.shape == x.shape { return x }
      if x.primitive is Broadcast { return .make(broadcast, x.operands[0]) }
    case let transpose as Transpose:
      let order = transpose.permutation
      if order == Array(order.indices) { return x }
      if let inner = x.primitive as? Transpose {
        return .make(Transpose(order.map { inner.permutation[$0] }), x.operands[0])
      }
      let rank = order.count
      if x.primitive is MatrixProduct, order == Array(0..<rank - 2) + [rank - 1, rank - 2] {
        return .make(MatrixProduct(), merelyTransposed(x.operands[1]), merelyTransposed(x.operands[0]))
      }
    default: break
    }
    return nil
  }

  /// The transposed matrix, without a second transpose where it already is one.
  private func merelyTransposed(_ node: Node) -> Node {
    let rank = node.shape.rank
    let swap = Array(0..<rank - 2) + [rank - 1, rank - 2]
    if let transpose = node.primitive as? Transpose, transpose.permutation == swap { return node.operands[0] }
    return .make(Transpose(swap), node)
  }

  /// Whether the axes are the first or the last of a shape, axes of 1 aside.
  private func isOuter(_ axes: [Int], of shape: Shape) -> Bool {
    let long = shape.indices.filter { shape[$0] != 1 }
    return axes == Array(long.prefix(axes.count)) || axes == Array(long.suffix(axes.count))
  }

  private func reduceRule(_ reduce: Reduce, _ node: Node) -> Node? {
    let x = node.operands[0]
    let axes = reduce.axes.filter { x.shape[$0] != 1 }
    if axes.isEmpty { return x }
    if axes.count < reduce.axes.count { return .make(Reduce(reduce.operation, axes: axes), x) }
    if let inner = x.primitive as? Reduce, inner.operation == reduce.operation,
      isOuter(Reduce(reduce.operation, axes: inner.axes + axes).axes, of: x.operands[0].shape)
    {
      return .make(Reduce(reduce.operation, axes: inner.axes + axes), x.operands[0])
    }
    // Kernels reduce the first axes or the last. Where it is both, one after the other; others are brought to the end first.
    if isOuter(axes, of: x.shape) { return nil }
    let long = x.shape.indices.filter { x.shape[$0] != 1 }
    let last = Array(long.reversed().prefix { axes.contains($0) })
    let first = Array(long.prefix { axes.contains($0) })
    if let part = [last, first].first(where: { !$0.isEmpty }) {
      let rest = axes.filter { !part.contains($0) }
      return .make(Reduce(reduce.operation, axes: rest), .make(Reduce(reduce.operation, axes: part), x))
    }
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let moved = Node.transpose(x, kept + axes)
    let reduced = Node.make(Reduce(reduce.operation, axes: Array(kept.count..<x.shape.rank)), moved)
    return .make(Reshape(node.shape), reduced)
  }
}
