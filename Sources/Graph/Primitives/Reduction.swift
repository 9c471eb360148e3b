/// A reduction over axes, which stay in the shape as 1.
package struct Reduce: PlainPrimitive {
  package enum Operation: String, CaseIterable, Sendable { case sum, maximum, minimum }

  package let operation: Operation
  package let axes: [Int]
  package init(_ operation: Operation, axes: [Int]) {
    self.operation = operation
    self.axes = axes.sorted()
  }
  package static let names = ["reduce"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    let operation = try attributes.text("operation")
    guard let known = Operation(rawValue: operation) else { throw GraphError("there is no reduction '\(operation)'.") }
    self.init(known, axes: try attributes.sizes("axes"))
  }
  package var attributes: Attributes<Int> { ["operation": .text(operation.rawValue), "axes": .sizes(axes)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let type = operands[0]
    guard Set(axes).count == axes.count, axes.allSatisfy(type.shape.indices.contains) else {
      throw error("axes \(axes) are not distinct axes of \(type.shape).")
    }
    if operation == .sum, type.dtype == .bool {
      throw error("a sum takes numbers, got bool. Convert it first with `.cast(to:)`.")
    }
    return TensorType(type.shape.reducing(axes), type.dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let x = node.operands[0]
    let spread = Node.broadcast(g, x.shape)
    if operation == .sum { return [spread] }
    // Elements that share the extreme share its gradient.
    let isExtreme = Node.cast(.compare(.equal, x, .broadcast(node, x.shape)), x.dtype)
    let count = Node.make(Reduce(.sum, axes: axes), isExtreme)
    return [spread * (isExtreme / .broadcast(count, x.shape))]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let x = operands[0]
    let start: Double =
      switch operation {
      case .sum: 0
      case .maximum: -.infinity
      case .minimum: .infinity
      }
    var values = [Double](repeating: start, count: result.shape.elementCount)
    var compensation = [Double](repeating: 0, count: operation == .sum ? values.count : 0)
    let map = StridedIndex(shape: x.shape, strides: Broadcast.strides(of: result.shape, in: x.shape))
    map.forEach { i, target in
      let value = x.values[i]
      switch operation {
      case .sum:
        // Kahan's summation, so that the oracle does not lose what it is to judge.
        let y = value - compensation[target]
        let t = values[target] + y
        compensation[target] = t.isFinite ? (t - values[target]) - y : 0
        values[target] = t
      case .maximum: values[target] = value.isNaN || values[target].isNaN ? .nan : max(values[target], value)
      case .minimum: values[target] = value.isNaN || values[target].isNaN ? .nan : min(values[target], value)
      }
    }
    return ReferenceArray(result, values)
  }
}

/// The place of the first largest element along an axis, as int64; the axis stays as 1.
package struct ArgMax: PlainPrimitive {
  package let axis: Int
  package init(axis: Int) { self.axis = axis }
  package static let names = ["argMax"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"))
  }
  package var attributes: Attributes<Int> { ["axis": .size(axis)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let shape = operands[0].shape
    guard shape.indices.contains(axis) else { throw error("axis \(axis) is not one of \(shape).") }
    guard shape[axis] > 0 else { throw error("axis \(axis) of \(shape) is empty, so nothing is largest.") }
    return TensorType(shape.reducing([axis]), .int64)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [nil] }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let x = operands[0]
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    let length = x.shape[axis]
    return ReferenceArray(
      result,
      (0..<result.shape.elementCount).map { i in
        let base = i / inner * inner * length + i % inner
        var best = 0
        for j in 1..<max(length, 1) {
          let (value, old) = (x.values[base + j * inner], x.values[base + best * inner])
          if value > old || (value.isNaN && !old.isNaN) { best = j }
        }
        return Double(best)
      })
  }
}

/// Running sums along an axis.
package struct CumulativeSum: PlainPrimitive {
  package let axis: Int
  package let reversed: Bool
  package init(axis: Int, reversed: Bool = false) {
    self.axis = axis
    self.reversed = reversed
  }
  package static let names = ["cumulativeSum"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"), reversed: try attributes.flag("reversed"))
  }
  package var attributes: Attributes<Int> { ["axis": .size(axis), "reversed": .flag(reversed)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    guard operands[0].shape.indices.contains(axis) else {
      throw error("axis \(axis) is not one of \(operands[0].shape).")
    }
    return operands[0]
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    [.make(CumulativeSum(axis: axis, reversed: !reversed), g)]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    var values = operands[0].values
    let step = result.shape.contiguousStrides[axis]
    let length = result.shape[axis]
    let indices = Array(values.indices)
    for i in reversed ? indices.reversed() : indices {
      let place = i / step % length
      if reversed ? place < length - 1 : place > 0 { values[i] += values[reversed ? i + step : i - step] }
    }
    return ReferenceArray(result, values)
  }
}
