import CGliaKernels
import GliaGraph
import GliaPasses

extension Lowering {
  mutating func emit(_ group: Group) {
    guard group.isFused else { return emitSingle(group.members[0]) }
    var builder = ProgramBuilder(group)
    let program = builder.build(&self)
    guard let head = group.head else {
      append(.program(program), touching: program.locations)
      return
    }
    emitProduct(head, program, builder.start)
  }

  // ---- Products

  private mutating func emitProduct(
    _ head: Node, _ program: Plan.Program, _ start: (sum: Node, rows: Plan.Rows)?
  ) {
    let rank = head.shape.rank
    let (m, n) = (head.shape[rank - 2], head.shape[rank - 1])
    let k = head.operands[0].shape[rank - 1]
    let batch = head.shape.prefix(rank - 2).reduce(1, *)
    let reads = View.reads(of: head)
    let a = matrix(reads[0], head.operands[0])
    let b = multiplier(reads[1], head.operands[1])
    let c = location(of: start?.sum ?? head)
    let isBare = program.instructions.isEmpty && program.stores.isEmpty && program.accumulators.isEmpty
    append(
      .product(
        a: a, b: b, c: c, start: start?.rows, batch: batch, m: m, n: n, k: k, head.dtype,
        epilogue: isBare ? nil : program),
      touching: [a.location, b.location, c] + (start.map { [$0.rows.location] } ?? []) + program.locations)
  }

  /// The right operand of a product. One whose rows do not lie together would be packed by each product that reads it; where there
  /// are several it is copied once.
  private mutating func multiplier(_ view: View, _ node: Node) -> Plan.Matrix {
    guard multipliers.contains(node), node.shape.rank == 2, view.strides[1] > 1, view.base.dtype == node.dtype else {
      return matrix(view, node)
    }
    return Plan.Matrix(
      location: contiguous(view, for: node), row: node.shape[1], column: 1, batch: 0, dtype: node.dtype)
  }

  /// How a product reads an operand: through its view where three strides can say it, else from a copy.
  private mutating func matrix(_ view: View, _ node: Node) -> Plan.Matrix {
    var view = view
    let dtype = view.base.dtype
    let rank = node.shape.rank
    var batch = view.stride(over: 0..<rank - 2)
    if batch == nil {
      // What is known as the node's copy has the node's type.
      let copy = contiguous(view, for: dtype == node.dtype ? node : nil)
      view = View(whole: node)
      batch = view.stride(over: 0..<rank - 2)
      return Plan.Matrix(
        location: copy, row: view.strides[rank - 2], column: view.strides[rank - 1], batch: batch ?? 0, dtype: dtype)
    }
    var location = self.location(of: view.base)
    location.byteOffset += view.offset * dtype.byteCount
    return Plan.Matrix(
      location: location, row: view.strides[rank - 2], column: view.strides[rank - 1], batch: batch ?? 0, dtype: dtype)
  }

  // ---- Operations with a kernel of their own

  private mutating func emitSingle(_ node: Node) {
    if node.shape.elementCount == 0 {
      _ = location(of: node)
      return
    }
    switch node.primitive {
    case is Reshape, is After: copy(View(of: node.operands[0]), to: location(of: node))
    case is Cast where node.operands[0].dtype.fitsProgram && node.dtype.fitsProgram: emitCast(node)
    case let pad as Pad: emitPad(pad, node)
    case let joined as Concatenate: emitConcatenate(joined, node)
    case let gather as Gather: emitGather(gather, node)
    case let scatter as ScatterAdd: emitScatterAdd(scatter, node)
    case let overlap as OverlapAdd where node.dtype == .float32 || node.dtype == .float64:
      emitOverlapAdd(overlap, node)
    case let random as RandomUniform:
      let key = contiguous(View(of: node.operands[0]), for: node.operands[0])
      let target = location(of: node)
      append(
        .random(key: key, to: target, count: node.shape.elementCount, stream: random.stream, node.dtype),
        touching: [key, target])
    default:
      let operands = node.operands.map { (contiguous(View(of: $0), for: $0), $0.type) }
      let target = location(of: node)
      append(
        .reference(node.primitive, operands: operands, to: target, node.type),
        touching: operands.map(\.0) + [target])
    }
  }

  /// A conversion that rounds on its way to memory.
  private mutating func emitCast(_ node: Node) {
    let source = contiguous(View(of: node.operands[0]), for: node.operands[0])
    let target = location(of: node)
    let count = node.shape.elementCount
    let isWide = [node.operands[0].dtype, node.dtype].contains { $0 == .float64 || $0.isInteger }
    var program = Plan.Program(rows: 1, columns: count, dtype: isWide ? .float64 : .float32)
    program.registerCount = 2
    program.loads = [
      .init(location: source, layout: GLIA_FULL, rowStride: count, dtype: node.operands[0].dtype, register: 0)
    ]
    var copy = glia_instruction()
    copy.operation = UInt8(GLIA_COPY.rawValue)
    copy.dst = 1
    program.instructions = [copy]
    program.stores = [.init(location: target, layout: GLIA_FULL, rowStride: count, dtype: node.dtype, register: 1)]
    append(.program(program), touching: [source, target])
  }

