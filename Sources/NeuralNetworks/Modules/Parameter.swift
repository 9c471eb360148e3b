import GliaGraph
import GliaTensors

/// A tensor that a module keeps and that training changes: the one thing of a network that has identity.
///
/// A parameter knows its shape and how it starts, and takes memory when it is initialised. The same parameter in two places
/// is a tied weight: it is trained once, with the sum of both gradients.
public final class Parameter {
  /// What a parameter is to training.
  public enum Kind: Sendable {
    /// Changed by the optimizer.
    case weight
    /// Kept by its layer, such as a running mean.
    case statistic
  }

  public let shape: Shape
  public let dtype: DType
  public let kind: Kind
  /// The name to go by instead of the property's, where files of other libraries have another.
  public let givenName: String?
  /// How it starts; nil for the right one for the activation that follows (see `Sequential`).
  public let initializer: Initializer?
  /// What `Sequential` found to be right.
  package var suggestedInitializer: Initializer?
  /// The path by which it was last found in a module: "fc1.weight".
  public package(set) var name = "parameter"
  /// Frozen parameters keep their value, and frozen statistics are used as they are, in training as in inference.
  public package(set) var isFrozen = false { didSet { if isFrozen != oldValue { storage?.endLayouts() } } }
  package private(set) var storage: Variable?

  public init(
    _ shape: Shape, dtype: DType = .float32, initializer: Initializer? = nil, kind: Kind = .weight,
    name: String? = nil
  ) {
    self.shape = shape
    self.dtype = dtype
    self.initializer = initializer
    self.kind = kind
    self.givenName = name
  }

  /// Whether the optimizer changes it.
  public var isTrainable: Bool { kind == .weight && !isFrozen }
  public var isInitialized: Bool { storage != nil }

  package var type: TensorType { TensorType(shape, dtype) }

  /// The place of its contents. Reading one that has none yet is a mistake of the program.
  package var variable: Variable {
    guard let storage else {
      fatalError(
        "The parameter '\(name)' \(shape) has no value yet. "
          + "Call `try model.initialize(seed:)`, load weights, or train.")
    }
    return storage
  }

  /// The tensor that stands for the parameter in arithmetic: within a compiled function or a training step what it holds
  /// when that runs, elsewhere a copy of what it holds now.
  public var tensor: Tensor {
    if ShapeProbe.current != nil { return Tensor(.make(Input(name, type))) }
    if let trace = Trace.current { return Tensor(trace.read(variable)) }
    return value
  }

  /// What it holds now; setting it shows in everything that reads it, compiled or not. The type is converted.
  public var value: Tensor {
    get {
      let buffer = Buffer(byteCount: type.byteCount)
      buffer.address.copyMemory(from: variable.address, byteCount: type.byteCount)
      return Tensor(.make(Constant(buffer, type)))
    }
    set {
      guard newValue.shape == shape else {
        fatalError("The parameter '\(name)' has the shape \(shape), the new value \(newValue.shape).")
      }
      let source = newValue.cast(to: dtype).buffer
      allocate()
      variable.address.copyMemory(from: source.address, byteCount: type.byteCount)
    }
  }

  /// Draws the first value: a function of the seed, the name, the shape and the initialiser, and of nothing else.
  package func initialize(seed: UInt64, name: String) {
    let draw = initializer ?? suggestedInitializer ?? .default
    value = draw(shape, key: RandomKey(seed: seed).folding(name), dtype: dtype)
  }

  private func allocate() {
    if storage == nil { storage = Variable(type, name: name) }
  }
}
