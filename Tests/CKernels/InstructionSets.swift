import CGliaKernels
import Foundation

/// The names of the instruction sets that this processor has; portable C is the last.
let availableInstructionSets: [String] = withInstructionSetLock {
  let active = String(cString: glia_instruction_set())
  defer { _ = glia_use_instruction_set(active) }
  return ["avx512", "avx2", "neon", "portable"].filter { glia_use_instruction_set($0) }
}

// The choice belongs to the whole process, and tests run at the same time.
private let lock = NSRecursiveLock()

func withInstructionSetLock<R>(_ body: () throws -> R) rethrows -> R {
  lock.lock()
  defer { lock.unlock() }
  return try body()
}

/// Runs the body under each instruction set and gives the results in the order of `availableInstructionSets`.
func underEachInstructionSet<R>(_ body: (String) throws -> R) rethrows -> [R] {
  let names = availableInstructionSets
  return try withInstructionSetLock {
    let active = String(cString: glia_instruction_set())
    defer { _ = glia_use_instruction_set(active) }
    return try names.map { name in
      precondition(glia_use_instruction_set(name))
      return try body(name)
    }
  }
}

/// How a kernel is run: as it is, or in a plan, which writes down the steps of small ones and runs those.
nonisolated(unsafe) private var runsAsPlan = false  // under the lock, like the instruction set

/// Does something with numbers as they are while a plan runs.
func withSubnormalsAsZeros<R>(_ body: () throws -> R) rethrows -> R {
  let before = glia_flush_subnormals()
  defer { glia_restore_subnormals(before) }
  return try body()
}

/// Runs a kernel in the way at hand; see `underEachWay`.
func run(_ kernel: @escaping glia_kernel, _ arguments: UnsafeRawPointer, _ context: OpaquePointer) {
  guard runsAsPlan else { return withSubnormalsAsZeros { kernel(arguments, context) } }
  let plan = glia_plan_create([glia_call(kernel: kernel, arguments: arguments)], 1, context)
  glia_plan_run(plan)
  glia_plan_destroy(plan)
}

/// Runs the body under each instruction set, with kernels as they are and in plans, and gives the results with how they came
/// about.
func underEachWay<R>(_ body: () throws -> R) rethrows -> [(way: String, result: R)] {
  let pairs = try underEachInstructionSet { name in
    try [false, true].map { isPlan in
      runsAsPlan = isPlan
      defer { runsAsPlan = false }
      return (way: isPlan ? "\(name) as a plan" : name, result: try body())
    }
  }
  return pairs.flatMap { $0 }
}

/// A generator that a printed seed brings back.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {  // splitmix64
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// What registers can hold.
protocol Scalar: BinaryFloatingPoint {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger
  static var type: glia_type { get }
  var bits: Bits { get }
  init(bits: Bits)
}
extension Float: Scalar {
  static var type: glia_type { GLIA_FLOAT32 }
  var bits: UInt32 { bitPattern }
  init(bits: UInt32) { self.init(bitPattern: bits) }
}
extension Double: Scalar {
  static var type: glia_type { GLIA_FLOAT64 }
  var bits: UInt64 { bitPattern }
  init(bits: UInt64) { self.init(bitPattern: bits) }
}

extension Scalar {
  /// The same number bit for bit, or both NaN: which NaN it is, is the processor's affair.
  func isIdentical(to other: Self) -> Bool { bits == other.bits || (isNaN && other.isNaN) }
}

func areIdentical<T: Scalar>(_ a: [T], _ b: [T]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.isIdentical(to: $1) }
}

/// `glia_apply` over arrays.
func apply<T: Scalar>(_ operation: glia_operation, _ a: [T], _ b: [T]? = nil, _ c: [T]? = nil) -> [T] {
  [T](unsafeUninitializedCapacity: a.count) { result, count in
    a.withUnsafeBytes { first in
      (b ?? a).withUnsafeBytes { second in
        (c ?? a).withUnsafeBytes { third in
          glia_apply(
            operation, T.type, result.baseAddress, first.baseAddress, second.baseAddress, third.baseAddress, a.count)
        }
      }
    }
    count = a.count
  }
}

let unaryOperations: [glia_operation] = [
  GLIA_COPY, GLIA_NEGATE, GLIA_ABS, GLIA_SIGN, GLIA_SQUARE, GLIA_SQRT, GLIA_RSQRT, GLIA_RECIPROCAL, GLIA_EXP,
  GLIA_EXPM1, GLIA_LOG, GLIA_LOG1P, GLIA_SIN, GLIA_COS, GLIA_TANH, GLIA_SIGMOID, GLIA_ERF, GLIA_FLOOR, GLIA_CEIL,
  GLIA_ROUND, GLIA_NOT, GLIA_IS_NAN,
]
let binaryOperations: [glia_operation] = [
  GLIA_ADD, GLIA_SUBTRACT, GLIA_MULTIPLY, GLIA_DIVIDE, GLIA_POWER, GLIA_MAXIMUM, GLIA_MINIMUM, GLIA_EQUAL,
  GLIA_NOT_EQUAL, GLIA_LESS, GLIA_LESS_EQUAL, GLIA_AND, GLIA_OR,
]
let ternaryOperations: [glia_operation] = [GLIA_SELECT, GLIA_MULTIPLY_ADD, GLIA_SUBTRACT_PRODUCT]

/// Zeros, infinities, NaN, denormals, extremes and numbers around which formulas change.
func specialNumbers<T: Scalar>(_: T.Type) -> [T] {
  let positive: [T] = [
    0, .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown, .ulpOfOne, .ulpOfOne / 2, 0.1,
    0.25, 0.5, 1, T(1).nextDown, T(1).nextUp, 1.5, 2, 2.5, 3, 4, 5.5, 9, 20, 87.3, 88, 88.7, 89, 103.9, 105, 708.3,
    709.7, 710, 745.2, 746, 1000, 4_194_305, 8_388_607.5, 16_777_217, 1e9, 1.0995116e12, 1.5e15, 9.1e15, 1e30,
    .greatestFiniteMagnitude, .infinity,
  ]
  return positive + positive.map { -$0 } + [.nan]
}

/// Numbers of every size, and numbers of everyday sizes.
func randomNumbers<T: Scalar>(_ count: Int, _ generator: inout SeededGenerator) -> [T] {
  (0..<count).map { i in
    i % 2 == 0
      ? T(bits: T.Bits(truncatingIfNeeded: generator.next())) : T(Double.random(in: -10...10, using: &generator))
  }
}
