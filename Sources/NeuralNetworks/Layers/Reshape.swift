import GliaTensors

/// The elements of each row in the same order under another shape: [batch, …] → [batch] + shape. One axis of the shape may be −1
/// and is found from the others.
public struct Reshape: Layer {
  public static let kind = "reshape"
  public static let hyperparameters = [
    Hyperparameter(
      "shape", .integers(-1...Int.max), default: nil, "The axes of a row; none of 0, and at most one of -1.")
  ]

  public static func check(_ settings: Settings) throws {
    let shape = settings.integers("shape")
    guard !shape.contains(0), shape.filter({ $0 == -1 }).count <= 1 else {
      throw SettingError("\(kind): shape is \(Shape(shape)); it has to have no axis of 0 and at most one of -1.")
    }
  }

  /// The shape of a row, without the batch.
  public let shape: Shape
  public init(_ shape: Shape) { self.shape = shape }
  public init(_ settings: Settings) throws { self.init(Shape(try Self.complete(settings).integers("shape"))) }
  public var settings: Settings { ["shape": .list(shape.map { Setting($0) })] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank >= 1 else { throw mismatch("Reshape expects a batch, got a single number.") }
    let count = input.dropFirst().reduce(1, *)
    let known = shape.filter { $0 != -1 }.reduce(1, *)
    guard shape.contains(-1) ? count % known == 0 : count == known else {
      throw mismatch("Reshape makes rows of \(shape), got \(input): rows of \(count) numbers.")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape {
    let known = max(shape.filter { $0 != -1 }.reduce(1, *), 1)
    let free = input.dropFirst().reduce(1, *) / known
    return Shape([input.first ?? 1] + shape.map { $0 == -1 ? free : $0 })
  }

  public func apply(_ x: Tensor) -> Tensor { x.reshaped(nominalOutputShape(of: x.shape)) }
}
