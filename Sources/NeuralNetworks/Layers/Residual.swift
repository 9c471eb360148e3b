import GliaGraph
import GliaTensors

/// The input plus what layers make of it: y = x + body(x). The layers, one after the other, give the input's shape again.
///
///     Residual {
///       LayerNorm(64); Linear(64, 64); ReLU()
///     }
///
/// Where the shape changes, `Parallel(.add)` adds another way instead of x itself.
///
/// He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition", arXiv:1512.03385.
public struct Residual: BodyContainer {
  public static let kind = "residual"

  public let body: Sequential
  public init(_ layers: [any Module]) { body = Sequential(layers) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    checked(x) {
      let y = body(x)
      guard y.shape == x.shape, y.dtype == x.dtype else {
        throw mismatch(
          "Residual adds its body's result to the input, but the body makes \(y.dtype)\(y.shape) of \(x.dtype)\(x.shape)."
        )
      }
      return x + y
    }
  }
}