  private mutating func emitPad(_ pad: Pad, _ node: Node) {
    let target = location(of: node)
    append(
      .fill(
        target, count: node.shape.elementCount, elementSize: node.dtype.byteCount,
        bits: node.dtype.bits(of: pad.value)), touching: [target])
    let strides = node.shape.contiguousStrides
    let inner = zip(pad.low, strides).reduce(0) { $0 + $1.0 * $1.1 }
    guard node.operands[0].shape.elementCount > 0 else { return }
    copy(
      View(of: node.operands[0]),
      to: .init(place: target.place, byteOffset: target.byteOffset + inner * node.dtype.byteCount),
      strides: strides)
  }

  private mutating func emitConcatenate(_ joined: Concatenate, _ node: Node) {
    let target = location(of: node)
    let strides = node.shape.contiguousStrides
    let stored = storedOperands[node] ?? []
    for (index, slice) in joined.slices(node.operands.map(\.shape)).enumerated() where !stored.contains(index) {
      let operand = node.operands[index]
      let place = Plan.Location(
        place: target.place,
        byteOffset: target.byteOffset + slice.starts[joined.axis] * strides[joined.axis] * node.dtype.byteCount)
      let view = View(of: operand)
      guard operand.shape.elementCount > 0, !(view.isWhole && homes[view.base] == place) else { continue }
      copy(view, to: place, strides: strides)
    }
    touch(target)
  }

  private mutating func emitGather(_ gather: Gather, _ node: Node) {
    let (source, indices) = (node.operands[0], node.operands[1])
    let from = contiguous(View(of: source), for: source)
    let places = contiguous(View(of: indices), for: indices)
    let target = location(of: node)
    append(
      .gather(
        from: from, indices: places, to: target, outer: source.shape.prefix(gather.axis).reduce(1, *),
        size: source.shape[gather.axis], count: indices.shape.elementCount,
        inner: source.shape.dropFirst(gather.axis + 1).reduce(1, *), elementSize: node.dtype.byteCount,
        indexType: indices.dtype, missing: node.dtype.isFloatingPoint ? node.dtype.bits(of: .nan) : 0),
      touching: [from, places, target])
  }

  /// Element by element of a window, for all windows: so each sum goes through the windows' elements in rising order.
  private mutating func emitOverlapAdd(_ overlap: OverlapAdd, _ node: Node) {
    let view = View(of: node.operands[0])
    let (rank, axes) = (node.shape.rank, overlap.layout.axes)
    if overlap.layout.isDisjoint { return emitDisjoint(overlap, view, node) }
    let isLong = { (axis: Int) in view.shape[axis] != 1 }
    let outer = node.shape.indices.filter { !axes.contains($0) && isLong($0) }
    let order = outer + ((rank..<view.shape.rank) + axes).filter(isLong)
    let targetStrides = overlap.layout.windowed(node.shape.contiguousStrides)
    precondition(order.count <= Int(GLIA_MAXIMUM_RANK), "Arrays have at most \(GLIA_MAXIMUM_RANK) axes.")
    var from = location(of: view.base)
    from.byteOffset += view.offset * node.dtype.byteCount
    let target = location(of: node)
    append(
      .overlapAdd(
        from: from, fromStrides: order.map { view.strides[$0] }, to: target, toStrides: order.map { targetStrides[$0] },
        dimensions: order.map { view.shape[$0] }, outer: outer.count, count: node.shape.elementCount, node.dtype),
      touching: [from, target])
  }

  /// Windows that do not meet are moved to where they came from; what none covers is 0.
  private mutating func emitDisjoint(_ overlap: OverlapAdd, _ view: View, _ node: Node) {
    let target = location(of: node)
    if view.shape.elementCount < node.shape.elementCount {
      append(
        .fill(target, count: node.shape.elementCount, elementSize: node.dtype.byteCount, bits: 0), touching: [target])
    }
    copy(view, to: target, strides: overlap.layout.windowed(node.shape.contiguousStrides))
  }

  private mutating func emitScatterAdd(_ scatter: ScatterAdd, _ node: Node) {
    let (source, indices) = (node.operands[0], node.operands[1])
    let from = contiguous(View(of: source), for: source)
    let places = contiguous(View(of: indices), for: indices)
    let target = location(of: node)
    append(
      .scatterAdd(
        from: from, indices: places, to: target, outer: node.shape.prefix(scatter.axis).reduce(1, *),
        size: scatter.size, count: indices.shape.elementCount,
        inner: node.shape.dropFirst(scatter.axis + 1).reduce(1, *), node.dtype, indexType: indices.dtype),
      touching: [from, places, target])
  }
}

extension Plan.Program {
  var locations: [Plan.Location] { (loads + stores).map(\.location) + accumulators.map(\.location) }
}

extension DType {
  /// A value's bits as a scalar of the type.
  func bits(of value: Double) -> UInt64 {
    var bits: UInt64 = 0
    withUnsafeMutableBytes(of: &bits) {
      ReferenceArray(TensorType([], self), [value]).write(to: $0.baseAddress!)
    }
    return bits
  }

  /// Whether a program's registers hold every value of the type; 64-bit integers need more places than they have.
  var fitsProgram: Bool { self != .int64 }

  var kernelType: glia_type {
    switch self {
    case .float32: GLIA_FLOAT32
    case .float64: GLIA_FLOAT64
    case .int32: GLIA_INT32
    case .int64: GLIA_INT64
    case .bool: GLIA_BOOL
    case .bfloat16: GLIA_BFLOAT16
    case .float16: GLIA_FLOAT16
    }
  }
}
