/// The lengths of a tensor's axes, outermost first: `[batch, features]`. A scalar has none.
public struct Shape: Hashable, Sendable {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The number of scalars: the product of the dimensions, 1 for a scalar.
  public var elementCount: Int { dimensions.reduce(1, *) }

  /// The number of scalars, or nil where a dimension is negative or the product is beyond `Int`. A zero does not hide an
  /// overflow of the others, which strides would still meet.
  package var countedElements: Int? {
    var count = 1
    var isEmpty = false
    for dimension in dimensions {
      if dimension == 0 { isEmpty = true }
      let (product, overflow) = count.multipliedReportingOverflow(by: Swift.max(dimension, 1))
      if overflow || dimension < 0 { return nil }
      count = product
    }
    return isEmpty ? 0 : count
  }

  /// The steps between neighbours along each axis where the last axis is contiguous.
  package var contiguousStrides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    var step = 1
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= dimensions[axis]
    }
    return strides
  }

  /// The shape with the given axes set to 1.
  package func reducing(_ axes: [Int]) -> Shape {
    var result = self
    for axis in axes { result[axis] = 1 }
    return result
  }

  /// NumPy's rule: shapes are aligned at their last axes, and an axis of 1 stretches to the other's length.
  package static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    let rank = Swift.max(a.rank, b.rank)
    var result = [Int](repeating: 1, count: rank)
    for i in 0..<rank {
      let x = i < rank - a.rank ? 1 : a[i - (rank - a.rank)]
      let y = i < rank - b.rank ? 1 : b[i - (rank - b.rank)]
      guard x == y || x == 1 || y == 1 else { return nil }
      result[i] = x == 1 ? y : x
    }
    return Shape(result)
  }
}

extension Shape: RandomAccessCollection, MutableCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { dimensions.count }
  /// The length of an axis, counted from the first.
  public subscript(index: Int) -> Int {
    get { dimensions[index] }
    set { dimensions[index] = newValue }
  }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}

/// What a node gives: a shape and a type of scalars.
package struct TensorType: Hashable, Sendable, CustomStringConvertible {
  package var shape: Shape
  package var dtype: DType

  package init(_ shape: Shape, _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  package var byteCount: Int { shape.elementCount * dtype.byteCount }

  /// The bytes, or nil where they are more than can be counted.
  package var countedBytes: Int? {
    guard let count = shape.countedElements else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    return overflow ? nil : bytes
  }
  package var description: String { "\(dtype)\(shape)" }
}
