import GliaTensors

/// What the convolutions of one and two axes share. Each output channel o is a sum over its group's input channels c and the
/// kernel's elements k, at the window that begins at i · stride:
/// y[n, o, i] = b[o] + Σ_c Σ_k W[o, c, k] · x[n, c, i · stride + k · dilation], with x padded by zeros.
///
/// So it is one matrix product for each sample and group, of the weight and the input's windows.
public protocol Convolution: WeightedLayer {
  /// The axes that the kernel goes over.
  static var axes: Int { get }
  var sizes: ConvolutionSizes { get }
  var bias: Parameter? { get }
  init(_ sizes: ConvolutionSizes, weight: Parameter, bias: Parameter?)
}

/// How many channels a convolution has, and how its windows lie.
public struct ConvolutionSizes: Hashable, Sendable {
  public let inputChannels, outputChannels: Int
  public let kernel, stride, dilation: PerAxis
  public let padding: Padding
  public let groups: Int
}

extension Convolution {
  public var inputChannels: Int { sizes.inputChannels }
  public var outputChannels: Int { sizes.outputChannels }
  public var kernel: PerAxis { sizes.kernel }
  public var stride: PerAxis { sizes.stride }
  public var padding: Padding { sizes.padding }
  public var dilation: PerAxis { sizes.dilation }
  public var groups: Int { sizes.groups }

  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1, groups: Int = 1, bias: Bool = true, initializer: Initializer? = nil, dtype: DType = .float32
  ) {
    let sizes = ConvolutionSizes(
      inputChannels: inputChannels, outputChannels: outputChannels, kernel: kernel, stride: stride, dilation: dilation,
      padding: padding, groups: groups)
    let shape = Shape([outputChannels, inputChannels / max(groups, 1)] + kernel(Self.axes))
    self.init(
      sizes, weight: Parameter(shape, dtype: dtype, initializer: initializer),
      bias: bias ? Parameter([outputChannels], dtype: dtype, initializer: .zeros) : nil)
  }

  public static var hyperparameters: [Hyperparameter] {
    [
      Hyperparameter("inputChannels", .size, default: nil, "The channels of the input."),
      Hyperparameter("outputChannels", .size, default: nil, "The channels of the output."),
      .window("kernel", least: 1, axes: axes, default: nil, "The kernel's length along each axis."),
      .window("stride", least: 1, axes: axes, default: 1, "How far apart windows begin."),
      .window("padding", least: 0, axes: axes, words: ["same"], default: 0, "The zeros on both sides of each axis."),
      .window("dilation", least: 1, axes: axes, default: 1, "How far apart the elements of a window lie."),
      Hyperparameter("groups", .size, default: 1, "Into how many groups that do not meet the channels are cut."),
      Hyperparameter("bias", .flag, default: true, "Whether a bias is added to each output channel."),
      .initializer("initializer", "How the weight starts; by the activation that follows where nothing is said."),
      .dtype,
    ]
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputChannels"), all.integer("outputChannels"), kernel: PerAxis(all, "kernel"),
      stride: PerAxis(all, "stride"), padding: Padding(all, "padding"), dilation: PerAxis(all, "dilation"),
      groups: all.integer("groups"), bias: all.flag("bias"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
    try validateSettings()
  }

  public var settings: Settings {
    [
      "inputChannels": Setting(inputChannels), "outputChannels": Setting(outputChannels), "kernel": kernel.setting,
      "stride": stride.setting, "padding": padding.setting, "dilation": dilation.setting, "groups": Setting(groups),
      "bias": .flag(bias != nil), "initializer": weight.initializer.map { .part($0.partDescription) },
      "dtype": Setting(weight.dtype),
    ]
  }

  public func validateSettings() throws {
    _ = try Self.complete(settings)
    guard inputChannels % groups == 0, outputChannels % groups == 0 else {
      throw SettingError(
        "\(Self.kind): groups is \(groups); it has to divide the \(inputChannels) input channels and the "
          + "\(outputChannels) output channels.")
    }
  }

  private var geometry: WindowGeometry {
    WindowGeometry(axes: Self.axes, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 2 + Self.axes, input[1] == inputChannels else {
      throw mismatch("\(Self.self) expects [batch, \(inputChannels), \(spatialAxes)], got \(input).")
    }
    guard dtype == weight.dtype else { throw mismatch("\(Self.self) computes in \(weight.dtype), got \(dtype).") }
    var shape = try geometry.outputShape(of: input) { mismatch("\(Self.self): \($0)") }
    shape[1] = outputChannels
    return shape
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    Shape([input.first ?? 0, outputChannels] + [Int](repeating: 1, count: Self.axes))
  }

  public func apply(_ x: Tensor) -> Tensor {
    let windows = geometry.windows(x)
    let (batch, places, elements) = (x.shape[0], windows.shape[2..<2 + Self.axes], geometry.kernel)
    let (inputs, outputs) = (inputChannels / groups, outputChannels / groups)
    let depth = inputs * elements.reduce(1, *)
    let grouped = windows.reshaped(Shape([batch, groups, inputs] + places + elements))
    let order = [0, 1, 2] + Array(3 + Self.axes..<grouped.rank) + Array(3..<3 + Self.axes)
    let columns = grouped.transposed(order).reshaped([batch, groups, depth, places.reduce(1, *)])
    // As the transpose of columnsᵀ · weightᵀ, so that the weight's gradient too reads the columns where they lie.
    let weights = weight.tensor.reshaped([groups, outputs, depth]).transposed()
    let product = columns.transposed().matrixProduct(weights).transposed()
    let y = product.reshaped(Shape([batch, outputChannels] + places))
    return bias.map { y + $0.tensor.reshaped(Shape([outputChannels] + elements.map { _ in 1 })) } ?? y
  }
}

extension Layer where Self: Convolution {
  fileprivate var spatialAxes: String { Self.axes == 1 ? "length" : "height, width" }
}

/// A convolution along one axis: x [batch, inputChannels, length] → y [batch, outputChannels, windows], with the weight
/// [outputChannels, inputChannels / groups, kernel] and the bias [outputChannels].
///
/// y[n, o, i] = b[o] + Σ_c Σ_k W[o, c, k] · x[n, c, i · stride + k · dilation], where the number of windows is
/// (length + padding − dilation · (kernel − 1) − 1) / stride + 1, rounded down. As everywhere in the field, the kernel is not
/// reversed. The weight starts as `Linear`'s does, the bias at zero.
///
/// LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition",
/// doi:10.1109/5.726791.
public struct Conv1d: Convolution {
  public static let kind = "conv1d"
  public static let axes = 1
  public let sizes: ConvolutionSizes
  public let weight: Parameter
  public let bias: Parameter?

  public init(_ sizes: ConvolutionSizes, weight: Parameter, bias: Parameter?) {
    self.sizes = sizes
    self.weight = weight
    self.bias = bias
  }
}

/// A convolution over height and width: x [batch, inputChannels, height, width] → y [batch, outputChannels, rows of windows,
/// columns of windows], with the weight [outputChannels, inputChannels / groups, kernel height, kernel width] and the bias
/// [outputChannels]. See `Conv1d` for the formula, with i, k, stride, padding and dilation along both axes.
///
///     Conv2d(1, 6, kernel: 5, padding: .same)
///
/// With `groups` equal to the input channels each channel has kernels of its own (depthwise).
///
/// LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791; dilation: Yu and Koltun 2016, arXiv:1511.07122.
public struct Conv2d: Convolution {
  public static let kind = "conv2d"
  public static let axes = 2
  public let sizes: ConvolutionSizes
  public let weight: Parameter
  public let bias: Parameter?

  public init(_ sizes: ConvolutionSizes, weight: Parameter, bias: Parameter?) {
    self.sizes = sizes
    self.weight = weight
    self.bias = bias
  }
}
