/// A function of rows as plain data: the graph of a network in inference, for any number of rows.
///
/// The nodes stand in an order in which each comes after its operands; the last one is the result. Whatever a file says is
/// checked when nodes are made of it, by the same shape rules as everywhere.
package struct GraphDescription: Hashable, Sendable {
  /// A size: always the same, or a multiple of the number of rows.
  package enum Extent: Hashable, Sendable {
    case fixed(Int)
    case rows(Int)
  }

  package struct Parameter: Hashable, Sendable {
    package let name: String
    package let type: TensorType
    /// Kept by its layer, such as a running mean, and not changed by an optimizer.
    package let isStatistic: Bool
    package init(name: String, type: TensorType, isStatistic: Bool) {
      self.name = name
      self.type = type
      self.isStatistic = isStatistic
    }
  }

  package struct Constant: Hashable, Sendable {
    package let type: TensorType
    package let bytes: [UInt8]
    package init(type: TensorType, bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
    }
  }

  package enum Step: Hashable, Sendable {
    case input
    case parameter(Int)
    case constant(Int)
    case primitive(String, Attributes<Extent>, operands: [Int])
  }

  /// The shape of one row of the input, and its type.
  package let row: TensorType
  package let parameters: [Parameter]
  package let constants: [Constant]
  package let steps: [Step]

  package init(row: TensorType, parameters: [Parameter], constants: [Constant], steps: [Step]) {
    self.row = row
    self.parameters = parameters
    self.constants = constants
    self.steps = steps
  }

  /// The type of the input for a number of rows.
  package func inputType(rows: Int) -> TensorType {
    TensorType(Shape([rows] + row.shape.dimensions), row.dtype)
  }
}

// ---- From a description to nodes

extension GraphDescription {
  /// The most axes that an array has: what the kernels walk through.
  package static let greatestRank = 8

  /// Builds the nodes for an input of some rows, and gives the node of each step; the last is the result.
  ///
  /// - Parameter parameter: the node that stands for a parameter; asked for those that are used only.
  /// - Throws: `GraphError` with the step and what is wrong with it.
  package func nodes(of input: Node, parameter: (Int) -> Node) throws(GraphError) -> [Node] {
    guard let rows = input.shape.first, input.type == inputType(rows: rows) else {
      let axes = ["rows"] + row.shape.map(String.init)
      throw GraphError("The network takes \(row.dtype)[\(axes.joined(separator: ", "))], got \(input.type).")
    }
    var nodes: [Node] = []
    nodes.reserveCapacity(steps.count)
    for (place, step) in steps.enumerated() {
      do {
        let node = try node(step, input, parameter, after: nodes, rows)
        guard node.shape.rank <= Self.greatestRank else {
          throw GraphError("\(node.type) has \(node.shape.rank) axes, at most \(Self.greatestRank) are allowed.")
        }
        nodes.append(node)
      } catch { throw GraphError("Node \(place): \(error)") }
    }
    if nodes.isEmpty { throw GraphError("The graph has no nodes.") }
    return nodes
  }

  private func node(
    _ step: Step, _ input: Node, _ parameter: (Int) -> Node, after nodes: [Node], _ rows: Int
  ) throws(GraphError) -> Node {
    switch step {
    case .input: return input
    case .parameter(let index):
      guard parameters.indices.contains(index) else { throw GraphError("There is no parameter \(index).") }
      return parameter(index)
    case .constant(let index):
      guard constants.indices.contains(index) else { throw GraphError("There is no constant \(index).") }
      return try constants[index].node()
    case .primitive(let name, let attributes, let operands):
      var given: [Node] = []
      for operand in operands {
        guard nodes.indices.contains(operand) else {
          throw GraphError("\(name): the operand \(operand) is not one of the \(nodes.count) nodes before it.")
        }
        given.append(nodes[operand])
      }
      let sizes = try attributes.mapSizes { (attribute, size) throws(GraphError) in
        guard let value = size.value(rows: rows) else {
          throw GraphError("\(name): '\(attribute)' is more than can be counted.")
        }
        return value
      }
      return try Node(PrimitiveCatalog.make(name, sizes), given)
    }
  }

  /// Checks everything that can be said without values: that every step's rule holds, whatever the number of rows, and
  /// that the arrays for one row fit into `memory` bytes.
  ///
  /// - Returns: the type of the result for one row.
  package func check(memory: Int) throws(GraphError) -> TensorType {
    var types: [TensorType] = []
    // One row stretches, and long slices end: one number of rows does not speak for all.
    for rows in [1, 2, 3, 1009] {
      let input = try Node(Input("input", inputType(rows: rows)), [])
      var stand: [Node] = []
      for parameter in parameters { stand.append(try Node(Input(parameter.name, parameter.type), [])) }
      let nodes = try nodes(of: input) { stand[$0] }
      let result = nodes[nodes.count - 1].type
      guard result.shape.first == rows else {
        throw GraphError("The graph gives \(result) for \(rows) rows; the first axis has to be the rows.")
      }
      types.append(TensorType(Shape(Array(result.shape.dropFirst())), result.dtype))
      var bytes = 0
      for node in nodes where rows == 1 { bytes = min(bytes, memory) + min(node.type.byteCount, memory) }
      guard bytes <= memory else {
        throw GraphError("The arrays for one row take more memory than this machine has, \(memory) bytes.")
      }
    }
    guard Set(types).count == 1 else {
      throw GraphError("What the graph gives for a row depends on how many there are.")
    }
    return types[0]
  }
}

extension GraphDescription.Extent {
  /// The size, or nil where it is beyond `Int`.
  func value(rows: Int) -> Int? {
    switch self {
    case .fixed(let value): return value
    case .rows(let factor):
      let (value, overflow) = factor.multipliedReportingOverflow(by: rows)
      return overflow ? nil : value
    }
  }
}

extension GraphDescription.Constant {
  fileprivate func node() throws(GraphError) -> Node {
    guard type.countedBytes == bytes.count else { throw GraphError("A constant of \(type) has \(bytes.count) bytes.") }
    let buffer = Buffer(byteCount: bytes.count)
    bytes.withUnsafeBytes {
      buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(start: $0.baseAddress, count: $0.count))
    }
    return try Node(GliaGraph.Constant(buffer, type), [])
  }
}
