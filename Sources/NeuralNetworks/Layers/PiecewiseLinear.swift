import GliaTensors

/// Columns of numbers as positions along their own bins, beside the columns themselves:
/// x [rows, inputSize] → [rows, inputSize + columns.count · bins].
///
/// A number becomes `bins` values: for the bin from edge a to edge b it is (x − a) / (b − a), cut off at 0 and 1. So it is 1 in
/// the bins below the number, 0 in those above, and in its own the fraction of the way through. A linear layer behind it makes
/// a piecewise-linear function of each number, which a plain network finds hard to learn. A bin without width is 0.
///
/// The edges [columns.count, bins + 1] are kept as they are in training. They start evenly from −2 to 2, for standardised
/// numbers; `fit(to:)` takes them from the quantiles of rows, `fit(to:targets:)` from where the target changes.
///
/// Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular deep learning", arXiv:2203.05556.
public struct PiecewiseLinear: Layer {
  public static let kind = "piecewiseLinear"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The columns of the input."),
    Hyperparameter("columns", .integers(0...Int.max), default: nil, "The columns that are encoded, counted from 0."),
    Hyperparameter("bins", .integer(1...4096), default: 16, "The bins of a column."),
    .dtype,
  ]

  public let inputSize, bins: Int
  public let columns: [Int]
  public let edges: Parameter

  public init(_ inputSize: Int, columns: [Int], bins: Int = 16, dtype: DType = .float32) {
    self.inputSize = inputSize
    self.columns = columns
    self.bins = bins
    edges = Parameter([columns.count, bins + 1], dtype: dtype, initializer: .evenEdges, kind: .statistic)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputSize"), columns: all.integers("columns"), bins: all.integer("bins"), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(inputSize), "columns": .list(columns.map { Setting($0) }), "bins": Setting(bins),
      "dtype": Setting(edges.dtype),
    ]
  }

  public var outputSize: Int { inputSize + columns.count * bins }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 2, input[1] == inputSize else {
      throw mismatch("PiecewiseLinear expects [rows, \(inputSize)], got \(input).")
    }
    if let column = columns.first(where: { $0 >= inputSize }) {
      throw mismatch("PiecewiseLinear encodes column \(column), of an input with columns 0 to \(inputSize - 1).")
    }
    try expectType(edges.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { [input.first ?? 0, outputSize] }

  public func apply(_ x: Tensor) -> Tensor {
    guard !columns.isEmpty else { return x }
    let edges = edges.tensor
    let lower = edges.sliced(0..<bins, axis: 1)
    let width = edges.sliced(1..<bins + 1, axis: 1) - lower
    let isOpen = width .> 0
    let scale = isOpen.select(
      1.0 / isOpen.select(width, .ones(width.shape, dtype: width.dtype)), .zeros(width.shape, dtype: width.dtype))
    let chosen = x.gathered(Tensor(columns.map(Int64.init), shape: [columns.count]), axis: 1)
    let places = ((chosen.expanded(axis: 2) - lower) * scale).maximum(0).minimum(1)
    return Tensor.concatenate([x, places.reshaped([x.shape[0], columns.count * bins])], axis: 1)
  }

  /// Sets the edges by rows [rows, inputSize or more], so that each bin holds about as many rows. A value that fills a bin by
  /// itself takes one edge, and the other edges are shared by the other rows, so that the few different values of a column that
  /// is mostly 0 still get theirs. Where there are fewer values than edges, the last edge repeats.
  public func fit(to rows: Tensor) {
    let (count, width, values) = (rows.shape[0], rows.shape[1], rows.scalars(as: Double.self))
    let all = columns.flatMap { column -> [Double] in
      let own = edges(of: (0..<count).map { values[$0 * width + column] }.sorted())
      return own + Array(repeating: own.last ?? 0, count: bins + 1 - own.count)
    }
    edges.value = Tensor(all, shape: edges.shape)
  }

  /// The edges of a column, at most `bins` + 1, each once.
  private func edges(of sorted: [Double]) -> [Double] {
    var runs: [(value: Double, count: Int)] = []
    for value in sorted {
      if runs.last?.value == value { runs[runs.count - 1].count += 1 } else { runs.append((value, 1)) }
    }
    guard runs.count > bins + 1 else { return runs.map(\.value) }
    // The first and the last value are edges in any case.
    let heavy = runs.dropFirst().dropLast().filter { $0.count * bins >= sorted.count }
    let shared = sorted.count - runs[0].count - heavy.reduce(0) { $0 + $1.count }
    let step = Double(shared) / Double(max(bins - heavy.count, 1))
    var (edges, passed) = ([runs[0].value], 0.0)
    for run in runs.dropFirst().dropLast() where edges.count < bins {
      let isHeavy = run.count * bins >= sorted.count
      if !isHeavy { passed += Double(run.count) }
      guard isHeavy || passed >= step else { continue }
      if !isHeavy { passed -= step }
      edges.append(run.value)
    }
    return edges + [runs[runs.count - 1].value]
  }
}

extension Initializer {
  /// The last axis evenly from −2 to 2.
  fileprivate static var evenEdges: Initializer {
    Initializer("evenEdges") { shape, _, dtype in
      Tensor.iota(shape, axis: shape.rank - 1, dtype: dtype) * (4 / Double(max((shape.last ?? 1) - 1, 1))) - 2
    }
  }
}
