/// Memory for a tensor's scalars: aligned to 64 bytes, zeroed, freed with its last owner. Behind it lie 64 bytes of slack, so
/// that kernels may read the end of small arrays in whole vectors.
///
/// Who writes to a buffer has to own it alone; that is kept by the code that does, not by this type.
package final class Buffer: @unchecked Sendable {
  package let bytes: UnsafeMutableRawBufferPointer

  package init(byteCount: Int) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(byteCount, 1) + Buffer.slack, alignment: Buffer.slack)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    bytes = .init(rebasing: memory.dropLast(Buffer.slack))
  }

  deinit { bytes.baseAddress!.deallocate() }

  package static let slack = 64

  package var address: UnsafeMutableRawPointer { bytes.baseAddress! }
}

/// What somebody worked out from where variables lie and how they are used. It holds until one of them is moved or, as when a
/// parameter is frozen, its use changes; so whether it still does is one look, however many variables there are.
package final class Layout {
  // Looked at in every step, so it is read without Swift's check for overlapping access.
  @exclusivity(unchecked) package fileprivate(set) var holds = true

  package init(of variables: some Sequence<Variable>) {
    for variable in variables { variable.join(self) }
  }
}

/// A place in memory that keeps its identity while its contents change: a parameter, a statistic, an optimizer's state.
///
/// Many variables may lie in one buffer, one behind the other, so that an optimizer passes over all of them at once.
package final class Variable {
  package let type: TensorType
  package let name: String
  package private(set) var buffer: Buffer
  package private(set) var byteOffset: Int
  private var layouts: [Layout] = []

  package init(_ type: TensorType, name: String, buffer: Buffer? = nil, byteOffset: Int = 0) {
    self.type = type
    self.name = name
    self.buffer = buffer ?? Buffer(byteCount: type.byteCount)
    self.byteOffset = byteOffset
  }

  package var address: UnsafeMutableRawPointer { buffer.address + byteOffset }

  /// Takes the contents along to another place.
  package func move(to buffer: Buffer, byteOffset: Int) {
    (buffer.address + byteOffset).copyMemory(from: address, byteCount: type.byteCount)
    self.buffer = buffer
    self.byteOffset = byteOffset
    endLayouts()
  }

  fileprivate func join(_ layout: Layout) {
    layouts.removeAll { !$0.holds }
    layouts.append(layout)
  }

  /// Says that what was worked out from the variable does not hold any more.
  package func endLayouts() {
    for layout in layouts { layout.holds = false }
    layouts = []
  }
}
