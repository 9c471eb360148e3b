import GliaTensors

// Losses that compare vectors with one another. A row of the batch holds all that belong together, [count, size], and
// goes through the network as one: layers that work on the last axis then give each vector the same weights, which is
// what a siamese network is. `prediction` is the output, the vectors themselves.

/// 1 − cos(a, b) for pairs of sign 1, max(0, cos(a, b) − margin) for pairs of sign −1; outputs are [batch, 2, size].
///
/// cos is Σ a b / √((Σ a² + 10⁻¹²) (Σ b² + 10⁻¹²)).
public struct CosineEmbedding: Loss {
  public static let kind = "cosineEmbedding"
  public static let targets = TargetKind.signs
  public static let predictions = PredictionKind.vectors
  public static let hyperparameters = [
    Hyperparameter(
      "margin", .number(lower: -1, includingLower: true, upper: 1, includingUpper: true), default: 0,
      "The cosine that vectors of different things may have.")
  ]

  public let margin: Double
  public init(margin: Double = 0) { self.margin = margin }
  public init(_ settings: Settings) throws { self.init(margin: try Self.complete(settings).number("margin")) }
  public var settings: Settings { ["margin": .number(margin)] }
  public var layout: LossLayout { .vectors(2) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let (a, b) = (vector(0, of: output), vector(1, of: output))
    let lengths = (a.squared().sum([-1]) + 1e-12) * (b.squared().sum([-1]) + 1e-12)
    let cosine = (a * b).sum([-1]) / lengths.squareRoot()
    return (target .> 0.0).select(1.0 - cosine, (cosine - margin).maximum(0.0))
  }
}

/// max(0, d(anchor, positive) − d(anchor, negative) + margin), with Euclidean distances d; outputs are [batch, 3, size]
/// in that order.
///
/// There is nothing else to compare with, so that targets are empty, [batch, 0]. d is √Σ (a − b + epsilon)², whose
/// gradient is finite for equal vectors.
///
/// F. Schroff and others 2015, "FaceNet", arXiv:1503.03832; here the distances are not squared, as in V. Balntas and
/// others 2016, "Learning local feature descriptors with triplets", doi:10.5244/C.30.119.
public struct TripletMargin: Loss {
  public static let kind = "tripletMargin"
  public static let targets = TargetKind.none
  public static let hyperparameters = [
    Hyperparameter("margin", .positive, default: 1, "How much farther the negative has to be than the positive."),
    epsilonParameter,
  ]

  public let margin: Double
  public let epsilon: Double
  public init(margin: Double = 1, epsilon: Double = 1e-6) {
    self.margin = margin
    self.epsilon = epsilon
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(margin: settings.number("margin"), epsilon: settings.number("epsilon"))
  }
  public var settings: Settings { ["margin": .number(margin), "epsilon": .number(epsilon)] }
  public var layout: LossLayout { .vectors(3) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let anchor = vector(0, of: output)
    let near = distance(anchor, vector(1, of: output), epsilon)
    let far = distance(anchor, vector(2, of: output), epsilon)
    return (near - far + margin).maximum(0.0)
  }
}

/// d² / 2 for pairs of sign 1, max(0, margin − d)² / 2 for pairs of sign −1, with the Euclidean distance d of the two
/// vectors of a row; outputs are [batch, 2, size].
///
/// d is √Σ (a − b + epsilon)². R. Hadsell, S. Chopra and Y. LeCun 2006, "Dimensionality reduction by learning an
/// invariant mapping", doi:10.1109/CVPR.2006.100, where 0 stands for what is here 1, and 1 for −1.
public struct Contrastive: Loss {
  public static let kind = "contrastive"
  public static let targets = TargetKind.signs
  public static let predictions = PredictionKind.vectors
  public static let hyperparameters = [
    Hyperparameter("margin", .positive, default: 1, "The distance from which on different things are left alone."),
    epsilonParameter,
  ]

  public let margin: Double
  public let epsilon: Double
  public init(margin: Double = 1, epsilon: Double = 1e-6) {
    self.margin = margin
    self.epsilon = epsilon
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(margin: settings.number("margin"), epsilon: settings.number("epsilon"))
  }
  public var settings: Settings { ["margin": .number(margin), "epsilon": .number(epsilon)] }
  public var layout: LossLayout { .vectors(2) }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let distance = distance(vector(0, of: output), vector(1, of: output), epsilon)
    return (target .> 0.0).select(distance.squared(), (margin - distance).maximum(0.0).squared()) * 0.5
  }
}

private let epsilonParameter = Hyperparameter(
  "epsilon", .positive, default: 1e-6, "What is added to each difference, so that no distance is 0.")

private func vector(_ place: Int, of output: Tensor) -> Tensor {
  output.sliced(place..<place + 1, axis: 1).squeezed(axis: 1)
}

/// The Euclidean distance of each row. Where the difference is exactly −epsilon, no gradient flows.
private func distance(_ a: Tensor, _ b: Tensor, _ epsilon: Double) -> Tensor {
  (a - b + epsilon).squared().sum([-1]).maximum(1e-30).squareRoot()
}

extension Loss where Self == CosineEmbedding {
  /// See ``CosineEmbedding`` for the formula, the shapes and the settings.
  public static func cosineEmbedding(margin: Double = 0) -> CosineEmbedding { CosineEmbedding(margin: margin) }
}

extension Loss where Self == TripletMargin {
  /// See ``TripletMargin`` for the formula, the shapes and the settings.
  public static func tripletMargin(margin: Double = 1) -> TripletMargin { TripletMargin(margin: margin) }
}

extension Loss where Self == Contrastive {
  /// See ``Contrastive`` for the formula, the shapes and the settings.
  public static func contrastive(margin: Double = 1) -> Contrastive { Contrastive(margin: margin) }
}
