import GliaTensors

/// a · sigmoid(b), where a and b are the halves of the last axis: [..., 2n] → [..., n].
///
/// Dauphin, Fan, Auli and Grangier 2017, "Language modeling with gated convolutional networks", arXiv:1612.08083.
public func glu(_ x: Tensor) -> Tensor {
  let (a, b) = halves(x)
  return a * b.sigmoid()
}

/// silu(a) · b, where a and b are the halves of the last axis: [..., 2n] → [..., n].
///
/// Shazeer 2020, "GLU variants improve Transformer", arXiv:2002.05202.
public func swiGLU(_ x: Tensor) -> Tensor {
  let (a, b) = halves(x)
  return silu(a) * b
}

private func halves(_ x: Tensor) -> (Tensor, Tensor) {
  let half = (x.shape.last ?? 0) / 2
  return (x.sliced(0..<half, axis: -1), x.sliced(half..<2 * half, axis: -1))
}

/// An activation in which one half of the last axis opens or closes the other.
public protocol GatedActivation: PlainActivation {}

extension GatedActivation {
  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard dtype.isFloatingPoint else { throw mismatch("\(Self.kind) takes floating-point numbers, got \(dtype).") }
    guard let size = input.last, size % 2 == 0 else {
      throw mismatch("\(Self.kind) halves the last axis, whose length has to be even; got \(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    Shape(Array(input.dropLast()) + (input.last.map { [$0 / 2] } ?? []))
  }
}

/// `glu` as a layer.
public struct GLU: GatedActivation {
  public static let kind = "glu"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { glu(x) }
}

/// `swiGLU` as a layer.
public struct SwiGLU: GatedActivation {
  public static let kind = "swiglu"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { swiGLU(x) }
}
