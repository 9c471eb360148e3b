import GliaTensors

/// max(0, 1 − x · y) for margins x and signs y, −1 or 1: nothing where the margin is right by 1. Its slope there is 0.
///
/// `prediction` is the margin, whose sign is the class. C. Cortes and V. Vapnik 1995, "Support-vector networks",
/// doi:10.1007/BF00994018.
public struct Hinge: Loss {
  public static let kind = "hinge"
  public static let targets = TargetKind.signs
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { (1.0 - output * target).maximum(0.0) }
}

/// max(0, 1 − x · y)² for margins x and signs y, −1 or 1: a hinge without a corner, which pulls harder at what is far
/// off.
///
/// `prediction` is the margin, whose sign is the class. Y. Tang 2013, "Deep learning using linear support vector
/// machines", arXiv:1306.0239.
public struct SquaredHinge: Loss {
  public static let kind = "squaredHinge"
  public static let targets = TargetKind.signs
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    (1.0 - output * target).maximum(0.0).squared()
  }
}

/// Σ max(0, margin − x[c] + x[i]) / classes over the classes i that are not the row's class c, from x [batch, classes].
///
/// `squared` takes each term's square. `prediction` is x, the largest of which is the class. K. Crammer and Y. Singer
/// 2001, "On the algorithmic implementation of multiclass kernel-based vector machines"; in this form, with the sum, J.
/// Weston and C. Watkins 1999, "Support vector machines for multi-class pattern recognition".
public struct MultiClassHinge: Loss {
  public static let kind = "multiClassHinge"
  public static let targets = TargetKind.classes
  public static let predictions = PredictionKind.margins
  public static let hyperparameters = [
    Hyperparameter("margin", .positive, default: 1, "By how much the class has to be ahead of every other."),
    Hyperparameter("squared", .flag, default: false, "Whether each term is squared."),
  ]

  public let margin: Double
  public let squared: Bool
  public init(margin: Double = 1, squared: Bool = false) {
    self.margin = margin
    self.squared = squared
  }
  public init(_ settings: Settings) throws {
    let settings = try Self.complete(settings)
    self.init(margin: settings.number("margin"), squared: settings.flag("squared"))
  }
  public var settings: Settings { ["margin": .number(margin), "squared": .flag(squared)] }

  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor {
    let isTarget = oneHot(target, like: output)
    let own = (output * isTarget).sum([-1], keepingAxes: true)
    let terms = (output - own + margin).maximum(0.0) * (1.0 - isTarget)
    return (squared ? terms.squared() : terms).sum([-1]) / Double(output.shape[1])
  }
}

extension Loss where Self == Hinge {
  /// See ``Hinge`` for the formula, the shapes and the settings.
  public static var hinge: Hinge { Hinge() }
}

extension Loss where Self == SquaredHinge {
  /// See ``SquaredHinge`` for the formula, the shapes and the settings.
  public static var squaredHinge: SquaredHinge { SquaredHinge() }
}

extension Loss where Self == MultiClassHinge {
  /// See ``MultiClassHinge`` for the formula, the shapes and the settings.
  public static func multiClassHinge(margin: Double = 1, squared: Bool = false) -> MultiClassHinge {
    MultiClassHinge(margin: margin, squared: squared)
  }
}
