/// The values of a tensor as the reference evaluation sees them: float64, row by row, whatever the tensor's own type.
///
/// Integers are exact up to 2^53.
package struct ReferenceArray: Sendable {
  package var type: TensorType
  package var values: [Double]

  package init(_ type: TensorType, _ values: [Double]) {
    precondition(values.count == type.shape.elementCount)
    self.type = type
    self.values = values
  }

  package var shape: Shape { type.shape }

  /// Reads scalars of `type` from memory.
  package init(_ type: TensorType, reading address: UnsafeRawPointer) {
    let count = type.shape.elementCount
    self.type = type
    switch type.dtype {
    case .float32: values = Self.read(Float.self, address, count) { Double($0) }
    case .float64: values = Self.read(Double.self, address, count) { $0 }
    case .int32: values = Self.read(Int32.self, address, count) { Double($0) }
    case .int64: values = Self.read(Int64.self, address, count) { Double($0) }
    case .bool: values = Self.read(UInt8.self, address, count) { $0 == 0 ? 0 : 1 }
    case .bfloat16: values = Self.read(UInt16.self, address, count) { Double(HalfPrecision.fromBFloat16($0)) }
    case .float16: values = Self.read(UInt16.self, address, count) { Double(HalfPrecision.fromFloat16($0)) }
    }
  }

  /// Writes the values to memory as scalars of the type; floats become integers by truncation.
  package func write(to address: UnsafeMutableRawPointer) {
    switch type.dtype {
    case .float32: write(address) { Float($0) }
    case .float64: write(address) { $0 }
    case .int32: write(address) { Int32(saturating: $0) }
    case .int64: write(address) { Int64(saturating: $0) }
    case .bool: write(address) { $0 == 0 ? UInt8(0) : 1 }
    case .bfloat16: write(address) { HalfPrecision.bfloat16(Float($0)) }
    case .float16: write(address) { HalfPrecision.float16(Float($0)) }
    }
  }

  /// The values as memory holds them: 0.4 in float32 is 0.4000000059604645, not less than itself.
  package func rounded() -> ReferenceArray {
    let buffer = Buffer(byteCount: type.byteCount)
    write(to: buffer.address)
    return ReferenceArray(type, reading: buffer.address)
  }

  private static func read<T>(_: T.Type, _ address: UnsafeRawPointer, _ count: Int, _ convert: (T) -> Double)
    -> [Double]
  {
    let scalars = address.assumingMemoryBound(to: T.self)
    return (0..<count).map { convert(scalars[$0]) }
  }

  private func write<T>(_ address: UnsafeMutableRawPointer, _ convert: (Double) -> T) {
    let scalars = address.assumingMemoryBound(to: T.self)
    for i in values.indices { scalars[i] = convert(values[i]) }
  }
}

extension FixedWidthInteger {
  /// The integer part, or the nearest bound; 0 for NaN.
  package init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else if value >= Double(Self.max) {
      self = .max
    } else if value <= Double(Self.min) {
      self = .min
    } else {
      self = Self(value)
    }
  }
}

/// The two 16-bit floating-point formats, rounded to nearest, ties to even.
package enum HalfPrecision {
  package static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }

  package static func fromBFloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  package static func float16(_ value: Float) -> UInt16 {
    let sign = UInt16((value.bitPattern >> 16) & 0x8000)
    if value.isNaN { return sign | 0x7E00 }
    let magnitude = abs(value)
    if magnitude >= 65520 { return sign | 0x7C00 }
    // Adding a power of two that puts the last place of float16 at the last place of float32 rounds to even.
    let exponent = max(Int(magnitude.exponent), -14)
    let shift = Float(sign: .plus, exponent: exponent + 13, significand: 1)
    if magnitude == 0 { return sign }
    let rounded = (magnitude + shift) - shift
    if rounded < 0x1p-14 { return sign | UInt16(rounded * 0x1p24) }
    let bits = rounded.bitPattern
    return sign | UInt16(((bits >> 23) - 112) << 10) | UInt16((bits >> 13) & 0x3FF)
  }

  package static func fromFloat16(_ bits: UInt16) -> Float {
    let negative = bits & 0x8000 != 0
    let exponent = Int((bits >> 10) & 0x1F)
    let fraction = Float(bits & 0x3FF)
    let magnitude: Float
    switch exponent {
    case 0: magnitude = fraction * 0x1p-24
    case 31: magnitude = fraction == 0 ? .infinity : .nan
    default: magnitude = Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
    return negative ? -magnitude : magnitude
  }
}
