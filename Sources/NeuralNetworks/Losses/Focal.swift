import GliaTensors

/// −α · y · (1 − p)^γ · log p − (1 − α) · (1 − y) · p^γ · log(1 − p) with p = sigmoid(x): a binary cross-entropy in
/// which rows that are already right count little.
///
/// Logits x and probabilities y are of one shape. All factors are powers of e, so that no logarithm is taken of 0.
/// `prediction` is p, which for γ above 0 is drawn towards one half and so no well calibrated probability.
///
/// T.-Y. Lin and others 2017, "Focal loss for dense object detection", arXiv:1708.02002.
public struct BinaryFocal: Loss {
  public static let kind = "binaryFocal"
  public static let targets = TargetKind.probabilities
  public static let hyperparameters = [
    gammaParameter,
    Hyperparameter("alpha", .closedFraction, default: 0.25, "What a positive counts; a negative counts 1 less that."),
  ]

  public let gamma: Double
  public let alpha: Double
  public init(gamma: Double = 2, alpha: Double = 0.25) {
    self.gamma = gamma
    self.alpha = alpha
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(gamma: settings.number("gamma"), alpha: settings.number("alpha"))
  }
  public var settings: Settings { ["gamma": .number(gamma), "alpha": .number(alpha)] }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    // −log(1 − p) and −log p
    let (right, wrong) = (logOnePlusExp(output), logOnePlusExp(-output))
    return target * (right * -gamma).exp() * wrong * alpha
      + (1.0 - target) * (wrong * -gamma).exp() * right * (1 - alpha)
  }

  public func prediction(from output: Tensor) -> Tensor { output.sigmoid() }
}

/// −w[c] · (1 − p[c])^γ · log p[c] with p = softmax(x), from logits x [batch, classes] and one class c a row, [batch].
///
/// 1 − p[c] is the sum of the other classes' probabilities, which loses no digits. With class weights w the mean
/// divides by the rows, as the paper has it. `prediction` is softmax(x). Lin and others 2017, arXiv:1708.02002.
public struct Focal: Loss {
  public static let kind = "focal"
  public static let targets = TargetKind.classes
  public static let hyperparameters = [gammaParameter, classWeightsParameter]

  public let gamma: Double
  public let classWeights: [Double]
  public init(gamma: Double = 2, classWeights: [Double] = []) {
    self.gamma = gamma
    self.classWeights = classWeights
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(gamma: settings.number("gamma"), classWeights: settings.numbers("classWeights"))
  }
  public var settings: Settings { ["gamma": .number(gamma), "classWeights": Setting(classWeights)] }
  public var layout: LossLayout { .classes(count: classWeights.isEmpty ? nil : classWeights.count) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let isTarget = oneHot(target, like: output)
    let logarithms = logSoftmax(output)
    let others = (logarithms.exp() * (1.0 - isTarget)).sum([-1])
    // The least number keeps the slope of a power below 1 finite where the row is surely right.
    let losses = others.maximum(1e-30).power(gamma) * -(logarithms * isTarget).sum([-1])
    return classWeights.isEmpty
      ? losses : losses * (isTarget * Tensor(classWeights, dtype: output.dtype)).sum([-1])
  }

  public func prediction(from output: Tensor) -> Tensor { softmax(output) }
}

private let gammaParameter = Hyperparameter(
  "gamma", .notNegative, default: 2, "How little rows that are right count; 0 is the plain cross-entropy.")

extension Loss where Self == BinaryFocal {
  /// See ``BinaryFocal`` for the formula, the shapes and the settings.
  public static func binaryFocal(gamma: Double = 2, alpha: Double = 0.25) -> BinaryFocal {
    BinaryFocal(gamma: gamma, alpha: alpha)
  }
}

extension Loss where Self == Focal {
  /// See ``Focal`` for the formula, the shapes and the settings.
  public static func focal(gamma: Double = 2, classWeights: [Double] = []) -> Focal {
    Focal(gamma: gamma, classWeights: classWeights)
  }
}
