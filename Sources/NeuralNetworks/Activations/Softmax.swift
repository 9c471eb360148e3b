import GliaTensors

/// eˣ / Σ eˣ along an axis: positive numbers whose sum is 1. The largest x is subtracted first, so that nothing overflows.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  let powers = shifted(x, axis).exp()
  return powers / powers.sum([axis], keepingAxes: true)
}

/// log(softmax(x)) along an axis, without the loss of digits of computing one after the other.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  let shifted = shifted(x, axis)
  return shifted - shifted.exp().sum([axis], keepingAxes: true).log()
}

/// x less its largest element along an axis. What is subtracted cancels, so no gradient is sent through it.
func shifted(_ x: Tensor, _ axis: Int) -> Tensor {
  x - x.max([axis], keepingAxes: true).stoppingGradient()
}

/// `softmax` along the last axis as a layer.
public struct Softmax: PlainActivation {
  public static let kind = "softmax"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { softmax(x) }
}

/// `logSoftmax` along the last axis as a layer.
public struct LogSoftmax: PlainActivation {
  public static let kind = "logSoftmax"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { logSoftmax(x) }
}
