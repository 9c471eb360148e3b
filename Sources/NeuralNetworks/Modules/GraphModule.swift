import GliaGraph
import GliaTensors

/// A network that is its inference graph, which is plain data: it needs nothing of the Swift that once defined it.
///
/// It has the parameters of the original under their names, and takes any number of rows. It can be trained like any module;
/// but what the original did in training alone is not in the graph: dropout is gone, and batch normalisation uses its running
/// statistics.
public struct GraphModule: Module, CustomReflectable {
  package let graph: GraphDescription
  private let stored: [Parameter]

  /// - Throws: `GraphError` or `SettingError` for a graph that cannot be run.
  package init(_ graph: GraphDescription) throws {
    self.graph = graph
    stored = graph.parameters.map {
      Parameter($0.type.shape, dtype: $0.type.dtype, kind: $0.isStatistic ? .statistic : .weight)
    }
    let names = Set(graph.parameters.map(\.name))
    guard names.count == stored.count, !names.contains("") else {
      throw GraphError("The names of a network's parameters have to be there and to differ.")
    }
    try validate()
    _ = try graph.check(memory: memoryLimit())
  }

  /// The shape of one row of the input.
  public var rowShape: Shape { graph.row.shape }
  /// The type of the input.
  public var inputDType: DType { graph.row.dtype }

  /// The paths are the original's.
  public var customMirror: Mirror {
    Mirror(
      self, children: zip(graph.parameters, stored).map { (label: $0.name, value: $1) }, displayStyle: .struct)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    do {
      let nodes = try graph.nodes(of: x.node) { stored[$0].tensor.node }
      if let probe = ShapeProbe.current { for call in calls(nodes) { probe.note(call) } }
      return Tensor(nodes[nodes.count - 1])
    } catch {
      guard let probe = ShapeProbe.current else { fatalError("\(error)") }
      probe.note(ShapeMismatch("\(error)"))
      return Tensor(.make(Input("placeholder", x.node.type)))
    }
  }

  // ---- What the summary shows: the parameters that share a path, with what is computed of them

  private func calls(_ nodes: [Node]) -> [ShapeProbe.Call] {
    var groups: [(path: String, members: [Int])] = []
    for (index, parameter) in graph.parameters.enumerated() {
      let steps = parameter.name.split(separator: ".")
      let path = steps.count > 1 ? steps.dropLast().joined(separator: ".") : parameter.name
      if let place = groups.firstIndex(where: { $0.path == path }) {
        groups[place].members.append(index)
      } else {
        groups.append((path, [index]))
      }
    }
    return groups.map { group in
      let (kind, output) = use(of: group.members, nodes)
      return ShapeProbe.Call(
        kind: kind, path: group.path, parameters: group.members.map { stored[$0] }, output: output)
    }
  }

  /// The first result that depends on the input and on all of these parameters which the graph reads, and the arithmetic
  /// on the way to it.
  private func use(of parameters: [Int], _ nodes: [Node]) -> (kind: String, output: Shape) {
    let read = Set(graph.steps.compactMap { if case .parameter(let index) = $0 { index } else { nil } })
    let wanted = Set(parameters.filter(read.contains))
    /// For each step, which of the parameters it depends on, and whether on the input.
    var reached: [(parameters: Set<Int>, input: Bool)] = []
    var kinds: [String] = []
    for (place, step) in graph.steps.enumerated() {
      switch step {
      case .input: reached.append(([], true))
      case .constant: reached.append(([], false))
      case .parameter(let index): reached.append((wanted.intersection([index]), false))
      case .primitive(let name, _, let operands):
        let own = operands.reduce(into: (parameters: Set<Int>(), input: false)) {
          $0.parameters.formUnion(reached[$1].parameters)
          $0.input = $0.input || reached[$1].input
        }
        reached.append(own)
        guard own.input, !own.parameters.isEmpty else { continue }
        if !GraphModule.movements.contains(name), !kinds.contains(name) { kinds.append(name) }
        if own.parameters == wanted { return (kinds.joined(separator: ", "), nodes[place].shape) }
      }
    }
    return ("not used", [])
  }

  private static let movements: Set = [
    "reshape", "transpose", "broadcast", "slice", "concatenate", "cast", "stopGradient",
  ]
}

extension Module {
  /// The network's inference graph for any number of rows. Parameters need to have values.
  ///
  /// - Parameter row: the shape and type of one row of the input.
  /// - Throws: `ShapeMismatch` where a layer does not take it, and `GraphError` where the graph depends on the number of rows
  ///   in another way than by multiples of it, or is no data.
  package func graphDescription(row: TensorType) throws -> GraphDescription {
    if let module = self as? GraphModule, module.graph.row == row { return module.graph }
    for rows in [1, 2] {
      let type = TensorType(Shape([rows] + row.shape.dimensions), row.dtype)
      let output = try outputType(for: type).shape
      guard output.first == rows else {
        throw ShapeMismatch("The network gives \(output) for \(rows) rows; the first axis has to be the rows.")
      }
    }
    let parameters = namedParameters.map { entry in
      (
        variable: entry.parameter.variable,
        parameter: GraphDescription.Parameter(
          name: entry.name, type: entry.parameter.type, isStatistic: entry.parameter.kind == .statistic)
      )
    }
    return try GraphDescription(row: row, parameters: parameters) { input in
      Trace(isTraining: false)({ self(Tensor(input)).node })
    }
  }
}
