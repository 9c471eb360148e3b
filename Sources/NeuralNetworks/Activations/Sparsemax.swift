import GliaTensors

/// The point of the simplex that is nearest to x along an axis: numbers of at least 0 whose sum is 1, many of them 0.
///
/// It is max(x − τ, 0), with τ the mean of the elements that stay above 0, less 1 over their number. These are found by sorting;
/// the gradient flows through the mean, among them alone.
///
/// Martins and Astudillo 2016, "From softmax to sparsemax", arXiv:1602.02068.
public func sparsemax(_ x: Tensor, axis: Int = -1) -> Tensor {
  let shifted = shifted(x, axis)
  // τ lies between −1 and 0 then, so what is below −1 takes no part, however large.
  let candidates = shifted.stoppingGradient().maximum(-1.0)
  let sorted = candidates.sorted(axis: axis, descending: true)
  let rank = Tensor.iota(sorted.shape, axis: sorted.axis(axis), dtype: x.dtype) + 1.0
  let excess = sorted.cumulativeSum(axis: axis) - 1.0
  let isAbove = (sorted * rank .> excess).cast(to: x.dtype)
  let count = isAbove.sum([axis], keepingAxes: true)
  let bound = (isAbove * sorted).sum([axis], keepingAxes: true) - 1.0
  let support = candidates .> bound / count
  let zeros = Tensor.zeros(x.shape, dtype: x.dtype)
  let threshold = (support.select(shifted, zeros).sum([axis], keepingAxes: true) - 1.0) / count
  return support.select(shifted - threshold, zeros)
}

/// `sparsemax` along the last axis as a layer.
public struct Sparsemax: PlainActivation {
  public static let kind = "sparsemax"
  public init() {}

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard dtype == .float32 || dtype == .float64, input.rank > 0 else {
      throw mismatch("sparsemax takes [..., size] of float32 or float64, got \(dtype)\(input).")
    }
    return input
  }

  public func apply(_ x: Tensor) -> Tensor { sparsemax(x) }
}
