/// A network of two layers with its gradients written by hand: the readable version of what the graph does by itself.
///
/// For m rows, X [m, inputs] and targets Y [m, outputs], σ(z) = 1 / (1 + e^-z):
///
///     z1 = X W1 + b1          a1 = σ(z1)                    hidden layer, [m, hidden]
///     z2 = a1 W2 + b2         a2 = σ(z2)                    output, [m, outputs]
///
///     dz2 = a2 - Y            dW2 = a1ᵀ dz2 / m             db2 = Σ rows of dz2 / m
///     da1 = dz2 W2ᵀ           dz1 = da1 · a1 · (1 - a1)     dW1 = Xᵀ dz1 / m,   db1 = Σ rows of dz1 / m
///
///     W1 ← W1 - η dW1, and so the others
///
/// Which loss is this? `dz2 = a2 - Y` is the gradient of the binary cross-entropy -Y ln a2 - (1 - Y) ln(1 - a2), summed over
/// the outputs: its factor 1 / (a2 (1 - a2)) cancels the sigmoid's derivative. The mean squared error would have
/// 2 (a2 - Y) a2 (1 - a2) / outputs there. What `fit` reports is the mean squared error all the same, since that is the
/// figure that such introductions print; it falls along, but it is not what is being made small.
///
/// The weights are stored [inputs, hidden] and [hidden, outputs], as these formulas have them; a `Linear` layer stores
/// them [outputs, inputs].
public struct MLP: Sendable {
  public let inputSize: Int
  public let hiddenSize: Int
  public let outputSize: Int
  /// η, how far each update goes down the gradient.
  public var learningRate: Double

  /// [inputs, hidden]
  public private(set) var W1: [[Double]]
  /// [hidden]
  public private(set) var b1: [Double]
  /// [hidden, outputs]
  public private(set) var W2: [[Double]]
  /// [outputs]
  public private(set) var b2: [Double]

  /// The gradients of the last `backward`, each of the shape of what it belongs to; empty before.
  public private(set) var dW1: [[Double]] = []
  public private(set) var db1: [Double] = []
  public private(set) var dW2: [[Double]] = []
  public private(set) var db2: [Double] = []

  /// The hidden layer's activations in the last `forward`, [rows, hidden]; empty before.
  public private(set) var a1: [[Double]] = []

  /// A network with small random weights and biases of 0.
  ///
  /// The weights are normal numbers times 0.5; the same seed gives the same ones on every machine.
  ///
  /// - Throws: `SampleError.setting` for a size below 1, or a learning rate that is not above 0.
  public init(
    inputSize: Int, hiddenSize: Int, outputSize: Int, learningRate: Double = 0.1, seed: UInt64 = 0
  ) throws(SampleError) {
    for (name, size) in [("inputSize", inputSize), ("hiddenSize", hiddenSize), ("outputSize", outputSize)] {
      if size < 1 { throw .setting(name: name, value: "\(size)", allowed: "1 or more") }
    }
    var random = SplitMix64(seed: seed)
    func weights(_ rows: Int, _ columns: Int) -> [[Double]] {
      (0..<rows).map { _ in (0..<columns).map { _ in random.normal() * 0.5 } }
    }
    try self.init(W1: weights(inputSize, hiddenSize), W2: weights(hiddenSize, outputSize), learningRate: learningRate)
  }

  /// A network with these weights.
  ///
  /// - Parameters:
  ///   - W1: [inputs, hidden]
  ///   - b1: [hidden], or nil for zeros
  ///   - W2: [hidden, outputs]
  ///   - b2: [outputs], or nil for zeros
  public init(
    W1: [[Double]], b1: [Double]? = nil, W2: [[Double]], b2: [Double]? = nil, learningRate: Double = 0.1
  ) throws(SampleError) {
    hiddenSize = try SampleError.flatten(W1).columns
    outputSize = try SampleError.flatten(W2).columns
    inputSize = W1.count
    if W2.count != hiddenSize {
      throw .setting(name: "W2", value: "of \(W2.count) rows", allowed: "of \(hiddenSize), one for each column of W1")
    }
    self.W1 = W1
    self.W2 = W2
    self.b1 = b1 ?? Array(repeating: 0, count: hiddenSize)
    self.b2 = b2 ?? Array(repeating: 0, count: outputSize)
    self.learningRate = learningRate
    for (name, bias, size) in [("b1", self.b1, hiddenSize), ("b2", self.b2, outputSize)] where bias.count != size {
      throw .setting(name: name, value: "of \(bias.count) numbers", allowed: "of \(size)")
    }
    guard learningRate > 0, learningRate.isFinite else {
      throw .setting(name: "learningRate", value: "\(learningRate)", allowed: "a number above 0")
    }
  }

  /// a2, the network's output: [rows, outputs], each between 0 and 1. Keeps a1 for `backward`.
  public mutating func forward(_ rows: [[Double]]) throws(SampleError) -> [[Double]] {
    try check(rows, "row", inputSize)
    a1 = Self.layer(rows, W1, b1)
    return Self.layer(a1, W2, b2)
  }

  /// The network's output, [rows, outputs], without keeping anything.
  public func predict(_ rows: [[Double]]) throws(SampleError) -> [[Double]] {
    var copy = self
    return try copy.forward(rows)
  }

