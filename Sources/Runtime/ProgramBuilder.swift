import CGliaKernels
import GliaGraph
import GliaPasses

/// Writes the tile program of a fused group: what it loads, computes, stores and accumulates.
struct ProgramBuilder {
  let group: Group
  private var program: Plan.Program
  private var registers: [Node: Int] = [:]
  private var expanded: [Int: Int] = [:]
  private var constants: [ConstantKey: Int] = [:]
  private var loaded: [LoadKey: Int] = [:]
  /// Products that are rounded together with the sum that they are a term of: fused multiply-adds.
  private var folded: Set<Node> = []
  /// A sum of the product and what it starts from: the bias of a layer, or an array of the product's own size.
  private(set) var start: (sum: Node, rows: Plan.Rows)?

  private struct ConstantKey: Hashable {
    let bits: UInt64
    let perRow: Bool
  }

  private struct LoadKey: Hashable {
    let location: Plan.Location
    let layout: UInt32
    let rowStride: Int
    let dtype: DType
  }

  init(_ group: Group) {
    self.group = group
    program = Plan.Program(rows: group.rows, columns: group.columns, dtype: group.computes)
  }

  mutating func build(_ lowering: inout Lowering) -> Plan.Program {
    if let head = group.head {
      findStart(of: head, &lowering)
      let register = newRegister()
      registers[head] = register
      if let start { registers[start.sum] = register }
      program.loads.append(
        .init(
          location: lowering.location(of: start?.sum ?? head), layout: GLIA_FULL, rowStride: program.columns,
          dtype: head.dtype,
          register: register))
    }
    findFoldedProducts(lowering)
    for node in group.members where registers[node] == nil && !folded.contains(node) { compute(node, &lowering) }
    store(&lowering)
    flatten()
    return program
  }

  private mutating func findStart(of head: Node, _ lowering: inout Lowering) {
    let users = group.members.filter { $0.operands.contains { View(of: $0).base === head } }
    guard users.count == 1, let sum = users.first, (sum.primitive as? Binary)?.operation == .add,
      group.levels[sum] == .full, !lowering.isNeeded(head)
    else { return }
    let others = sum.operands.filter { View(of: $0).base !== head }
    guard others.count == 1 else { return }
    let view = View(of: others[0])
    guard group.levels[view.base] == nil, view.base.dtype == head.dtype,
      view.base.value != nil || !(view.base.primitive is Fill),
      let axis = View.split(view.shape, rows: group.rows, columns: group.columns),
      let rowStride = view.stride(over: 0..<axis),
      group.columns == 1 || view.stride(over: axis..<view.shape.rank) == 1
    else { return }
    var location = lowering.location(of: view.base)
    location.byteOffset += view.offset * view.base.dtype.byteCount
    start = (sum, Plan.Rows(location: location, stride: rowStride))
  }

  private mutating func newRegister() -> Int {
    program.registerCount += 1
    return program.registerCount - 1
  }

  // ---- Operands

  /// The register that holds an operand of `user`, at the user's level.
  private mutating func operand(_ node: Node, of user: Node, _ lowering: inout Lowering) -> Int {
    let perRow = group.levels[user] == .row && !(user.primitive is Reduce)
    let view = View(of: node)
    if let fill = view.base.primitive as? Fill, view.base.value == nil {
      return constant(fill.value, perRow: perRow)
    }
    if let register = registers[view.base] {
      return group.levels[view.base] == .row && !perRow ? expand(register) : register
    }
    return load(view, node, perRow: perRow, &lowering)
  }

  private mutating func constant(_ value: Double, perRow: Bool) -> Int {
    let key = ConstantKey(bits: value.bitPattern, perRow: perRow)
    if let register = constants[key] { return register }
    let register = newRegister()
    program.constants.append((value, register, perRow))
    constants[key] = register
    return register
  }

  private mutating func expand(_ register: Int) -> Int {
    if let known = expanded[register] { return known }
    let result = newRegister()
    emit(GLIA_ROW_EXPAND, perRow: false, result, [register])
    expanded[register] = result
    return result
  }

  private mutating func load(_ view: View, _ node: Node, perRow: Bool, _ lowering: inout Lowering) -> Int {
    let (location, layout, rowStride) = place(view, perRow: perRow, &lowering) ?? copied(view, node, perRow, &lowering)
    let key = LoadKey(location: location, layout: layout.rawValue, rowStride: rowStride, dtype: node.dtype)
    let register: Int
    if let known = loaded[key] {
      register = known
    } else {
      register = newRegister()
      program.loads.append(
        .init(location: location, layout: layout, rowStride: rowStride, dtype: node.dtype, register: register))
      loaded[key] = register
    }
    return layout == GLIA_PER_ROW && !perRow ? expand(register) : register
  }

