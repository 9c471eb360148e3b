extension Graph: CustomStringConvertible {
  /// One line a node: `%3 = multiply %1 %2 : float32[4, 8]`.
  package var description: String {
    var numbers: [Node: Int] = [:]
    var lines: [String] = []
    for node in nodes {
      let number = numbers.count
      numbers[node] = number
      var words = ["%\(number) =", node.value == nil ? node.primitive.name : "value"]
      let attributes = node.value == nil ? node.primitive.attributes.description : ""
      if !attributes.isEmpty { words.append("(" + attributes + ")") }
      words += node.operands.map { "%\(numbers[$0]!)" }
      lines.append(words.joined(separator: " ") + " : \(node.type)")
    }
    for update in updates { lines.append("update \(update.variable.name) ← %\(numbers[update.value]!)") }
    lines.append("return " + outputs.map { "%\(numbers[$0]!)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }
}
