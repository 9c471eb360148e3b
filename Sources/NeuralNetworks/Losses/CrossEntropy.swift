import GliaTensors

/// −log softmax(x)[c], from logits x [batch, classes] and one class c a row, [batch], as integers or whole numbers.
///
/// It is computed as log Σ e^(x − max) − (x[c] − max), which overflows nowhere. `prediction` is softmax(x). A class
/// that the output does not have is found by `check(targets:outputs:)`, not here.
///
/// With label smoothing ε the target is 1 − ε for the class plus ε / classes for every class. With class weights w the
/// loss is −Σ w · target · log softmax(x), and its mean divides by the weights of the rows' classes. Szegedy and others
/// 2016, "Rethinking the Inception architecture", arXiv:1512.00567.
public struct CrossEntropy: SmoothedLoss {
  public static let kind = "crossEntropy"
  public static let targets = TargetKind.classes

  public let labelSmoothing: Double
  public let classWeights: [Double]
  public init(labelSmoothing: Double = 0, classWeights: [Double] = []) {
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }
  public var layout: LossLayout { .classes(count: classWeights.isEmpty ? nil : classWeights.count) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let isTarget = oneHot(target, like: output)
    if labelSmoothing > 0 || !classWeights.isEmpty { return smoothed(output, isTarget) }
    let shifted = shifted(output, -1)
    return shifted.exp().sum([-1]).log() - (shifted * isTarget).sum([-1])
  }

  public func counts(_ output: Tensor, _ target: Tensor) -> Tensor? {
    classWeights.isEmpty ? nil : (oneHot(target, like: output) * Tensor(classWeights, dtype: output.dtype)).sum([-1])
  }

  public var ofProbabilities: (any Loss)? {
    CrossEntropyWithProbabilities(labelSmoothing: labelSmoothing, classWeights: classWeights)
  }
}

/// −Σ y · log softmax(x), from logits x and probabilities y of the classes, both [batch, classes], one loss a row.
///
/// Label smoothing and class weights are as for `CrossEntropy`; the mean divides by the rows. `prediction` is
/// softmax(x).
public struct CrossEntropyWithProbabilities: SmoothedLoss {
  public static let kind = "crossEntropyWithProbabilities"
  public static let targets = TargetKind.distributions

  public let labelSmoothing: Double
  public let classWeights: [Double]
  public init(labelSmoothing: Double = 0, classWeights: [Double] = []) {
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }
  public var layout: LossLayout { .distributions(count: classWeights.isEmpty ? nil : classWeights.count) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { smoothed(output, target) }
}

/// The two cross-entropies from logits: what they have in common but for their targets.
public protocol SmoothedLoss: Loss {
  /// The part of a target that is spread over all classes.
  var labelSmoothing: Double { get }
  /// What each class counts; 1 where there are none.
  var classWeights: [Double] { get }
  init(labelSmoothing: Double, classWeights: [Double])
}

extension SmoothedLoss {
  public static var hyperparameters: [Hyperparameter] {
    [
      Hyperparameter(
        "labelSmoothing", .closedFraction, default: 0, "The part of a target that is spread over all classes."),
      classWeightsParameter,
    ]
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(
      labelSmoothing: settings.number("labelSmoothing"), classWeights: settings.numbers("classWeights"))
  }
  public var settings: Settings {
    ["labelSmoothing": .number(labelSmoothing), "classWeights": Setting(classWeights)]
  }

  public func prediction(from output: Tensor) -> Tensor { softmax(output) }

  /// −Σ w · q · log softmax(x) along the last axis, with q = (1 − ε) · target + ε / classes.
  fileprivate func smoothed(_ output: Tensor, _ target: Tensor) -> Tensor {
    var target = target
    if labelSmoothing > 0 { target = target * (1 - labelSmoothing) + labelSmoothing / Double(output.shape[1]) }
    if !classWeights.isEmpty { target = target * Tensor(classWeights, dtype: output.dtype) }
    return -(target * logSoftmax(output)).sum([-1])
  }
}

let classWeightsParameter = Hyperparameter(
  "classWeights", .list(of: .notNegative, atLeast: 0), default: [], "What each class counts; 1 where the list is empty."
)

/// 1 for the class of each row and 0 for the others, [batch, classes].
///
/// Comparing in the output's own type lets the choice be one chain with the arithmetic around it.
package func oneHot(_ classes: Tensor, like output: Tensor) -> Tensor {
  let all = Tensor.iota(output.shape, axis: output.rank - 1, dtype: output.dtype)
  return (all .== classes.cast(to: output.dtype).expanded(axis: -1)).cast(to: output.dtype)
}

extension Loss where Self == CrossEntropy {
  /// See ``CrossEntropy`` for the formula, the shapes and the settings.
  public static var crossEntropy: CrossEntropy { CrossEntropy() }
  /// See ``CrossEntropy`` for the formula, the shapes and the settings.
  public static func crossEntropy(labelSmoothing: Double = 0, classWeights: [Double] = []) -> CrossEntropy {
    CrossEntropy(labelSmoothing: labelSmoothing, classWeights: classWeights)
  }
}

extension Loss where Self == CrossEntropyWithProbabilities {
  /// See ``CrossEntropyWithProbabilities`` for the formula, the shapes and the settings.
  public static func crossEntropyWithProbabilities(
    labelSmoothing: Double = 0, classWeights: [Double] = []
  ) -> CrossEntropyWithProbabilities {
    CrossEntropyWithProbabilities(labelSmoothing: labelSmoothing, classWeights: classWeights)
  }
}
