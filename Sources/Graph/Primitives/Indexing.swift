// Rows by index, and what undoes it.

/// Slices along an axis, taken by index: [a, size, b], [i] → [a, i, b]. An index outside 0 ..< size gives NaN (0 for integers).
package struct Gather: PlainPrimitive {
  package let axis: Int
  package init(axis: Int) { self.axis = axis }
  package static let names = ["gather"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"))
  }
  package var attributes: Attributes<Int> { ["axis": .size(axis)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(2, operands)
    let (source, indices) = (operands[0], operands[1])
    guard source.shape.indices.contains(axis) else { throw error("axis \(axis) is not one of \(source.shape).") }
    guard indices.dtype.isInteger else { throw error("indices are int32 or int64, got \(indices).") }
    let shape = source.shape.dimensions
    return TensorType(Shape(shape[..<axis] + indices.shape.dimensions + shape[(axis + 1)...]), source.dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let source = node.operands[0]
    return [.make(ScatterAdd(axis: axis, size: source.shape[axis]), g, node.operands[1]), nil]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let source = operands[0]
    let inner = source.shape[(axis + 1)...].reduce(1, *)
    let size = source.shape[axis]
    let count = operands[1].values.count
    let missing = result.dtype.isFloatingPoint ? Double.nan : 0
    let values = (0..<result.shape.elementCount).map { i -> Double in
      let index = operands[1].values[i / inner % count]
      guard index >= 0, index < Double(size) else { return missing }
      return source.values[(i / inner / count * size + Int(index)) * inner + i % inner]
    }
    return ReferenceArray(result, values)
  }
}

/// The reverse of gather: slices added up at their indices into zeros. [a, i, b], [i] → [a, size, b].
package struct ScatterAdd: PlainPrimitive {
  package let axis, size: Int
  package init(axis: Int, size: Int) {
    self.axis = axis
    self.size = size
  }
  package static let names = ["scatterAdd"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"), size: try attributes.size("size"))
  }
  package var attributes: Attributes<Int> { ["axis": .size(axis), "size": .size(size)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(2, operands)
    let (source, indices) = (operands[0], operands[1])
    guard axis >= 0, axis <= source.shape.rank - indices.shape.rank,
      source.shape[axis..<axis + indices.shape.rank].elementsEqual(indices.shape)
    else {
      throw error("the axes of \(source.shape) from \(axis) on are not those of the indices, \(indices.shape).")
    }
    guard indices.dtype.isInteger else { throw error("indices are int32 or int64, got \(indices).") }
    guard source.dtype.isFloatingPoint else { throw error("adds floating-point numbers, got \(source).") }
    let shape = source.shape.dimensions
    return TensorType(Shape(shape[..<axis] + [size] + shape[(axis + indices.shape.rank)...]), source.dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    [.make(Gather(axis: axis), g, node.operands[1]), nil]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    var values = [Double](repeating: 0, count: result.shape.elementCount)
    let inner = result.shape[(axis + 1)...].reduce(1, *)
    let count = operands[1].values.count
    for (i, value) in operands[0].values.enumerated() {
      let index = operands[1].values[i / inner % count]
      guard index >= 0, index < Double(size) else { continue }
      values[(i / inner / count * size + Int(index)) * inner + i % inner] += value
    }
    return ReferenceArray(result, values)
  }
}

/// The places of the elements in order along an axis, as int64; equal elements keep their order, NaN comes last.
package struct ArgSort: PlainPrimitive {
  package let axis: Int
  package let descending: Bool
  package init(axis: Int, descending: Bool) {
    self.axis = axis
    self.descending = descending
  }
  package static let names = ["argSort"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"), descending: try attributes.flag("descending"))
  }
  package var attributes: Attributes<Int> { ["axis": .size(axis), "descending": .flag(descending)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    guard operands[0].shape.indices.contains(axis) else {
      throw error("axis \(axis) is not one of \(operands[0].shape).")
    }
    return TensorType(operands[0].shape, .int64)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [nil] }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let x = operands[0].values
    let step = result.shape.contiguousStrides[axis]
    let length = result.shape[axis]
    var values = [Double](repeating: 0, count: x.count)
    for i in x.indices where i / step % length == 0 {
      let order = (0..<length).sorted { p, q in
        let (a, b) = (x[i + p * step], x[i + q * step])
        if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? p < q : b.isNaN }
        return a == b ? p < q : descending ? a > b : a < b
      }
      for (place, j) in order.enumerated() { values[i + place * step] = Double(j) }
    }
    return ReferenceArray(result, values)
  }
}
