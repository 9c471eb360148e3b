/// Whether two models that were scored on the same folds differ by more than chance: the corrected resampled t-test of
/// C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003,
/// https://doi.org/10.1023/A:1024068626366.
///
///     t = d̄ / √((1/n + tested/trained) s²)     with n - 1 degrees of freedom
///
/// d̄ and s² are the mean and the variance (divided by n - 1) of the n differences, one a fold. Folds share most of the rows
/// that they train on, so their scores are not independent, and the usual t-test finds differences where there are none; the
/// second term in the bracket makes up for that.
public struct PairedTest: Sendable, Equatable {
  /// The mean difference.
  public let meanDifference: Double
  /// t; infinite where all folds have the same difference, 0 where they have none.
  public let statistic: Double
  public let degreesOfFreedom: Int
  /// How probable a statistic at least as far from 0 is where the two do not differ, from 0 to 1.
  public let pValue: Double

  /// The level below which a difference counts as more than chance.
  public static let level = 0.05
  public var isMoreThanChance: Bool { pValue < PairedTest.level }

  /// - Parameters:
  ///   - differences: one a fold, in the unit of the score.
  ///   - ratio: rows tested on over rows trained on; 1 / (k - 1) for k folds.
  /// - Throws: ``TrainingError`` for fewer than two differences, or numbers that are not finite.
  public init(differences: [Double], testToTraining ratio: Double) throws {
    guard differences.count > 1, differences.allSatisfy(\.isFinite), ratio >= 0, ratio.isFinite else {
      throw TrainingError(
        "A paired test needs at least 2 finite differences and a ratio of at least 0; these are \(differences.count) "
          + "differences and a ratio of \(ratio).")
    }
    let estimate = Comparison.Estimate(of: differences)
    meanDifference = estimate.mean
    degreesOfFreedom = differences.count - 1
    let error = (1 / Double(differences.count) + ratio).squareRoot() * estimate.deviation
    statistic = meanDifference == 0 ? 0 : meanDifference / error
    pValue = studentTails(statistic, degreesOfFreedom)
  }
}

/// The part of Student's t distribution that is further from 0 than t, on both sides: I(x; n/2, 1/2) with x = n / (n + t²)
/// (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.27).
///
/// The incomplete beta function is summed by https://dlmf.nist.gov/8.17.E8, whose terms are all positive:
///
///     I(x; a, b) = xᵃ (1 - x)ᵇ / (a B(a, b)) · (1 + (a+b)/(a+1) x + (a+b)(a+b+1)/((a+1)(a+2)) x² + …)
///
/// For |t| below 1 the sum is of I(1 - x; 1/2, n/2) = 1 - I(x; n/2, 1/2), which needs fewer terms there. Only arithmetic and
/// square roots are used, so that the bits are the same everywhere.
func studentTails(_ t: Double, _ degreesOfFreedom: Int) -> Double {
  let n = Double(degreesOfFreedom)
  let square = t * t
  guard square.isFinite else { return 0 }
  let (x, y) = (n / (n + square), square / (n + square))
  // xᵃ yᵇ / B(a, b) with B(1/2, 1/2) = π, B(1, 1/2) = 2 and B(a + 1, 1/2) = B(a, 1/2) a / (a + 1/2).
  let isOdd = !degreesOfFreedom.isMultiple(of: 2)
  var factor = y.squareRoot() * (isOdd ? x.squareRoot() / .pi : x / 2)
  var half = isOdd ? 0.5 : 1
  while half < n / 2 {
    factor *= x * (half + 0.5) / half
    half += 1
  }
  func sum(_ a: Double, _ z: Double) -> Double {
    var (term, total, index) = (1 / a, 0.0, 0.0)
    while total + term > total {
      total += term
      term *= z * ((n + 1) / 2 + index) / (a + 1 + index)
      index += 1
    }
    return factor * total
  }
  return square > 1 ? sum(n / 2, x) : 1 - sum(0.5, y)
}
