import CGliaKernels
import Foundation

/// Arrays in memory that a program's streams point to, of any `glia_type`.
final class Memory {
  let bytes: UnsafeMutableRawPointer
  let count: Int
  let type: glia_type

  static func size(_ type: glia_type) -> Int {
    switch type {
    case GLIA_FLOAT64, GLIA_INT64: 8
    case GLIA_FLOAT32, GLIA_INT32: 4
    case GLIA_BOOL: 1
    default: 2
    }
  }

  init(count: Int, type: glia_type) {
    self.count = count
    self.type = type
    // An odd number of elements behind an aligned address.
    bytes = .allocate(byteCount: (count + 1) * Self.size(type) + 64, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: (count + 1) * Self.size(type) + 64)
  }
  deinit { bytes.deallocate() }

  var data: UnsafeMutableRawPointer { bytes + Self.size(type) }

  /// Elements as numbers; whole ones up to 2^53.
  subscript(index: Int) -> Double {
    get {
      let at = data + index * Self.size(type)
      switch type {
      case GLIA_FLOAT32: return Double(at.load(as: Float.self))
      case GLIA_FLOAT64: return at.load(as: Double.self)
      case GLIA_INT32: return Double(at.load(as: Int32.self))
      case GLIA_INT64: return Double(at.load(as: Int64.self))
      case GLIA_BOOL: return Double(at.load(as: UInt8.self))
      case GLIA_BFLOAT16: return Double(Float(bitPattern: UInt32(at.load(as: UInt16.self)) << 16))
      default: return halfValue(at.load(as: UInt16.self))
      }
    }
    set {
      let at = data + index * Self.size(type)
      switch type {
      case GLIA_FLOAT32: at.storeBytes(of: Float(newValue), as: Float.self)
      case GLIA_FLOAT64: at.storeBytes(of: newValue, as: Double.self)
      case GLIA_INT32: at.storeBytes(of: saturating(newValue), as: Int32.self)
      case GLIA_INT64: at.storeBytes(of: saturating(newValue), as: Int64.self)
      case GLIA_BOOL: at.storeBytes(of: newValue != 0 ? 1 : 0, as: UInt8.self)
      case GLIA_BFLOAT16: at.storeBytes(of: nearestShort(newValue, exponentBits: 8), as: UInt16.self)
      default: at.storeBytes(of: nearestShort(newValue, exponentBits: 5), as: UInt16.self)
      }
    }
  }

  func copy() -> Memory {
    let other = Memory(count: count, type: type)
    other.data.copyMemory(from: data, byteCount: count * Self.size(type))
    return other
  }

  func isIdentical(to other: Memory) -> Bool {
    memcmp(data, other.data, count * Self.size(type)) == 0
      || (0..<count).allSatisfy { self[$0].isIdentical(to: other[$0]) }
  }
}

