/// Products of matrices: [..., m, k] · [..., k, n] = [..., m, n], with the same leading axes on both sides.
package struct MatrixProduct: PlainPrimitive {
  package init() {}
  package static let names = ["matrixProduct"]
  package init(named name: String, _ attributes: Attributes<Int>) { self.init() }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(2, operands)
    let (a, b) = (operands[0], operands[1])
    guard a.dtype == b.dtype, a.dtype.isFloatingPoint else {
      throw error("takes floating-point numbers of one type, got \(a) and \(b).")
    }
    let rank = a.shape.rank
    guard rank >= 2, b.shape.rank == rank else { throw error("takes matrices, got \(a.shape) and \(b.shape).") }
    guard a.shape[rank - 1] == b.shape[rank - 2] else {
      throw error(
        "the inner sizes differ: \(a.shape) has \(a.shape[rank - 1]) columns, \(b.shape) has \(b.shape[rank - 2]) rows."
      )
    }
    guard a.shape.prefix(rank - 2).elementsEqual(b.shape.prefix(rank - 2)) else {
      throw error("the leading axes differ: \(a.shape) and \(b.shape).")
    }
    var shape = a.shape
    shape[rank - 1] = b.shape[rank - 1]
    return TensorType(shape, a.dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let (a, b) = (node.operands[0], node.operands[1])
    return [.make(self, g, b.matrixTransposed), .make(self, a.matrixTransposed, g)]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let (a, b) = (operands[0], operands[1])
    let rank = a.shape.rank
    let (m, k, n) = (a.shape[rank - 2], a.shape[rank - 1], b.shape[rank - 1])
    var values = [Double](repeating: 0, count: result.shape.elementCount)
    let batch = result.shape.prefix(rank - 2).reduce(1, *)
    for t in 0..<batch {
      for i in 0..<m {
        for p in 0..<k {
          let x = a.values[(t * m + i) * k + p]
          for j in 0..<n { values[(t * m + i) * n + j] += x * b.values[(t * k + p) * n + j] }
        }
      }
    }
    return ReferenceArray(result, values)
  }
}
