import GliaTensors

/// In training each group of columns is set to 0 with probability `rate`, row by row; in inference nothing changes:
/// x [rows, columns] → [rows, columns].
///
/// Unlike dropout it divides nothing: what it leaves is as it was, and 0 says "not known" of a column that is standardised, of
/// the levels of a category, and of a code. A network that is to give back the whole row learns what the columns say of one
/// another. Vincent, Larochelle, Bengio and Manzagol 2008, "Extracting and composing robust features with denoising
/// autoencoders", doi:10.1145/1390156.1390294.
public struct MaskedColumns: Layer {
  public static let kind = "maskedColumns"
  public static let hyperparameters = [
    Hyperparameter("rate", .closedFraction, default: 0.2, "The part of the groups that is set to 0."),
    Hyperparameter(
      "widths", .integers(1...1 << 24), default: .list([]),
      "The columns of each group, one group after the other; without them each column is a group."),
  ]

  public let rate: Double
  public let widths: [Int]

  public init(_ rate: Double = 0.2, widths: [Int] = []) {
    self.rate = rate
    self.widths = widths
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.number("rate"), widths: all.integers("widths"))
  }

  public var settings: Settings { ["rate": .number(rate), "widths": .list(widths.map { Setting($0) })] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    try expectDrawnType(dtype)
    guard input.rank == 2 else { throw mismatch("MaskedColumns expects [rows, columns], got \(input).") }
    let columns = widths.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    guard widths.isEmpty || input[1] == columns else {
      throw mismatch("MaskedColumns expects [rows, \(columns)], got \(input).")
    }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    guard rate > 0 else { return x }
    let groups =
      widths.isEmpty ? Array(0..<x.shape[1]) : widths.indices.flatMap { Array(repeating: $0, count: widths[$0]) }
    let count = widths.isEmpty ? x.shape[1] : widths.count
    guard let drawn = Trace.trainingUniform(like: x.sliced(0..<count, axis: 1)) else { return x }
    let uniform =
      widths.isEmpty ? drawn : drawn.gathered(Tensor(groups.map(Int64.init), shape: [groups.count]), axis: 1)
    return (uniform .>= rate).select(x, .zeros(x.shape, dtype: x.dtype))
  }
}
