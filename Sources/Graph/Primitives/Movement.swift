// Operations that move elements and compute nothing.

/// A walk over the elements of a shape, row by row, with the place that strides give each.
struct StridedIndex {
  let shape: Shape
  let strides: [Int]
  var offset = 0

  func forEach(_ body: (_ index: Int, _ place: Int) -> Void) {
    let count = shape.elementCount
    guard count > 0 else { return }
    var position = [Int](repeating: 0, count: shape.rank)
    var place = offset
    for index in 0..<count {
      body(index, place)
      var axis = shape.rank - 1
      while axis >= 0 {
        position[axis] += 1
        place += strides[axis]
        if position[axis] < shape[axis] { break }
        place -= strides[axis] * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }

  func gather(_ array: ReferenceArray, _ result: TensorType) -> ReferenceArray {
    var values = [Double](repeating: 0, count: shape.elementCount)
    forEach { values[$0] = array.values[$1] }
    return ReferenceArray(result, values)
  }
}

/// The same elements in the same order under another shape.
package struct Reshape: PlainPrimitive {
  package let shape: Shape
  package init(_ shape: Shape) { self.shape = shape }
  package static let names = ["reshape"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(Shape(try attributes.sizes("shape")))
  }
  package var attributes: Attributes<Int> { ["shape": .sizes(shape.dimensions)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let count = shape.countedElements
    guard count == operands[0].shape.elementCount else {
      throw error(
        "\(operands[0].shape) has \(operands[0].shape.elementCount) elements, \(shape) has "
          + "\(count.map(String.init) ?? "no number of them that can be counted").")
    }
    return TensorType(shape, operands[0].dtype)
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [.reshape(g, node.operands[0].shape)] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    ReferenceArray(result, operands[0].values)
  }
}

/// The axes in another order: axis i of the result is axis permutation[i] of the operand.
package struct Transpose: PlainPrimitive {
  package let permutation: [Int]
  package init(_ permutation: [Int]) { self.permutation = permutation }
  package static let names = ["transpose"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(try attributes.sizes("permutation"))
  }
  package var attributes: Attributes<Int> { ["permutation": .sizes(permutation)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let shape = operands[0].shape
    guard permutation.sorted() == Array(shape.indices) else {
      throw error("\(permutation) does not name each axis of \(shape) once.")
    }
    return TensorType(Shape(permutation.map { shape[$0] }), operands[0].dtype)
  }
  package var inverse: [Int] {
    var inverse = permutation
    for (i, axis) in permutation.enumerated() { inverse[axis] = i }
    return inverse
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [.transpose(g, inverse)] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let strides = operands[0].shape.contiguousStrides
    return StridedIndex(shape: result.shape, strides: permutation.map { strides[$0] }).gather(operands[0], result)
  }
}

/// Axes of 1, and missing leading axes, stretched by repetition.
package struct Broadcast: PlainPrimitive {
  package let shape: Shape
  package init(_ shape: Shape) { self.shape = shape }
  package static let names = ["broadcast"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(Shape(try attributes.sizes("shape")))
  }
  package var attributes: Attributes<Int> { ["shape": .sizes(shape.dimensions)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    guard operands[0].shape.rank <= shape.rank, Shape.broadcast(operands[0].shape, shape) == shape else {
      throw error("\(operands[0].shape) does not stretch to \(shape): an axis has to be 1 or to have its length.")
    }
    return TensorType(shape, operands[0].dtype)
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [.sum(g, to: node.operands[0].shape)] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let strides = Self.strides(of: operands[0].shape, in: result.shape)
    return StridedIndex(shape: result.shape, strides: strides).gather(operands[0], result)
  }

  /// The strides with which an array of `shape` is read as if it had the wider shape.
  package static func strides(of shape: Shape, in wider: Shape) -> [Int] {
    let own = shape.contiguousStrides
    let lead = wider.rank - shape.rank
    return wider.indices.map { $0 < lead || shape[$0 - lead] == 1 ? 0 : own[$0 - lead] }
  }
}

/// Every `steps`-th element from `starts` up to, and without, `ends`.
package struct Slice: PlainPrimitive {
  package let starts, ends, steps: [Int]
  package init(starts: [Int], ends: [Int], steps: [Int]) {
    self.starts = starts
    self.ends = ends
    self.steps = steps
  }
  package static let names = ["slice"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(
      starts: try attributes.sizes("starts"), ends: try attributes.sizes("ends"), steps: try attributes.sizes("steps"))
  }
  package var attributes: Attributes<Int> { ["starts": .sizes(starts), "ends": .sizes(ends), "steps": .sizes(steps)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let shape = operands[0].shape
    guard starts.count == shape.rank, ends.count == shape.rank, steps.count == shape.rank else {
      throw error("takes a range for each axis of \(shape).")
    }
    var result = shape
    for axis in shape.indices {
      guard 0 <= starts[axis], starts[axis] <= ends[axis], ends[axis] <= shape[axis], steps[axis] > 0 else {
        throw error("\(starts[axis])..<\(ends[axis]) is not within axis \(axis) of \(shape).")
      }
      // Not (length + step − 1) / step, which overflows for a step that is as large as a number can be.
      let length = ends[axis] - starts[axis]
      result[axis] = length == 0 ? 0 : (length - 1) / steps[axis] + 1
    }
    return TensorType(result, operands[0].dtype)
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let shape = node.operands[0].shape
    var spread = g
    for axis in shape.indices where steps[axis] > 1 { spread = Self.spreading(spread, axis: axis, by: steps[axis]) }
    let high = shape.indices.map { shape[$0] - starts[$0] - spread.shape[$0] }
    // The last element's gap may reach past the end, where there is nothing to keep.
    let kept = Slice(
      starts: shape.map { _ in 0 }, ends: shape.indices.map { spread.shape[$0] + Swift.min(high[$0], 0) },
      steps: shape.map { _ in 1 })
    if high.contains(where: { $0 < 0 }) { spread = .make(kept, spread) }
    return [.make(Pad(low: starts, high: high.map { Swift.max($0, 0) }, value: 0), spread)]
  }

  /// Puts step − 1 zeros after each element along an axis.
  private static func spreading(_ node: Node, axis: Int, by step: Int) -> Node {
    var shape = node.shape
    shape.dimensions.insert(1, at: axis + 1)
    var high = [Int](repeating: 0, count: shape.rank)
    high[axis + 1] = step - 1
    let padded = Node.make(
      Pad(low: .init(repeating: 0, count: shape.rank), high: high, value: 0), .reshape(node, shape))
    var result = node.shape
    result[axis] *= step
    return .reshape(padded, result)
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let strides = operands[0].shape.contiguousStrides
    let index = StridedIndex(
      shape: result.shape, strides: zip(strides, steps).map { $0 * $1 },
      offset: zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 })
    return index.gather(operands[0], result)
  }
}

/// A border of one value around the elements.
package struct Pad: PlainPrimitive {
  package let low, high: [Int]
  package let value: Double
  package init(low: [Int], high: [Int], value: Double) {
    self.low = low
    self.high = high
    self.value = value
  }
  package static let names = ["pad"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(
      low: try attributes.sizes("low"), high: try attributes.sizes("high"), value: try attributes.number("value"))
  }
  package var attributes: Attributes<Int> { ["low": .sizes(low), "high": .sizes(high), "value": .number(value)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let shape = operands[0].shape
    guard low.count == shape.rank, high.count == shape.rank, (low + high).allSatisfy({ $0 >= 0 }) else {
      throw error("takes two widths of at least 0 for each axis of \(shape), got \(low) and \(high).")
    }
    var result = shape
    for axis in shape.indices {
      result[axis] = try sum([low[axis], shape[axis], high[axis]])
    }
    return TensorType(result, operands[0].dtype)
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let shape = node.operands[0].shape
    return [
      .make(Slice(starts: low, ends: shape.indices.map { low[$0] + shape[$0] }, steps: shape.map { _ in 1 }), g)
    ]
  }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    var values = [Double](repeating: value, count: result.shape.elementCount)
    let strides = result.shape.contiguousStrides
    let index = StridedIndex(
      shape: operands[0].shape, strides: strides, offset: zip(low, strides).reduce(0) { $0 + $1.0 * $1.1 })
    index.forEach { values[$1] = operands[0].values[$0] }
    return ReferenceArray(result, values)
  }
}

/// Arrays one behind the other along an axis.
package struct Concatenate: PlainPrimitive {
  package let axis: Int
  package init(axis: Int) { self.axis = axis }
  package static let names = ["concatenate"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"))
  }
  package var attributes: Attributes<Int> { ["axis": .size(axis)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    guard var result = operands.first else { throw error("takes at least one operand.") }
    guard result.shape.indices.contains(axis) else { throw error("axis \(axis) is not one of \(result.shape).") }
    for other in operands.dropFirst() {
      guard other.dtype == result.dtype, other.shape.rank == result.shape.rank,
        other.shape.indices.allSatisfy({ $0 == axis || other.shape[$0] == result.shape[$0] })
      else { throw error("\(result) and \(other) differ elsewhere than along axis \(axis).") }
      result.shape[axis] = try sum([result.shape[axis], other.shape[axis]])
    }
    return result
  }

  /// The slice of the result that each operand fills.
  package func slices(_ shapes: [Shape]) -> [Slice] {
    var start = 0
    return shapes.map { shape in
      var starts = [Int](repeating: 0, count: shape.rank)
      var ends = shape.dimensions
      starts[axis] = start
      start += shape[axis]
      ends[axis] = start
      return Slice(starts: starts, ends: ends, steps: shape.map { _ in 1 })
    }
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    slices(node.operands.map(\.shape)).map { .make($0, g) }
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    var values = [Double](repeating: 0, count: result.shape.elementCount)
    let strides = result.shape.contiguousStrides
    for (operand, slice) in zip(operands, slices(operands.map(\.shape))) {
      let index = StridedIndex(
        shape: operand.shape, strides: strides, offset: zip(slice.starts, strides).reduce(0) { $0 + $1.0 * $1.1 })
      index.forEach { values[$1] = operand.values[$0] }
    }
    return ReferenceArray(result, values)
  }
}

/// The elements in reverse order along axes.
package struct Flip: PlainPrimitive {
  package let axes: [Int]
  package init(axes: [Int]) { self.axes = axes }
  package static let names = ["flip"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axes: try attributes.sizes("axes"))
  }
  package var attributes: Attributes<Int> { ["axes": .sizes(axes)] }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    guard Set(axes).count == axes.count, axes.allSatisfy(operands[0].shape.indices.contains) else {
      throw error("axes \(axes) are not distinct axes of \(operands[0].shape).")
    }
    return operands[0]
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [.make(self, g)] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    var strides = result.shape.contiguousStrides
    var offset = 0
    for axis in axes {
      offset += strides[axis] * (result.shape[axis] - 1)
      strides[axis].negate()
    }
    return StridedIndex(shape: result.shape, strides: strides, offset: offset).gather(operands[0], result)
  }
}
