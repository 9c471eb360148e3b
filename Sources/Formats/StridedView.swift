/// Numbers that lie apart in memory: those of a transposed array, or of a part of a larger one.
enum StridedView {
  /// The number of numbers between neighbours along each axis where rows lie one after the other.
  static func rowStrides(_ shape: [Int]) -> [Int] {
    var strides = shape
    var step = 1
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= max(shape[axis], 1)
    }
    return strides
  }

  /// The first number behind those that a view reaches, counted in numbers; nil where it is beyond `Int`.
  ///
  /// Offset and strides are at least 0. A view without numbers reaches nothing.
  static func end(shape: [Int], strides: [Int], offset: Int) -> Int? {
    if shape.contains(0) { return 0 }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (distance, tooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, beyond) = last.addingReportingOverflow(distance)
      if tooFar || beyond { return nil }
      last = sum
    }
    let (end, beyond) = last.addingReportingOverflow(1)
    return beyond ? nil : end
  }

  /// Copies a view's numbers, row by row. The caller has checked that `end` lies within the source.
  static func copied(
    _ source: UnsafeRawBufferPointer, size: Int, shape: [Int], strides: [Int], offset: Int
  ) -> [UInt8] {
    let count = shape.reduce(1, *)
    if count == 0 { return [] }
    if strides == rowStrides(shape) { return Array(source[offset * size..<(offset + count) * size]) }
    return [UInt8](unsafeUninitializedCapacity: count * size) { target, filled in
      let target = UnsafeMutableRawBufferPointer(target)
      switch size {
      case 8: gather(source, target, UInt64.self, shape, strides, offset)
      case 4: gather(source, target, UInt32.self, shape, strides, offset)
      case 2: gather(source, target, UInt16.self, shape, strides, offset)
      default: gather(source, target, UInt8.self, shape, strides, offset)
      }
      filled = count * size
    }
  }

  private static func gather<Word: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _: Word.Type, _ shape: [Int],
    _ strides: [Int], _ offset: Int
  ) {
    let size = MemoryLayout<Word>.size
    let (length, step) = (shape.last ?? 1, strides.last ?? 0)
    var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
    var (row, place) = (offset, 0)
    while true {
      for column in 0..<length {
        let word = source.loadUnaligned(fromByteOffset: (row + column * step) * size, as: Word.self)
        target.storeBytes(of: word, toByteOffset: place, as: Word.self)
        place += size
      }
      // The next row: the innermost axis that has one more, those within it from their beginnings.
      var axis = index.count - 1
      while axis >= 0, index[axis] + 1 == shape[axis] {
        row -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
      index[axis] += 1
      row += strides[axis]
    }
  }

  /// Turns the bytes of each number round.
  static func swapBytes(_ bytes: inout [UInt8], size: Int) {
    if size < 2 { return }
    for start in stride(from: 0, to: bytes.count, by: size) {
      for i in 0..<size / 2 { bytes.swapAt(start + i, start + size - 1 - i) }
    }
  }
}
