import GliaGraph

/// How a node's elements lie in the memory of another: what reshape, broadcast, transpose, slice, flip and windows
/// come to once there are addresses. Offsets and strides count elements.
package struct View {
  package var base: Node
  package var shape: Shape
  package var offset: Int
  package var strides: [Int]

  package init(whole node: Node) {
    base = node
    shape = node.shape
    offset = 0
    strides = node.shape.contiguousStrides
  }

  /// The view that a node is of the nearest node below it that has memory of its own; `widening` for a reader that converts
  /// bfloat16 to float32 itself. The base's type may then be another than the node's.
  package init(of node: Node, widening: Bool = false) {
    guard node.value == nil, let operand = node.operands.first, let view = View(of: node, operand, widening) else {
      self.init(whole: node)
      return
    }
    self = view
  }

  /// Whether the node converts bfloat16 to float32, which changes no number.
  package static func isWidening(_ node: Node) -> Bool {
    node.primitive is Cast && node.value == nil && node.dtype == .float32 && node.operands[0].dtype == .bfloat16
  }

  /// How a node reads its operands. A product widens bfloat16 as it goes.
  package static func reads(of node: Node) -> [View] {
    let widens = node.primitive is MatrixProduct && node.dtype == .float32
    return node.operands.map { View(of: $0, widening: widens) }
  }

  /// Whether the node takes no memory: it only says how to read another's.
  package static func isView(_ node: Node) -> Bool { View(of: node).base !== node }

  private init?(of node: Node, _ operand: Node, _ widening: Bool) {
    switch node.primitive {
    case let reshape as Reshape:
      self.init(of: operand, widening: widening)
      guard let strides = reshaped(to: reshape.shape) else { return nil }
      self.strides = strides
    case let broadcast as Broadcast:
      self.init(of: operand, widening: widening)
      let lead = broadcast.shape.rank - operand.shape.rank
      strides = broadcast.shape.indices.map { axis in
        axis < lead || operand.shape[axis - lead] == 1 ? 0 : strides[axis - lead]
      }
    case let transpose as Transpose:
      self.init(of: operand, widening: widening)
      strides = transpose.permutation.map { strides[$0] }
    case let slice as Slice:
      self.init(of: operand, widening: widening)
      offset += zip(slice.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
      strides = zip(strides, slice.steps).map { $0 * $1 }
    case let flip as Flip:
      self.init(of: operand, widening: widening)
      for axis in flip.axes {
        offset += strides[axis] * (operand.shape[axis] - 1)
        strides[axis].negate()
      }
    case let windows as Windows:
      self.init(of: operand, widening: widening)
      strides = windows.layout.windowed(strides)
    case is Cast where widening && View.isWidening(node): self.init(of: operand, widening: true)
    default: return nil
    }
    shape = node.shape
  }

  /// Whether element i in row order lies at offset + i.
  package var isContiguous: Bool {
    var step = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      if strides[axis] != step { return false }
      step *= shape[axis]
    }
    return true
  }

  /// Whether the view is just the base, element for element.
  package var isWhole: Bool { offset == 0 && isContiguous && shape.elementCount == base.shape.elementCount }

  /// The strides under another shape, where one set of strides can say it.
  private func reshaped(to target: Shape) -> [Int]? {
    if isContiguous { return target.contiguousStrides }
    guard target.elementCount > 0 else { return target.contiguousStrides }
    let old = shape.indices.filter { shape[$0] != 1 }.map { (length: shape[$0], stride: strides[$0]) }
    var result = [Int](repeating: 0, count: target.rank)
    let new = target.indices.filter { target[$0] != 1 }
    var (i, j) = (0, 0)
    while i < old.count, j < new.count {
      var (iEnd, jEnd) = (i + 1, j + 1)
      var (oldCount, newCount) = (old[i].length, target[new[j]])
      while oldCount != newCount {
        if oldCount < newCount {
          oldCount *= old[iEnd].length
          iEnd += 1
        } else {
          newCount *= target[new[jEnd]]
          jEnd += 1
        }
      }
      for k in i..<iEnd - 1 where old[k].stride != old[k + 1].stride * old[k + 1].length { return nil }
      var step = old[iEnd - 1].stride
      for k in (j..<jEnd).reversed() {
        result[new[k]] = step
        step *= target[new[k]]
      }
      (i, j) = (iEnd, jEnd)
    }
    return result
  }

  /// One stride for a run of axes, where they can be walked with one; 0 for a run of a single element.
  package func stride(over axes: Range<Int>) -> Int? {
    let long = axes.filter { shape[$0] != 1 }
    guard let last = long.last else { return 0 }
    for (outer, inner) in zip(long, long.dropFirst()) where strides[outer] != strides[inner] * shape[inner] {
      return nil
    }
    return strides[last]
  }

  /// The axis before which `rows` elements of the shape are counted, where there is one.
  package static func split(_ shape: Shape, rows: Int, columns: Int) -> Int? {
    var count = 1
    for axis in 0...shape.rank {
      if count == rows, shape.dropFirst(axis).reduce(1, *) == columns { return axis }
      if axis < shape.rank { count *= shape[axis] }
    }
    return nil
  }
}
