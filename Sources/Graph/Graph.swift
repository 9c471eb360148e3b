/// A computation from inputs to outputs, with the state that it updates.
package struct Graph {
  /// A place that the computation reads, and the node whose value it holds afterwards.
  package struct Update {
    package let variable: Variable
    package var value: Node
    package init(_ variable: Variable, _ value: Node) {
      self.variable = variable
      self.value = value
    }
  }

  package var inputs: [Node]
  package var outputs: [Node]
  package var updates: [Update]

  package init(inputs: [Node] = [], outputs: [Node], updates: [Update] = []) {
    self.inputs = inputs
    self.outputs = outputs
    self.updates = updates
  }

  /// The nodes that are wanted: the outputs, then the updated values.
  package var roots: [Node] { outputs + updates.map(\.value) }

  /// Every node that the roots need, each after its operands.
  package var nodes: [Node] { Graph.nodes(reaching: roots) }

  package static func nodes(reaching roots: [Node]) -> [Node] {
    var order: [Node] = []
    var seen: Set<Node> = []
    var stack: [(node: Node, next: Int)] = []
    for root in roots where seen.insert(root).inserted {
      stack.append((root, 0))
      while let (node, next) = stack.last {
        if next < node.operands.count {
          stack[stack.count - 1].next += 1
          let operand = node.operands[next]
          if seen.insert(operand).inserted { stack.append((operand, 0)) }
        } else {
          order.append(node)
          stack.removeLast()
        }
      }
    }
    return order
  }

  /// The graph with each node replaced by what `rule` makes of it, given its replaced operands. Inputs stay.
  package func rewriting(_ rule: (Node, [Node]) throws -> Node) rethrows -> Graph {
    var replaced: [Node: Node] = [:]
    for node in nodes {
      replaced[node] = try rule(node, node.operands.map { replaced[$0]! })
    }
    return Graph(
      inputs: inputs, outputs: outputs.map { replaced[$0]! },
      updates: updates.map { Update($0.variable, replaced[$0.value]!) })
  }
}
