import GliaGraph
import GliaRuntime

extension Tensor {
  /// Computes the tensors now, together, so that what they share is computed once.
  public static func evaluate(_ tensors: [Tensor]) {
    let pending = tensors.map(\.node).filter { $0.scalars == nil }
    guard !pending.isEmpty else { return }
    if let trace = Trace.current, !trace.allowsReading {
      fatalError(
        "A tensor was read inside a compiled function, where it stands for values that are not there yet. "
          + "Return it from the function, or read it outside.")
    }
    let executable = currentBackend.prepare(Graph(outputs: pending))
    executable.run()
    for (index, node) in pending.enumerated() {
      let buffer = Buffer(byteCount: node.type.byteCount)
      buffer.address.copyMemory(from: executable.outputAddress(index), byteCount: node.type.byteCount)
      node.realize(buffer)
    }
  }

  /// The memory that holds the scalars, evaluated first.
  package var buffer: Buffer {
    if let scalars = node.scalars { return scalars }
    Tensor.evaluate([self])
    return node.value!
  }

  /// The scalars row by row, as they are.
  public func scalars<Scalar: TensorScalar>(as type: Scalar.Type = Float.self) -> [Scalar] {
    guard Scalar.dtype == dtype else { return cast(to: Scalar.dtype).scalars(as: type) }
    let buffer = self.buffer
    return Array(
      UnsafeBufferPointer(start: buffer.address.assumingMemoryBound(to: Scalar.self), count: elementCount))
  }

  /// The scalars row by row, whatever their type, as Double.
  public var doubles: [Double] { ReferenceArray(node.type, reading: buffer.address).values }

  /// The one scalar of a tensor that has just one.
  public func scalar() -> Double {
    guard elementCount == 1 else { fatalError("scalar: \(shape) has \(elementCount) elements, not 1.") }
    return doubles[0]
  }
}
