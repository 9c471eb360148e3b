import GliaTensors

/// Embeddings for the columns of a table: [rows, numbers + codes] → [rows, numbers + Σ sizes].
///
/// The first `numbers` columns pass as they are. Each further column holds the codes of one category, as floating-point
/// numbers, and is replaced by the row that its embedding has for the code.
public struct ColumnEmbedding: Layer {
  public static let kind = "columnEmbedding"
  public static let hyperparameters = [
    Hyperparameter("numbers", .integer(0...Int.max), default: nil, "The columns that pass as they are."),
    Hyperparameter("embeddings", .parts, default: nil, "An embedding for each further column."),
  ]

  public let numbers: Int
  public let embeddings: [Embedding]

  public init(numbers: Int, embeddings: [Embedding]) {
    self.numbers = numbers
    self.embeddings = embeddings
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      numbers: all.integer("numbers"),
      embeddings: try all.parts("embeddings").map { part in
        guard part.kind == Embedding.kind else {
          throw SettingError("columnEmbedding: 'embeddings' holds a \(part.kind); each has to be an embedding.")
        }
        return try Embedding(part.settings)
      })
  }

  public var settings: Settings {
    [
      "numbers": Setting(numbers), "embeddings": .list(embeddings.map { .part($0.partDescription) }),
    ]
  }

  /// The columns of the output.
  public var outputSize: Int { embeddings.reduce(numbers) { $0 + $1.size } }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    let expected = numbers + embeddings.count
    guard expected > 0 else { throw mismatch("ColumnEmbedding has neither numbers nor embeddings.") }
    if let other = embeddings.first(where: { $0.weight.dtype != dtype }) {
      throw mismatch("ColumnEmbedding computes in \(other.weight.dtype), got \(dtype).")
    }
    guard input.rank == 2, input[1] == expected else {
      throw mismatch("ColumnEmbedding expects [rows, \(expected)], got \(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { [input.first ?? 0, outputSize] }

  public func apply(_ x: Tensor) -> Tensor {
    var parts = numbers > 0 ? [x.sliced(0..<numbers, axis: 1)] : []
    for (index, embedding) in embeddings.enumerated() {
      let codes = x.sliced(numbers + index..<numbers + index + 1, axis: 1).squeezed(axis: 1)
      parts.append(embedding(codes.cast(to: .int32)))
    }
    return parts.count == 1 ? parts[0] : Tensor.concatenate(parts, axis: 1)
  }
}
