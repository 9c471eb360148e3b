/// The number formats of safetensors that Glia knows, under the names that stand in the files.
public enum TensorDType: String, CaseIterable, Sendable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"

  /// The size of one number in bytes.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// The size in bytes of a tensor of this shape, or nil if it is negative or beyond `Int`.
  func byteCount(shape: [Int]) -> Int? {
    var count = size
    var hasZero = false
    for extent in shape {
      if extent < 0 { return nil }
      if extent == 0 { hasZero = true }
      // A zero hides an overflow of the others, which a reader that multiplies from the left would still meet.
      let (product, overflowed) = count.multipliedReportingOverflow(by: max(extent, 1))
      if overflowed { return nil }
      count = product
    }
    return hasZero ? 0 : count
  }
}
