import CGliaKernels
import Foundation
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  /// What an operation gives for operands and a destination that begin `offset` bytes behind an aligned address, with
  /// the bytes around the destination.
  private func bytes<T: Scalar>(_ operation: glia_operation, _ operands: [[T]], offset: Int) -> [UInt8] {
    let count = operands[0].count, size = count * MemoryLayout<T>.stride
    var blocks: [UnsafeMutableRawPointer] = []
    for i in 0...3 {
      let block = UnsafeMutableRawPointer.allocate(byteCount: size + 128, alignment: 64)
      block.initializeMemory(as: UInt8.self, repeating: 0xa5, count: size + 128)
      if i > 0, size > 0 {
        operands[(i - 1) % operands.count].withUnsafeBytes {
          (block + offset).copyMemory(from: $0.baseAddress!, byteCount: size)
        }
      }
      blocks.append(block)
    }
    defer { blocks.forEach { $0.deallocate() } }
    glia_apply(operation, T.type, blocks[0] + offset, blocks[1] + offset, blocks[2] + offset, blocks[3] + offset, count)
    return Array(UnsafeRawBufferPointer(start: blocks[0], count: size + 128))
  }

  private func numbers<T: Scalar>(_ bytes: [UInt8], count: Int, offset: Int) -> [T] {
    bytes.withUnsafeBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: offset + $0 * MemoryLayout<T>.stride, as: T.self) }
    }
  }

  private func check<T: Scalar>(_: T.Type, _ operation: glia_operation, arity: Int) {
    var generator = SeededGenerator(Self.seed)
    let special = specialNumbers(T.self)
    for count in Array(0...70) + [300] {
      let operands: [[T]] = (0..<arity).map { _ in
        let random: [T] = randomNumbers(count, &generator)
        return random.map {
          Int.random(in: 0..<4, using: &generator) == 0 ? special.randomElement(using: &generator)! : $0
        }
      }
      let offset = [0, 4, 1, 63].randomElement(using: &generator)!
      let results = underEachInstructionSet { _ in bytes(operation, operands, offset: offset) }
      let portable: [T] = numbers(results.last!, count: count, offset: offset)
      for (name, result) in zip(availableInstructionSets, results) {
        let found: [T] = numbers(result, count: count, offset: offset)
        #expect(areIdentical(found, portable), "\(name), \(operation), \(count) of \(T.self), seed \(Self.seed)")
        let end = offset + count * MemoryLayout<T>.stride
        #expect(
          result[..<offset].allSatisfy { $0 == 0xa5 } && result[end...].allSatisfy { $0 == 0xa5 },
          "\(name) wrote beside the destination of \(operation), \(count) of \(T.self)")
      }
    }
  }

  @Test("All give the same bits for every operation, at any length and alignment, and write nothing else")
  func sameBits() {
    for (operations, arity) in [(unaryOperations, 1), (binaryOperations, 2), (ternaryOperations, 3)] {
      for operation in operations {
        check(Float.self, operation, arity: arity)
        check(Double.self, operation, arity: arity)
      }
    }
  }

  @Test("The destination may be any operand")
  func inPlace() {
    var generator = SeededGenerator(Self.seed)
    let operands: [[Float]] = (0..<3).map { _ in randomNumbers(37, &generator) }
    for (operations, arity) in [(unaryOperations, 1), (binaryOperations, 2), (ternaryOperations, 3)] {
      for operation in operations {
        let expected = apply(operation, operands[0], operands[1], operands[2])
        for target in 0..<arity {
          for (name, found) in zip(
            availableInstructionSets,
            underEachInstructionSet { _ -> [Float] in
              var arrays = operands
              arrays[target].withUnsafeMutableBufferPointer { destination in
                let d = destination.baseAddress!
                let others = (0..<3).map { $0 == target ? nil : operands[$0] }
                func pointer(_ i: Int, _ body: (UnsafePointer<Float>) -> Void) {
                  if let other = others[i] { other.withUnsafeBufferPointer { body($0.baseAddress!) } } else { body(d) }
                }
                pointer(0) { a in
                  pointer(1) { b in pointer(2) { c in glia_apply(operation, GLIA_FLOAT32, d, a, b, c, 37) } }
                }
              }
              return arrays[target]
            })
          {
            #expect(areIdentical(found, expected), "\(name), \(operation) into operand \(target), seed \(Self.seed)")
          }
        }
      }
    }
  }

  @Test("Operands that end where memory ends are read to their end and no further")
  func guardPages() throws {
    let page = Int(getpagesize())
    let memory = try #require(
      mmap(nil, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0).flatMap { $0 == MAP_FAILED ? nil : $0 }
    )
    defer { munmap(memory, 4 * page) }
    #expect(mprotect(memory + page, page, PROT_NONE) == 0 && mprotect(memory + 3 * page, page, PROT_NONE) == 0)
    _ = underEachInstructionSet { _ in
      for operation in unaryOperations + binaryOperations + ternaryOperations {
        for count in 1...33 {
          let a = memory + page - 4 * count, d = memory + 3 * page - 4 * count
          glia_apply(operation, GLIA_FLOAT32, d, a, a, a, count)
          if count <= 17 {
            let a = memory + page - 8 * count, d = memory + 3 * page - 8 * count
            glia_apply(operation, GLIA_FLOAT64, d, a, a, a, count)
          }
        }
      }
    }
  }
}