  /// How a view lies over the group's rows and columns, where a layout can say it.
  private func place(_ view: View, perRow: Bool, _ lowering: inout Lowering)
    -> (Plan.Location, glia_layout, Int)?
  {
    var location = lowering.location(of: view.base)
    location.byteOffset += view.offset * view.base.dtype.byteCount
    let columns = perRow ? 1 : group.columns
    guard let axis = View.split(view.shape, rows: group.rows, columns: columns),
      let row = view.stride(over: 0..<axis), let column = view.stride(over: axis..<view.shape.rank)
    else { return nil }
    if perRow { return (location, GLIA_PER_ROW, row) }
    switch (row, column) {
    case (0, 0): return group.rows == 1 && columns == 1 ? (location, GLIA_FULL, 1) : (location, GLIA_SCALAR, 0)
    case (_, 1): return row == 0 && group.rows > 1 ? (location, GLIA_PER_COLUMN, 0) : (location, GLIA_FULL, row)
    case (_, 0): return columns == 1 ? (location, GLIA_FULL, row) : (location, GLIA_PER_ROW, row)
    default: return nil
    }
  }

  private func copied(_ view: View, _ node: Node, _ perRow: Bool, _ lowering: inout Lowering)
    -> (Plan.Location, glia_layout, Int)
  {
    // Of what is spread over rows or columns, one row or column is enough.
    if !perRow, let axis = View.split(view.shape, rows: group.rows, columns: group.columns) {
      let (rows, columns) = (view.along(0..<axis), view.along(axis..<view.shape.rank))
      if view.stride(over: axis..<view.shape.rank) == 0, group.columns > 1 {
        return (lowering.contiguous(rows), GLIA_PER_ROW, 1)
      }
      if view.stride(over: 0..<axis) == 0, group.rows > 1 { return (lowering.contiguous(columns), GLIA_PER_COLUMN, 0) }
    }
    let location = lowering.contiguous(view, for: node)
    return perRow ? (location, GLIA_PER_ROW, 1) : (location, GLIA_FULL, group.columns)
  }

  // ---- Instructions

  private mutating func emit(_ operation: glia_operation, perRow: Bool, _ target: Int, _ sources: [Int]) {
    var instruction = glia_instruction()
    instruction.operation = UInt8(operation.rawValue)
    instruction.per_row = perRow ? 1 : 0
    instruction.dst = UInt16(target)
    instruction.a = UInt16(sources[0])
    if sources.count > 1 { instruction.b = UInt16(sources[1]) }
    if sources.count > 2 { instruction.c = UInt16(sources[2]) }
    program.instructions.append(instruction)
  }

  private mutating func compute(_ node: Node, _ lowering: inout Lowering) {
    let perRow = group.levels[node] == .row
    if let product = foldedTerm(of: node) {
      registers[node] = newRegister()
      emitMultiplyAdd(node, product, perRow: perRow, &lowering)
      return
    }
    var sources = node.operands.map { operand($0, of: node, &lowering) }
    let operation: glia_operation
    switch node.primitive {
    case let unary as Unary: operation = unary.operation.kernel
    case let binary as Binary: operation = binary.operation.kernel
    case is Select: operation = GLIA_SELECT
    case is Cast:
      if node.dtype != .bool {
        // The load or the register already has the wider type's value.
        registers[node] = sources[0]
        return
      }
      sources.append(constant(0, perRow: perRow))
      operation = GLIA_NOT_EQUAL
    case let reduce as Reduce:
      if group.levels[node] == .accumulated {
        accumulate(node, reduce, sources[0], &lowering)
        return
      }
      registers[node] = newRegister()
      emit(reduce.operation.kernel, perRow: false, registers[node]!, sources)
      return
    default: preconditionFailure("\(node.primitive.name) has no instruction.")
    }
    registers[node] = newRegister()
    emit(operation, perRow: perRow, registers[node]!, sources)
  }

  // ---- Fused multiply-adds

  /// A product is folded where nothing else uses it. Which are depends on the graph alone, so the bits are the same everywhere.
  private mutating func findFoldedProducts(_ lowering: Lowering) {
    var uses: [Node: Int] = [:]
    for member in group.members {
      for operand in member.operands { uses[View(of: operand).base, default: 0] += 1 }
    }
    for cast in group.casts { uses[View(of: cast.operands[0]).base, default: 0] += 1 }
    for node in group.members {
      guard let sum = node.primitive as? Binary, sum.operation == .add || sum.operation == .subtract,
        node.dtype.isFloatingPoint
      else { continue }
      let terms = sum.operation == .add ? node.operands.reversed() : [node.operands[1]]
      let product = terms.first { term in
        guard let binary = term.primitive as? Binary, binary.operation == .multiply, term.value == nil else {
          return false
        }
        return uses[term] == 1 && group.levels[term] == group.levels[node] && !lowering.isNeeded(term)
      }
      if let product { folded.insert(product) }
    }
  }

  private func foldedTerm(of node: Node) -> Node? {
    guard let sum = node.primitive as? Binary, sum.operation == .add || sum.operation == .subtract else { return nil }
    return node.operands.first { folded.contains($0) }
  }

  private mutating func emitMultiplyAdd(_ node: Node, _ product: Node, perRow: Bool, _ lowering: inout Lowering) {
    let isFirst = node.operands[0] === product
    let sources =
      product.operands.map { operand($0, of: product, &lowering) }
      + [operand(node.operands[isFirst ? 1 : 0], of: node, &lowering)]
    let isSum = (node.primitive as? Binary)?.operation == .add
    emit(isSum ? GLIA_MULTIPLY_ADD : GLIA_SUBTRACT_PRODUCT, perRow: perRow, registers[node]!, sources)
  }

