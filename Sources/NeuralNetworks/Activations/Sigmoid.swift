import GliaTensors

/// 1 / (1 + e⁻ˣ): from 0 to 1.
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }

/// (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ): from −1 to 1.
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }

/// 1 where x ≥ 0, 0 elsewhere: the perceptron's decision. Its slope is 0 everywhere, so no gradient passes.
///
/// Rosenblatt 1958, "The perceptron", doi:10.1037/h0042519.
public func step(_ x: Tensor) -> Tensor { (x .>= 0.0).cast(to: x.dtype) }

/// `sigmoid` as a layer.
public struct Sigmoid: Activation {
  public static let kind = "sigmoid"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func apply(_ x: Tensor) -> Tensor { sigmoid(x) }
}

/// `tanh` as a layer.
public struct Tanh: Activation {
  public static let kind = "tanh"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func apply(_ x: Tensor) -> Tensor { tanh(x) }
}

/// `step` as a layer.
public struct Step: Activation {
  public static let kind = "step"
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func apply(_ x: Tensor) -> Tensor { step(x) }
}
