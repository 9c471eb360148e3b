extension TensorDType {
  /// Stored numbers as `Float`.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    switch self {
    case .float64: Self.numbers(bytes, Double.self) { Float($0) }
    case .float32: Self.numbers(bytes, Float.self) { $0 }
    case .float16: Self.numbers(bytes, UInt16.self) { HalfPrecision.float(float16: $0) }
    case .bfloat16: Self.numbers(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: Self.numbers(bytes, Int64.self) { Float($0) }
    case .int32: Self.numbers(bytes, Int32.self) { Float($0) }
    case .int16: Self.numbers(bytes, Int16.self) { Float($0) }
    case .int8: Self.numbers(bytes, Int8.self) { Float($0) }
    case .uint64: Self.numbers(bytes, UInt64.self) { Float($0) }
    case .uint32: Self.numbers(bytes, UInt32.self) { Float($0) }
    case .uint16: Self.numbers(bytes, UInt16.self) { Float($0) }
    case .uint8: Self.numbers(bytes, UInt8.self) { Float($0) }
    case .bool: Self.numbers(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// Stored numbers as `Double`.
  func doubles(_ bytes: UnsafeRawBufferPointer) -> [Double] {
    switch self {
    case .float64: Self.numbers(bytes, Double.self) { $0 }
    case .int64: Self.numbers(bytes, Int64.self) { Double($0) }
    case .uint64: Self.numbers(bytes, UInt64.self) { Double($0) }
    case .int32: Self.numbers(bytes, Int32.self) { Double($0) }
    case .uint32: Self.numbers(bytes, UInt32.self) { Double($0) }
    default: floats(bytes).map { Double($0) }  // the narrower formats are exact in a Float
    }
  }

  // Every platform that Swift 6 runs Glia on is little-endian, as the formats are.
  private static func numbers<Stored: BitwiseCopyable, Number>(
    _ bytes: UnsafeRawBufferPointer, _ stored: Stored.Type, _ convert: (Stored) -> Number
  ) -> [Number] {
    let size = MemoryLayout<Stored>.size
    let count = bytes.count / size
    return Array(unsafeUninitializedCapacity: count) { numbers, initialized in
      for position in 0..<count {
        let stored = bytes.loadUnaligned(fromByteOffset: position * size, as: Stored.self)
        numbers.initializeElement(at: position, to: convert(stored))
      }
      initialized = count
    }
  }
}
