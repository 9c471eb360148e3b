import GliaTensors

/// How the losses of a batch become one number.
public enum Reduction: String, Sendable, CaseIterable {
  /// Σ weight · loss / Σ weight; without weights the mean.
  case mean
  /// Σ weight · loss
  case sum
  /// weight · loss, each by itself.
  case none
}

/// What a loss makes of a network's output where it is asked for a prediction.
public enum PredictionKind: String, Sendable, CaseIterable {
  /// The numbers that the targets are.
  case values
  /// A probability for each output, or for each class.
  case probabilities
  /// Numbers whose sign, or the largest of which, says the class.
  case margins
  /// Vectors that are near one another or far apart.
  case vectors
}

/// How far an output is from its target.
///
/// A loss never broadcasts: a target whose shape is not the one that the output asks for is an error.
public protocol Loss: Part, Sendable {
  static var targets: TargetKind { get }
  /// What `prediction` gives.
  static var predictions: PredictionKind { get }
  /// Which outputs it takes, and the shape of the targets and of the losses for them.
  var layout: LossLayout { get }

  /// The losses, not yet reduced: one for each target, or one for each row.
  func losses(_ output: Tensor, _ target: Tensor) -> Tensor

  /// What each loss counts in the mean, where that is not 1, as with weights of classes. The losses hold it already.
  func counts(_ output: Tensor, _ target: Tensor) -> Tensor?

  /// What the network's output means as a prediction: the link between the two.
  func prediction(from output: Tensor) -> Tensor

  /// Of a loss of classes, the same with a probability for each class as the target, which mixed rows have; nil where
  /// there is none.
  var ofProbabilities: (any Loss)? { get }
}

extension Loss {
  public static var predictions: PredictionKind { targets.predictions }
  public var layout: LossLayout { Self.targets.layout }
  public func counts(_ output: Tensor, _ target: Tensor) -> Tensor? { nil }
  public func prediction(from output: Tensor) -> Tensor { output }
  public var ofProbabilities: (any Loss)? { nil }

  /// The loss of outputs [batch, …] against targets.
  ///
  /// - Parameter weights: One weight a row, [batch], or one a loss; all 1 where there are none. Where all weights of
  ///   a batch are zero its mean is 0.
  public func callAsFunction(
    _ output: Tensor, _ target: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
  ) -> Tensor {
    do {
      try check(output: output.shape, target: target.shape, weights: weights?.shape)
    } catch { fatalError("\(error)") }
    let target = Self.targets == .classes ? target : target.cast(to: output.dtype)
    let losses = losses(output, target)
    let spread = weights.map { Self.spread($0.cast(to: losses.dtype), to: losses.shape) }
    let weighted = spread.map { losses * $0 } ?? losses
    switch reduction {
    case .none: return weighted
    case .sum: return weighted.sum()
    case .mean:
      let counts = counts(output, target)
      guard let total = spread.map({ spread in counts.map { spread * $0 } ?? spread }) ?? counts else {
        return losses.mean()
      }
      let sum = total.sum()
      let isNothing = sum .== 0.0
      let mean = weighted.sum() / isNothing.select(.ones([], dtype: sum.dtype), sum)
      return isNothing.select(.zeros([], dtype: sum.dtype), mean)
    }
  }

  private static func spread(_ weights: Tensor, to shape: Shape) -> Tensor {
    var spread = weights
    while spread.rank < shape.rank { spread = spread.expanded(axis: -1) }
    return spread.broadcast(to: shape)
  }

  /// Checks that a target fits an output.
  ///
  /// - Throws: `ShapeMismatch` with both shapes.
  public func check(output: Shape, target: Shape, weights: Shape? = nil) throws {
    let expected = try shapes(of: output)
    guard target == expected.target else {
      throw ShapeMismatch(
        "\(Self.kind): the output is \(output), so the target has to be \(expected.target), not \(target)."
          + (target.elementCount == expected.target.elementCount
            ? " Reshape one to the other: a loss never broadcasts." : ""))
    }
    if let weights, weights != expected.losses, weights.rank != 1 || weights.first != expected.losses.first {
      throw ShapeMismatch(
        "\(Self.kind): the weights are \(weights); they have to be \(Shape([expected.losses.first ?? 1])), one a row.")
    }
  }

  /// Checks that targets are values that the loss takes, for a number of outputs.
  ///
  /// - Throws: `SettingError` with the first that is not, and its place.
  public func check(targets: [Double], outputs: Int) throws {
    let values = Self.targets.values(outputs: outputs)
    if let index = targets.firstIndex(where: { !values.allows(.number($0)) }) {
      throw SettingError(
        "\(Self.kind): target \(index) is \(Setting.plain(targets[index])); it has to be \(values.range).")
    }
    guard Self.targets == .distributions, outputs > 0 else { return }
    for start in stride(from: 0, through: targets.count - outputs, by: outputs) {
      let sum = targets[start..<start + outputs].reduce(0, +)
      // Probabilities in float32 add up to 1 within their rounding.
      if abs(sum - 1) > 1e-4 {
        throw SettingError(
          "\(Self.kind): the probabilities of row \(start / outputs) add up to \(Setting.plain(sum)), not to 1.")
      }
    }
  }
}
