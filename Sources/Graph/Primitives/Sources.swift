// Where values come from.

/// A value that is given when the graph runs.
package struct Input: Primitive {
  package let label: String
  package let type: TensorType
  package init(_ label: String, _ type: TensorType) {
    self.label = label
    self.type = type
  }
  package var name: String { "input" }
  package var attributes: Attributes<Int> { ["label": .text(label)] }
  package var isMergeable: Bool { false }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(0, operands)
    return type
  }
  package func gradients(_ node: Node, _ cotangent: Node) -> [Node?] { [] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    preconditionFailure("An input's value is given, not evaluated.")
  }
}

/// What a variable holds when the graph runs.
package struct Read: Primitive {
  package let variable: Variable
  package init(_ variable: Variable) { self.variable = variable }
  package var name: String { "read" }
  package var attributes: Attributes<Int> { ["variable": .text(variable.name)] }
  package var isMergeable: Bool { false }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(0, operands)
    return variable.type
  }
  package func gradients(_ node: Node, _ cotangent: Node) -> [Node?] { [] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    ReferenceArray(result, reading: variable.address)
  }
}

/// Given scalars.
package struct Constant: Primitive {
  package let buffer: Buffer
  package let type: TensorType
  package init(_ buffer: Buffer, _ type: TensorType) {
    self.buffer = buffer
    self.type = type
  }
  package init(_ array: ReferenceArray) {
    self.init(Buffer(byteCount: array.type.byteCount), array.type)
    array.write(to: buffer.address)
  }
  package var name: String { "constant" }
  package var isMergeable: Bool { false }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(0, operands)
    return type
  }
  package func gradients(_ node: Node, _ cotangent: Node) -> [Node?] { [] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    ReferenceArray(result, reading: buffer.address)
  }
}

/// One scalar everywhere. It takes no memory: kernels hold it in a register.
package struct Fill: PlainPrimitive {
  package let value: Double
  package let type: TensorType
  package init(_ value: Double, _ type: TensorType) {
    self.value = value
    self.type = type
  }
  package static let names = ["fill"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(try attributes.number("value"), try attributes.type())
  }
  package var attributes: Attributes<Int> { Attributes(["value": .number(value)], type: type) }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(0, operands)
    return type
  }
  package func gradients(_ node: Node, _ cotangent: Node) -> [Node?] { [] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let held = ReferenceArray(TensorType([], result.dtype), [value]).rounded().values[0]
    return ReferenceArray(result, .init(repeating: held, count: result.shape.elementCount))
  }
}

/// 0, 1, 2 … along an axis.
package struct Iota: PlainPrimitive {
  package let axis: Int
  package let type: TensorType
  package init(axis: Int, _ type: TensorType) {
    self.axis = axis
    self.type = type
  }
  package static let names = ["iota"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(axis: try attributes.size("axis"), try attributes.type())
  }
  package var attributes: Attributes<Int> { Attributes(["axis": .size(axis)], type: type) }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(0, operands)
    guard type.shape.indices.contains(axis) else { throw error("axis \(axis) is not one of \(type.shape).") }
    return type
  }
  package func gradients(_ node: Node, _ cotangent: Node) -> [Node?] { [] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let step = result.shape.contiguousStrides[axis]
    let length = max(result.shape[axis], 1)
    return ReferenceArray(result, (0..<result.shape.elementCount).map { Double($0 / step % length) })
  }
}
