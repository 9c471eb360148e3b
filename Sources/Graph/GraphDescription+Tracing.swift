// A graph is made for one number of rows, its description holds for all. So the function is traced for two: what is the same
// in both is fixed, what differs has to be one multiple of the rows in both. Nothing is guessed; what fits neither is an error.

extension GraphDescription {
  /// Two primes, so that a size which is a multiple of both by chance would be beyond a million.
  private static let rowCounts = [1009, 1013]

  /// - Parameters:
  ///   - row: the shape of one row of the input.
  ///   - parameters: what the function may read; each variable with what is kept of it.
  ///   - function: is called with an input of some rows, and gives its result.
  /// - Throws: `GraphError` where the graph depends on the number of rows otherwise, or reads a variable that is not given.
  package init(
    row: TensorType, parameters: [(variable: Variable, parameter: Parameter)], tracing function: (Node) -> Node
  ) throws(GraphError) {
    var sketches: [Sketch] = []
    for rows in Self.rowCounts {
      let type = TensorType(Shape([rows] + row.shape.dimensions), row.dtype)
      let input = try Node(Input("input", type), [])
      sketches.append(try Sketch(function(input), input, parameters.map(\.variable)))
    }
    let (first, second) = (sketches[0], sketches[1])
    guard first.steps.count == second.steps.count else {
      throw GraphError(
        "The network's graph has \(first.steps.count) operations for \(Self.rowCounts[0]) rows and "
          + "\(second.steps.count) for \(Self.rowCounts[1]); it has to be the same for any number.")
    }
    guard first.constants == second.constants else {
      throw GraphError(
        "The network makes arrays of numbers that depend on how many rows there are. Make them for one row and let them "
          + "stretch, or use Tensor(repeating:shape:) or Tensor.iota.")
    }
    var steps: [Step] = []
    for (a, b) in zip(first.steps, second.steps) { steps.append(try Self.merged(a, b)) }
    self.init(
      row: row, parameters: parameters.map(\.parameter), constants: first.constants, steps: steps)
  }

  /// One step for both numbers of rows.
  private static func merged(_ a: Step, _ b: Step) throws(GraphError) -> Step {
    if a == b { return a }
    guard case .primitive(let name, let own, let operands) = a, case .primitive(name, let other, operands) = b else {
      throw GraphError(
        "The network's graph for \(rowCounts[0]) rows differs from that for \(rowCounts[1]) where one has \(a.name), the "
          + "other \(b.name). It has to be the same for any number.")
    }
    var attributes = Attributes<Extent>()
    for entry in own.entries {
      guard let value = other[entry.name].flatMap({ merged(entry.value, $0) }) else {
        throw GraphError(
          "\(name): '\(entry.name)' depends on how many rows there are, and is no multiple of them: it is \(entry.value) for "
            + "\(rowCounts[0]) rows and \(other[entry.name]?.description ?? "nothing") for \(rowCounts[1]). A file holds "
            + "networks that treat each number of rows alike.")
      }
      _ = attributes.add(entry.name, value)
    }
    return .primitive(name, attributes, operands: operands)
  }

  private static func merged(_ a: Attributes<Extent>.Value, _ b: Attributes<Extent>.Value) -> Attributes<Extent>.Value?
  {
    if a == b { return a }
    switch (a, b) {
    case (.size(let x), .size(let y)): return merged(x, y).map { .size($0) }
    case (.sizes(let xs), .sizes(let ys)):
      let extents = zip(xs, ys).compactMap { merged($0, $1) }
      return extents.count == xs.count && xs.count == ys.count ? .sizes(extents) : nil
    default: return nil
    }
  }

  private static func merged(_ a: Extent, _ b: Extent) -> Extent? {
    if a == b { return a }
    guard case .fixed(let first) = a, case .fixed(let second) = b, first % rowCounts[0] == 0,
      first / rowCounts[0] * rowCounts[1] == second
    else { return nil }
    return .rows(first / rowCounts[0])
  }
}

extension GraphDescription.Step {
  /// In messages.
  fileprivate var name: String {
    switch self {
    case .input: "the input"
    case .parameter: "a parameter"
    case .constant: "a constant"
    case .primitive(let name, _, _): "'\(name)'"
    }
  }
}

extension GraphDescription.Extent: CustomStringConvertible {
  package var description: String {
    switch self {
    case .fixed(let size): "\(size)"
    case .rows(let factor): factor == 1 ? "rows" : "\(factor) · rows"
    }
  }
}

/// A graph for one number of rows, as a list of steps.
private struct Sketch {
  typealias Step = GraphDescription.Step

  private(set) var steps: [Step] = []
  private(set) var constants: [GraphDescription.Constant] = []

  init(_ result: Node, _ input: Node, _ variables: [Variable]) throws(GraphError) {
    let known = Dictionary(variables.enumerated().map { (ObjectIdentifier($1), $0) }) { first, _ in first }
    // A gradient written in Swift is no data, and without training nothing asks for it.
    let graph = Graph(inputs: [input], outputs: [result]).rewriting { node, operands in
      if node.primitive is CustomGradient, node.value == nil { return operands[0] }
      return operands.elementsEqual(node.operands) ? node : .make(node.primitive, operands)
    }
    var places: [Node: Int] = [:]
    for node in graph.nodes {
      places[node] = steps.count
      steps.append(try step(node, input, known, node.operands.map { places[$0]! }))
    }
  }

  private mutating func step(
    _ node: Node, _ input: Node, _ known: [ObjectIdentifier: Int], _ operands: [Int]
  ) throws(GraphError) -> Step {
    if node == input { return .input }
    if let value = node.value { return keep(value, node.type) }
    switch node.primitive {
    case let constant as Constant: return keep(constant.buffer, constant.type)
    case let read as Read:
      guard let index = known[ObjectIdentifier(read.variable)] else {
        throw GraphError(
          "The network uses a parameter of shape \(read.variable.type.shape) that is not found in its stored properties. "
            + "Keep it in a property of the module.")
      }
      return .parameter(index)
    case let plain as any PlainPrimitive:
      let attributes = try plain.attributes.mapSizes { (_, size) throws(GraphError) in
        GraphDescription.Extent.fixed(size)
      }
      return .primitive(plain.name, attributes, operands: operands)
    default: throw GraphError("'\(node.primitive.name)' is nothing that a file can hold.")
    }
  }

  private mutating func keep(_ buffer: Buffer, _ type: TensorType) -> Step {
    let bytes = Array(UnsafeRawBufferPointer(start: buffer.address, count: type.byteCount))
    let constant = GraphDescription.Constant(type: type, bytes: bytes)
    if let index = constants.firstIndex(of: constant) { return .constant(index) }
    constants.append(constant)
    return .constant(constants.count - 1)
  }
}
