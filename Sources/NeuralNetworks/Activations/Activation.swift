import GliaTensors

/// A function without parameters of its own that stands between layers.
public protocol Activation: Layer {
  /// The initialiser that keeps the variance of signals through a layer that this activation follows.
  var precedingInitializer: Initializer { get }
}

extension Activation {
  public var precedingInitializer: Initializer { .glorotUniform }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard dtype.isFloatingPoint else { throw mismatch("\(Self.kind) takes floating-point numbers, got \(dtype).") }
    return input
  }
}

extension Catalog where Row == LayerRow {
  /// The activations: one row each, which makes them layers of the catalog too.
  public static var activations: Catalog {
    Catalog(
      "activation",
      [
        LayerRow(Step.self, input: [4, 3]), LayerRow(Sigmoid.self, input: [4, 3]), LayerRow(Tanh.self, input: [4, 3]),
        LayerRow(ReLU.self, input: [4, 3]), LayerRow(LeakyReLU.self, ["negativeSlope": 0.1], input: [4, 3]),
        LayerRow(Softmax.self, input: [4, 3]), LayerRow(LogSoftmax.self, input: [4, 3]),
      ])
  }
}
