import GliaGraph

extension Tensor {
  /// An axis counted from the start, or from the end where negative: −1 is the last.
  package func axis(_ axis: Int) -> Int {
    let counted = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(counted) else { fatalError("Axis \(axis) is not one of \(shape).") }
    return counted
  }

  /// The same elements in the same order under another shape; one axis may be −1 and is found from the others.
  public func reshaped(_ shape: Shape) -> Tensor {
    var target = shape
    if let free = shape.firstIndex(of: -1) {
      let others = shape.indices.reduce(1) { $1 == free ? $0 : $0 * shape[$1] }
      guard others > 0, elementCount % others == 0 else {
        fatalError("reshape: \(self.shape) has \(elementCount) elements, which \(shape) does not divide.")
      }
      target[free] = elementCount / others
    }
    return Tensor(.reshape(node, target))
  }

  /// All axes from `start` on as one: [batch, height, width] → [batch, height · width] from 1.
  public func flattened(from start: Int = 0) -> Tensor {
    let kept = shape.prefix(start)
    return reshaped(Shape(Array(kept) + [shape.dropFirst(start).reduce(1, *)]))
  }

  /// The axes in another order; without one, the last two swapped.
  public func transposed(_ permutation: [Int]? = nil) -> Tensor {
    if let permutation { return Tensor(.transpose(node, permutation)) }
    guard rank >= 2 else { fatalError("transpose: \(shape) has fewer than two axes.") }
    return Tensor(node.matrixTransposed)
  }

  /// Axes of 1 stretched to `shape` by repetition.
  public func broadcast(to shape: Shape) -> Tensor { Tensor(.broadcast(node, shape)) }

  /// A new axis of 1.
  public func expanded(axis: Int) -> Tensor {
    var shape = self.shape
    let place = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(place) else { fatalError("expand: axis \(axis) has no place in \(self.shape).") }
    shape.dimensions.insert(1, at: place)
    return Tensor(.reshape(node, shape))
  }

  /// Without an axis of 1.
  public func squeezed(axis: Int) -> Tensor {
    let place = self.axis(axis)
    guard shape[place] == 1 else { fatalError("squeeze: axis \(axis) of \(shape) is not 1.") }
    var shape = self.shape
    shape.dimensions.remove(at: place)
    return Tensor(.reshape(node, shape))
  }

  /// The elements of a range along an axis.
  public func sliced(_ range: Range<Int>, axis: Int = 0, step: Int = 1) -> Tensor {
    let place = self.axis(axis)
    var starts = shape.map { _ in 0 }
    var ends = shape.dimensions
    var steps = shape.map { _ in 1 }
    starts[place] = range.lowerBound
    ends[place] = range.upperBound
    steps[place] = step
    return Tensor(.make(Slice(starts: starts, ends: ends, steps: steps), node))
  }

  /// A border of `value`, `low` before and `high` after the elements of each axis.
  public func padded(low: [Int], high: [Int], value: Double = 0) -> Tensor {
    Tensor(.make(Pad(low: low, high: high, value: value), node))
  }

  /// In reverse order along axes.
  public func flipped(_ axes: [Int]) -> Tensor { Tensor(.make(Flip(axes: axes.map(axis)), node)) }

  /// The windows along axes: each of the axes becomes the windows along it, and a last axis is added for the elements within.
  /// Windows begin `strides` apart, and their elements lie `dilations` apart, 1 where nothing is said: x [n, length] with
  /// windows of 3 over axis 1 gives y [n, length − 2, 3] with y[n, i, p] = x[n, i + p].
  public func windows(axes: [Int], sizes: [Int], strides: [Int]? = nil, dilations: [Int]? = nil) -> Tensor {
    Tensor(.make(Windows(layout(axes, sizes, strides, dilations, rank: rank)), node))
  }

  /// Windows added up where they came from, along axes of the given lengths: the reverse of `windows`.
  public func overlapAdded(
    axes: [Int], lengths: [Int], strides: [Int]? = nil, dilations: [Int]? = nil
  ) -> Tensor {
    let sizes = Array(shape.suffix(axes.count))
    let layout = layout(axes, sizes, strides, dilations, rank: rank - axes.count)
    return Tensor(.make(OverlapAdd(layout, lengths: lengths), node))
  }

  private func layout(
    _ axes: [Int], _ sizes: [Int], _ strides: [Int]?, _ dilations: [Int]?, rank: Int
  ) -> WindowLayout {
    let ones = axes.map { _ in 1 }
    return WindowLayout(
      axes: axes.map { $0 < 0 ? $0 + rank : $0 }, sizes: sizes, strides: strides ?? ones, dilations: dilations ?? ones)
  }

  /// Tensors one behind the other along an axis.
  public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = tensors.first else { fatalError("concatenate: takes at least one tensor.") }
    return Tensor(.make(Concatenate(axis: first.axis(axis)), tensors.map(\.node)))
  }

  /// Slices along an axis taken by index, for example the rows of an embedding. An index that is out of range gives NaN.
  public func gathered(_ indices: Tensor, axis: Int = 0) -> Tensor {
    Tensor(.make(Gather(axis: self.axis(axis)), node, indices.node))
  }

  /// Slices along an axis added up at their indices into `size` zeros: the reverse of `gathered`.
  public func scatterAdded(_ indices: Tensor, axis: Int = 0, size: Int) -> Tensor {
    Tensor(.make(ScatterAdd(axis: axis, size: size), node, indices.node))
  }
}
