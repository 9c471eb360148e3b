import GliaGraph

@_exported import enum GliaGraph.DType
@_exported import struct GliaGraph.Shape

/// An array of numbers with any number of axes, and the arithmetic that networks are written in.
///
/// A tensor is a value. Arithmetic on it builds a graph; reading scalars evaluates that graph:
///
///     let x = Tensor([[1, 2], [3, 4]])
///     let y = (x * x).sum()      // nothing is computed yet
///     y.scalar()                 // 30
///
/// Shapes are facts of run time. Operands whose shapes do not fit trap with a message that names both, as Swift's arrays
/// trap on a bad index. A tensor stays in the isolation domain that made it.
public struct Tensor {
  package let node: Node
  package init(_ node: Node) { self.node = node }

  public var shape: Shape { node.shape }
  public var dtype: DType { node.dtype }
  public var rank: Int { shape.rank }
  public var elementCount: Int { shape.elementCount }
}

/// A Swift number that can be a tensor's scalar.
public protocol TensorScalar: Sendable {
  static var dtype: DType { get }
}
extension Float: TensorScalar { public static var dtype: DType { .float32 } }
extension Double: TensorScalar { public static var dtype: DType { .float64 } }
extension Int32: TensorScalar { public static var dtype: DType { .int32 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }

extension Tensor {
  /// A tensor of the scalars' own type, given row by row. (Doubles become float32 unless `dtype` says otherwise.)
  public init<Scalar: TensorScalar>(_ scalars: [Scalar], shape: Shape) {
    guard scalars.count == shape.elementCount else {
      fatalError("Tensor: \(scalars.count) scalars do not fill \(shape), which has \(shape.elementCount).")
    }
    let buffer = Buffer(byteCount: scalars.count * Scalar.dtype.byteCount)
    scalars.withUnsafeBytes { buffer.bytes.copyMemory(from: .init(start: $0.baseAddress, count: $0.count)) }
    self.init(.make(Constant(buffer, TensorType(shape, Scalar.dtype))))
  }

  /// A row of numbers, float32 unless said otherwise.
  public init(_ scalars: [Double], dtype: DType = .float32) {
    self.init(scalars, shape: [scalars.count], dtype: dtype)
  }

  /// Numbers given row by row, float32 unless said otherwise.
  public init(_ scalars: [Double], shape: Shape, dtype: DType = .float32) {
    guard scalars.count == shape.elementCount else {
      fatalError("Tensor: \(scalars.count) scalars do not fill \(shape), which has \(shape.elementCount).")
    }
    self.init(.constant(scalars, TensorType(shape, dtype)))
  }

  /// A table of numbers, float32 unless said otherwise.
  public init(_ rows: [[Double]], dtype: DType = .float32) {
    let width = rows.first?.count ?? 0
    if let index = rows.firstIndex(where: { $0.count != width }) {
      fatalError("Tensor: row \(index) has \(rows[index].count) scalars, row 0 has \(width).")
    }
    self.init(rows.flatMap { $0 }, shape: [rows.count, width], dtype: dtype)
  }

  /// One number.
  public init(_ scalar: Double, dtype: DType = .float32) { self.init(.fill(scalar, TensorType([], dtype))) }

  /// The same number everywhere.
  public init(repeating scalar: Double, shape: Shape, dtype: DType = .float32) {
    self.init(.fill(scalar, TensorType(shape, dtype)))
  }

  /// 0 everywhere.
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    Tensor(repeating: 0, shape: shape, dtype: dtype)
  }

  /// 1 everywhere.
  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    Tensor(repeating: 1, shape: shape, dtype: dtype)
  }

  /// 0, 1, 2 … along an axis of `shape`.
  public static func iota(_ shape: Shape, axis: Int = 0, dtype: DType = .float32) -> Tensor {
    Tensor(.make(Iota(axis: axis, TensorType(shape, dtype))))
  }
}

extension Tensor: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Double...) { self.init(elements) }
}

extension Tensor: CustomStringConvertible {
  /// The type and the first scalars: `float32[2, 2] 1.0 2.0 3.0 4.0`.
  public var description: String {
    let shown = doubles.prefix(16).map { dtype == .bool ? ($0 == 0 ? "false" : "true") : "\($0)" }
    return ([node.type.description] + shown + (elementCount > 16 ? ["…"] : [])).joined(separator: " ")
  }
}
