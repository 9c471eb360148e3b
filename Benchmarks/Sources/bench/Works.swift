import Glia

/// A network and how it is trained: the same works that the peers do.
struct Work {
  enum Kind { case meanSquaredError, crossEntropy, gate }

  /// The shape of a sample, and the numbers that the network gives for it.
  let input: Shape
  let outputs: Int
  let layers: () -> [any Module]
  /// Multiplications and additions of a row's forward pass.
  let operationsPerRow: Double
  let loss: Kind
  let optimizer: any Optimizer
  let batch: Int

  static var training: [(name: String, work: Work)] {
    let adam = Adam(learningRate: 0.001)
    return [
      ("xor", dense([2, 4, 1], Sigmoid(), nil, .gate, .sgd(learningRate: 0.1), 4)),
      ("keras", dense([4, 64, 32, 1], ReLU(), Sigmoid(), .meanSquaredError, adam, 32)),
      ("torch", dense([4, 8, 4, 1], ReLU(), Sigmoid(), .meanSquaredError, adam, 32)),
      ("chains", dense([4, 32, 16, 4], Tanh(), nil, .meanSquaredError, adam, 10_000)),
      ("tabular", dense([32, 256, 256, 256, 1], ReLU(), nil, .meanSquaredError, adam, 256)),
      ("digits", dense([784, 512, 256, 10], ReLU(), nil, .crossEntropy, adam, 128)),
      (
        "wide",
        dense([1024, 4096, 4096, 1024], ReLU(), nil, .meanSquaredError, .sgd(learningRate: 0.0001), 512)
      ),
      ("lenet", leNet),
    ] + widths.map { ("width-\($0)", dense([$0, $0, $0, $0], ReLU(), nil, .meanSquaredError, adam, 128)) }
  }

  /// What more threads are tried on.
  private static let widths = [8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

  /// Inference: the network of a work, the rows of a call, and in what its weights are kept.
  static let inference: [(name: String, work: String, rows: Int, weights: Precision)] = [
    ("latency-keras", "keras", 1, .float32), ("latency-digits", "digits", 1, .float32),
    ("latency-digits-bfloat16", "digits", 1, .bfloat16), ("batch-digits", "digits", 4096, .float32),
  ]

  private static func dense(
    _ widths: [Int], _ hidden: any Activation, _ output: (any Activation)?, _ loss: Kind, _ optimizer: any Optimizer,
    _ batch: Int
  ) -> Work {
    let pairs = Array(zip(widths, widths.dropFirst()))
    return Work(
      input: [widths[0]], outputs: widths.last!,
      layers: {
        pairs.enumerated().flatMap { index, pair -> [any Module] in
          let following = index < pairs.count - 1 ? hidden : output
          return [Linear(pair.0, pair.1)] + (following.map { [$0] } ?? [])
        }
      }, operationsPerRow: Double(pairs.reduce(0) { $0 + 2 * $1.0 * $1.1 }), loss: loss, optimizer: optimizer,
      batch: batch)
  }

  /// LeNet-5 with ReLU and the largest of each window, on images of 28 × 28.
  private static var leNet: Work {
    Work(
      input: [1, 28, 28], outputs: 10,
      layers: {
        [
          Conv2d(1, 6, kernel: 5, padding: .same), ReLU(), MaxPool2d(kernel: 2),
          Conv2d(6, 16, kernel: 5), ReLU(), MaxPool2d(kernel: 2), Flatten(),
          Linear(400, 120), ReLU(), Linear(120, 84), ReLU(), Linear(84, 10),
        ]
      },
      operationsPerRow: 2 * (784 * 6 * 25 + 100 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10), loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.001), batch: 128)
  }

  var network: Sequential { Sequential(layers()) }

  /// Rows to train on: `batches` batches, all of the same kind as the peers'.
  func samples(batches: Int = 1) throws -> Samples {
    let key = RandomKey(seed: 0)
    if loss == .gate {
      return try Samples(inputs: Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), targets: Tensor([[0], [1], [1], [0]]))
    }
    let rows = batch * batches
    let x = Tensor.normal(Shape([rows] + input.dimensions), key: key.folding("x"))
    if loss == .crossEntropy {
      let classes = Tensor.uniform([rows], in: 0..<Double(outputs), key: key.folding("y")).cast(to: .int32)
      return try Samples(inputs: x, targets: classes)
    }
    return try Samples(inputs: x, targets: .uniform([rows, outputs], key: key.folding("y")))
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
