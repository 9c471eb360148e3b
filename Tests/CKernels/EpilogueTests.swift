import CGliaKernels
import GliaGuardedMemory
import Testing

@Suite("Epilogues of matrix products")
struct EpilogueTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  /// The product runs with the program as its epilogue; the program's first load is c.
  private func run<T: Scalar>(
    _: T.Type, _ product: Product, _ a: GuardedMemory<T>, _ b: GuardedMemory<T>, _ program: ProgramCase, threads: Int
  ) {
    let c = program.loads[0]
    program.withProgram { epilogue in
      var arguments = product.arguments(
        T.self, a: a.start, b: b.start, c: (c.memory.data.assumingMemoryBound(to: T.self) + c.offset))
      arguments.c_row = Int64(c.rowStride)
      arguments.c_batch = Int64(product.m * c.rowStride)
      arguments.epilogue = epilogue
      let context = glia_context_create(Int32(threads))
      defer { glia_context_destroy(context) }
      glia_context_reserve(context, glia_matmul_scratch(&arguments))
      GliaCKernelsTests.run(glia_matmul_kernel, &arguments, context!)
    }
  }

  /// The product by the plain loop into the program's first load, and then the program by itself.
  private func runApart<T: Scalar>(
    _: T.Type, _ product: Product, _ a: GuardedMemory<T>, _ b: GuardedMemory<T>, _ program: ProgramCase
  ) {
    let unused = [T](repeating: 0, count: product.cCount)
    let sums = product.reference(a: a.numbers, b: b.numbers, into: unused)
    let c = program.loads[0]
    for z in 0..<product.batch {
      for i in 0..<product.m {
        for j in 0..<product.n {
          let value = Double(sums[z * product.cMatrix + i * product.cRow + j])
          c.memory[c.offset + (z * product.m + i) * c.rowStride + j] = value
        }
      }
    }
    program.run(threads: 1)
  }

  private func expectSame(_ found: ProgramCase, _ expected: ProgramCase, _ comment: Comment) {
    for (a, b) in zip(found.stores, expected.stores) {
      #expect(a.memory.isIdentical(to: b.memory), "a store, \(comment)")
    }
    for (a, b) in zip(found.accumulators, expected.accumulators) {
      #expect(a.memory.isIdentical(to: b.memory), "an accumulator, \(comment)")
    }
  }

  private func check<T: Scalar>(_: T.Type, _ product: Product, _ program: ProgramCase, _ comment: Comment) {
    var generator = SeededGenerator(Self.seed)
    func number() -> T { T(Double.random(in: -2...2, using: &generator)) }
    let a = GuardedMemory<T>(product.aStrides.count, at: .back, fill: number)
    let b = GuardedMemory<T>(product.bStrides.count, at: .back, fill: number)
    let expected = program.copy()
    withSubnormalsAsZeros { runApart(T.self, product, a, b, expected) }
    let results = underEachWay {
      (1...3).map { threads in
        let result = program.copy()
        run(T.self, product, a, b, result, threads: threads)
        return (result: result, threads: threads)
      }
    }
    for (way, found) in results {
      for (result, threads) in found {
        expectSame(result, expected, "\(way), \(threads) threads, \(product), \(comment)")
      }
    }
  }

  /// A random program over the product that has c among its operands.
  private func randomProgram<T: Scalar>(_: T.Type, rows: Int, columns: Int, _ generator: inout SeededGenerator)
    -> ProgramCase
  {
    while true {
      var program = ProgramCase.random(T.self, rows: rows, columns: columns, &generator)
      let candidates = program.loads.indices.filter {
        program.loads[$0].layout == GLIA_FULL && program.loads[$0].memory.type == T.type
      }
      guard let c = candidates.first else { continue }
      program.loads.swapAt(0, c)
      return program
    }
  }

  private func checkRandom<T: Scalar>(_: T.Type, _ product: Product, seed: UInt64) {
    var generator = SeededGenerator(seed)
    let program = randomProgram(T.self, rows: product.batch * product.m, columns: product.n, &generator)
    check(T.self, product, program, "\(T.self), seed \(seed), numbers of seed \(Self.seed)")
  }

  @Test(
    "A random program gives the same bits inside a product as after it",
    arguments: [
      (1, 1), (1, 40), (3, 4), (4, 3), (32, 8), (33, 17), (40, 1), (300, 3), (16, 100), (70, 70), (200, 33), (9, 1030),
      (130, 300), (1200, 20), (1, 3000), (2500, 2), (700, 65),
    ])
  func randomPrograms(_ m: Int, _ n: Int) {
    var seeds = SeededGenerator(Self.seed)
    let size = m * n
    for _ in 0..<(size > 10000 ? 2 : size > 1000 ? 6 : 25) {
      let k = size > 10000 ? 20 : Int.random(in: 0...9, using: &seeds)
      for layout in OperandLayout.allCases {
        checkRandom(Float.self, Product(m: m, n: n, k: k, b: layout), seed: seeds.next())
        checkRandom(Double.self, Product(m: m, n: n, k: k, b: layout), seed: seeds.next())
      }
    }
  }

  private func instruction(_ operation: glia_operation, _ dst: UInt16, _ a: UInt16, _ b: UInt16 = 0)
    -> glia_instruction
  {
    .init(operation: UInt8(operation.rawValue), per_row: 0, dst: dst, a: a, b: b, c: 0)
  }

  private func numbers(_ count: Int, _ generator: inout SeededGenerator) -> Memory {
    let memory = Memory(count: count, type: GLIA_FLOAT32)
    for i in 0..<count { memory[i] = Double.random(in: -1...1, using: &generator) }
    return memory
  }

  /// c = max(c + bias, 0), and the sums of its columns.
  private func layer(rows: Int, columns: Int) -> ProgramCase {
    var generator = SeededGenerator(Self.seed)
    let c = numbers(rows * columns, &generator)
    var program = ProgramCase(rows: rows, columns: columns, type: GLIA_FLOAT32, registerCount: 4)
    program.loads = [
      .init(memory: c, rowStride: columns, layout: GLIA_FULL, register: 0),
      .init(memory: numbers(columns, &generator), rowStride: 0, layout: GLIA_PER_COLUMN, register: 1),
    ]
    program.constants = [.init(value: 0, reg: 2, per_row: 0)]
    program.instructions = [instruction(GLIA_ADD, 3, 0, 1), instruction(GLIA_MAXIMUM, 3, 3, 2)]
    program.stores = [.init(memory: c, rowStride: columns, layout: GLIA_FULL, register: 3)]
    let sums = Memory(count: columns, type: GLIA_FLOAT32)
    program.accumulators = [.init(memory: sums, operation: GLIA_ROW_SUM, layout: GLIA_PER_COLUMN, register: 3)]
    return program
  }

  @Test("Bias, activation and the sums of columns, in products large enough to be cut both ways")
  func layers() {
    for (m, n, k) in [(4, 4, 2), (32, 64, 4), (256, 256, 64), (500, 600, 20), (3000, 16, 12), (520, 260, 1024)] {
      check(Float.self, Product(m: m, n: n, k: k, b: .columns), layer(rows: m, columns: n), "layer")
    }
  }

  @Test("A sum over all of c takes the elements in the same order as without the product")
  func totals() {
    var generator = SeededGenerator(Self.seed)
    for (m, n) in [(1200, 20), (1500, 17), (90, 300), (300, 100), (5000, 3), (400, 90), (60, 700)] {
      var program = ProgramCase(rows: m, columns: n, type: GLIA_FLOAT32, registerCount: 1)
      program.loads = [
        .init(memory: numbers(m * n, &generator), rowStride: n, layout: GLIA_FULL, register: 0)
      ]
      let total = Memory(count: 1, type: GLIA_FLOAT64)
      program.accumulators = [.init(memory: total, operation: GLIA_ROW_SUM, layout: GLIA_SCALAR, register: 0)]
      check(Float.self, Product(m: m, n: n, k: 5), program, "total")
    }
  }

  @Test("The rows of a batch are the program's rows, one matrix after the other")
  func batches() {
    for (batch, m, n, k) in [(3, 4, 5, 6), (50, 7, 9, 3), (6, 100, 33, 40), (300, 3, 2, 9), (4, 300, 70, 30)] {
      for repeats in [false, true] {
        let product = Product(batch: batch, m: m, n: n, k: k, repeatsB: repeats)
        check(Float.self, product, layer(rows: batch * m, columns: n), "layer")
      }
    }
  }

  @Test("A product without elements still gives the sums over nothing")
  func nothing() {
    for (batch, m, n) in [(0, 3, 4), (2, 0, 4), (1, 0, 4)] {
      let program = layer(rows: batch * m, columns: n)
      for i in 0..<n { program.accumulators[0].memory[i] = 7 }
      check(Float.self, Product(batch: batch, m: m, n: n, k: 3), program, "layer")
      let memory = GuardedMemory<Float>(16, at: .back) { 1 }
      run(Float.self, Product(batch: batch, m: m, n: n, k: 3), memory, memory, program, threads: 1)
      #expect((0..<n).allSatisfy { program.accumulators[0].memory[$0] == 0 })
    }
  }
}
