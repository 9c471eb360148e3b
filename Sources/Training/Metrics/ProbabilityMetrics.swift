import GliaPlatform

extension ClassPredictions {
  /// The mean of -ln p, with p the probability that was given to the true class; nil without rows or probabilities.
  ///
  /// p is clipped to [ε, 1 - ε], ε = 2^-52, so that one row that was surely wrong counts 36.04 and not infinity.
  /// The probabilities of a row are taken as they are, and not divided by their sum.
  public var logLoss: Double? { ClassPredictions.logLoss.value(of: self) }

  static let logLoss = RowMean<ClassPredictions> { label, probabilities in
    logLoss(of: probabilities[probabilities.startIndex + label])
  }

  /// What a row counts whose true class was given this probability.
  static func logLoss(of probability: Double) -> Double { -log(min(max(probability, .ulpOfOne), 1 - .ulpOfOne)) }

  /// The mean squared distance of the probabilities from 1 for the true class and 0 for the others; nil without rows or
  /// probabilities.
  ///
  /// With two classes it is (p - y)² of class 1, from 0 to 1; with more the sum over the classes, from 0 to 2.
  ///
  /// G. W. Brier 1950, "Verification of forecasts expressed in terms of probability",
  /// doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
  public var brierScore: Double? { ClassPredictions.brierScore.value(of: self) }

  static let brierScore = RowMean<ClassPredictions> { label, probabilities in
    let distances = probabilities.enumerated().map { name, probability in
      probability - (name == label ? 1 : 0)
    }
    if distances.count == 2 { return distances[1] * distances[1] }
    return distances.reduce(0) { $0 + $1 * $1 }
  }

  /// The part of the rows whose class is among the `count` most probable ones; nil without rows or probabilities.
  ///
  /// Of equally probable classes the first counts as the more probable, as it does for the predicted class.
  public func topAccuracy(_ count: Int) -> Double? { ClassPredictions.topAccuracy(count).value(of: self) }

  static func topAccuracy(_ count: Int) -> RowMean<ClassPredictions> {
    RowMean { label, probabilities in
      let own = probabilities[probabilities.startIndex + label]
      let ahead = probabilities.enumerated().reduce(0) { ahead, other in
        ahead + (other.element > own || other.element == own && other.offset < label ? 1 : 0)
      }
      return ahead < count ? 1 : 0
    }
  }

  /// By how much the confidence of the predictions differs from how often they are right: see ``CalibrationBins``.
  public func expectedCalibrationError(bins: Int = 15) -> Double? { CalibrationBins(count: bins).value(of: self) }
}

/// Σ over bins |Σ w · right − Σ w · p| / Σ w, with p the probability of the predicted class and bins of equal width.
///
/// A bin holds the rows with lower < p ≤ upper. 0 is a model that is right as often as it says it is.
///
/// C. Guo and others 2017, "On calibration of modern neural networks", arXiv:1706.04599.
public struct CalibrationBins: MetricAccumulator {
  /// What is in a bin, each row counted by its weight.
  public struct Bin: Sendable, Equatable {
    public var weight = 0.0
    /// Σ w · p, and Σ w of the rows that were right.
    public var confidence = 0.0
    public var right = 0.0
  }

  /// From the lowest confidence to the highest.
  public private(set) var bins: [Bin]
  private var isDefined = true

  public init(count: Int = 15) { bins = .init(repeating: Bin(), count: max(count, 1)) }

  public mutating func add(_ batch: ClassPredictions) {
    for row in batch.labels.indices where batch.weight(row) > 0 {
      guard let probabilities = batch.probabilities(ofRow: row) else {
        isDefined = false
        return
      }
      let (name, weight) = (batch.predicted[row], batch.weight(row))
      let confidence = probabilities[probabilities.startIndex + name]
      let place = Int((confidence * Double(bins.count)).rounded(.up)) - 1
      let bin = min(max(place, 0), bins.count - 1)
      bins[bin].weight += weight
      bins[bin].confidence += weight * confidence
      if name == batch.labels[row] { bins[bin].right += weight }
    }
  }

  /// nil without rows or probabilities.
  public var value: Double? {
    let total = bins.reduce(0) { $0 + $1.weight }
    return isDefined && total > 0 ? bins.reduce(0) { $0 + abs($1.right - $1.confidence) } / total : nil
  }
}
