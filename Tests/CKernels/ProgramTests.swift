import CGliaKernels
import Testing

@Suite("Tile programs")
struct ProgramTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  /// Rectangles of every kind: none, small, whole tiles and beyond, wide, tall, several chunks.
  static let shapes: [(Int, Int)] =
    [
      (0, 0), (0, 5), (5, 0), (1, 1), (1, 4), (4, 1), (3, 5), (4, 4), (1, 17), (16, 16), (7, 9), (8, 8), (65, 1),
      (5, 33),
      (33, 31), (102, 10), (103, 10), (1, 1024), (1, 1025), (3, 1024), (2, 1500), (3, 2051), (300, 7), (1500, 1),
      (2, 600), (40, 70), (700, 50), (9, 4000), (1, 40000), (3000, 13), (40000, 1), (35, 1001),
    ]

  private func expectSame(
    _ found: ProgramCase, _ expected: ProgramCase, magnitudes: [[Double]], precision: Double, _ comment: Comment
  ) {
    for (index, (a, b)) in zip(found.stores, expected.stores).enumerated() {
      #expect(a.memory.isIdentical(to: b.memory), "store \(index) of \(comment)")
    }
    for (index, (a, b)) in zip(found.accumulators, expected.accumulators).enumerated() {
      if magnitudes[index].isEmpty {
        // Of two zeros it depends on the order which is the greater.
        let isSame = (0..<a.memory.count).allSatisfy {
          a.memory[$0] == b.memory[$0] || a.memory[$0].isNaN && b.memory[$0].isNaN
        }
        #expect(isSame, "accumulator \(index) of \(comment)")
        continue
      }
      for (i, size) in magnitudes[index].enumerated() where size < 1e30 {
        let error = abs(a.memory[i] - b.memory[i])
        #expect(error <= precision * size, "accumulator \(index)[\(i)] of \(comment)")
      }
    }
  }

  private func check<T: Scalar>(_: T.Type, rows: Int, columns: Int, seed: UInt64) {
    var generator = SeededGenerator(seed)
    let program = ProgramCase.random(T.self, rows: rows, columns: columns, &generator)
    let comment: Comment = "\(rows) × \(columns) of \(T.self), seed \(seed)"
    let expected = program.copy()
    var interpreter = Interpreter<T>(expected)
    withSubnormalsAsZeros { interpreter.run() }
    let results = underEachWay {
      (1...3).map { threads in
        let result = program.copy()
        result.run(threads: threads)
        return result
      }
    }.flatMap(\.result)
    // Down a column there are as many roundings as rows, and in one tile and its lanes fewer than 128.
    let precision = Double(T.ulpOfOne) * Double(rows + 128)
    expectSame(results[0], expected, magnitudes: interpreter.magnitudes, precision: precision, comment)
    for result in results.dropFirst() {
      for (a, b) in zip(result.stores, results[0].stores) { #expect(a.memory.isIdentical(to: b.memory), comment) }
      for (a, b) in zip(result.accumulators, results[0].accumulators) {
        #expect(a.memory.isIdentical(to: b.memory), "the order of a sum: \(comment)")
      }
    }
  }

  @Test("A random program does what it says, with the same bits for all instruction sets and numbers of threads")
  func randomPrograms() {
    var seeds = SeededGenerator(Self.seed)
    for (rows, columns) in Self.shapes {
      for _ in 0..<(rows * columns > 20000 ? 1 : rows * columns > 2000 ? 4 : 20) {
        check(Float.self, rows: rows, columns: columns, seed: seeds.next())
        check(Double.self, rows: rows, columns: columns, seed: seeds.next())
      }
    }
  }

  private func memory(_ values: [Double], type: glia_type = GLIA_FLOAT32) -> Memory {
    let memory = Memory(count: values.count, type: type)
    for (i, value) in values.enumerated() { memory[i] = value }
    return memory
  }

  @Test("Softmax of two rows")
  func softmax() {
    var program = ProgramCase(rows: 2, columns: 3, type: GLIA_FLOAT32, registerCount: 5)
    let result = memory([0, 0, 0, 0, 0, 0])
    program.loads = [.init(memory: memory([1, 1, 1, 0, 1000, 0]), rowStride: 3, layout: GLIA_FULL, register: 0)]
    func instruction(_ operation: glia_operation, _ dst: UInt16, _ a: UInt16, _ b: UInt16 = 0) -> glia_instruction {
      .init(operation: UInt8(operation.rawValue), per_row: 0, dst: dst, a: a, b: b, c: 0)
    }
    program.instructions = [
      instruction(GLIA_ROW_MAXIMUM, 1, 0), instruction(GLIA_ROW_EXPAND, 2, 1), instruction(GLIA_SUBTRACT, 2, 0, 2),
      instruction(GLIA_EXP, 2, 2), instruction(GLIA_ROW_SUM, 3, 2), instruction(GLIA_ROW_EXPAND, 4, 3),
      instruction(GLIA_DIVIDE, 4, 2, 4),
    ]
    program.stores = [.init(memory: result, rowStride: 3, layout: GLIA_FULL, register: 4)]
    program.run(threads: 1)
    let third = Double(Float(1) / 3)
    #expect((0..<6).map { result[$0] } == [third, third, third, 0, 1, 0])
  }

  @Test("A value may be moved on while its memory is overwritten", arguments: [3, 3000])
  func movedOn(columns: Int) {
    // previous = value; value = value + 1, stored in either order
    for order in [[0, 1], [1, 0]] {
      let value = memory((0..<columns).map(Double.init)), previous = memory(Array(repeating: 0, count: columns))
      var program = ProgramCase(rows: 1, columns: columns, type: GLIA_FLOAT32, registerCount: 3)
      program.loads = [.init(memory: value, rowStride: columns, layout: GLIA_FULL, register: 0)]
      program.constants = [.init(value: 1, reg: 1, per_row: 0)]
      program.instructions = [.init(operation: UInt8(GLIA_ADD.rawValue), per_row: 0, dst: 2, a: 0, b: 1, c: 0)]
      let stores: [ProgramCase.Stream] = [
        .init(memory: value, rowStride: columns, layout: GLIA_FULL, register: 2),
        .init(memory: previous, rowStride: columns, layout: GLIA_FULL, register: 0),
      ]
      program.stores = order.map { stores[$0] }
      program.run(threads: 1)
      #expect((0..<columns).allSatisfy { previous[$0] == Double($0) && value[$0] == Double($0 + 1) })
    }
  }

  @Test(
    "Few elements with much work are shared among threads, and none is left out",
    arguments: [(128, 128), (601, 50), (33, 900)])
  func heavy(_ rows: Int, _ columns: Int) {
    let results = (1...3).map { threads in
      let result = memory(Array(repeating: 7, count: rows * columns))
      let numbers = memory((0..<rows * columns).map { Double($0 % 97) - 48 })
      var program = ProgramCase(rows: rows, columns: columns, type: GLIA_FLOAT32, registerCount: 11)
      program.loads = [.init(memory: numbers, rowStride: columns, layout: GLIA_FULL, register: 0)]
      program.instructions = (0..<10).map {
        .init(operation: UInt8(GLIA_SIN.rawValue), per_row: 0, dst: $0 + 1, a: $0, b: 0, c: 0)
      }
      program.stores = [.init(memory: result, rowStride: columns, layout: GLIA_FULL, register: 10)]
      program.run(threads: threads)
      return (0..<rows * columns).map { result[$0] }
    }
    #expect(results[0].allSatisfy { abs($0) < 1 })
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  @Test("A float64 becomes a 16-bit float in one rounding")
  func shortFloats() {
    // A little beyond the middle between two neighbours, by less than float32 can tell; then exactly the middle.
    let cases: [(glia_type, Double, Double)] = [
      (GLIA_BFLOAT16, 1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-7), (GLIA_BFLOAT16, 1 + 0x1p-8, 1),
      (GLIA_BFLOAT16, -1 - 0x1p-8 - 0x1p-40, -1 - 0x1p-7), (GLIA_BFLOAT16, 1 + 0x3p-8 - 0x1p-40, 1 + 0x1p-7),
      (GLIA_FLOAT16, 1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-10), (GLIA_FLOAT16, 1 + 0x1p-11, 1),
      (GLIA_FLOAT16, 65519.99, 65504), (GLIA_FLOAT16, 65520, .infinity), (GLIA_FLOAT16, 0x1p-25, 0),
      (GLIA_FLOAT16, 0x1p-25 + 0x1p-60, 0x1p-24), (GLIA_BFLOAT16, 1e300, .infinity),
    ]
    for (type, value, expected) in cases {
      let result = memory([0], type: type)
      var program = ProgramCase(rows: 1, columns: 1, type: GLIA_FLOAT64, registerCount: 1)
      program.loads = [
        .init(memory: memory([value], type: GLIA_FLOAT64), rowStride: 1, layout: GLIA_FULL, register: 0)
      ]
      program.stores = [.init(memory: result, rowStride: 1, layout: GLIA_FULL, register: 0)]
      program.run(threads: 1)
      #expect(result[0] == expected, "\(value) as \(type)")
    }
  }

  @Test("Reductions over nothing are 0 and minus infinity")
  func nothing() {
    for (rows, columns) in [(0, 3), (3, 0), (0, 0)] {
      var program = ProgramCase(rows: rows, columns: columns, type: GLIA_FLOAT64, registerCount: 3)
      let sum = memory([7], type: GLIA_FLOAT64), maximum = memory([7], type: GLIA_FLOAT64)
      let rowSums = memory(Array(repeating: 7, count: rows), type: GLIA_FLOAT64)
      program.loads = [
        .init(memory: memory([], type: GLIA_FLOAT64), rowStride: columns, layout: GLIA_FULL, register: 0)
      ]
      program.instructions = [.init(operation: UInt8(GLIA_ROW_SUM.rawValue), per_row: 0, dst: 1, a: 0, b: 0, c: 0)]
      program.stores = [.init(memory: rowSums, rowStride: 1, layout: GLIA_PER_ROW, register: 1)]
      program.accumulators = [
        .init(memory: sum, operation: GLIA_ROW_SUM, layout: GLIA_SCALAR, register: 0),
        .init(memory: maximum, operation: GLIA_ROW_MAXIMUM, layout: GLIA_SCALAR, register: 0),
      ]
      program.run(threads: 2)
      #expect(sum[0] == 0 && maximum[0] == -.infinity)
      #expect((0..<rows).allSatisfy { rowSums[$0] == 0 })
    }
  }
}
