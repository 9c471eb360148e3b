import GliaTensors

/// 1 / (1 + e⁻ˣ): from 0 to 1.
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }

/// (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ): from −1 to 1.
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }

/// x / (1 + |x|): from −1 to 1, approached more slowly than by tanh.
///
/// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
public func softsign(_ x: Tensor) -> Tensor { x / (x.abs() + 1.0) }

/// 1 where x ≥ 0, 0 elsewhere: the perceptron's decision. Its slope is 0 everywhere, so no gradient passes.
///
/// Rosenblatt 1958, "The perceptron", doi:10.1037/h0042519.
public func step(_ x: Tensor) -> Tensor { (x .>= 0.0).cast(to: x.dtype) }

/// `sigmoid` as a layer.
public struct Sigmoid: PlainActivation {
  public static let kind = "sigmoid"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { sigmoid(x) }
}

/// `tanh` as a layer.
public struct Tanh: PlainActivation {
  public static let kind = "tanh"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { tanh(x) }
}

/// `softsign` as a layer.
public struct Softsign: PlainActivation {
  public static let kind = "softsign"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { softsign(x) }
}

/// `step` as a layer.
public struct Step: PlainActivation {
  public static let kind = "step"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { step(x) }
}
