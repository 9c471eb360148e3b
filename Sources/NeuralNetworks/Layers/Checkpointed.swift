import GliaTensors

/// Layers whose activations are computed again in the backward pass instead of being kept: y = body(x), with the same
/// gradients, less memory, and the time of one more forward pass through the body.
///
///     Sequential {
///       Checkpointed { Linear(64, 64); GELU(); Linear(64, 64); GELU() }
///       Checkpointed { Linear(64, 64); GELU(); Linear(64, 64); GELU() }
///       Linear(64, 1)
///     }
///
/// Of n layers, some √n blocks of √n layers each need the least memory.
///
/// Chen, Xu, Zhang and Guestrin 2016, "Training deep nets with sublinear memory cost", arXiv:1604.06174.
public struct Checkpointed: Container {
  public static let kind = "checkpointed"
  public static let hyperparameters = [
    Hyperparameter("layers", .parts, default: nil, "The layers of the body in order.")
  ]

  public let body: Sequential
  public var layers: [any Module] { body.layers }

  public init(_ layers: [any Module]) { body = Sequential(layers) }
  public init(@SequentialBuilder _ layers: () -> [any Module]) { self.init(layers()) }
  public init(_ settings: Settings) throws { self.init(try Self.complete(settings).layers("layers")) }
  public var settings: Settings { ["layers": layerSetting] }

  public func callAsFunction(_ x: Tensor) -> Tensor { checked(x) { checkpointed(x) { body($0) } } }
}
