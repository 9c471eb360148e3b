import GliaGraph
import GliaTensors

/// A number for each axis that a window goes over: `3` for all of them, or `[3, 5]`, the height before the width.
public struct PerAxis: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  /// As many as there are axes, or one for all.
  public let values: [Int]
  public init(_ values: [Int]) { self.values = values }
  public init(_ value: Int) { values = [value] }
  public init(integerLiteral value: Int) { self.init(value) }
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  func callAsFunction(_ axes: Int) -> [Int] {
    values.count == 1 ? [Int](repeating: values[0], count: axes) : values
  }

  var setting: Setting { values.count == 1 ? Setting(values[0]) : .list(values.map { Setting($0) }) }
  init(_ settings: Settings, _ name: String) { self.init(settings.integers(name)) }
}

/// What is added around an input: so many zeros on both sides of each axis, or, with `same`, as many as give
/// length / stride windows, rounded up; of an odd number the larger half comes after the elements.
public enum Padding: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  case by(PerAxis)
  case same
  public init(integerLiteral value: Int) { self = .by(PerAxis(value)) }
  public init(arrayLiteral elements: Int...) { self = .by(PerAxis(elements)) }

  var setting: Setting {
    switch self {
    case .by(let sizes): sizes.setting
    case .same: "same"
    }
  }

  init(_ settings: Settings, _ name: String) {
    self = settings[name] == "same" ? .same : .by(PerAxis(settings, name))
  }
}

/// How windows lie over the last axes of [batch, channels, …]: the arithmetic that convolutions and pooling share.
struct WindowGeometry {
  let kernel, stride, dilation: [Int]
  let padding: Padding

  init(axes: Int, kernel: PerAxis, stride: PerAxis, padding: Padding, dilation: PerAxis) {
    self.kernel = kernel(axes)
    self.stride = stride(axes)
    self.dilation = dilation(axes)
    self.padding = padding
  }

  private var axes: Int { kernel.count }

  /// The elements that a window covers, from its first to its last.
  private func extent(_ axis: Int) -> Int { WindowLayout.extent(size: kernel[axis], dilation: dilation[axis]) ?? .max }

  /// The padding before and after the elements of an axis.
  private func border(_ axis: Int, length: Int) -> (low: Int, high: Int) {
    switch padding {
    case .by(let sizes):
      let size = sizes(axes)[axis]
      return (size, size)
    case .same:
      guard length > 0 else { return (0, 0) }
      let reach = (length - 1) / stride[axis] * stride[axis]
      let total = max(extent(axis) - (length - reach), 0)
      return (total / 2, total - total / 2)
    }
  }

  /// The shape with the windows along each axis in the place of the lengths, for an input [batch, channels, lengths …].
  ///
  /// - Throws: what `error` makes of a sentence, where a window is longer than an axis with its padding.
  func outputShape(of input: Shape, _ error: (String) -> any Error) throws -> Shape {
    var shape = input
    for axis in 0..<axes {
      let (low, high) = border(axis, length: input[axis + 2])
      let padded = [low, high].reduce(input[axis + 2]) { sum, border in
        let (next, overflow) = sum.addingReportingOverflow(border)
        return overflow ? .max : next
      }
      let extent = extent(axis)
      guard extent <= padded else {
        throw error(
          "kernel is \(kernel[axis]) with dilation \(dilation[axis]) along axis \(axis + 2), which covers \(extent) elements;"
            + " it has to cover from 1 to \(padded), the input's length with its padding: an input of \(input).")
      }
      guard padded < .max else {
        throw error(
          "padding is \(padding.setting); with it axis \(axis + 2) of \(input) has more elements than can be counted.")
      }
      shape[axis + 2] = (padded - extent) / stride[axis] + 1
    }
    return shape
  }

  /// The windows of x [batch, channels, lengths …]: [batch, channels, windows …, kernel …].
  func windows(_ x: Tensor, padding value: Double = 0) -> Tensor {
    let borders = (0..<axes).map { border($0, length: x.shape[$0 + 2]) }
    let isPadded = borders.contains { $0.low > 0 || $0.high > 0 }
    let padded =
      isPadded ? x.padded(low: [0, 0] + borders.map(\.low), high: [0, 0] + borders.map(\.high), value: value) : x
    return padded.windows(axes: Array(2..<2 + axes), sizes: kernel, strides: stride, dilations: dilation)
  }

  /// The windows' elements one behind the other: [kernel elements, batch, channels, windows …]. What goes over the first axis
  /// goes over each window, for all windows side by side.
  func planes(_ x: Tensor, padding value: Double = 0) -> Tensor {
    let windows = windows(x, padding: value)
    let own = Array(2 + axes..<windows.rank)
    let moved = windows.transposed(own + Array(0..<2 + axes))
    return moved.reshaped(Shape([kernel.reduce(1, *)] + windows.shape.prefix(2 + axes)))
  }
}
