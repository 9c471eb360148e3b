import CGliaKernels
import GliaGuardedMemory
import Testing

/// How an operand lies in memory.
enum OperandLayout: CaseIterable {
  case rows, columns  // which are contiguous
}

/// A product and the memory it works on. Between rows there are `gap` elements that belong to nobody.
struct Product {
  var batch = 1
  var m: Int
  var n: Int
  var k: Int
  var a = OperandLayout.rows
  var b = OperandLayout.rows
  var gap = 0
  var spread = 1  // distance between neighbours
  var repeatsA = false
  var repeatsB = false
  var bSlack = false

  /// Distances between rows, columns and matrices, and how many elements one operand takes.
  private func strides(_ rows: Int, _ columns: Int, _ layout: OperandLayout, repeats: Bool)
    -> (row: Int, column: Int, batch: Int, count: Int)
  {
    let row = layout == .rows ? (columns + gap) * spread : spread
    let column = layout == .rows ? spread : (rows + gap) * spread
    let matrix = rows * columns == 0 ? 0 : (rows - 1) * row + (columns - 1) * column + 1
    let step = repeats ? 0 : matrix
    return (row, column, step, batch == 0 ? 0 : (batch - 1) * step + matrix)
  }

  var aStrides: (row: Int, column: Int, batch: Int, count: Int) { strides(m, k, a, repeats: repeatsA) }
  var bStrides: (row: Int, column: Int, batch: Int, count: Int) { strides(k, n, b, repeats: repeatsB) }
  var cRow: Int { n + gap }
  var cMatrix: Int { m * n == 0 ? 0 : (m - 1) * cRow + n }
  var cCount: Int { batch * cMatrix }

  func arguments<T: Scalar>(
    _: T.Type, a: UnsafePointer<T>, b: UnsafePointer<T>, c: UnsafeMutablePointer<T>, start: UnsafePointer<T>? = nil,
    startRow: Int = 0
  ) -> glia_matmul {
    let left = aStrides, right = bStrides
    return glia_matmul(
      a: a, b: b, c: c, batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k), a_row: Int64(left.row),
      a_column: Int64(left.column), a_batch: Int64(left.batch), b_row: Int64(right.row),
      b_column: Int64(right.column), b_batch: Int64(right.batch), c_row: Int64(cRow), c_batch: Int64(cMatrix),
      type: UInt8(T.type.rawValue), b_slack: bSlack ? 1 : 0, a_bfloat16: 0, b_bfloat16: 0, start: start,
      start_row: Int64(startRow),
      epilogue: nil)
  }

  /// Chains of fused multiply-adds in rising p; what is not c's stays as it was.
  func reference<T: Scalar>(a: [T], b: [T], into c: [T], start: [T]? = nil, startRow: Int = 0) -> [T] {
    let left = aStrides, right = bStrides
    var result = c
    for z in 0..<batch {
      for i in 0..<m {
        for j in 0..<n {
          var sum = start?[(z * m + i) * startRow + j] ?? 0
          var x = z * left.batch + i * left.row, y = z * right.batch + j * right.column
          for _ in 0..<k {
            sum.addProduct(a[x], b[y])
            x += left.column
            y += right.row
          }
          result[z * cMatrix + i * cRow + j] = sum
        }
      }
    }
    return result
  }
}