private func saturating<I: FixedWidthInteger>(_ value: Double) -> I {
  if value.isNaN { return 0 }
  return I(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
}

private func halfValue(_ bits: UInt16) -> Double {
  let sign: Double = bits & 0x8000 == 0 ? 1 : -1
  let exponent = Int(bits >> 10 & 31), fraction = Double(bits & 1023)
  if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
  if exponent == 0 { return sign * fraction * 0x1p-24 }
  return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
}

/// The bits of the nearest 16-bit float, half to even, by scaling to a whole number of ulps.
private func nearestShort(_ value: Double, exponentBits: Int) -> UInt16 {
  let precision = 16 - exponentBits, bias = 1 << (exponentBits - 1)  // with the hidden bit
  let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
  let infinity = UInt16((1 << exponentBits) - 1) << (precision - 1)
  if value.isNaN { return sign | infinity | 1 << (precision - 2) }
  if value.isInfinite { return sign | infinity }
  // On its way a number is a float32, and those below the least normal one are zeros.
  if value == 0 || abs(value) < Double(Float.leastNormalMagnitude) { return sign }
  let exponent = max(Int(value.exponent), 2 - bias)
  let ulp = Double(sign: .plus, exponent: exponent - precision + 1, significand: 1)
  let steps = Int((abs(value) / ulp).rounded(.toNearestOrEven))
  // The hidden bit adds one to the exponent's field, as does a carry.
  let field = (exponent + bias - 2) << (precision - 1)
  return sign | UInt16(min(field + steps, Int(infinity)))
}

/// A program with the memory it works on.
struct ProgramCase {
  struct Stream {
    var memory: Memory
    var offset = 0
    var rowStride: Int
    var layout: glia_layout
    var register: Int
    var slack = false
  }
  struct Accumulator {
    var memory: Memory
    var operation: glia_operation
    var layout: glia_layout
    var register: Int
  }

  var rows: Int
  var columns: Int
  var type: glia_type
  var registerCount = 0
  var loads: [Stream] = []
  var constants: [glia_constant] = []
  var instructions: [glia_instruction] = []
  var stores: [Stream] = []
  var accumulators: [Accumulator] = []

  /// The same program on memory of its own; what shares memory here shares it there.
  func copy() -> ProgramCase {
    var copies: [ObjectIdentifier: Memory] = [:]
    func copy(_ memory: Memory) -> Memory {
      if let known = copies[ObjectIdentifier(memory)] { return known }
      let new = memory.copy()
      copies[ObjectIdentifier(memory)] = new
      return new
    }
    var result = self
    for i in loads.indices { result.loads[i].memory = copy(loads[i].memory) }
    for i in stores.indices { result.stores[i].memory = copy(stores[i].memory) }
    for i in accumulators.indices { result.accumulators[i].memory = copy(accumulators[i].memory) }
    return result
  }

  func run(threads: Int) {
    withProgram { program in
      let context = glia_context_create(Int32(threads))!
      defer { glia_context_destroy(context) }
      glia_context_reserve(context, glia_program_scratch(program))
      GliaCKernelsTests.run(glia_program_kernel, program, context)
    }
  }

  /// Gives the body the program as kernels want it.
  func withProgram(_ body: (UnsafePointer<glia_program>) -> Void) {
    func stream(_ s: Stream) -> glia_stream {
      glia_stream(
        data: s.memory.data + s.offset * Memory.size(s.memory.type), row_stride: Int64(s.rowStride),
        type: UInt8(s.memory.type.rawValue), layout: UInt8(s.layout.rawValue), reg: UInt16(s.register),
        slack: s.slack ? 1 : 0)
    }
    let sums = accumulators.map {
      glia_accumulator(
        data: $0.memory.data, operation: UInt8($0.operation.rawValue), layout: UInt8($0.layout.rawValue),
        type: UInt8($0.memory.type.rawValue), reg: UInt16($0.register))
    }
    loads.map(stream).withUnsafeBufferPointer { loads in
      stores.map(stream).withUnsafeBufferPointer { stores in
        constants.withUnsafeBufferPointer { constants in
          instructions.withUnsafeBufferPointer { instructions in
            sums.withUnsafeBufferPointer { sums in
              var program = glia_program(
                rows: Int64(rows), columns: Int64(columns), type: UInt8(type.rawValue),
                register_count: UInt16(registerCount), load_count: Int32(loads.count),
                constant_count: Int32(constants.count), instruction_count: Int32(instructions.count),
                store_count: Int32(stores.count), accumulator_count: Int32(sums.count), loads: loads.baseAddress,
                constants: constants.baseAddress, instructions: instructions.baseAddress, stores: stores.baseAddress,
                accumulators: sums.baseAddress)
              body(&program)
            }
          }
        }
      }
    }
  }
}

/// Runs a program in the plainest way: every register whole, one instruction after the other.
struct Interpreter<T: Scalar> {
  let program: ProgramCase
  private var registers: [[T]]
  /// For each accumulator of a sum, what its scalars' sizes add up to.
  private(set) var magnitudes: [[Double]] = []

  init(_ program: ProgramCase) {
    self.program = program
    registers = Array(repeating: [], count: program.registerCount)
  }

  private func scalar(_ value: Double) -> T { T(value) }

  mutating func run() {
    let rows = program.rows, columns = program.columns
    for load in program.loads {
      func at(_ i: Int, _ j: Int) -> T {
        let index =
          switch load.layout {
          case GLIA_FULL: i * load.rowStride + j
          case GLIA_PER_ROW: i * load.rowStride
          case GLIA_PER_COLUMN: j
          default: 0
          }
        return scalar(load.memory[load.offset + index])
      }
      registers[load.register] =
        load.layout == GLIA_PER_ROW
        ? (0..<rows).map { at($0, 0) } : (0..<rows).flatMap { i in (0..<columns).map { at(i, $0) } }
    }
    for constant in program.constants {
      let count = constant.per_row == 1 ? rows : rows * columns
      registers[Int(constant.reg)] = Array(repeating: scalar(constant.value), count: count)
    }
    for instruction in program.instructions { execute(instruction) }
    for accumulator in program.accumulators { accumulate(accumulator) }
    for store in program.stores {
      let values = registers[store.register]
      for i in 0..<rows {
        if store.layout == GLIA_PER_ROW {
          store.memory[store.offset + i * store.rowStride] = Double(values[i])
        } else {
          for j in 0..<columns {
            store.memory[store.offset + i * store.rowStride + j] = Double(values[i * columns + j])
          }
        }
      }
    }
  }

  private mutating func execute(_ instruction: glia_instruction) {
    let operation = glia_operation(UInt32(instruction.operation))
    let rows = program.rows, columns = program.columns
    let a = registers[Int(instruction.a)]
    var result: [T]
    switch operation {
    case GLIA_ROW_EXPAND:
      result = (0..<rows).flatMap { Array(repeating: a[$0], count: columns) }
    case GLIA_ROW_SUM, GLIA_ROW_MAXIMUM, GLIA_ROW_MINIMUM:
      result = (0..<rows).map { reduce(operation, a[($0 * columns)..<(($0 + 1) * columns)]) }
    default:
      let b = registers[Int(instruction.b)], c = registers[Int(instruction.c)]
      result = apply(operation, a, b.count == a.count ? b : nil, c.count == a.count ? c : nil)
    }
    swap(&registers[Int(instruction.dst)], &result)
  }

  private static func combine(_ operation: glia_operation, _ a: T, _ b: T) -> T {
    switch operation {
    case GLIA_ROW_SUM: a + b
    case GLIA_ROW_MAXIMUM: a.isNaN || a > b ? a : b
    default: a.isNaN || a < b ? a : b
    }
  }

  private static func start(_ operation: glia_operation) -> T {
    operation == GLIA_ROW_SUM ? 0 : operation == GLIA_ROW_MAXIMUM ? -T.infinity : T.infinity
  }

  /// Sixteen lanes, folded in halves.
  private func reduce(_ operation: glia_operation, _ row: ArraySlice<T>) -> T {
    var lanes = Array(repeating: Self.start(operation), count: 16)
    for (j, value) in row.enumerated() { lanes[j % 16] = Self.combine(operation, lanes[j % 16], value) }
    for half in [8, 4, 2, 1] {
      for lane in 0..<half { lanes[lane] = Self.combine(operation, lanes[lane], lanes[lane + half]) }
    }
    return lanes[0]
  }

  /// Sums are made in float64, with what rounding lost: their order is the kernel's own affair.
  private mutating func accumulate(_ accumulator: ProgramCase.Accumulator) {
    let count = accumulator.layout == GLIA_SCALAR ? 1 : program.columns
    var sums = Array(repeating: 0.0, count: count), sizes = sums, lost = sums
    var extremes = Array(repeating: Self.start(accumulator.operation), count: count)
    for (index, value) in registers[accumulator.register].enumerated() {
      let at = accumulator.layout == GLIA_SCALAR ? 0 : index % program.columns
      let term = Double(value), sum = sums[at] + term, back = sum - sums[at]
      lost[at] += (sums[at] - (sum - back)) + (term - back)
      sums[at] = sum
      sizes[at] += abs(term)
      if accumulator.operation != GLIA_ROW_SUM {
        extremes[at] = Self.combine(accumulator.operation, extremes[at], value)
      }
    }
    for i in 0..<count {
      accumulator.memory[i] = accumulator.operation == GLIA_ROW_SUM ? sums[i] + lost[i] : Double(extremes[i])
    }
    magnitudes.append(accumulator.operation == GLIA_ROW_SUM ? sizes : [])
  }
}
