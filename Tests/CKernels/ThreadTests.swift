import CGliaKernels
import Dispatch
import Foundation
import GliaGuardedMemory
import Testing

/// A product that is cut into several tasks, with its numbers and a context of its own.
private final class SharedProduct {
  let a: GuardedMemory<Float>, b: GuardedMemory<Float>, c: GuardedMemory<Float>
  let context: OpaquePointer
  private var arguments: glia_matmul

  init(m: Int, n: Int, k: Int, threads: Int, seed: UInt64) {
    var generator = SeededGenerator(seed)
    let product = Product(m: m, n: n, k: k)
    func number() -> Float { Float.random(in: -1...1, using: &generator) }
    a = GuardedMemory(product.aStrides.count, at: .back, fill: number)
    b = GuardedMemory(product.bStrides.count, at: .back, fill: number)
    c = GuardedMemory(product.cCount, at: .back) { 0 }
    arguments = product.arguments(Float.self, a: a.start, b: b.start, c: c.start)
    context = glia_context_create(Int32(threads))
    glia_context_reserve(context, glia_matmul_scratch(&arguments))
  }

  deinit { glia_context_destroy(context) }

  func run(asPlan: Bool = false) -> [Float] {
    for i in 0..<c.count { c.start[i] = .nan }
    guard asPlan else {
      glia_matmul_kernel(&arguments, context)
      return c.numbers
    }
    withUnsafePointer(to: &arguments) {
      let plan = glia_plan_create([glia_call(kernel: glia_matmul_kernel, arguments: $0)], 1, context)
      glia_plan_run(plan)
      glia_plan_destroy(plan)
    }
    return c.numbers
  }
}

