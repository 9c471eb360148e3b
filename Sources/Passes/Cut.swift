import GliaGraph

extension Group {
  /// Cuts elementwise groups into the rows and columns that let kernels read the most where it lies: what is spread over some
  /// of the axes is then one scalar a row, or one a column.
  func chooseCut() {
    guard isFused, isFlexible, head == nil, levels.values.allSatisfy({ $0 == .full }) else { return }
    var seen: Set<Node> = []
    let views = members.flatMap(\.operands).filter { seen.insert($0).inserted }.map { View(of: $0) }
      .filter { levels[$0.base] == nil && !($0.base.primitive is Fill && $0.base.value == nil) }
    var best = copied(views, rows, columns)
    for view in views where best > 0 {
      var before = 1
      for length in view.shape {
        before *= length
        let count = copied(views, before, rows * columns / before)
        if count < best { (best, rows, columns) = (count, before, rows * columns / before) }
      }
    }
  }

  private func copied(_ views: [View], _ rows: Int, _ columns: Int) -> Int {
    views.reduce(0) { $0 + $1.copiedElements(rows: rows, columns: columns) }
  }
}

extension View {
  /// The scalars that a kernel has to be given a copy of, where its tiles are cut into rows and columns.
  package func copiedElements(rows: Int, columns: Int) -> Int {
    guard let axis = View.split(shape, rows: rows, columns: columns) else { return shape.elementCount }
    let (row, column) = (stride(over: 0..<axis), stride(over: axis..<shape.rank))
    if column == 0 { return row == nil ? rows : 0 }
    if row == 0 { return column == 1 ? 0 : columns }
    return row != nil && column == 1 ? 0 : shape.elementCount
  }

  /// The part of the view that lies along some of its axes, at the first place of the others.
  package func along(_ axes: Range<Int>) -> View {
    var part = self
    part.shape = Shape(Array(shape[axes]))
    part.strides = Array(strides[axes])
    return part
  }
}
