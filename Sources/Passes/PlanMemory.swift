/// Offsets for blocks of memory in one arena, so that blocks that are needed at the same time never overlap and those that are
/// not share their place.
package enum MemoryPlan {
  /// A block and the first and last step at which it is needed.
  package struct Block: Sendable {
    package var byteCount: Int
    package var first: Int
    package var last: Int
    package var offset = 0

    package init(byteCount: Int, first: Int, last: Int) {
      self.byteCount = byteCount
      self.first = first
      self.last = last
    }
  }

  package static let alignment = 64

  /// Places the largest blocks first, each at the lowest offset where it fits among those it meets in time.
  package static func place(_ blocks: inout [Block]) -> (byteCount: Int, isSound: Bool) {
    var placed: [Int] = []
    for index in blocks.indices.sorted(by: { (-blocks[$0].byteCount, $0) < (-blocks[$1].byteCount, $1) }) {
      let neighbours = placed.filter { overlapInTime(blocks[$0], blocks[index]) }
        .sorted { blocks[$0].offset < blocks[$1].offset }
      var offset = 0
      for other in neighbours {
        if offset + blocks[index].byteCount <= blocks[other].offset { break }
        let end = blocks[other].offset + blocks[other].byteCount
        offset = max(offset, (end + alignment - 1) / alignment * alignment)
      }
      blocks[index].offset = offset
      placed.append(index)
    }
    return (blocks.map { $0.offset + $0.byteCount }.max() ?? 0, isSound(blocks))
  }

  /// Whether no two blocks that are needed at the same time overlap.
  package static func isSound(_ blocks: [Block]) -> Bool {
    for i in blocks.indices {
      for j in blocks.indices where j > i && overlapInTime(blocks[i], blocks[j]) {
        let (a, b) = (blocks[i], blocks[j])
        if a.offset < b.offset + b.byteCount && b.offset < a.offset + a.byteCount { return false }
      }
    }
    return true
  }

  private static func overlapInTime(_ a: Block, _ b: Block) -> Bool { a.first <= b.last && b.first <= a.last }
}
