import GliaTensors

/// −log softmax(x)[c], from logits x [batch, classes] and one class c a row, [batch], as integers or whole numbers.
///
/// It is computed as log Σ e^(x − max) − (x[c] − max), which overflows nowhere. `prediction` is softmax(x). A class that the
/// output does not have is found by `check(targets:outputs:)`, not here.
public struct CrossEntropy: Loss {
  public static let kind = "crossEntropy"
  public static let targets = TargetKind.classes
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let shifted = shifted(output, -1)
    // Comparing in the output's own type lets the choice be one chain with the arithmetic around it.
    let classes = Tensor.iota(output.shape, axis: output.rank - 1, dtype: output.dtype)
    let isTarget = (classes .== target.cast(to: output.dtype).expanded(axis: -1)).cast(to: output.dtype)
    return shifted.exp().sum([-1]).log() - (shifted * isTarget).sum([-1])
  }

  public func prediction(from output: Tensor) -> Tensor { softmax(output) }
}

extension Loss where Self == CrossEntropy {
  public static var crossEntropy: CrossEntropy { CrossEntropy() }
}
