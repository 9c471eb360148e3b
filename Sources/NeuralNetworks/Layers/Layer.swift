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

  /// Called when the layer's parameters got their first values, for what one has to take from another.
  func finishInitializing()
}

extension Layer {
  public func outputShape(of input: Shape, dtype: DType) throws -> Shape { input }
  public func nominalOutputShape(of input: Shape) -> Shape { input }
  public func finishInitializing() {}

  public func callAsFunction(_ x: Tensor) -> Tensor {
    checked(x) {
      _ = try outputShape(of: x.shape, dtype: x.dtype)
      return apply(x)
    }
  }

  /// What `compute` gives. Where it throws, a probe takes note and goes on with a placeholder; elsewhere it is a trap.
  func checked(_ x: Tensor, _ compute: () throws -> Tensor) -> Tensor {
    do {
      try validateSettings()
      let result = try compute()
      ShapeProbe.current?.note(.init(kind: Self.kind, parameters: ownParameters, output: result.shape))
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
    let path = ownParameters.sharedPath
    return ShapeMismatch((path.isEmpty ? "" : "Layer '\(path)': ") + message)
  }
}

// ---- What several layers expect of their input

extension Layer {
  /// Checks the length of the last axis, where `axis` is −1, or of axis 1 behind the batch.
  func expectFeatures(_ size: Int, axis: Int, of input: Shape) throws {
    let place = axis < 0 ? axis + input.rank : axis
    guard input.indices.contains(place), input[place] == size else {
      throw mismatch("\(Self.self) expects \(axis < 0 ? "[..., \(size)]" : "[batch, \(size), ...]"), got \(input).")
    }
  }

  /// Checks the type of the input against that of the parameters.
  func expectType(_ own: DType, _ given: DType) throws {
    guard given == own else { throw mismatch("\(Self.self) computes in \(own), got \(given).") }
  }

  /// Checks for a type that random numbers are drawn in.
  func expectDrawnType(_ dtype: DType) throws {
    guard dtype == .float32 || dtype == .float64 else {
      throw mismatch("\(Self.self) takes float32 or float64, got \(dtype).")
    }
  }
}

extension [Parameter] {
  /// The path that all of them have before their own names.
  var sharedPath: String {
    var shared: [Substring]?
    for parameter in self {
      let path: [Substring] = parameter.name.split(separator: ".").dropLast()
      let common = zip(shared ?? path, path).prefix { $0 == $1 }
      shared = common.map { $0.0 }
    }
    return (shared ?? []).joined(separator: ".")
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
    Hyperparameter(name, .perAxis(least...Int.max, axes: axes, words: words), default: value, documentation)
  }
  static func initializer(_ name: String, _ documentation: String) -> Hyperparameter {
    Hyperparameter(name, .part(Catalog.initializers.kinds), default: nil, documentation)
  }
}
