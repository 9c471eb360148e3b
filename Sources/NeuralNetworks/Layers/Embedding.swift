import GliaTensors

/// A row of numbers for each of `count` codes: integers [...] → [..., size], taken from the weight [count, size].
///
/// The weight starts with the standard normal distribution, as PyTorch's. A code outside 0 ..< count gives NaN.
public struct Embedding: Layer {
  public static let kind = "embedding"
  public static let hyperparameters = [
    Hyperparameter("count", .size, default: nil, "How many codes there are."),
    Hyperparameter("size", .size, default: nil, "How many numbers stand for each."),
    .initializer("initializer", "How the weight starts; normal with deviation 1 where nothing is said."),
    .dtype,
  ]

  public let count, size: Int
  public let weight: Parameter

  public init(_ count: Int, _ size: Int, initializer: Initializer? = nil, dtype: DType = .float32) {
    self.count = count
    self.size = size
    weight = Parameter([count, size], dtype: dtype, initializer: initializer ?? .normal(deviation: 1))
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("count"), all.integer("size"),
      initializer: try all.part("initializer").map(Catalog.initializers.make), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "count": Setting(count), "size": Setting(size),
      "initializer": weight.initializer?.setting, "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard dtype.isInteger else {
      throw mismatch("Embedding takes codes of int32 or int64, got \(dtype)\(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(input.dimensions + [size]) }

  public func apply(_ x: Tensor) -> Tensor { weight.tensor.gathered(x) }
}