@Suite("Threads")
struct ThreadTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  @Test("A context has at least one thread")
  func contexts() {
    for (asked, given) in [(-3, 1), (0, 1), (1, 1), (2, 2), (5, 5)] {
      let context = glia_context_create(Int32(asked))
      #expect(glia_context_threads(context) == given)
      glia_context_destroy(context)
    }
    glia_context_destroy(nil)
  }

  @Test("Run after run, with fewer and with more threads than processors, gives the same bits")
  func sameBits() {
    let expected = SharedProduct(m: 96, n: 70, k: 90, threads: 1, seed: Self.seed).run()
    for threads in [2, 3, 8, 40] {
      let product = SharedProduct(m: 96, n: 70, k: 90, threads: threads, seed: Self.seed)
      for _ in 0..<50 {
        #expect(areIdentical(product.run(), expected), "\(threads) threads, seed \(Self.seed)")
      }
    }
  }

  @Test("Threads that went to sleep between two runs come back")
  func sleep() {
    let product = SharedProduct(m: 96, n: 70, k: 90, threads: 3, seed: Self.seed)
    let expected = product.run()
    for _ in 0..<20 {
      usleep(2000)
      #expect(areIdentical(product.run(), expected), "seed \(Self.seed)")
    }
  }

  @Test("Several runs at once do not wait for one another's threads, and do not mix their numbers")
  func severalRuns() {
    let outcomes = UnsafeMutablePointer<Bool>.allocate(capacity: 6)
    defer { outcomes.deallocate() }
    nonisolated(unsafe) let results = outcomes
    DispatchQueue.concurrentPerform(iterations: 6) { i in
      let seed = Self.seed &+ UInt64(i)
      let expected = SharedProduct(m: 90, n: 80, k: 80, threads: 1, seed: seed).run()
      let product = SharedProduct(m: 90, n: 80, k: 80, threads: 3, seed: seed)
      results[i] = (0..<30).allSatisfy { _ in areIdentical(product.run(), expected) }
    }
    #expect((0..<6).allSatisfy { outcomes[$0] }, "seed \(Self.seed)")
  }

  @Test("A context that has served a small product serves a large one after it, and the small one again")
  func growingScratch() {
    let context = glia_context_create(2)
    defer { glia_context_destroy(context) }
    var generator = SeededGenerator(Self.seed)
    for size in [3, 120, 5, 60] {
      let product = Product(m: size, n: size, k: size, b: .columns)
      func number() -> Float { Float.random(in: -1...1, using: &generator) }
      let a = GuardedMemory<Float>(product.aStrides.count, at: .back, fill: number)
      let b = GuardedMemory<Float>(product.bStrides.count, at: .back, fill: number)
      let c = GuardedMemory<Float>(product.cCount, at: .back) { 0 }
      var arguments = product.arguments(Float.self, a: a.start, b: b.start, c: c.start)
      glia_context_reserve(context, glia_matmul_scratch(&arguments))
      glia_matmul_kernel(&arguments, context)
      let expected = product.reference(a: a.numbers, b: b.numbers, into: c.numbers)
      #expect(areIdentical(c.numbers, expected), "\(size), seed \(Self.seed)")
    }
  }

  @Test("A plan's calls run in order: each sees what the one before has written")
  func order() {
    let ones = GuardedMemory<Double>(4, at: .back) { 1 }
    let first = GuardedMemory<Double>(4, at: .back) { 0 }, second = GuardedMemory<Double>(4, at: .back) { 0 }
    let product = Product(m: 2, n: 2, k: 2)
    var arguments = [
      product.arguments(Double.self, a: ones.start, b: ones.start, c: first.start),
      product.arguments(Double.self, a: first.start, b: first.start, c: second.start),
    ]
    let context = glia_context_create(1)
    defer { glia_context_destroy(context) }
    glia_context_reserve(context, glia_matmul_scratch(&arguments[0]))
    arguments.withUnsafeBufferPointer { each in
      let calls = each.indices.map { glia_call(kernel: glia_matmul_kernel, arguments: each.baseAddress! + $0) }
      let plan = glia_plan_create(calls, calls.count, context)
      defer { glia_plan_destroy(plan) }
      for number in [1.0, 2, 3] {
        for i in 0..<4 { ones.start[i] = number }
        glia_plan_run(plan)
        let (square, fourth) = (2 * number * number, 8 * number * number * number * number)
        #expect(first.numbers.allSatisfy { $0 == square } && second.numbers.allSatisfy { $0 == fourth })
      }
    }
  }

  @Test("Calls that differ in one distance or the depth only keep their own in a plan")
  func distances() {
    let numbers = GuardedMemory<Double>(64, at: .back) { 0 }
    for i in 0..<64 { numbers.start[i] = Double(i) }
    let usual = Product(m: 2, n: 2, k: 2).arguments(
      Double.self, a: numbers.start, b: numbers.start + 20, c: numbers.start)
    let changes: [(inout glia_matmul) -> Void] = [
      { $0.a_row = 5 }, { $0.a_column = 3 }, { $0.b_row = 7 }, { $0.c_row = 4 }, { $0.k = 1 },
    ]
    for change in changes {
      func results(_ run: (UnsafePointer<glia_matmul>, Int, OpaquePointer) -> Void) -> [[Double]] {
        let targets = (0..<2).map { _ in GuardedMemory<Double>(8, at: .back) { 0 } }
        var calls = [usual, usual]
        change(&calls[1])
        for (index, target) in targets.enumerated() { calls[index].c = .init(target.start) }
        let context = glia_context_create(1)!
        defer { glia_context_destroy(context) }
        glia_context_reserve(context, glia_matmul_scratch(&calls[0]))
        run(calls, calls.count, context)
        return targets.map(\.numbers)
      }
      let expected = results { calls, count, context in
        for i in 0..<count { glia_matmul_kernel(calls + i, context) }
      }
      let found = results { calls, count, context in
        let each = (0..<count).map { glia_call(kernel: glia_matmul_kernel, arguments: calls + $0) }
        let plan = glia_plan_create(each, count, context)
        glia_plan_run(plan)
        glia_plan_destroy(plan)
      }
      #expect(found == expected)
    }
  }

  @Test("An instruction set that is not there is refused, and the one in use stays")
  func unknownInstructionSet() {
    withInstructionSetLock {
      let before = String(cString: glia_instruction_set())
      #expect(!glia_use_instruction_set("abacus") && !glia_use_instruction_set("") && !glia_use_instruction_set(nil))
      #expect(String(cString: glia_instruction_set()) == before)
      for name in availableInstructionSets {
        #expect(glia_use_instruction_set(name) && String(cString: glia_instruction_set()) == name)
      }
      _ = glia_use_instruction_set(before)
    }
  }

  @Test("A plan takes subnormal numbers for zeros on every thread, and its caller has them back afterwards")
  func subnormals() {
    let tiny = Float.leastNormalMagnitude / 4
    for _ in underEachInstructionSet({ $0 }) {
      let product = SharedProduct(m: 96, n: 70, k: 90, threads: 3, seed: Self.seed)
      for i in 0..<product.a.count { product.a.start[i] = tiny }
      #expect(product.run().contains { $0 != 0 }, "a kernel by itself goes by its caller")
      #expect(product.run(asPlan: true).allSatisfy { $0 == 0 })
      for i in 0..<product.a.count { product.a.start[i] = .leastNormalMagnitude }
      #expect(product.run().contains { $0.isSubnormal })
      #expect(!product.run(asPlan: true).contains { $0.isSubnormal })
      #expect(tiny + product.c.start[0] * 0 == tiny)
    }
  }
}
