/// The primitives that are plain data: one row each, from which stored graphs are made again.
///
/// An input, a variable that is read and a constant are data of the graph's own; a gradient that someone wrote in Swift is
/// none, and has no place in a stored graph.
package enum PrimitiveCatalog {
  package static var rows: [any PlainPrimitive.Type] {
    [
      Unary.self, Binary.self, Select.self, Cast.self, StopGradient.self, Fill.self, Iota.self, Reshape.self,
      Transpose.self, Broadcast.self, Slice.self, Pad.self, Concatenate.self, Flip.self, Windows.self,
      OverlapAdd.self, MatrixProduct.self, Reduce.self, ArgMax.self, CumulativeSum.self, Gather.self, ScatterAdd.self,
      ArgSort.self, RandomUniform.self, After.self,
    ]
  }

  /// The primitive of a name with its attributes.
  ///
  /// - Throws: `GraphError` for a name that no row has, and for attributes that are missing, unknown or of another kind.
  package static func make(_ name: String, _ attributes: Attributes<Int>) throws(GraphError) -> any Primitive {
    guard let row = rows.first(where: { $0.names.contains(name) }) else {
      throw GraphError("There is no primitive '\(name)'.")
    }
    let primitive: any PlainPrimitive
    do { primitive = try row.init(named: name, attributes) } catch { throw GraphError("\(name): \(error)") }
    let own = primitive.attributes
    for entry in attributes.entries where own[entry.name] != entry.value {
      throw GraphError(
        own[entry.name] == nil
          ? "\(name): it has no attribute '\(entry.name)'." : "\(name): '\(entry.name)' cannot be \(entry.value).")
    }
    return primitive
  }
}
