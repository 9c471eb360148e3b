import GliaGraph

/// The sum of what the uses of a node add to its gradient.
///
/// What comes in parts is put together instead, so that a weight that every step of a sequence uses has one product for its
/// gradient, and a tensor that was taken apart one array:
/// - parts within borders of zeros that do not overlap become their concatenation,
/// - Σ aᵢᵀ · bᵢ becomes the product of the aᵢ one below the other and the bᵢ one below the other,
/// - sums over the rows of several matrices become one over all rows.
struct GradientSum {
  private var terms: [Node]

  init(_ terms: [Node]) { self.terms = terms }

  var node: Node {
    var sum = self
    if terms.count > 1 {
      sum.joinParts()
      sum.joinProducts()
      sum.joinRowSums()
    }
    return sum.terms.dropFirst().reduce(sum.terms[0], +)
  }

  // ---- Parts within zeros

  private mutating func joinParts() {
    for axis in 0..<terms[0].shape.rank {
      let parts = terms.indices.compactMap { place in Self.part(terms[place], axis).map { (place, $0.start, $0.node) } }
        .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      var joined: [Node] = []
      var taken: Set<Int> = []
      var end = 0
      for (place, start, node) in parts where start >= end {
        if start > end { joined.append(zeros(end..<start, axis)) }
        joined.append(node)
        taken.insert(place)
        end = start + node.shape[axis]
      }
      guard taken.count > 1 else { continue }
      let length = terms[0].shape[axis]
      if end < length { joined.append(zeros(end..<length, axis)) }
      replace(taken, by: .make(Concatenate(axis: axis), joined))
    }
  }

  /// What the borders of zeros stand around, where they do along one axis only.
  private static func part(_ term: Node, _ axis: Int) -> (start: Int, node: Node)? {
    guard let pad = term.primitive as? Pad, term.value == nil, pad.value == 0 else { return nil }
    let padded = pad.low.indices.filter { pad.low[$0] + pad.high[$0] > 0 }
    return padded == [axis] ? (pad.low[axis], term.operands[0]) : nil
  }

  private func zeros(_ range: Range<Int>, _ axis: Int) -> Node {
    var type = terms[0].type
    type.shape[axis] = range.count
    return .fill(0, type)
  }

  // ---- Products, and sums over rows

  private mutating func joinProducts() {
    let places = terms.indices.filter { place in
      let term = terms[place]
      guard term.primitive is MatrixProduct, term.value == nil, term.shape.rank == 2 else { return false }
      return (term.operands[0].primitive as? Transpose)?.permutation == [1, 0] && term.operands[0].value == nil
    }
    guard places.count > 1 else { return }
    let products = places.reversed().map { terms[$0] }
    let left = Self.stacked(products.map { $0.operands[0].operands[0] })
    replace(
      Set(places), by: .make(MatrixProduct(), left.matrixTransposed, Self.stacked(products.map { $0.operands[1] })))
  }

  private mutating func joinRowSums() {
    let sums = terms.map { term in
      let sum = term.primitive is Reshape && term.value == nil ? term.operands[0] : term
      let reduce = sum.primitive as? Reduce
      let isRowSum = reduce?.operation == .sum && reduce?.axes == [0] && sum.shape.rank == 2 && sum.value == nil
      return isRowSum ? sum : nil
    }
    let places = sums.indices.filter { sums[$0] != nil }
    guard places.count > 1 else { return }
    let rows = Self.stacked(places.reversed().map { sums[$0]!.operands[0] })
    replace(Set(places), by: .reshape(.make(Reduce(.sum, axes: [0]), rows), terms[0].shape))
  }

  /// Uses are met last to first; the rows stand in the order of the uses.
  private static func stacked(_ matrices: [Node]) -> Node { .make(Concatenate(axis: 0), matrices) }

  private mutating func replace(_ places: Set<Int>, by node: Node) {
    let first = places.min()!
    terms[first] = node
    terms = terms.indices.filter { $0 == first || !places.contains($0) }.map { terms[$0] }
  }
}
