import GliaGraph
import GliaTensors

/// Graphs of random operations, to hold one backend against another.
package struct RandomGraph {
  private var generator: SeededNumbers
  private let dtype: DType
  package var values: [Tensor] = []

  package init(seed: UInt64, dtype: DType) {
    generator = SeededNumbers(seed: seed)
    self.dtype = dtype
  }

  private mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

  package mutating func randomShape() -> Shape {
    let lengths = [1, 2, 3, 4, 7, 16, 33]
    return Shape((0..<pick(0..<4)).map { _ in lengths.randomElement(using: &generator)! })
  }

  package mutating func leaf(_ shape: Shape) -> Tensor {
    Tensor(
      (0..<shape.elementCount).map { _ in Double.random(in: -2...2, using: &generator) }, shape: shape, dtype: dtype)
  }

  /// A few values, some of which share what they are made from.
  package mutating func build(operations: Int) -> [Tensor] {
    for _ in 0..<3 { values.append(leaf(randomShape())) }
    for _ in 0..<operations {
      let next = operation(values.randomElement(using: &generator)!)
      // What has grown too large would only make the test slow.
      if next.elementCount <= 4096 { values.append(next) }
    }
    return values.suffix(3)
  }

  private mutating func operation(_ x: Tensor) -> Tensor {
    switch pick(0..<19) {
    case 0: return unary(x)
    case 1, 2, 3: return binary(x)
    case 4, 5: return reduction(x)
    case 6: return product(x)
    case 7: return x.rank > 0 ? x.transposed(Array(0..<x.rank).shuffled(using: &generator)) : x.exp()
    case 8: return x.flattened()
    case 9: return sliced(x)
    case 10: return padded(x)
    case 11: return x.rank > 0 ? .concatenate([x, x * 2.0], axis: pick(0..<x.rank)) : x
    case 12: return x.rank > 0 ? x.flipped([pick(0..<x.rank)]) : x
    case 13: return gathered(x)
    case 14: return softmax(x)
    case 15: return windowed(x)
    case 16: return overlapped(x)
    case 17: return checkpointed(x) { ($0.tanh() * $0 + 1.0).squared() }
    default: return (x .> 0.25).select(x * 0.5, x - 1.0)
    }
  }

  private mutating func unary(_ x: Tensor) -> Tensor {
    switch pick(0..<10) {
    case 0: x.tanh()
    case 1: x.sigmoid()
    case 2: (x.abs() + 0.5).log()
    case 3: (x.squared() + 0.1).squareRoot()
    case 4: x.minimum(3.0).exp()
    case 5: x.maximum(0.0)
    case 6: x.sin()
    case 7: x.erf()
    case 8: (x.abs() + 1.0).reciprocal()
    default: -x
    }
  }

  private mutating func binary(_ x: Tensor) -> Tensor {
    let partner: Tensor
    if let other = values.shuffled(using: &generator).first(where: { Shape.broadcast($0.shape, x.shape) != nil }) {
      partner = other
    } else {
      partner = leaf(Shape(x.shape.map { $0 > 1 && pick(0..<2) == 0 ? 1 : $0 }))
    }
    switch pick(0..<5) {
    case 0: return x + partner
    case 1: return x - partner
    case 2: return x.tanh() * partner
    case 3: return x / (partner.abs() + 0.7)
    default: return x.maximum(partner)
    }
  }

  private mutating func reduction(_ x: Tensor) -> Tensor {
    let axes = (0..<x.rank).filter { _ in pick(0..<2) == 0 }
    let keeping = pick(0..<2) == 0
    switch pick(0..<4) {
    case 0: return x.max(axes, keepingAxes: keeping)
    case 1: return x.mean(axes, keepingAxes: keeping)
    case 2: return x.rank > 0 ? x.cumulativeSum(axis: pick(0..<x.rank)) * 0.1 : x
    default: return x - x.mean(axes, keepingAxes: true)
    }
  }

  private mutating func product(_ x: Tensor) -> Tensor {
    guard let last = x.shape.last else { return x * x }
    let width = pick(1..<20)
    var weight = pick(0..<2) == 0 ? leaf([last, width]) : leaf([width, last]).transposed()
    // What a product widens as it reads.
    if pick(0..<3) == 0 { weight = weight.cast(to: .bfloat16).cast(to: dtype) }
    let result = x.matrixProduct(weight) * (1 / Double(last))
    return pick(0..<2) == 0 ? result : (result + leaf([width])).tanh()
  }

  private mutating func sliced(_ x: Tensor) -> Tensor {
    guard x.rank > 0 else { return x }
    let axis = pick(0..<x.rank)
    let start = pick(0..<x.shape[axis])
    return x.sliced(start..<pick(start + 1..<x.shape[axis] + 1), axis: axis, step: pick(1..<3))
  }

  private mutating func padded(_ x: Tensor) -> Tensor {
    x.padded(low: x.shape.map { _ in pick(0..<3) }, high: x.shape.map { _ in pick(0..<2) }, value: 0.5)
  }

  private mutating func gathered(_ x: Tensor) -> Tensor {
    guard x.rank > 0 else { return x }
    let axis = pick(0..<x.rank)
    let indices = (0..<pick(1..<5)).map { _ in Int64(pick(0..<x.shape[axis])) }
    return x.gathered(Tensor(indices, shape: [indices.count]), axis: axis)
  }

  /// Windows over one or two axes, their elements before or after the places.
  private mutating func windowed(_ x: Tensor) -> Tensor {
    guard x.rank > 0 else { return x.sin() }
    let axes = (0..<x.rank).shuffled(using: &generator).prefix(pick(1..<3))
    let sizes = axes.map { pick(1..<Swift.min(x.shape[$0], 3) + 1) }
    let dilations = zip(axes, sizes).map { $1 == 1 ? 1 : pick(1..<Swift.min((x.shape[$0] - 1) / ($1 - 1), 2) + 1) }
    let windows = x.windows(
      axes: Array(axes), sizes: sizes, strides: axes.map { _ in pick(1..<3) }, dilations: dilations)
    let moved = windows.transposed(Array(x.rank..<windows.rank) + Array(0..<x.rank))
    return pick(0..<2) == 0
      ? windows.sum(Array(x.rank..<windows.rank))
      : moved.reshaped(Shape([-1] + x.shape.indices.map { windows.shape[$0] })).max([0])
  }

  /// The elements taken as windows of two along a new axis, added up.
  private mutating func overlapped(_ x: Tensor) -> Tensor {
    guard x.rank > 1, x.shape[x.rank - 1] <= 4 else { return x.cos() }
    let axis = pick(0..<x.rank - 1)
    let (count, size) = (x.shape[axis], x.shape[x.rank - 1])
    let (stride, dilation) = (pick(1..<4), pick(1..<3))
    let length = (count - 1) * stride + (size - 1) * dilation + 1
    let moved = pick(0..<2) == 0 ? x : x.transposed().transposed() * 0.5
    return moved.overlapAdded(axes: [axis], lengths: [length], strides: [stride], dilations: [dilation])
  }

  private mutating func softmax(_ x: Tensor) -> Tensor {
    guard x.rank > 0 else { return x.sigmoid() }
    let axis = pick(0..<x.rank)
    let e = (x - x.max([axis], keepingAxes: true)).exp()
    return e / e.sum([axis], keepingAxes: true)
  }
}
