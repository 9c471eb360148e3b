import GliaGraph
import GliaTensors

/// A module that is also data: it has a kind and settings, so that a file can hold it and make it again.
///
/// A layer says what it takes in `outputShape(of:dtype:)` and what it computes in `apply(_:)`; calling it does both.
public protocol Layer: Module, Part {
  /// The shape that an input's shape gives.
  ///
  /// - Throws: `ShapeMismatch` for an input that the layer does not take.
  func outputShape(of input: Shape, dtype: DType) throws -> Shape

  /// The layer's function of an input that fits.
  func apply(_ x: Tensor) -> Tensor

  /// The shape to go on with where an input does not fit, so that the rest can still be looked at.
  func nominalOutputShape(of input: Shape) -> Shape
}

extension Layer {
  public func outputShape(of input: Shape, dtype: DType) throws -> Shape { input }
  public func nominalOutputShape(of input: Shape) -> Shape { input }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    do {
      try validateSettings()
      let shape = try outputShape(of: x.shape, dtype: x.dtype)
      let result = apply(x)
      ShapeProbe.current?.note(.init(kind: Self.kind, parameters: ownParameters, output: shape))
      return result
    } catch {
      guard let probe = ShapeProbe.current else { fatalError("\(error)") }
      probe.note(error)
      let dtype = ownParameters.first?.dtype ?? x.dtype
      return Tensor(.make(Input("placeholder", TensorType(nominalOutputShape(of: x.shape), dtype))))
    }
  }

  private var ownParameters: [Parameter] { ParameterSearch(self, isNaming: false).found.map(\.parameter) }

  /// An error that names the layer and the path to its parameters, where it has any.
  func mismatch(_ message: String) -> ShapeMismatch {
    let path = ownParameters.first.map { $0.name.split(separator: ".").dropLast().joined(separator: ".") } ?? ""
    return ShapeMismatch((path.isEmpty ? "" : "Layer '\(path)': ") + message)
  }
}

/// A layer whose weight starts by the activation that follows where nothing is said (see `Sequential`).
public protocol WeightedLayer: Layer {
  var weight: Parameter { get }
}

extension DType {
  /// The type that a layer's settings name.
  static func named(_ settings: Settings) -> DType { DType(rawValue: settings.text("dtype"))! }
}

extension Hyperparameter {
  static let dtype = Hyperparameter(
    "dtype", .choice(["float32", "float64"]), default: .text("float32"), "The type of the parameters.")
  static func window(
    _ name: String, least: Int, axes: Int, words: [String] = [], default value: Setting?, _ documentation: String
  ) -> Hyperparameter {
    Hyperparameter(name, .integers(least...Int.max, axes: axes, words: words), default: value, documentation)
  }
  static func initializer(_ name: String, _ documentation: String) -> Hyperparameter {
    Hyperparameter(name, .part(Catalog.initializers.kinds), default: nil, documentation)
  }
}
