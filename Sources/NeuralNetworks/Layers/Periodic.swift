import GliaTensors

/// Columns of numbers as learnt waves, beside the columns themselves:
/// x [rows, inputSize] → [rows, inputSize + columns.count · size].
///
/// A number x of column i becomes
///
///     ReLU(Wᵢ · [cos(2π cᵢ x), sin(2π cᵢ x)] + bᵢ)      with cᵢ [frequencies], Wᵢ [size, 2 · frequencies], bᵢ [size]
///
/// The frequencies are learnt; they start from a normal distribution of mean 0 and of `deviation`, cut off at three deviations.
/// That deviation says how fine the differences are that the network sees at first: numbers ought to be scaled, and it is worth
/// trying values from 0.01 to 1. Each column has a weight and a bias of its own, or all have the same where `shared` says so, the
/// "lite" form, which is cheaper where columns are many. Weights and biases start uniformly within ±1/√(2 · frequencies).
///
/// Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular deep learning", arXiv:2203.05556; the
/// raw number beside its waves as in Holzmüller, Grinsztajn and Steinwart 2024, "Better by default", arXiv:2407.04491.
public struct Periodic: Layer {
  public static let kind = "periodic"
  public static let hyperparameters = [
    Hyperparameter("inputSize", .size, default: nil, "The columns of the input."),
    Hyperparameter("columns", .integers(0...Int.max), default: nil, "The columns that become waves, counted from 0."),
    Hyperparameter("frequencies", .integer(1...4096), default: 16, "The frequencies of a column."),
    Hyperparameter("deviation", .positive, default: 0.1, "The standard deviation that the frequencies start with."),
    Hyperparameter("size", .integer(1...4096), default: 4, "The numbers that a column becomes."),
    Hyperparameter("shared", .flag, default: false, "Whether all columns have the same weight and bias."),
    .dtype,
  ]

  public let inputSize, size: Int
  public let columns: [Int]
  public let deviation: Double
  public let isShared: Bool
  /// [columns, frequencies]
  public let frequencies: Parameter
  /// [columns, size, 2 · frequencies] and [columns, size], without the columns where they are shared.
  public let weight, bias: Parameter

  public init(
    _ inputSize: Int, columns: [Int], frequencies: Int = 16, deviation: Double = 0.1, size: Int = 4,
    shared: Bool = false, dtype: DType = .float32
  ) {
    self.inputSize = inputSize
    self.columns = columns
    self.size = size
    self.deviation = deviation
    isShared = shared
    self.frequencies = Parameter(
      [columns.count, frequencies], dtype: dtype, initializer: .truncatedNormal(deviation: deviation, cut: 3))
    let own = shared ? [] : [columns.count]
    let bound = 1 / Double(2 * frequencies).squareRoot()
    let start = Initializer.uniform(lower: -bound, upper: bound)
    weight = Parameter(Shape(own + [size, 2 * frequencies]), dtype: dtype, initializer: start)
    bias = Parameter(Shape(own + [size]), dtype: dtype, initializer: start)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("inputSize"), columns: all.integers("columns"), frequencies: all.integer("frequencies"),
      deviation: all.number("deviation"), size: all.integer("size"), shared: all.flag("shared"), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "inputSize": Setting(inputSize), "columns": .list(columns.map { Setting($0) }),
      "frequencies": Setting(frequencies.shape[1]), "deviation": .number(deviation), "size": Setting(size),
      "shared": .flag(isShared), "dtype": Setting(frequencies.dtype),
    ]
  }

  public var outputSize: Int { inputSize + columns.count * size }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 2, input[1] == inputSize else {
      throw mismatch("Periodic expects [rows, \(inputSize)], got \(input).")
    }
    if let column = columns.first(where: { $0 >= inputSize }) {
      throw mismatch("Periodic takes column \(column), of an input with columns 0 to \(inputSize - 1).")
    }
    try expectType(frequencies.dtype, dtype)
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { [input.first ?? 0, outputSize] }

  public func apply(_ x: Tensor) -> Tensor {
    guard !columns.isEmpty else { return x }
    let rows = x.shape[0]
    let chosen = x.gathered(Tensor(columns.map(Int64.init), shape: [columns.count]), axis: 1)
    let angles = chosen.expanded(axis: 2) * (frequencies.tensor * (2 * Double.pi))
    let waves = Tensor.concatenate([angles.cos(), angles.sin()], axis: 2)
    let sums: Tensor
    if isShared {
      sums = waves.matrixProduct(weight.tensor.transposed())
    } else {
      sums = waves.transposed([1, 0, 2]).matrixProduct(weight.tensor.transposed([0, 2, 1])).transposed([1, 0, 2])
    }
    let embedded = relu(sums + bias.tensor)
    return Tensor.concatenate([x, embedded.reshaped([rows, columns.count * size])], axis: 1)
  }
}
