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
public struct Checkpointed: BodyContainer {
  public static let kind = "checkpointed"

  public let body: Sequential
  public init(_ layers: [any Module]) { body = Sequential(layers) }

  public func callAsFunction(_ x: Tensor) -> Tensor { checked(x) { checkpointed(x) { body($0) } } }
}
