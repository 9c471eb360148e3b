import GliaTensors

/// The sizes and the parameters of a recurrent layer.
public struct RecurrentStack {
  static let hyperparameters = [
    Hyperparameter("inputSize", .integer(1...largestSize), default: nil, "The features of a step."),
    Hyperparameter("hiddenSize", .integer(1...largestSize), default: nil, "The units, and the features of the output."),
    Hyperparameter("layers", .integer(1...1024), default: 1, "How many layers stand one on the other."),
    Hyperparameter("bidirectional", .flag, default: false, "Whether a second direction goes backwards in time."),
    Hyperparameter(
      "output", .choice(RecurrentOutput.allCases.map(\.rawValue)), default: .text("every"),
      "Whether every step is given, or the last alone."),
    Hyperparameter("dropout", .closedFraction, default: 0, "The rate of the dropout between layers."),
    Hyperparameter("bias", .flag, default: true, "Whether biases are added."),
    .dtype,
  ]
  /// Four gates of as many units can still be counted.
  private static let largestSize = 1 << 40

  public let inputSize, hiddenSize, layers: Int
  public let isBidirectional, hasBias: Bool
  public let output: RecurrentOutput
  public let dropout: Double
  public let dtype: DType
  /// Layer by layer, forwards before backwards.
  let directions: [Direction]

  init(
    _ inputSize: Int, _ hiddenSize: Int, gateCount: Int, layers: Int, isBidirectional: Bool, output: RecurrentOutput,
    dropout: Double, hasBias: Bool, dtype: DType
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.isBidirectional = isBidirectional
    self.hasBias = hasBias
    self.output = output
    self.dropout = dropout
    self.dtype = dtype
    // A size that is out of range is an error of `validateSettings`, not a trap here.
    let size = min(hiddenSize, Self.largestSize)
    let sides = isBidirectional ? 2 : 1
    directions = (0..<min(max(layers, 0), 1024) * sides).map { place in
      Direction(
        layer: place / sides, isReversed: place % sides == 1, inputSize: place < sides ? inputSize : sides * size,
        hiddenSize: size, gateCount: gateCount, hasBias: hasBias, dtype: dtype)
    }
  }

  init(_ all: Settings, gateCount: Int) {
    self.init(
      all.integer("inputSize"), all.integer("hiddenSize"), gateCount: gateCount, layers: all.integer("layers"),
      isBidirectional: all.flag("bidirectional"), output: RecurrentOutput(rawValue: all.text("output"))!,
      dropout: all.number("dropout"), hasBias: all.flag("bias"), dtype: .named(all))
  }

  var settings: Settings {
    [
      "inputSize": Setting(inputSize), "hiddenSize": Setting(hiddenSize), "layers": Setting(layers),
      "bidirectional": .flag(isBidirectional), "output": .text(output.rawValue), "dropout": .number(dropout),
      "bias": .flag(hasBias), "dtype": Setting(dtype),
    ]
  }

  /// The features of the output.
  public var outputSize: Int { (isBidirectional ? 2 : 1) * min(hiddenSize, Self.largestSize) }

  func directions(of layer: Int) -> ArraySlice<Direction> {
    isBidirectional ? directions[2 * layer..<2 * layer + 2] : directions[layer..<layer + 1]
  }
}

extension RecurrentStack {
  /// The parameters of one direction of one layer.
  struct Direction {
    let isReversed: Bool
    let inputWeight, hiddenWeight: Parameter
    let inputBias, hiddenBias: Parameter?

    init(
      layer: Int, isReversed: Bool, inputSize: Int, hiddenSize: Int, gateCount: Int, hasBias: Bool, dtype: DType
    ) {
      self.isReversed = isReversed
      let bound = 1 / Double(max(hiddenSize, 1)).squareRoot()
      let initializer = Initializer("uniform") { shape, key, dtype in
        .uniform(shape, in: -bound..<bound, key: key, dtype: dtype)
      }
      let rows = gateCount * hiddenSize
      func parameter(_ name: String, _ shape: Shape) -> Parameter {
        let name = "\(name)_l\(layer)\(isReversed ? "_reverse" : "")"
        return Parameter(shape, dtype: dtype, initializer: initializer, name: name)
      }
      inputWeight = parameter("weight_ih", [rows, inputSize])
      hiddenWeight = parameter("weight_hh", [rows, hiddenSize])
      inputBias = hasBias ? parameter("bias_ih", [rows]) : nil
      hiddenBias = hasBias ? parameter("bias_hh", [rows]) : nil
    }

    var parameters: [Parameter] { [inputWeight, hiddenWeight, inputBias, hiddenBias].compactMap { $0 } }

    /// The inputs' share of the sums of all steps, [steps · batch, gates · hiddenSize].
    ///
    /// - Parameter withHiddenBias: Whether the states' bias is added here, once for all steps.
    func inputShare(of rows: Tensor, withHiddenBias: Bool) -> Tensor {
      let product = rows.matrixProduct(inputWeight.tensor.transposed())
      guard let inputBias, let hiddenBias else { return product }
      return product + (withHiddenBias ? inputBias.tensor + hiddenBias.tensor : inputBias.tensor)
    }

    /// A state's share of the sums. The parameters are read once for all steps, so that their gradient is one product.
    func hiddenShare(withBias: Bool) -> (Tensor) -> Tensor {
      let weight = hiddenWeight.tensor.transposed()
      let bias = withBias ? hiddenBias?.tensor : nil
      return { state in
        let product = state.matrixProduct(weight)
        return bias.map { product + $0 } ?? product
      }
    }
  }
}
