import Glia

/// An LSTM that reads images of MNIST's size as 28 steps of 28 features, and tells ten classes by its last step.
enum LSTMWork {
  static let (steps, features, hidden, classes, batch) = (28, 28, 128, 10, 128)

  /// Multiplications and additions of a batch's forward pass.
  static var operations: Double { Double(2 * batch * (steps * 4 * hidden * (features + hidden) + hidden * classes)) }

  static var samples: (inputs: Tensor, targets: Tensor) {
    let key = RandomKey(seed: 0)
    let x = Tensor.normal([batch, steps, features], key: key.folding("x"))
    return (x, Tensor.uniform([batch], in: 0..<Double(classes), key: key.folding("y")).cast(to: .int32))
  }

  static func step() throws -> TrainingStep {
    let net = Sequential {
      LSTM(features, hidden, output: .last)
      Linear(hidden, classes)
    }
    return try TrainingStep(net, loss: CrossEntropy(), optimizer: .adam(learningRate: 0.001), seed: 1)
  }

  static func measure(_ total: Double) throws {
    let (x, y) = samples
    let step = try step()
    let steps = try rate(total) { try step(x, y) }
    report(
      "lstm", unit: "steps/s", steps, [("rows/s", steps * Double(batch))], operations: 3 * operations)
  }
}