  /// Computes dW1, db1, dW2 and db2 from the rows and the output of the last `forward`.
  ///
  /// - Parameters:
  ///   - rows: [rows, inputs], those that were given to `forward`
  ///   - targets: [rows, outputs]
  ///   - output: what `forward` gave back
  public mutating func backward(
    _ rows: [[Double]], targets: [[Double]], output: [[Double]]
  ) throws(SampleError) {
    try check(rows, "row", inputSize)
    try check(targets, "target", outputSize)
    try check(output, "output", outputSize)
    if a1.isEmpty { throw .notFitted }
    for other in [targets.count, output.count, a1.count] where other != rows.count {
      throw .labelCount(rows: rows.count, labels: other)
    }
    let m = Double(rows.count)
    let dz2 = Self.combine(output, targets) { a2, y in a2 - y }
    dW2 = Self.transposedProduct(a1, dz2).map { row in row.map { $0 / m } }
    db2 = Self.columnSums(dz2).map { $0 / m }

    let da1 = Self.productWithTransposed(dz2, W2)
    let dz1 = Self.combine(da1, a1) { slope, a in slope * a * (1 - a) }
    dW1 = Self.transposedProduct(rows, dz1).map { row in row.map { $0 / m } }
    db1 = Self.columnSums(dz1).map { $0 / m }
  }

  /// Goes one step down the gradients that `backward` has computed; without any, nothing changes.
  public mutating func update() {
    if dW1.isEmpty { return }
    let rate = learningRate
    let step = { (weight: Double, gradient: Double) in weight - rate * gradient }
    W1 = Self.combine(W1, dW1, step)
    b1 = zip(b1, db1).map(step)
    W2 = Self.combine(W2, dW2, step)
    b2 = zip(b2, db2).map(step)
  }

  /// The mean squared error before an epoch's update.
  public struct EpochLoss: Equatable, Sendable {
    public let epoch: Int
    public let loss: Double
  }

  /// Forward, backward and update over all rows, `epochs` times.
  ///
  /// - Parameters:
  ///   - rows: [rows, inputs]
  ///   - targets: [rows, outputs], of exactly this shape: nothing is stretched to fit
  ///   - interval: the loss is kept for epochs 0, `interval`, 2 `interval` and so on
  ///   - report: called with each loss that is kept, as it is known
  /// - Returns: the losses that were kept, in order.
  @discardableResult
  public mutating func fit(
    _ rows: [[Double]], targets: [[Double]], epochs: Int = 1000, every interval: Int = 200,
    report: ((EpochLoss) -> Void)? = nil
  ) throws(SampleError) -> [EpochLoss] {
    if epochs < 0 { throw .setting(name: "epochs", value: "\(epochs)", allowed: "0 or more") }
    if interval < 1 { throw .setting(name: "every", value: "\(interval)", allowed: "1 or more") }
    var losses: [EpochLoss] = []
    for epoch in 0..<epochs {
      let output = try forward(rows)
      try backward(rows, targets: targets, output: output)
      update()
      if epoch % interval == 0 {
        let loss = EpochLoss(epoch: epoch, loss: Self.meanSquaredError(output, targets))
        losses.append(loss)
        report?(loss)
      }
    }
    return losses
  }
}

// MARK: - Arithmetic on rows

extension MLP {
  private static func sigmoid(_ z: Double) -> Double { 1 / (1 + exponential(-z)) }

  /// σ(X W + b)
  private static func layer(_ rows: [[Double]], _ weights: [[Double]], _ bias: [Double]) -> [[Double]] {
    rows.map { row in
      bias.indices.map { column in
        var sum = 0.0
        for input in row.indices { sum += row[input] * weights[input][column] }
        return sigmoid(sum + bias[column])
      }
    }
  }

  /// Aᵀ B
  private static func transposedProduct(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    (a.first ?? []).indices.map { left in
      (b.first ?? []).indices.map { right in
        var sum = 0.0
        for row in a.indices { sum += a[row][left] * b[row][right] }
        return sum
      }
    }
  }

  /// A Bᵀ
  private static func productWithTransposed(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { left in
      b.map { right in
        var sum = 0.0
        for column in left.indices { sum += left[column] * right[column] }
        return sum
      }
    }
  }

  private static func combine(
    _ a: [[Double]], _ b: [[Double]], _ operation: (Double, Double) -> Double
  ) -> [[Double]] {
    zip(a, b).map { left, right in zip(left, right).map { operation($0, $1) } }
  }

  private static func columnSums(_ a: [[Double]]) -> [Double] {
    (a.first ?? []).indices.map { column in a.reduce(0) { $0 + $1[column] } }
  }

  private static func meanSquaredError(_ output: [[Double]], _ targets: [[Double]]) -> Double {
    let squares = combine(output, targets) { ($0 - $1) * ($0 - $1) }
    let count = squares.reduce(0) { $0 + $1.count }
    return squares.reduce(0) { $0 + $1.reduce(0, +) } / Double(count)
  }

  private func check(_ rows: [[Double]], _ what: String, _ columns: Int) throws(SampleError) {
    let (numbers, found) = try SampleError.flatten(rows)
    if found != columns {
      throw .setting(name: what, value: "of \(found) numbers", allowed: "of \(columns), as the network was made")
    }
    if let error = SampleError.firstNotFinite(numbers, columns: found) { throw error }
  }
}
