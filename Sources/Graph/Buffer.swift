/// Memory for a tensor's scalars: aligned to 64 bytes, zeroed, freed with its last owner.
///
/// Who writes to a buffer has to own it alone; that is kept by the code that does, not by this type.
package final class Buffer: @unchecked Sendable {
  package let bytes: UnsafeMutableRawBufferPointer

  package init(byteCount: Int) {
    bytes = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.deallocate() }

  package var address: UnsafeMutableRawPointer { bytes.baseAddress! }
}

/// A place in memory that keeps its identity while its contents change: a parameter, a statistic, an optimizer's state.
///
/// Many variables may lie in one buffer, one behind the other, so that an optimizer passes over all of them at once.
package final class Variable {
  package let type: TensorType
  package let name: String
  package private(set) var buffer: Buffer
  package private(set) var byteOffset: Int

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
  }
}