  private mutating func accumulate(_ node: Node, _ reduce: Reduce, _ register: Int, _ lowering: inout Lowering) {
    program.accumulators.append(
      .init(
        location: lowering.location(of: node), operation: reduce.operation.kernel,
        layout: node.shape.elementCount == 1 ? GLIA_SCALAR : GLIA_PER_COLUMN, dtype: node.dtype, register: register))
  }

  // ---- Results

  private mutating func store(_ lowering: inout Lowering) {
    for node in group.members where node !== group.head && node !== start?.sum && lowering.hasPlace(node) {
      if let register = registers[node] { store(node, register, isRow: group.levels[node] == .row, &lowering) }
    }
    for node in group.members {
      for part in lowering.parts[node] ?? [] {
        program.stores.append(
          .init(
            location: part.location, layout: GLIA_FULL, rowStride: part.stride, dtype: node.dtype,
            register: stored(registers[node]!, false)))
      }
    }
    for cast in group.casts {
      let base = View(of: cast.operands[0]).base
      store(cast, registers[base]!, isRow: group.levels[base] == .row, &lowering)
    }
  }

  private mutating func store(_ node: Node, _ register: Int, isRow: Bool, _ lowering: inout Lowering) {
    program.stores.append(
      .init(
        location: lowering.location(of: node), layout: isRow ? GLIA_PER_ROW : GLIA_FULL,
        rowStride: isRow ? 1 : program.columns, dtype: node.dtype, register: stored(register, isRow)))
  }

  /// A register of its own for each store of what is only loaded or a constant.
  private mutating func stored(_ register: Int, _ isRow: Bool) -> Int {
    let isComputed = program.instructions.contains { Int($0.dst) == register }
    let isTaken = program.stores.contains { $0.register == register }
    if isComputed, !isTaken { return register }
    let copy = newRegister()
    emit(GLIA_COPY, perRow: isRow, copy, [register])
    return copy
  }

  /// Rows that lie one behind the other everywhere are one long row.
  private mutating func flatten() {
    guard group.head == nil, program.rows > 1, program.columns > 0 else { return }
    let looksAlongRows = program.instructions.contains {
      $0.per_row == 1 || $0.operation >= UInt8(GLIA_ROW_SUM.rawValue)
    }
    guard !looksAlongRows, !program.constants.contains(where: \.perRow),
      program.accumulators.allSatisfy({ $0.layout == GLIA_SCALAR }),
      (program.loads + program.stores).allSatisfy({
        $0.layout == GLIA_SCALAR || ($0.layout == GLIA_FULL && $0.rowStride == program.columns)
      })
    else { return }
    let count = program.rows * program.columns
    program.rows = 1
    program.columns = count
    for index in program.loads.indices where program.loads[index].layout == GLIA_FULL {
      program.loads[index].rowStride = count
    }
    for index in program.stores.indices { program.stores[index].rowStride = count }
  }
}

extension Unary.Operation {
  var kernel: glia_operation {
    switch self {
    case .negate: GLIA_NEGATE
    case .abs: GLIA_ABS
    case .sign: GLIA_SIGN
    case .square: GLIA_SQUARE
    case .squareRoot: GLIA_SQRT
    case .reciprocalSquareRoot: GLIA_RSQRT
    case .reciprocal: GLIA_RECIPROCAL
    case .exp: GLIA_EXP
    case .expMinusOne: GLIA_EXPM1
    case .log: GLIA_LOG
    case .logOnePlus: GLIA_LOG1P
    case .sin: GLIA_SIN
    case .cos: GLIA_COS
    case .tanh: GLIA_TANH
    case .sigmoid: GLIA_SIGMOID
    case .erf: GLIA_ERF
    case .floor: GLIA_FLOOR
    case .ceil: GLIA_CEIL
    case .round: GLIA_ROUND
    case .not: GLIA_NOT
    case .isNaN: GLIA_IS_NAN
    }
  }
}

extension Binary.Operation {
  var kernel: glia_operation {
    switch self {
    case .add: GLIA_ADD
    case .subtract: GLIA_SUBTRACT
    case .multiply: GLIA_MULTIPLY
    case .divide: GLIA_DIVIDE
    case .power: GLIA_POWER
    case .maximum: GLIA_MAXIMUM
    case .minimum: GLIA_MINIMUM
    case .equal: GLIA_EQUAL
    case .notEqual: GLIA_NOT_EQUAL
    case .less: GLIA_LESS
    case .lessOrEqual: GLIA_LESS_EQUAL
    case .and: GLIA_AND
    case .or: GLIA_OR
    }
  }
}

extension Reduce.Operation {
  var kernel: glia_operation {
    switch self {
    case .sum: GLIA_ROW_SUM
    case .maximum: GLIA_ROW_MAXIMUM
    case .minimum: GLIA_ROW_MINIMUM
    }
  }
}
