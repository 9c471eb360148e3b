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
public struct Residual: Container {
  public static let kind = "residual"
  public static let hyperparameters = [
    Hyperparameter("layers", .parts, default: nil, "The layers of the body in order.")
  ]

  public let body: Sequential
  public var layers: [any Module] { body.layers }

  public init(_ layers: [any Module]) { body = Sequential(layers) }
  public init(@SequentialBuilder _ layers: () -> [any Module]) { self.init(layers()) }
  public init(_ settings: Settings) throws { self.init(try Self.complete(settings).layers("layers")) }
  public var settings: Settings { ["layers": layerSetting] }

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
