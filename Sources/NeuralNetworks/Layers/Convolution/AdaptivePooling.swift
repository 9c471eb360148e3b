import GliaTensors

/// The mean of each channel: x [batch, channels, …] → [batch, channels].
///
/// Lin, Chen and Yan 2014, "Network in network", arXiv:1312.4400.
public struct GlobalAveragePool: Layer {
  public static let kind = "globalAveragePool"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank > 2, dtype.isFloatingPoint, !input.dropFirst(2).contains(0) else {
      throw mismatch("GlobalAveragePool expects floating-point numbers [batch, channels, …], got \(dtype)\(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.prefix(2))) }
  public func apply(_ x: Tensor) -> Tensor { x.mean(Array(2..<x.rank)) }
}

/// Averages to a given number of windows: x [batch, channels, length] → [batch, channels, outputSize].
///
/// Window i goes from ⌊i · length / outputSize⌋ up to, and without, ⌈(i + 1) · length / outputSize⌉, as in PyTorch; the windows
/// may overlap, and differ in length by one.
public struct AdaptiveAvgPool1d: AdaptiveAveragePooling {
  public static let kind = "adaptiveAvgPool1d"
  public static let axes = 1
  public let outputSize: PerAxis
  public init(_ outputSize: PerAxis) { self.outputSize = outputSize }
}

/// Averages to a given number of windows: x [batch, channels, height, width] → [batch, channels, outputSize …]. See
/// `AdaptiveAvgPool1d`.
public struct AdaptiveAvgPool2d: AdaptiveAveragePooling {
  public static let kind = "adaptiveAvgPool2d"
  public static let axes = 2
  public let outputSize: PerAxis
  public init(_ outputSize: PerAxis) { self.outputSize = outputSize }
}

/// What averaging to a given size over one and two axes shares. A mean along an axis is a product with the matrix that has
/// 1 / size of the window at its elements.
public protocol AdaptiveAveragePooling: Layer {
  static var axes: Int { get }
  var outputSize: PerAxis { get }
  init(_ outputSize: PerAxis)
}

extension AdaptiveAveragePooling {
  public static var hyperparameters: [Hyperparameter] {
    [.window("outputSize", least: 1, axes: axes, default: nil, "The length of the output along each axis.")]
  }
  public init(_ settings: Settings) throws {
    self.init(PerAxis(try Self.complete(settings), "outputSize"))
  }
  public var settings: Settings { ["outputSize": outputSize.setting] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 2 + Self.axes, dtype == .float32 || dtype == .float64, !input.dropFirst(2).contains(0) else {
      let axes = Self.axes == 1 ? "length" : "height, width"
      throw mismatch("\(Self.self) expects float32 or float64 [batch, channels, \(axes)], got \(dtype)\(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    Shape(Array(input.prefix(2)) + outputSize(Self.axes))
  }

  public func apply(_ x: Tensor) -> Tensor {
    let sizes = outputSize(Self.axes)
    let last = x.matrixProduct(averages(x.shape[x.rank - 1], sizes[sizes.count - 1], x.dtype).transposed())
    return Self.axes == 1 ? last : averages(x.shape[2], sizes[0], x.dtype).matrixProduct(last)
  }

  /// The matrix [size, length] whose row i has the mean of window i.
  private func averages(_ length: Int, _ size: Int, _ dtype: DType) -> Tensor {
    let rows = (0..<size).map { i -> [Double] in
      let window = i * length / size..<((i + 1) * length + size - 1) / size
      return (0..<length).map { window.contains($0) ? 1 / Double(window.count) : 0 }
    }
    return Tensor(rows, dtype: dtype)
  }
}
