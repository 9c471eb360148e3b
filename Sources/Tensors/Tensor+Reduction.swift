import GliaGraph

extension Tensor {
  private func reduced(_ operation: Reduce.Operation, _ axes: [Int]?, _ keepingAxes: Bool) -> Tensor {
    let places = axes.map { $0.map(axis) } ?? Array(0..<rank)
    let reduced = Tensor(.make(Reduce(operation, axes: places), node))
    if keepingAxes { return reduced }
    return Tensor(.reshape(reduced.node, Shape(shape.indices.filter { !places.contains($0) }.map { shape[$0] })))
  }

  /// The sum over axes, over all of them where none are given.
  public func sum(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor { reduced(.sum, axes, keepingAxes) }

  /// The largest element; −∞ of none.
  public func max(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.maximum, axes, keepingAxes)
  }

  /// The smallest element; ∞ of none.
  public func min(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.minimum, axes, keepingAxes)
  }

  /// The sum divided by the number of elements; NaN of none.
  public func mean(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    let count = (axes.map { $0.map(axis) } ?? Array(0..<rank)).reduce(1) { $0 * shape[$1] }
    return sum(axes, keepingAxes: keepingAxes) * (count == 0 ? .nan : 1 / Double(count))
  }

  /// The mean squared distance from the mean, divided by the number of elements (not by one less).
  public func variance(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    (self - mean(axes, keepingAxes: true)).squared().mean(axes, keepingAxes: keepingAxes)
  }

  /// The place of the first largest element along an axis, as int64.
  public func argMax(axis: Int = -1) -> Tensor {
    Tensor(.make(ArgMax(axis: self.axis(axis)), node)).squeezed(axis: axis)
  }

  /// The places of the elements in order along an axis, as int64; NaN comes last.
  public func argSorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    Tensor(.make(ArgSort(axis: self.axis(axis), descending: descending), node))
  }

  /// The elements in order along an axis. The gradient goes back to where each came from.
  public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    let place = self.axis(axis)
    let order = argSorted(axis: place, descending: descending)
    // The index of each element in the flat array: its place along the axis replaced by the sorted one.
    let step = shape.contiguousStrides[place]
    var flat = order * Double(step)
    for other in 0..<rank where other != place {
      flat = flat + Tensor.iota(shape, axis: other, dtype: .int64) * Double(shape.contiguousStrides[other])
    }
    return flattened().gathered(flat)
  }

  /// Running sums along an axis.
  public func cumulativeSum(axis: Int = -1, reversed: Bool = false) -> Tensor {
    Tensor(.make(CumulativeSum(axis: self.axis(axis), reversed: reversed), node))
  }

  /// The product of matrices: [..., m, k] · [..., k, n] = [..., m, n].
  ///
  /// Leading axes broadcast. A vector on the left is a row, on the right a column, as in NumPy.
  public func matrixProduct(_ other: Tensor) -> Tensor {
    if rank == 1 { return expanded(axis: 0).matrixProduct(other).squeezed(axis: other.rank == 1 ? 0 : -2) }
    if other.rank == 1 { return matrixProduct(other.expanded(axis: 1)).squeezed(axis: -1) }
    guard rank >= 2, other.rank >= 2 else {
      fatalError("matrixProduct: \(shape) and \(other.shape) are not both matrices.")
    }
    // One matrix on the right for all rows on the left: one large product instead of many small ones.
    if rank > 2, other.rank == 2 {
      return flattened(upTo: rank - 1).matrixProduct(other)
        .reshaped(Shape(shape.prefix(rank - 1) + [other.shape[1]]))
    }
    guard let lead = Shape.broadcast(Shape(Array(shape.dropLast(2))), Shape(Array(other.shape.dropLast(2)))) else {
      fatalError("matrixProduct: the leading axes of \(shape) and \(other.shape) do not fit together.")
    }
    let a = broadcast(to: Shape(lead.dimensions + shape.suffix(2)))
    let b = other.broadcast(to: Shape(lead.dimensions + other.shape.suffix(2)))
    return Tensor(.make(MatrixProduct(), a.node, b.node))
  }

  /// All axes before `end` as one.
  private func flattened(upTo end: Int) -> Tensor {
    reshaped(Shape([shape.prefix(end).reduce(1, *)] + Array(shape.dropFirst(end))))
  }
}
