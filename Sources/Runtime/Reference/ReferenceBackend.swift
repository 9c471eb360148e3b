import GliaGraph

/// Evaluates each primitive by its own rule, in float64 and plain Swift: slow, and the oracle of all else.
package struct ReferenceBackend: Backend {
  package init() {}
  package var name: String { "reference" }
  package func prepare(_ graph: Graph) -> any Executable { ReferenceExecutable(graph) }

  /// The value of every node that the roots need.
  package static func evaluate(_ roots: [Node], inputs: [Node: ReferenceArray]) -> [Node: ReferenceArray] {
    var values = inputs
    for node in Graph.nodes(reaching: roots) where values[node] == nil {
      if let buffer = node.value {
        values[node] = ReferenceArray(node.type, reading: buffer.address)
      } else {
        values[node] = node.primitive.evaluate(node.operands.map { values[$0]! }, node.type)
      }
    }
    return values
  }
}

final class ReferenceExecutable: Executable {
  private let graph: Graph
  private let inputs: [Buffer]
  private var elsewhere: [Int: UnsafeRawPointer] = [:]
  private let outputs: [Buffer]

  init(_ graph: Graph) {
    self.graph = graph
    inputs = graph.inputs.map { Buffer(byteCount: $0.type.byteCount) }
    outputs = graph.outputs.map { Buffer(byteCount: $0.type.byteCount) }
  }

  var description: String { graph.description }
  func inputAddress(_ index: Int) -> UnsafeMutableRawPointer { inputs[index].address }
  func readInput(_ index: Int, at address: UnsafeRawPointer) { elsewhere[index] = address }
  func outputAddress(_ index: Int) -> UnsafeRawPointer { .init(outputs[index].address) }

  func run() {
    var given: [Node: ReferenceArray] = [:]
    for (index, node) in graph.inputs.enumerated() {
      given[node] = ReferenceArray(node.type, reading: elsewhere[index] ?? .init(inputs[index].address))
    }
    let values = ReferenceBackend.evaluate(graph.roots, inputs: given)
    for (node, buffer) in zip(graph.outputs, outputs) { values[node]!.write(to: buffer.address) }
    for update in graph.updates { values[update.value]!.write(to: update.variable.address) }
  }
}
