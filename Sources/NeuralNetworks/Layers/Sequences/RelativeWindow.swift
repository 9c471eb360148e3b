import GliaTensors

/// The first `window` columns from the last of them on, and the others as they are: y = [x₁ − x_w, …, x_w − x_w, x_w₊₁, …], with
/// x and y [..., n], n ≥ w.
///
/// With it in front, layers see how a series came to its last value and not where that lies.
public struct RelativeWindow: Layer {
  public static let kind = "relativeWindow"
  public static let hyperparameters = [
    Hyperparameter("window", .size, default: nil, "The columns that hold the window, the last value at its end.")
  ]

  public let window: Int
  public init(_ window: Int) { self.window = window }
  public init(_ settings: Settings) throws { self.init(try Self.complete(settings).integer("window")) }
  public var settings: Settings { ["window": Setting(window)] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard let size = input.last, size >= window else {
      throw mismatch("RelativeWindow takes \(window) columns at least, got \(input).")
    }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    let relative = x.sliced(0..<window, axis: -1) - x.sliced(window - 1..<window, axis: -1)
    let size = x.shape[x.rank - 1]
    return size == window ? relative : .concatenate([relative, x.sliced(window..<size, axis: -1)], axis: -1)
  }
}
