import CGliaKernels
import Testing

@Suite("Moving data")
struct DataTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  private func withContext(threads: Int, _ body: (OpaquePointer) -> Void) {
    let context = glia_context_create(Int32(threads))!
    defer { glia_context_destroy(context) }
    body(context)
  }

  // ---- Copies

  /// Where element `index` (in rising order of the last dimension first) lies.
  private func offsets(_ dims: [Int], _ strides: [Int]) -> [Int] {
    var result = [0]
    for (count, stride) in zip(dims, strides) {
      result = result.flatMap { base in (0..<count).map { base + $0 * stride } }
    }
    return result
  }

  /// The strides of an array whose dimensions lie in memory in the given order, with gaps.
  private func strides(_ dims: [Int], order: [Int], _ generator: inout SeededGenerator) -> [Int] {
    var result = Array(repeating: 0, count: dims.count)
    var next = 1
    for axis in order {
      result[axis] = next
      next *= dims[axis] + (Int.random(in: 0..<4, using: &generator) == 0 ? 1 : 0)
    }
    return result
  }

  private func checkCopy(dims: [Int], elementSize: Int, threads: Int, _ generator: inout SeededGenerator) {
    let axes = Array(dims.indices)
    var source = strides(dims, order: axes.shuffled(using: &generator), &generator)
    var target = strides(dims, order: axes.shuffled(using: &generator), &generator)
    for axis in axes {
      if Int.random(in: 0..<6, using: &generator) == 0 { source[axis] = 0 }
      if Int.random(in: 0..<6, using: &generator) == 0 { source[axis] *= -1 }
      if Int.random(in: 0..<6, using: &generator) == 0 { target[axis] *= -1 }
    }
    let from = offsets(dims, source), to = offsets(dims, target)
    let fromBase = -(from.min() ?? 0), toBase = -(to.min() ?? 0)
    let src = (0..<((from.max() ?? 0) + fromBase + 1) * elementSize).map { _ in
      UInt8.random(in: 0...255, using: &generator)
    }
    let untouched = Array(repeating: UInt8(0xa5), count: ((to.max() ?? 0) + toBase + 1) * elementSize)
    var expected = untouched
    for (f, t) in zip(from, to) {
      for byte in 0..<elementSize {
        expected[(t + toBase) * elementSize + byte] = src[(f + fromBase) * elementSize + byte]
      }
    }
    var found = untouched
    src.withUnsafeBytes { s in
      found.withUnsafeMutableBytes { d in
        var copy = glia_copy()
        copy.src = s.baseAddress! + fromBase * elementSize
        copy.dst = d.baseAddress! + toBase * elementSize
        copy.rank = Int32(dims.count)
        copy.element_size = Int32(elementSize)
        withUnsafeMutableBytes(of: &copy.dims) { $0.copyBytes(from: dims.map(Int64.init).withUnsafeBytes(Array.init)) }
        withUnsafeMutableBytes(of: &copy.src_strides) {
          $0.copyBytes(from: source.map(Int64.init).withUnsafeBytes(Array.init))
        }
        withUnsafeMutableBytes(of: &copy.dst_strides) {
          $0.copyBytes(from: target.map(Int64.init).withUnsafeBytes(Array.init))
        }
        withContext(threads: threads) { glia_copy_kernel(&copy, $0) }
      }
    }
    #expect(found == expected, "\(dims) of \(elementSize) bytes, \(source) to \(target), seed \(Self.seed)")
  }

  @Test("A copy moves each element from where its strides say to where they say")
  func copies() {
    var generator = SeededGenerator(Self.seed)
    for _ in 0..<600 {
      let rank = Int.random(in: 0...5, using: &generator)
      let dims = (0..<rank).map { _ in
        [0, 1, 2, 3, 4, 5, 7, 1, 2, 3].randomElement(using: &generator)!
      }
      checkCopy(dims: dims, elementSize: [1, 2, 4, 8].randomElement(using: &generator)!, threads: 1, &generator)
    }
    for _ in 0..<30 {
      let dims = (0..<2).map { _ in Int.random(in: 1...70, using: &generator) }
      checkCopy(dims: dims, elementSize: [1, 2, 4, 8].randomElement(using: &generator)!, threads: 1, &generator)
    }
  }

  @Test("Large copies are the same with several threads", arguments: [[700, 400], [40, 83, 90]])
  func largeCopies(dims: [Int]) {
    var generator = SeededGenerator(Self.seed)
    for _ in 0..<2 { checkCopy(dims: dims, elementSize: 4, threads: 3, &generator) }
  }

  @Test("A fill repeats the low bytes of its bits")
  func fills() {
    for size in [1, 2, 4, 8] {
      var bytes = Array(repeating: UInt8(0), count: 8 * size)
      bytes.withUnsafeMutableBytes { raw in
        var fill = glia_fill(dst: raw.baseAddress, count: 7, element_size: Int32(size), bits: 0x0807_0605_0403_0201)
        withContext(threads: 1) { glia_fill_kernel(&fill, $0) }
      }
      let element = (1...size).map(UInt8.init)
      #expect(bytes == Array(repeating: element, count: 7).flatMap { $0 } + Array(repeating: 0, count: size))
    }
  }

  // ---- Gather and scatter

  private func gather<T: Numeric>(
    _ src: [T], _ indices: [Int64], outer: Int, size: Int, inner: Int, missing: UInt64, threads: Int
  ) -> [T] {
    let narrow = indices.map(Int32.init)
    return [T](unsafeUninitializedCapacity: outer * indices.count * inner) { result, count in
      src.withUnsafeBufferPointer { s in
        narrow.withUnsafeBufferPointer { i in
          var gather = glia_gather(
            src: s.baseAddress, indices: i.baseAddress, dst: result.baseAddress, outer: Int64(outer), size: Int64(size),
            count: Int64(indices.count), inner: Int64(inner), element_size: Int32(MemoryLayout<T>.stride),
            index_type: UInt8(GLIA_INT32.rawValue), missing: missing)
          withContext(threads: threads) { glia_gather_kernel(&gather, $0) }
        }
      }
      count = outer * indices.count * inner
    }
  }

  @Test("A gather takes rows by index, and an index outside gives what is missing")
  func gathers() {
    let table: [Int32] = Array(0..<24)  // 2 × 4 × 3
    let rows = gather(table, [3, 0, -1, 4, 3], outer: 2, size: 4, inner: 3, missing: 99, threads: 1)
    let first: [Int32] = [9, 10, 11, 0, 1, 2, 99, 99, 99, 99, 99, 99, 9, 10, 11]
    #expect(rows == first + first.map { $0 == 99 ? 99 : $0 + 12 })
    let single = gather([5, 6, 7] as [Double], [2, 2, 9], outer: 1, size: 3, inner: 1, missing: 0, threads: 1)
    #expect(single == [7, 7, 0])
  }

  @Test("A large gather is the same with several threads")
  func largeGather() {
    var generator = SeededGenerator(Self.seed)
    let table = (0..<(100 * 37)).map { _ in Float.random(in: -1...1, using: &generator) }
    let indices = (0..<9001).map { _ in Int64.random(in: 0..<100, using: &generator) }
    let expected = indices.flatMap { table[(Int($0) * 37)..<((Int($0) + 1) * 37)] }
    #expect(gather(table, indices, outer: 1, size: 100, inner: 37, missing: 0, threads: 3) == expected)
  }

  @Test("A scatter adds rows in rising order to zeros, and leaves out indices outside")
  func scatters() {
    func check<T: Scalar>(_: T.Type) {
      let src: [T] = [1, 2, 10, 20, 100, 200, 1000, 2000]
      let indices: [Int64] = [2, 0, 2, 7]
      var result: [T] = Array(repeating: 5, count: 6 + 20)  // rows of dst, and what lies behind them
      src.withUnsafeBufferPointer { s in
        indices.withUnsafeBufferPointer { i in
          result.withUnsafeMutableBufferPointer { r in
            var scatter = glia_scatter_add(
              src: s.baseAddress, indices: i.baseAddress, dst: r.baseAddress, outer: 1, size: 3, count: 4, inner: 2,
              type: UInt8(T.type.rawValue), index_type: UInt8(GLIA_INT64.rawValue))
            withContext(threads: 1) { glia_scatter_add_kernel(&scatter, $0) }
          }
        }
      }
      #expect(result == [10, 20, 0, 0, 101, 202] + Array(repeating: 5, count: 20))
    }
    check(Float.self)
    check(Double.self)
  }

  // ---- Windows

  @Test("Windows are added up in rising order of their elements, by any number of threads", arguments: [1, 3])
  func overlaps(threads: Int) {
    var generator = SeededGenerator(Self.seed)
    func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
    for round in 0..<60 {
      // Items, elements of a window and windows along two axes: [items, 2, 2 | 2, 2].
      let (items, isLarge) = (round % 10 == 0 ? 400 : number(1...4), round % 10 == 0)
      let sizes = (0..<2).map { _ in number(1...4) }, counts = (0..<2).map { _ in number(1...(isLarge ? 25 : 9)) }
      let strides = (0..<2).map { _ in number(1...3) }, steps = (0..<2).map { _ in number(1...2) }
      let lengths = (0..<2).map { (counts[$0] - 1) * strides[$0] + (sizes[$0] - 1) * steps[$0] + number(1...2) }
      let dims = [items] + sizes + counts
      let source = self.strides(dims, order: Array(dims.indices).shuffled(using: &generator), &generator)
      let target = [
        lengths[0] * lengths[1], steps[0] * lengths[1], steps[1], strides[0] * lengths[1], strides[1],
      ]
      let from = offsets(dims, source), to = offsets(dims, target)
      let src = (0...from.max()!).map { _ in Float.random(in: -1...1, using: &generator) }
      let count = items * lengths[0] * lengths[1]
      var expected = [Float](repeating: 0, count: count) + [7]
      for (f, t) in zip(from, to) { expected[t] += src[f] }
      var found = [Float](repeating: 7, count: count + 1)
      src.withUnsafeBufferPointer { s in
        found.withUnsafeMutableBufferPointer { d in
          var overlap = glia_overlap_add()
          (overlap.src, overlap.dst) = (.init(s.baseAddress), .init(d.baseAddress))
          (overlap.count, overlap.rank, overlap.outer) = (Int64(count), 5, 1)
          overlap.type = UInt8(GLIA_FLOAT32.rawValue)
          func set(_ field: inout some Any, _ values: [Int]) {
            withUnsafeMutableBytes(of: &field) {
              $0.copyBytes(from: values.map(Int64.init).withUnsafeBytes(Array.init))
            }
          }
          set(&overlap.dims, dims)
          set(&overlap.src_strides, source)
          set(&overlap.dst_strides, target)
          withContext(threads: threads) { glia_overlap_add_kernel(&overlap, $0) }
        }
      }
      #expect(found == expected, "\(dims), \(source) to \(target), seed \(Self.seed)")
    }
  }

  // ---- Random numbers

  private func random<T: Scalar>(_: T.Type, key: [Int64], stream: UInt64, count: Int, threads: Int = 1) -> [T] {
    [T](unsafeUninitializedCapacity: count + 1) { result, initialized in
      result.initialize(repeating: 7)
      key.withUnsafeBufferPointer { key in
        var random = glia_random(
          key: key.baseAddress, dst: result.baseAddress, count: Int64(count), stream: stream,
          type: UInt8(T.type.rawValue))
        withContext(threads: threads) { glia_random_kernel(&random, $0) }
      }
      #expect(result[count] == 7, "an element beyond the end")
      initialized = count
    }
  }

  private func expectWords(_ words: [UInt32], key: [Int64], stream: UInt64) {
    let numbers = random(Float.self, key: key, stream: stream, count: 4)
    #expect(numbers == words.map { Float($0 >> 8) * 0x1p-24 })
    let doubles = random(Double.self, key: key, stream: stream, count: 2)
    let pairs = [(words[1], words[0]), (words[3], words[2])]
    #expect(doubles == pairs.map { Double((UInt64($0.0) << 32 | UInt64($0.1)) >> 11) * 0x1p-53 })
  }

  /// Philox4x32-10 one block at a time, from its paper.
  private func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var c = counter, k = key
    for _ in 0..<10 {
      let p0 = UInt64(c[0]) * 0xD251_1F53, p1 = UInt64(c[2]) * 0xCD9E_8D57
      c = [
        UInt32(p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1), UInt32(p0 >> 32) ^ c[3] ^ k[1],
        UInt32(truncatingIfNeeded: p0),
      ]
      k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
    }
    return c
  }

  @Test("Random numbers are Philox's, whose known answers they give")
  func knownAnswers() {
    expectWords([0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8], key: [0, 0], stream: 0)
    #expect(
      philox(Array(repeating: .max, count: 4), [.max, .max]) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    // Each block of a stream, under a key and a stream with different halves.
    let key: [Int64] = [0x0123_4567_89ab_cdef, 0x7654_3210_fedc_ba98], stream: UInt64 = 0x1111_2222_3333_4444
    let words = (0..<50).flatMap {
      philox([UInt32($0), 0xfedc_ba98, 0x3333_4444, 0x1111_2222], [0x89ab_cdef, 0x0123_4567])
    }
    for count in [0, 1, 3, 4, 5, 63, 64, 65, 199] {
      let numbers = random(Float.self, key: key, stream: stream, count: count)
      #expect(numbers == words[..<count].map { Float($0 >> 8) * 0x1p-24 })
    }
  }

  @Test("Random numbers do not depend on the number of threads")
  func randomThreads() {
    let one = random(Double.self, key: [5, 6], stream: 7, count: 100_001)
    #expect(one == random(Double.self, key: [5, 6], stream: 7, count: 100_001, threads: 3))
    #expect(one.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(one.reduce(0, +) / 100_001 - 0.5) < 0.01)
  }
}
