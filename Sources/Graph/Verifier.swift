extension Graph {
  /// Checks that every node's type is what its shape rule says, that no input is missing and that each update fits its
  /// variable. Run after every pass in debug builds, so that the pass that broke a rule is the one that is named.
  package func verify(after pass: String) throws(GraphError) {
    let known = Set(inputs)
    for node in nodes where node.value == nil {
      let type = try node.primitive.resultType(node.operands.map(\.type))
      if type != node.type {
        throw GraphError("After \(pass), '\(node.primitive.name)' has type \(node.type), its rule says \(type).")
      }
      if let input = node.primitive as? Input, !known.contains(node) {
        throw GraphError(
          "After \(pass), input '\(input.label)' is used but not among the graph's inputs.")
      }
    }
    for update in updates where update.value.type != update.variable.type {
      throw GraphError(
        "After \(pass), '\(update.variable.name)' of \(update.variable.type) would be updated by \(update.value.type).")
    }
  }

  package func verified(after pass: String) -> Graph {
    #if DEBUG
      do { try verify(after: pass) } catch { fatalError(error.description) }
    #endif
    return self
  }
}
