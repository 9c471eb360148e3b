import CGliaKernels

extension ProgramCase {
  /// A random program over a rectangle, on random memory. Registers are used again, results overwrite what was loaded,
  /// memory has other types and wider rows.
  static func random<T: Scalar>(
    _: T.Type, rows: Int, columns: Int, _ generator: inout SeededGenerator
  ) -> ProgramCase {
    var builder = ProgramBuilder<T>(rows: rows, columns: columns, generator: generator)
    let program = builder.build()
    generator = builder.generator
    return program
  }
}

private struct ProgramBuilder<T: Scalar> {
  var program: ProgramCase
  var generator: SeededGenerator
  private var full: [Int] = []  // registers with a scalar an element
  private var perRow: [Int] = []
  private var writable: [Int] = []  // of either, those that instructions may write again
  private let types = [GLIA_FLOAT32, GLIA_FLOAT64, GLIA_INT32, GLIA_INT64, GLIA_BOOL, GLIA_BFLOAT16, GLIA_FLOAT16]

  init(rows: Int, columns: Int, generator: SeededGenerator) {
    program = ProgramCase(rows: rows, columns: columns, type: T.type)
    self.generator = generator
  }

  private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

  private mutating func register() -> Int {
    program.registerCount += 1
    return program.registerCount - 1
  }

  private mutating func memoryType() -> glia_type { chance(3) ? types.randomElement(using: &generator)! : T.type }

  private mutating func number() -> Double {
    // What a plan has for a subnormal number that is only moved nobody promises.
    if chance(40) { return Double(specialNumbers(T.self).filter { !$0.isSubnormal }.randomElement(using: &generator)!) }
    let value = Double.random(in: -4...4, using: &generator)
    return Bool.random(using: &generator) ? value : value.rounded()
  }

  private mutating func stream(_ layout: glia_layout, register: Int, isStore: Bool = false) -> ProgramCase.Stream {
    let rows = program.rows, columns = program.columns
    let least = layout == GLIA_FULL ? columns : 1
    let slack = chance(2)
    if isStore, slack {  // nothing else may lie in the last line
      return .init(
        memory: Memory(count: rows * least, type: memoryType()), rowStride: least, layout: layout, register: register,
        slack: true)
    }
    let stride = chance(3) ? least + Int.random(in: 0...5, using: &generator) : least
    let count =
      switch layout {
      case GLIA_FULL, GLIA_PER_ROW: rows * stride + columns
      case GLIA_PER_COLUMN: columns
      default: 1
      }
    let memory = Memory(count: count, type: memoryType())
    for i in 0..<count { memory[i] = number() }
    return .init(memory: memory, rowStride: stride, layout: layout, register: register, slack: slack && !isStore)
  }

  mutating func build() -> ProgramCase {
    for index in 0..<Int.random(in: 1...4, using: &generator) {
      let layouts = [GLIA_FULL, GLIA_FULL, GLIA_PER_ROW, GLIA_PER_COLUMN, GLIA_SCALAR]
      let layout = index == 0 ? GLIA_FULL : layouts.randomElement(using: &generator)!
      let reg = register()
      program.loads.append(stream(layout, register: reg))
      if layout == GLIA_PER_ROW { perRow.append(reg) } else { full.append(reg) }
    }
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      let isPerRow = chance(3), reg = register()
      program.constants.append(.init(value: number(), reg: UInt16(reg), per_row: isPerRow ? 1 : 0))
      if isPerRow { perRow.append(reg) } else { full.append(reg) }
    }
    for _ in 0..<Int.random(in: 0...9, using: &generator) { addInstruction() }
    addStores()
    addAccumulators()
    return program
  }

  private mutating func addInstruction() {
    let rowReductions = [GLIA_ROW_SUM, GLIA_ROW_MAXIMUM, GLIA_ROW_MINIMUM]
    var instruction = glia_instruction()
    var isPerRow = !perRow.isEmpty && chance(4)
    if chance(6) {
      instruction.operation = UInt8(rowReductions.randomElement(using: &generator)!.rawValue)
      instruction.a = UInt16(full.randomElement(using: &generator)!)
      isPerRow = true
    } else if !perRow.isEmpty, chance(5) {
      instruction.operation = UInt8(GLIA_ROW_EXPAND.rawValue)
      instruction.a = UInt16(perRow.randomElement(using: &generator)!)
      isPerRow = false
    } else {
      let operations = unaryOperations + binaryOperations + binaryOperations + ternaryOperations + ternaryOperations
      let operands = isPerRow ? perRow : full
      instruction.operation = UInt8(operations.randomElement(using: &generator)!.rawValue)
      instruction.per_row = isPerRow ? 1 : 0
      instruction.a = UInt16(operands.randomElement(using: &generator)!)
      instruction.b = UInt16(operands.randomElement(using: &generator)!)
      instruction.c = UInt16(operands.randomElement(using: &generator)!)
    }
    let old = (isPerRow ? perRow : full).filter(writable.contains)
    if let again = old.randomElement(using: &generator), chance(3) {
      instruction.dst = UInt16(again)
    } else {
      let new = register()
      instruction.dst = UInt16(new)
      writable.append(new)
      if isPerRow { perRow.append(new) } else { full.append(new) }
    }
    program.instructions.append(instruction)
  }

  private mutating func addStores() {
    var overwritten: [Int] = []
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let reg = full.randomElement(using: &generator)!
      let load = Int.random(in: 0..<program.loads.count, using: &generator)
      if !perRow.isEmpty, chance(4) {
        let reg = perRow.randomElement(using: &generator)!
        program.stores.append(stream(GLIA_PER_ROW, register: reg, isStore: true))
      } else if program.loads[load].layout == GLIA_FULL, !overwritten.contains(load), chance(2) {
        overwritten.append(load)
        var store = program.loads[load]
        store.register = reg
        store.slack = false
        program.stores.append(store)
      } else {
        program.stores.append(stream(GLIA_FULL, register: reg, isStore: true))
      }
    }
  }

  private mutating func addAccumulators() {
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      let operations = [GLIA_ROW_SUM, GLIA_ROW_SUM, GLIA_ROW_MAXIMUM, GLIA_ROW_MINIMUM]
      let layout = Bool.random(using: &generator) ? GLIA_SCALAR : GLIA_PER_COLUMN
      program.accumulators.append(
        .init(
          memory: Memory(count: layout == GLIA_SCALAR ? 1 : program.columns, type: T.type),
          operation: operations.randomElement(using: &generator)!, layout: layout,
          register: full.randomElement(using: &generator)!))
    }
  }
}
