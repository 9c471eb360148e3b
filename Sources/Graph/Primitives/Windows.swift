// Windows of an array, as convolutions and pooling see it, and what undoes them.

/// How windows lie over axes of an array: their size along each, the step from one to the next, and the step within one.
///
/// Along an axis of L elements a window covers dilation · (size − 1) + 1 of them, and there are (L − that) / stride + 1
/// windows, rounded down.
package struct WindowLayout: Hashable, Sendable {
  package let axes, sizes, strides, dilations: [Int]
  package init(axes: [Int], sizes: [Int], strides: [Int], dilations: [Int]) {
    self.axes = axes
    self.sizes = sizes
    self.strides = strides
    self.dilations = dilations
  }

  init(_ attributes: Attributes<Int>) throws(GraphError) {
    self.init(
      axes: try attributes.sizes("axes"), sizes: try attributes.sizes("sizes"),
      strides: try attributes.sizes("strides"), dilations: try attributes.sizes("dilations"))
  }

  var attributes: Attributes<Int> {
    ["axes": .sizes(axes), "sizes": .sizes(sizes), "strides": .sizes(strides), "dilations": .sizes(dilations)]
  }

  /// What a window covers along an axis, or nil where that is more than can be counted.
  package static func extent(size: Int, dilation: Int) -> Int? {
    let (reach, isTooLong) = (size - 1).multipliedReportingOverflow(by: dilation)
    let (extent, overflow) = reach.addingReportingOverflow(1)
    return isTooLong || overflow ? nil : extent
  }

  /// The windows along each axis of an array's shape.
  func counts(_ shape: Shape, _ primitive: some Primitive) throws(GraphError) -> [Int] {
    let lists = [sizes, strides, dilations]
    guard lists.allSatisfy({ $0.count == axes.count && $0.allSatisfy { $0 > 0 } }) else {
      throw primitive.error("takes a size, a stride and a dilation of at least 1 for each of the axes \(axes).")
    }
    guard Set(axes).count == axes.count, axes.allSatisfy(shape.indices.contains) else {
      throw primitive.error("axes \(axes) are not distinct axes of \(shape).")
    }
    var counts: [Int] = []
    for (i, axis) in axes.enumerated() {
      guard let extent = Self.extent(size: sizes[i], dilation: dilations[i]), extent <= shape[axis] else {
        throw primitive.error(
          "a window of \(sizes[i]) elements, \(dilations[i]) apart, is longer than axis \(axis) of \(shape).")
      }
      counts.append((shape[axis] - extent) / strides[i] + 1)
    }
    return counts
  }

  /// Whether no element is in two windows, or twice in one.
  package var isDisjoint: Bool {
    axes.indices.allSatisfy { i in
      (Self.extent(size: sizes[i], dilation: dilations[i]) ?? .max) <= strides[i]
    }
  }

  /// The strides of the windows of an array with the given strides: between windows, and within them.
  package func windowed(_ arrayStrides: [Int]) -> [Int] {
    var result = arrayStrides
    for (i, axis) in axes.enumerated() {
      result[axis] *= strides[i]
      result.append(arrayStrides[axis] * dilations[i])
    }
    return result
  }
}

/// The windows of an array: each of the axes becomes the windows along it, and a last axis is added for the elements within.
/// Of x [n, c, h, w], windows over axes 2 and 3: y[n, c, i, j, p, q] = x[n, c, i · stride + p · dilation, j · … + q · …].
package struct Windows: PlainPrimitive {
  package let layout: WindowLayout
  package init(_ layout: WindowLayout) { self.layout = layout }
  package static let names = ["windows"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(try WindowLayout(attributes))
  }
  package var attributes: Attributes<Int> { layout.attributes }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    var shape = operands[0].shape
    for (axis, count) in zip(layout.axes, try layout.counts(shape, self)) { shape[axis] = count }
    return TensorType(Shape(shape.dimensions + layout.sizes), operands[0].dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let shape = node.operands[0].shape
    return [.make(OverlapAdd(layout, lengths: layout.axes.map { shape[$0] }), g)]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let strides = layout.windowed(operands[0].shape.contiguousStrides)
    return StridedIndex(shape: result.shape, strides: strides).gather(operands[0], result)
  }
}

/// The reverse of windows: each element of a window added up where it came from, along axes of the given lengths.
package struct OverlapAdd: PlainPrimitive {
  package let layout: WindowLayout
  package let lengths: [Int]
  package init(_ layout: WindowLayout, lengths: [Int]) {
    self.layout = layout
    self.lengths = lengths
  }
  package static let names = ["overlapAdd"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(try WindowLayout(attributes), lengths: try attributes.sizes("lengths"))
  }
  package var attributes: Attributes<Int> {
    var attributes = layout.attributes
    _ = attributes.add("lengths", .sizes(lengths))
    return attributes
  }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let type = operands[0]
    let rank = type.shape.rank - layout.axes.count
    guard type.dtype.isFloatingPoint else { throw error("adds floating-point numbers, got \(type).") }
    guard lengths.count == layout.axes.count, rank >= 0, lengths.allSatisfy({ $0 >= 0 }) else {
      throw error(
        "takes a length of at least 0 for each of the axes \(layout.axes), and windows over them, got \(type).")
    }
    var shape = Shape(Array(type.shape.prefix(rank)))
    for (axis, length) in zip(layout.axes, lengths) where shape.indices.contains(axis) { shape[axis] = length }
    let counts = try layout.counts(shape, self)
    guard type.shape.suffix(layout.axes.count).elementsEqual(layout.sizes),
      zip(layout.axes, counts).allSatisfy({ type.shape[$0] == $1 })
    else { throw error("\(type.shape) are not the windows of \(shape).") }
    return TensorType(shape, type.dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [.make(Windows(layout), g)] }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    var values = [Double](repeating: 0, count: result.shape.elementCount)
    let strides = layout.windowed(result.shape.contiguousStrides)
    StridedIndex(shape: operands[0].shape, strides: strides).forEach { values[$1] += operands[0].values[$0] }
    return ReferenceArray(result, values)
  }
}