@Suite("Matrix products")
struct MatmulTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  private func run(_ arguments: inout glia_matmul, threads: Int) {
    let context = glia_context_create(Int32(threads))
    defer { glia_context_destroy(context) }
    glia_context_reserve(context, glia_matmul_scratch(&arguments))
    GliaCKernelsTests.run(glia_matmul_kernel, &arguments, context!)
  }

  /// Compares with the plain loop under each instruction set.
  private func check<T: Scalar>(
    _: T.Type, _ product: Product, threads: [Int] = [1], _ generator: inout SeededGenerator
  ) {
    let edge: GuardedMemory<T>.Edge = Bool.random(using: &generator) ? .front : .back
    func number() -> T { T(Double.random(in: -2...2, using: &generator)) }
    let a = GuardedMemory<T>(product.aStrides.count, at: edge, fill: number)
    var product = product
    product.bSlack = Bool.random(using: &generator)
    let slack = product.bSlack ? GLIA_SLACK / MemoryLayout<T>.stride : 0
    let b = GuardedMemory<T>(product.bStrides.count + slack, at: edge, fill: number)
    let c = GuardedMemory<T>(product.cCount, at: edge) { 77 }
    // None, one for all rows, or one a row.
    let startRow = Bool.random(using: &generator) ? 0 : product.n + Int.random(in: 0..<3, using: &generator)
    let startCount = max(product.batch * product.m - 1, 0) * startRow + product.n
    let start = Bool.random(using: &generator) ? GuardedMemory<T>(startCount, at: edge, fill: number) : nil
    let expected = product.reference(
      a: a.numbers, b: b.numbers, into: c.numbers, start: start?.numbers, startRow: startRow)
    for count in threads {
      let results = underEachWay { () -> [T] in
        for i in 0..<c.count { c.start[i] = 77 }
        var arguments = product.arguments(
          T.self, a: a.start, b: b.start, c: c.start, start: start?.start, startRow: startRow)
        run(&arguments, threads: count)
        return c.numbers
      }
      for (name, found) in results {
        #expect(
          areIdentical(found, expected), "\(product) of \(T.self), \(name), \(count) threads, seed \(Self.seed)")
      }
    }
  }

  private func check(_ product: Product, threads: [Int] = [1], _ generator: inout SeededGenerator) {
    check(Float.self, product, threads: threads, &generator)
    check(Double.self, product, threads: threads, &generator)
  }

  /// All four transpositions.
  private func checkLayouts(_ product: Product, threads: [Int] = [1], _ generator: inout SeededGenerator) {
    for a in OperandLayout.allCases {
      for b in OperandLayout.allCases {
        var turned = product
        turned.a = a
        turned.b = b
        check(turned, threads: threads, &generator)
      }
    }
  }

  @Test("Every small product is its chains of fused multiply-adds, bit for bit, and touches nothing else")
  func smallShapes() {
    var generator = SeededGenerator(Self.seed)
    let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 14, 15, 16, 17, 20]
    for m in sizes {
      for n in sizes + [32, 33] {
        for k in [1, 2, 3, 4, 5, 8, 17] {
          // One layout at a time, each as often as the others.
          let a = OperandLayout.allCases.randomElement(using: &generator)!
          let b = OperandLayout.allCases.randomElement(using: &generator)!
          let gap = Int.random(in: 0...2, using: &generator)
          check(Product(m: m, n: n, k: k, a: a, b: b, gap: gap), &generator)
        }
      }
    }
  }

  @Test(
    "A product of any shape, with any strides, has the same bits for every number of threads",
    arguments: [
      (1, 300, 257), (2, 130, 64), (3, 259, 31), (4, 97, 400), (300, 1, 257), (257, 2, 40), (150, 3, 129), (133, 4, 8),
      (1, 900, 3), (2, 1000, 20), (5, 700, 9), (45, 10, 300), (113, 33, 70), (29, 48, 800), (70, 300, 390),
      (260, 70, 128), (150, 150, 150),
    ])
  func shapes(_ m: Int, _ n: Int, _ k: Int) {
    var generator = SeededGenerator(Self.seed)
    checkLayouts(Product(m: m, n: n, k: k), threads: [1, 2, 3], &generator)
    checkLayouts(Product(m: m, n: n, k: k, gap: 3, spread: 2), threads: [2], &generator)
  }

  @Test("Rows a power of two apart, which the caches like least, are packed and give the same bits")
  func powersOfTwo() {
    var generator = SeededGenerator(Self.seed)
    checkLayouts(Product(m: 128, n: 128, k: 512), threads: [2], &generator)
    checkLayouts(Product(m: 61, n: 95, k: 12, gap: 1024), &generator)
    // Packed once for more columns than are packed at once, of more rows than are kept, and for several passes.
    check(Product(m: 530, n: 260, k: 17, gap: 1007), threads: [1, 2], &generator)
    check(Product(m: 60, n: 260, k: 17, a: .columns, b: .columns, gap: 1007), &generator)
    check(Product(m: 50, n: 257, k: 385, gap: 639), &generator)
  }

  @Test("Batches of products, whose operands may be the same for all")
  func batches() {
    var generator = SeededGenerator(Self.seed)
    for (batch, m, n, k) in [
      (2, 3, 4, 5), (7, 1, 9, 6), (40, 5, 3, 9), (3, 40, 50, 60), (90, 33, 1, 30), (5, 64, 70, 9),
    ] {
      for (repeatsA, repeatsB) in [(false, false), (true, false), (false, true), (true, true)] {
        let product = Product(batch: batch, m: m, n: n, k: k, repeatsA: repeatsA, repeatsB: repeatsB)
        checkLayouts(product, threads: [1, 3], &generator)
      }
    }
  }

  @Test("A tall batch over one right operand may be done as one matrix")
  func tallBatch() {
    var generator = SeededGenerator(Self.seed)
    for batch in [2, 30] {
      let product = Product(batch: batch, m: 9, n: 20, k: 11, repeatsB: true)
      checkLayouts(product, threads: [2], &generator)
    }
  }

  @Test("A sum over nothing is zero, and a product of no elements does nothing")
  func nothing() {
    var generator = SeededGenerator(Self.seed)
    for (m, n) in [(1, 1), (3, 5), (20, 40), (100, 3), (2, 100)] { checkLayouts(Product(m: m, n: n, k: 0), &generator) }
    for (batch, m, n) in [(0, 3, 3), (2, 0, 3), (2, 3, 0)] {
      checkLayouts(Product(batch: batch, m: m, n: n, k: 4), &generator)
    }
  }

  @Test("Strides of zero repeat an element, negative ones run backwards")
  func unusualStrides() {
    var generator = SeededGenerator(Self.seed)
    let size = 21
    let numbers = (0..<2 * size * size).map { _ in Float.random(in: -1...1, using: &generator) }
    for (aRow, aColumn, bRow, bColumn) in [
      (0, 1, size, 1), (size, 0, size, 1), (size, 1, 0, 1), (size, 1, 1, 0), (0, 0, 0, 0), (-size, 1, size, 1),
      (size, -1, -size, 1), (-1, -size, 1, -size), (size, 1, size, -1), (1, size, -1, size),
    ] {
      // Backward strides begin at the far end.
      func origin(_ row: Int, _ column: Int) -> Int { (row < 0 ? -row : 0) * (size - 1) + max(0, -column) * (size - 1) }
      let x = origin(aRow, aColumn), y = origin(bRow, bColumn) + size * size
      let expected = (0..<size * size).map { at in
        (0..<size).reduce(Float(0)) { sum, p in
          sum.addingProduct(
            numbers[x + at / size * aRow + p * aColumn], numbers[y + p * bRow + at % size * bColumn])
        }
      }
      let results = underEachWay {
        numbers.withUnsafeBufferPointer { operands in
          [Float](unsafeUninitializedCapacity: size * size) { c, count in
            var arguments = Product(m: size, n: size, k: size).arguments(
              Float.self, a: operands.baseAddress! + x, b: operands.baseAddress! + y, c: c.baseAddress!)
            (arguments.a_row, arguments.a_column) = (Int64(aRow), Int64(aColumn))
            (arguments.b_row, arguments.b_column) = (Int64(bRow), Int64(bColumn))
            run(&arguments, threads: 1)
            count = size * size
          }
        }
      }
      for (name, found) in results {
        #expect(areIdentical(found, expected), "\(name), strides \(aRow) \(aColumn), \(bRow) \(bColumn)")
      }
    }
  }

  @Test("A float64 sum of float32 numbers agrees within the roundings of k products")
  func accuracy() {
    var generator = SeededGenerator(Self.seed)
    let (m, n, k) = (9, 11, 1000)
    let a = GuardedMemory<Float>(m * k, at: .back) { Float.random(in: -1...1, using: &generator) }
    let b = GuardedMemory<Float>(k * n, at: .back) { Float.random(in: -1...1, using: &generator) }
    let c = GuardedMemory<Float>(m * n, at: .back) { 0 }
    var arguments = Product(m: m, n: n, k: k).arguments(Float.self, a: a.start, b: b.start, c: c.start)
    run(&arguments, threads: 2)
    for i in 0..<m {
      for j in 0..<n {
        let terms = (0..<k).map { Double(a.start[i * k + $0]) * Double(b.start[$0 * n + j]) }
        let error = abs(Double(c.start[i * n + j]) - terms.reduce(0, +))
        #expect(error <= Double(k) * Double(Float.ulpOfOne) / 2 * terms.reduce(0) { $0 + abs($1) })
      }
    }
  }
}
