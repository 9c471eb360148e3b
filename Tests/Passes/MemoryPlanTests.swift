import GliaPasses
import Testing

@Suite("The memory plan")
struct MemoryPlanTests {
  @Test("Blocks that are needed at different times share their place")
  func sharing() {
    var blocks = [
      MemoryPlan.Block(byteCount: 640, first: 0, last: 1), MemoryPlan.Block(byteCount: 640, first: 2, last: 3),
    ]
    #expect(MemoryPlan.place(&blocks).byteCount == 640)
    #expect(blocks[0].offset == blocks[1].offset)
  }

  @Test("Blocks that are needed at the same time never overlap")
  func random() {
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<200 {
      var blocks = (0..<next(40) + 1).map { _ in
        let first = next(30)
        return MemoryPlan.Block(byteCount: next(5000) + 1, first: first, last: first + next(10))
      }
      let (count, isSound) = MemoryPlan.place(&blocks)
      #expect(isSound, "seed \(seed)")
      #expect(blocks.allSatisfy { $0.offset % 64 == 0 && $0.offset + $0.byteCount <= count }, "seed \(seed)")
    }
  }

  @Test("An overlap in time and place is seen")
  func unsound() {
    #expect(
      !MemoryPlan.isSound([
        .init(byteCount: 100, first: 0, last: 2), .init(byteCount: 100, first: 2, last: 3),
      ]))
  }
}
