import Glia

/// A network and how it is trained: the same works that the peers do.
struct Work {
  enum Kind { case meanSquaredError, crossEntropy, gate }

  let widths: [Int]
  let hidden: any Activation
  let output: (any Activation)?
  let loss: Kind
  let optimizer: any Optimizer
  let batch: Int

  static var training: [(name: String, work: Work)] {
    [
      (
        "xor",
        Work(
          widths: [2, 4, 1], hidden: Sigmoid(), output: nil, loss: .gate, optimizer: .sgd(learningRate: 0.1), batch: 4)
      ),
      ("keras", adam([4, 64, 32, 1], ReLU(), Sigmoid(), 32)),
      ("torch", adam([4, 8, 4, 1], ReLU(), Sigmoid(), 32)),
      ("chains", adam([4, 32, 16, 4], Tanh(), nil, 10_000)),
      ("tabular", adam([32, 256, 256, 256, 1], ReLU(), nil, 256)),
      (
        "digits",
        Work(
          widths: [784, 512, 256, 10], hidden: ReLU(), output: nil, loss: .crossEntropy,
          optimizer: .adam(learningRate: 0.001), batch: 128)
      ),
      (
        "wide",
        Work(
          widths: [1024, 4096, 4096, 1024], hidden: ReLU(), output: nil, loss: .meanSquaredError,
          optimizer: .sgd(learningRate: 0.0001), batch: 512)
      ),
    ]
  }

  /// Inference: the network of a work, and the rows of a call.
  static let inference: [(name: String, work: String, rows: Int)] = [
    ("latency-keras", "keras", 1), ("latency-digits", "digits", 1), ("batch-digits", "digits", 4096),
  ]

  private static func adam(
    _ widths: [Int], _ hidden: any Activation, _ output: (any Activation)?, _ batch: Int
  ) -> Work {
    Work(
      widths: widths, hidden: hidden, output: output, loss: .meanSquaredError,
      optimizer: .adam(learningRate: 0.001), batch: batch)
  }

  var network: Sequential {
    var layers: [any Module] = []
    for (index, pair) in zip(widths, widths.dropFirst()).enumerated() {
      layers.append(Linear(pair.0, pair.1))
      if index < widths.count - 2 {
        layers.append(hidden)
      } else if let output {
        layers.append(output)
      }
    }
    return Sequential(layers)
  }

  /// Multiplications and additions of a row's forward pass.
  var operationsPerRow: Double { Double(zip(widths, widths.dropFirst()).reduce(0) { $0 + 2 * $1.0 * $1.1 }) }

  /// Rows to train on: `batches` batches, all of the same kind as the peers'.
  func samples(batches: Int = 1) throws -> Samples {
    let key = RandomKey(seed: 0)
    if loss == .gate {
      return try Samples(inputs: Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), targets: Tensor([[0], [1], [1], [0]]))
    }
    let rows = batch * batches
    let x = Tensor.normal([rows, widths[0]], key: key.folding("x"))
    if loss == .crossEntropy {
      let classes = Tensor.uniform([rows], in: 0..<Double(widths.last!), key: key.folding("y")).cast(to: .int32)
      return try Samples(inputs: x, targets: classes)
    }
    return try Samples(inputs: x, targets: .uniform([rows, widths.last!], key: key.folding("y")))
  }

  func step() throws -> TrainingStep {
    let net = network
    // A gate's output is trained from its logits: the sigmoid is in the loss.
    switch loss {
    case .meanSquaredError:
      return try TrainingStep(net, loss: MeanSquaredError(), optimizer: optimizer, seed: 1)
    case .crossEntropy: return try TrainingStep(net, loss: CrossEntropy(), optimizer: optimizer, seed: 1)
    case .gate: return try TrainingStep(net, loss: BinaryCrossEntropy(), optimizer: optimizer, seed: 1)
    }
  }

  func trainer() -> Trainer {
    let lossPart: any Loss =
      switch loss {
      case .meanSquaredError: MeanSquaredError()
      case .crossEntropy: CrossEntropy()
      case .gate: BinaryCrossEntropy()
      }
    return Trainer(anyModel: network, loss: lossPart, optimizer: optimizer, schedule: ConstantSchedule(), seed: 1)
  }
}
