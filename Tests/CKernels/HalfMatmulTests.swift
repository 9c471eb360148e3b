import CGliaKernels
import GliaGuardedMemory
import Testing

/// Numbers that bfloat16 holds, as they lie in memory and widened.
private struct Halves {
  let stored: GuardedMemory<UInt16>
  let widened: [Float]

  /// `slack` is behind the numbers, and holds a NaN that may be read and not seen.
  init(_ count: Int, slack: Int, at edge: GuardedMemory<UInt16>.Edge, _ generator: inout SeededGenerator) {
    let bits = (0..<count).map { _ in UInt16(Float.random(in: -2...2, using: &generator).bitPattern >> 16) }
    var rest = (bits + .init(repeating: 0x7fc0, count: slack)).makeIterator()
    stored = GuardedMemory(count + slack, at: edge) { rest.next()! }
    widened = bits.map { Float(bitPattern: UInt32($0) << 16) }
  }
}

@Suite("Matrix products of bfloat16")
struct HalfMatmulTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  /// Compares with the plain loop over the widened operands, under each instruction set.
  private func check(
    _ product: Product, halfA: Bool, halfB: Bool, threads: [Int] = [1], _ generator: inout SeededGenerator
  ) {
    var product = product
    product.bSlack = Bool.random(using: &generator)
    let isBack = Bool.random(using: &generator)
    let a = Halves(product.aStrides.count, slack: 0, at: isBack ? .back : .front, &generator)
    let slack = product.bSlack ? Int(GLIA_SLACK) / 2 : 0
    let b = Halves(product.bStrides.count, slack: slack, at: isBack ? .back : .front, &generator)
    let wideA = GuardedMemory<Float>(a.widened.count, at: .back) { 0 }
    let wideB = GuardedMemory<Float>(b.widened.count + slack, at: .back) { 0 }
    for (i, x) in a.widened.enumerated() { wideA.start[i] = x }
    for (i, x) in b.widened.enumerated() { wideB.start[i] = x }
    let c = GuardedMemory<Float>(product.cCount, at: .back) { 77 }
    let startRow = Bool.random(using: &generator) ? 0 : product.n + Int.random(in: 0..<3, using: &generator)
    let start = (0..<max(product.batch * product.m - 1, 0) * startRow + product.n).map { _ in
      Float.random(in: -1...1, using: &generator)
    }
    let starts = Bool.random(using: &generator)
    let expected = product.reference(
      a: a.widened, b: b.widened, into: c.numbers, start: starts ? start : nil, startRow: startRow)
    for count in threads {
      let results = start.withUnsafeBufferPointer { start in
        underEachWay { () -> [Float] in
          for i in 0..<c.count { c.start[i] = 77 }
          var arguments = product.arguments(
            Float.self, a: wideA.start, b: wideB.start, c: c.start, start: starts ? start.baseAddress : nil,
            startRow: startRow)
          if halfA { (arguments.a, arguments.a_bfloat16) = (.init(a.stored.start), 1) }
          if halfB { (arguments.b, arguments.b_bfloat16) = (.init(b.stored.start), 1) }
          let context = glia_context_create(Int32(count))
          defer { glia_context_destroy(context) }
          glia_context_reserve(context, glia_matmul_scratch(&arguments))
          run(glia_matmul_kernel, &arguments, context!)
          return c.numbers
        }
      }
      for (name, found) in results {
        #expect(
          areIdentical(found, expected),
          "\(product), a \(halfA), b \(halfB), \(name), \(count) threads, seed \(Self.seed)")
      }
    }
  }

  private func checkLayouts(_ product: Product, threads: [Int] = [1], _ generator: inout SeededGenerator) {
    for a in OperandLayout.allCases {
      for b in OperandLayout.allCases {
        var turned = product
        (turned.a, turned.b) = (a, b)
        for (halfA, halfB) in [(true, false), (false, true), (true, true)] {
          check(turned, halfA: halfA, halfB: halfB, threads: threads, &generator)
        }
      }
    }
  }

  @Test("Small products of bfloat16 are the chains of their widened operands, bit for bit, and touch nothing else")
  func smallShapes() {
    var generator = SeededGenerator(Self.seed)
    for m in [1, 2, 3, 4, 7, 15, 17] {
      for n in [1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65] {
        for k in [1, 2, 5, 17] {
          let a = OperandLayout.allCases.randomElement(using: &generator)!
          // Rows of b as they lie are the usual case of few rows.
          let b = m < 4 ? .rows : OperandLayout.allCases.randomElement(using: &generator)!
          let product = Product(m: m, n: n, k: k, a: a, b: b, gap: Int.random(in: 0...2, using: &generator))
          check(product, halfA: Bool.random(using: &generator), halfB: true, &generator)
        }
      }
    }
  }

  @Test(
    "Products of bfloat16 of any shape have the same bits for every number of threads",
    arguments: [(1, 600, 257), (2, 600, 200), (3, 130, 64), (1, 900, 3), (70, 300, 390), (150, 3, 129), (29, 48, 800)])
  func shapes(_ m: Int, _ n: Int, _ k: Int) {
    var generator = SeededGenerator(Self.seed)
    checkLayouts(Product(m: m, n: n, k: k), threads: [1, 3], &generator)
    check(Product(m: m, n: n, k: k, gap: 3, spread: 2), halfA: true, halfB: true, threads: [2], &generator)
  }

  @Test("One row over many columns is shared by threads and gives the same bits")
  func sharedRow() {
    var generator = SeededGenerator(Self.seed)
    check(Product(m: 1, n: 1100, k: 700), halfA: false, halfB: true, threads: [1, 2, 3], &generator)
  }

  @Test("Batches of products of bfloat16, and sums over nothing")
  func batches() {
    var generator = SeededGenerator(Self.seed)
    for (batch, m, n, k) in [(2, 3, 4, 5), (40, 5, 3, 9), (3, 40, 50, 60), (2, 3, 40, 0)] {
      for (repeatsA, repeatsB) in [(false, false), (true, false), (false, true)] {
        let product = Product(batch: batch, m: m, n: n, k: k, repeatsA: repeatsA, repeatsB: repeatsB)
        checkLayouts(product, threads: [1, 3], &generator)
      }
    }
  }

  @Test("Denormal, infinite and NaN numbers of bfloat16 are what they are in float32")
  func unusualNumbers() {
    let bits: [UInt16] = [0x0001, 0x8001, 0x007f, 0x0080, 0x7f7f, 0x7f80, 0xff80, 0x0000, 0x8000, 0x3f80]
    let wide = bits.map { Float(bitPattern: UInt32($0) << 16) }
    let one: [Float] = [1]
    for b in [bits] {
      let results = underEachWay { () -> [Float] in
        let c = GuardedMemory<Float>(b.count, at: .back) { 0 }
        b.withUnsafeBufferPointer { b in
          one.withUnsafeBufferPointer { a in
            var arguments = Product(m: 1, n: b.count, k: 1).arguments(
              Float.self, a: a.baseAddress!, b: a.baseAddress!, c: c.start)
            (arguments.b, arguments.b_bfloat16) = (.init(b.baseAddress!), 1)
            let context = glia_context_create(1)
            defer { glia_context_destroy(context) }
            glia_context_reserve(context, glia_matmul_scratch(&arguments))
            run(glia_matmul_kernel, &arguments, context!)
          }
        }
        return c.numbers
      }
      let expected = withSubnormalsAsZeros { wide.map { 0 + $0 } }
      for (name, found) in results { #expect(areIdentical(found, expected), "\(name)") }
    }
  }
}
