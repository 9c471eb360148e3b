import Foundation

/// Numbers that end where memory ends, or begin where it begins: one page further is not to be touched.
package final class GuardedMemory<T> {
  package enum Edge { case front, back }

  package let start: UnsafeMutablePointer<T>
  package let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let length: Int

  package init(_ count: Int, at edge: Edge, fill: () -> T) {
    let page = Int(getpagesize()), bytes = count * MemoryLayout<T>.stride
    let inside = (bytes + page - 1) / page * page
    length = inside + 2 * page
    let mapped = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let mapped, mapped != MAP_FAILED, mprotect(mapped, page, PROT_NONE) == 0,
      mprotect(mapped + page + inside, page, PROT_NONE) == 0
    else { fatalError("no guarded memory of \(bytes) bytes") }
    mapping = mapped
    self.count = count
    let offset = edge == .front ? page : page + inside - bytes
    start = (mapped + offset).bindMemory(to: T.self, capacity: count)
    for i in 0..<count { start[i] = fill() }
  }

  deinit { munmap(mapping, length) }

  package var numbers: [T] { Array(UnsafeBufferPointer(start: start, count: count)) }
}
