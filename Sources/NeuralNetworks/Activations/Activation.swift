import GliaTensors

/// What bends signals between layers, and so says how the weight before it should start.
public protocol Nonlinearity: Module {
  /// The initialiser that keeps the variance of signals through a layer that this one follows.
  var precedingInitializer: Initializer { get }
}

extension Nonlinearity {
  public var precedingInitializer: Initializer { .glorotUniform }
}

/// A function without parameters of its own that stands between layers.
public protocol Activation: Layer, Nonlinearity {}

extension Activation {
  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard dtype.isFloatingPoint else { throw mismatch("\(Self.kind) takes floating-point numbers, got \(dtype).") }
    return input
  }
}

/// An activation that has nothing to set: its kind, its function, and the initialiser before it where that is not Glorot's.
public typealias PlainActivation = Activation & PlainPart

extension Catalog where Row == LayerRow {
  /// The activations: one row each, which makes them layers of the catalog too.
  public static var activations: Catalog {
    Catalog(
      "activation",
      [
        LayerRow(Step.self, input: [4, 3]), LayerRow(Sigmoid.self, input: [4, 3]), LayerRow(Tanh.self, input: [4, 3]),
        LayerRow(LogSigmoid.self, input: [4, 3]), LayerRow(Softsign.self, input: [4, 3]),
        LayerRow(Softplus.self, ["beta": 2, "threshold": 3], input: [4, 3]),
        LayerRow(ReLU.self, input: [4, 3]), LayerRow(LeakyReLU.self, ["negativeSlope": 0.1], input: [4, 3]),
        LayerRow(ReLU6.self, input: [4, 3]), LayerRow(ELU.self, ["alpha": 1.3], input: [4, 3]),
        LayerRow(SELU.self, input: [4, 3]), LayerRow(CELU.self, ["alpha": 0.7], input: [4, 3]),
        LayerRow(GELU.self, input: [4, 3]), LayerRow(GELUTanh.self, input: [4, 3]),
        LayerRow(SiLU.self, input: [4, 3]), LayerRow(Mish.self, input: [4, 3]),
        LayerRow(HardTanh.self, ["minimum": -0.5, "maximum": 1.5], input: [4, 3]),
        LayerRow(HardSigmoid.self, input: [4, 3]), LayerRow(HardSwish.self, input: [4, 3]),
        LayerRow(SoftShrink.self, ["lambda": 0.4], input: [4, 3]),
        LayerRow(HardShrink.self, ["lambda": 0.4], input: [4, 3]), LayerRow(TanhShrink.self, input: [4, 3]),
        LayerRow(Softmax.self, input: [4, 3]), LayerRow(LogSoftmax.self, input: [4, 3]),
        LayerRow(Sparsemax.self, input: [4, 3]), LayerRow(GLU.self, input: [4, 6]),
        LayerRow(SwiGLU.self, input: [4, 6]),
      ])
  }
}
