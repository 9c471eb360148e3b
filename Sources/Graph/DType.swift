/// The type of a tensor's scalars.
///
/// Arithmetic is done in `float32` and `float64`; `int32` and `int64` hold labels, codes and indices; `bool` holds
/// what comparisons give; `bfloat16` and `float16` are storage that is converted before arithmetic.
public enum DType: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case float32, float64, int32, int64, bool, bfloat16, float16

  /// The bytes that one scalar takes.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .bfloat16, .float16: 2
    case .bool: 1
    }
  }

  /// Whether gradients flow through values of this type.
  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .bfloat16, .float16: true
    case .int32, .int64, .bool: false
    }
  }

  public var isInteger: Bool { self == .int32 || self == .int64 }

  public var description: String { rawValue }
}
