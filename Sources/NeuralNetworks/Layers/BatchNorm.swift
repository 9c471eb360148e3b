import GliaGraph
import GliaTensors

/// Each feature shifted and scaled to mean 0 and variance 1 over the batch, then by a weight and a bias that are learned:
/// y = (x − mean) / √(variance + epsilon) · weight + bias, for x [batch, size], [batch, size, length] or
/// [batch, size, height, width].
///
/// As PyTorch has it: in training the mean and the biased variance (divided by n) are the batch's, and the running ones follow
/// them, running ← (1 − momentum) · running + momentum · batch's, with the unbiased variance (divided by n − 1). In inference
/// and where the layer is frozen, the running ones are used. A batch of one value per feature has no unbiased variance and
/// leaves the running statistics as they are.
///
/// Ioffe and Szegedy 2015, "Batch normalization", arXiv:1502.03167.
public struct BatchNorm: Layer {
  public static let kind = "batchNorm"
  public static let hyperparameters = [
    Hyperparameter("size", .size, default: nil, "The features."),
    Hyperparameter("epsilon", .positive, default: 1e-5, "Added to the variance, within the square root."),
    Hyperparameter("momentum", .closedFraction, default: 0.1, "How far the running statistics follow a batch."),
    .dtype,
  ]

  public let size: Int
  public let epsilon, momentum: Double
  public let weight, bias, runningMean, runningVariance: Parameter

  public init(_ size: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, dtype: DType = .float32) {
    self.size = size
    self.epsilon = epsilon
    self.momentum = momentum
    weight = Parameter([size], dtype: dtype, initializer: .ones)
    bias = Parameter([size], dtype: dtype, initializer: .zeros)
    runningMean = Parameter([size], dtype: dtype, initializer: .zeros, kind: .statistic, name: "running_mean")
    runningVariance = Parameter([size], dtype: dtype, initializer: .ones, kind: .statistic, name: "running_var")
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      all.integer("size"), epsilon: all.number("epsilon"), momentum: all.number("momentum"), dtype: .named(all))
  }

  public var settings: Settings {
    [
      "size": Setting(size), "epsilon": .number(epsilon), "momentum": .number(momentum), "dtype": Setting(weight.dtype),
    ]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard (2...4).contains(input.rank) else {
      throw mismatch(
        "BatchNorm expects [batch, \(size)], [batch, \(size), length] or [batch, \(size), height, width], got \(input)."
      )
    }
    guard input[1] == size else {
      throw mismatch("BatchNorm expects \(size) features, got \(input[1]): an input of \(input).")
    }
    guard dtype == weight.dtype else { throw mismatch("BatchNorm computes in \(weight.dtype), got \(dtype).") }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor {
    /// One value per feature, in the input's number of axes.
    let spread: (Tensor) -> Tensor = { $0.reshaped(Shape([size] + x.shape.dropFirst(2).map { _ in 1 })) }
    let (mean, variance) = statistics(of: x)
    let scale = (variance + epsilon).reciprocalSquareRoot() * weight.tensor
    return (x - spread(mean)) * spread(scale) + spread(bias.tensor)
  }

  private func statistics(of x: Tensor) -> (mean: Tensor, variance: Tensor) {
    let axes = [0] + (2..<x.rank)
    let count = axes.reduce(1) { $0 * x.shape[$1] }
    guard let trace = Trace.current, trace.isTraining, !runningMean.isFrozen, count > 0 else {
      return (runningMean.tensor, runningVariance.tensor)
    }
    let mean = x.mean(axes)
    let variance = x.variance(axes)
    if count > 1 {
      trace.follow(runningMean, followed(runningMean, mean))
      trace.follow(runningVariance, followed(runningVariance, variance * (Double(count) / Double(count - 1))))
    }
    return (mean, variance)
  }

  private func followed(_ running: Parameter, _ batch: Tensor) -> Tensor {
    running.tensor * (1 - momentum) + batch * momentum
  }
}
