import GliaTensors

/// What pooling over one and two axes shares: one number for each window of each channel.
public protocol Pooling: Layer {
  /// The axes that the windows go over.
  static var axes: Int { get }
  var kernel: PerAxis { get }
  var stride: PerAxis { get }
  var padding: PerAxis { get }
  var dilation: PerAxis { get }
}

extension Pooling {
  static var windowHyperparameters: [Hyperparameter] {
    [
      .window("kernel", least: 1, axes: axes, default: nil, "The window's length along each axis."),
      .window("stride", least: 1, axes: axes, default: nil, "How far apart windows begin."),
      .window("padding", least: 0, axes: axes, default: 0, "The border on both sides of each axis."),
    ]
  }

  static var dilationHyperparameter: Hyperparameter {
    .window("dilation", least: 1, axes: axes, default: 1, "How far apart the elements of a window lie.")
  }

  public func validateSettings() throws {
    _ = try Self.complete(settings)
    for (size, border) in zip(kernel(Self.axes), padding(Self.axes)) where border > size / 2 {
      throw SettingError("\(Self.kind): padding is \(border); it has to be from 0 to \(size / 2), half the kernel.")
    }
  }

  var geometry: WindowGeometry {
    WindowGeometry(axes: Self.axes, kernel: kernel, stride: stride, padding: .by(padding), dilation: dilation)
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 2 + Self.axes, dtype.isFloatingPoint else {
      let axes = Self.axes == 1 ? "length" : "height, width"
      throw mismatch("\(Self.self) expects floating-point numbers [batch, channels, \(axes)], got \(dtype)\(input).")
    }
    return try geometry.outputShape(of: input) { mismatch("\(Self.self): \($0)") }
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    Shape(Array(input.prefix(2)) + [Int](repeating: 1, count: Self.axes))
  }
}

/// The largest number of each window: x [batch, channels, length] → [batch, channels, windows]. The border never is the
/// largest. Numbers that share the largest value share its gradient.
///
/// The windows are one behind the other where no stride is given; padding is at most half the kernel.
public struct MaxPool1d: MaxPooling {
  public static let kind = "maxPool1d"
  public static let axes = 1
  public let kernel, stride, padding, dilation: PerAxis
  public init(kernel: PerAxis, stride: PerAxis? = nil, padding: PerAxis = 0, dilation: PerAxis = 1) {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride ?? kernel, padding, dilation)
  }
}

/// The largest number of each window: x [batch, channels, height, width] → [batch, channels, rows, columns of windows]. See
/// `MaxPool1d`.
///
/// Ranzato, Huang, Boureau and LeCun 2007, "Unsupervised learning of invariant feature hierarchies with applications to
/// object recognition", doi:10.1109/CVPR.2007.383157.
public struct MaxPool2d: MaxPooling {
  public static let kind = "maxPool2d"
  public static let axes = 2
  public let kernel, stride, padding, dilation: PerAxis
  public init(kernel: PerAxis, stride: PerAxis? = nil, padding: PerAxis = 0, dilation: PerAxis = 1) {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride ?? kernel, padding, dilation)
  }
}

/// What the layers that take the largest number share.
public protocol MaxPooling: Pooling {
  init(kernel: PerAxis, stride: PerAxis?, padding: PerAxis, dilation: PerAxis)
}

extension MaxPooling {
  public static var hyperparameters: [Hyperparameter] { windowHyperparameters + [dilationHyperparameter] }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings.withStride)
    self.init(
      kernel: PerAxis(all, "kernel"), stride: PerAxis(all, "stride"), padding: PerAxis(all, "padding"),
      dilation: PerAxis(all, "dilation"))
    try validateSettings()
  }

  public var settings: Settings {
    [
      "kernel": kernel.setting, "stride": stride.setting, "padding": padding.setting, "dilation": dilation.setting,
    ]
  }

  public func apply(_ x: Tensor) -> Tensor { geometry.planes(x, padding: -.infinity).max([0]) }
}

/// The mean of each window: x [batch, channels, length] → [batch, channels, windows].
///
/// The windows are one behind the other where no stride is given; padding, of zeros, is at most half the kernel, and counts as
/// elements unless `countsPadding` is false.
public struct AvgPool1d: AveragePooling {
  public static let kind = "avgPool1d"
  public static let axes = 1
  public let kernel, stride, padding: PerAxis
  public let countsPadding: Bool
  public init(kernel: PerAxis, stride: PerAxis? = nil, padding: PerAxis = 0, countsPadding: Bool = true) {
    (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    self.countsPadding = countsPadding
  }
}

/// The mean of each window: x [batch, channels, height, width] → [batch, channels, rows, columns of windows]. See
/// `AvgPool1d`.
///
/// LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791.
public struct AvgPool2d: AveragePooling {
  public static let kind = "avgPool2d"
  public static let axes = 2
  public let kernel, stride, padding: PerAxis
  public let countsPadding: Bool
  public init(kernel: PerAxis, stride: PerAxis? = nil, padding: PerAxis = 0, countsPadding: Bool = true) {
    (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    self.countsPadding = countsPadding
  }
}

/// What the layers that take the mean share.
public protocol AveragePooling: Pooling {
  var countsPadding: Bool { get }
  init(kernel: PerAxis, stride: PerAxis?, padding: PerAxis, countsPadding: Bool)
}

extension AveragePooling {
  public static var hyperparameters: [Hyperparameter] {
    windowHyperparameters + [
      Hyperparameter("countsPadding", .flag, default: true, "Whether the border counts as elements of a window.")
    ]
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings.withStride)
    self.init(
      kernel: PerAxis(all, "kernel"), stride: PerAxis(all, "stride"), padding: PerAxis(all, "padding"),
      countsPadding: all.flag("countsPadding"))
    try validateSettings()
  }

  public var settings: Settings {
    [
      "kernel": kernel.setting, "stride": stride.setting, "padding": padding.setting,
      "countsPadding": .flag(countsPadding),
    ]
  }

  public var dilation: PerAxis { 1 }

  public func apply(_ x: Tensor) -> Tensor {
    let sums = geometry.planes(x).sum([0])
    if countsPadding { return sums * (1 / Double(geometry.kernel.reduce(1, *))) }
    let ones = Tensor.ones(Shape([1, 1] + x.shape.dropFirst(2)), dtype: x.dtype)
    return sums * geometry.planes(ones).sum([0]).reciprocal()
  }
}

extension Settings {
  /// With the kernel as the stride where none is given.
  fileprivate var withStride: Settings {
    var settings = self
    if settings["stride"] == nil { settings["stride"] = settings["kernel"] }
    return settings
  }
}
