import GliaTensors

/// All axes but the first as one: [batch, height, width] → [batch, height · width].
public struct Flatten: Layer, PlainPart {
  public static let kind = "flatten"
  public init() {}

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank >= 1 else { throw mismatch("Flatten expects a batch, got a single number.") }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    [input.first ?? 1, input.dropFirst().reduce(1, *)]
  }

  public func apply(_ x: Tensor) -> Tensor { x.reshaped(nominalOutputShape(of: x.shape)) }
}
