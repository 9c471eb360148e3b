/// Whether two samples are of one distribution: how far they are apart, and how probable at least that distance is if they are.
public struct TwoSampleTest: Sendable, Equatable {
  /// From 0, the same shares everywhere, to 1, no value in common.
  public let distance: Double
  public let pValue: Double

  /// Kolmogorov and Smirnov's test for numbers: the distance D is the greatest between the two shares of numbers up to x, over
  /// all x. With n numbers and m, and λ = D √(nm / (n + m)),
  ///
  ///     p = 2 Σ_{k ≥ 1} (−1)^(k−1) exp(−2 k² λ²),
  ///
  /// the limit for many numbers; equal numbers make the true p smaller. Smirnov 1948, DOI 10.1214/aoms/1177730256.
  ///
  /// - Parameters: samples without NaN, none of them empty.
  public static func kolmogorovSmirnov(_ first: [Double], _ second: [Double]) -> TwoSampleTest {
    let (a, b) = (first.sorted(), second.sorted())
    var (i, j, distance) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] <= value { i += 1 }
      while j < b.count, b[j] <= value { j += 1 }
      distance = max(distance, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    let (n, m) = (Double(a.count), Double(b.count))
    return TwoSampleTest(distance: distance, pValue: kolmogorovTail(distance * (n * m / (n + m)).squareRoot()))
  }

  /// Pearson's test for counts of the same levels: p is the tail of χ² with a degree of freedom for each level but one. The
  /// distance is half the sum of the differences between the shares. Levels of which either sample is expected to have fewer
  /// than 5 are taken together, as the distribution does not hold for them.
  ///
  /// - Parameters: as many counts in both, and at least one above 0 in each.
  public static func chiSquared(_ first: [Int], _ second: [Int]) -> TwoSampleTest {
    let (n, m) = (Double(first.reduce(0, +)), Double(second.reduce(0, +)))
    let share = min(n, m) / (n + m)
    var levels: [(Double, Double)] = []
    var rest = (0.0, 0.0)
    for (a, b) in zip(first, second) {
      if Double(a + b) * share < 5 {
        rest = (rest.0 + Double(a), rest.1 + Double(b))
      } else {
        levels.append((Double(a), Double(b)))
      }
    }
    if rest.0 + rest.1 > 0 { levels.append(rest) }
    let distance = levels.reduce(0) { $0 + abs($1.0 / n - $1.1 / m) } / 2
    guard levels.count > 1 else { return TwoSampleTest(distance: distance, pValue: 1) }
    let statistic = levels.reduce(0.0) { sum, level in
      let all = level.0 + level.1
      let expected = (all * n / (n + m), all * m / (n + m))
      return sum + (level.0 - expected.0) * (level.0 - expected.0) / expected.0
        + (level.1 - expected.1) * (level.1 - expected.1) / expected.1
    }
    return TwoSampleTest(distance: distance, pValue: chiSquaredTail(statistic, degreesOfFreedom: levels.count - 1))
  }
}

/// The limit of the two-sample statistic's tail. For small λ the sum is of another form of it, whose terms fall faster there:
/// 1 − √(2π) / λ · Σ exp(−(2k − 1)² π² / (8 λ²)).
private func kolmogorovTail(_ lambda: Double) -> Double {
  guard lambda > 0.04 else { return 1 }
  var sum = 0.0
  guard lambda > 1 else {
    for k in 1...20 {
      let odd = Double(2 * k - 1)
      let exponent = -odd * odd * .pi * .pi / (8 * lambda * lambda)
      if exponent > -700 { sum += exponential(exponent) }
    }
    return 1 - (2 * Double.pi).squareRoot() / lambda * sum
  }
  for k in stride(from: 20, through: 1, by: -1) {
    let exponent = -2 * Double(k * k) * lambda * lambda
    if exponent > -700 { sum += (k.isMultiple(of: 2) ? -2 : 2) * exponential(exponent) }
  }
  return sum
}

/// The tail of χ² beyond x: Q(a, z) with a = half the degrees of freedom and z = x / 2, by the series of P = 1 − Q below a + 1
/// (https://dlmf.nist.gov/8.11.E4), and by the continued fraction above (https://dlmf.nist.gov/8.9.E2, Lentz's way).
func chiSquaredTail(_ x: Double, degreesOfFreedom: Int) -> Double {
  let (a, z) = (Double(degreesOfFreedom) / 2, x / 2)
  guard z > 0 else { return 1 }
  // ln Γ(a) from Γ(1/2) = √π or Γ(1) = 1 up.
  var logGamma = degreesOfFreedom.isMultiple(of: 2) ? 0 : naturalLogarithm(.pi) / 2
  for step in stride(from: degreesOfFreedom.isMultiple(of: 2) ? 1 : 0.5, to: a, by: 1) {
    logGamma += naturalLogarithm(step)
  }
  let exponent = a * naturalLogarithm(z) - z - logGamma
  guard exponent > -700 else { return z > a ? 0 : 1 }
  let factor = exponential(exponent)
  guard z > a + 1 else {
    var (term, sum, next) = (1 / a, 0.0, a)
    while sum + term > sum {
      sum += term
      next += 1
      term *= z / next
    }
    return 1 - factor * sum
  }
  var b = z + 1 - a
  var (c, d) = (1e300, 1 / b)
  var result = d
  for k in 1...10_000 {
    let step = -Double(k) * (Double(k) - a)
    b += 2
    d = 1 / (b + step * d)
    c = b + step / c
    result *= c * d
    if abs(c * d - 1) < 1e-16 { break }
  }
  return factor * result
}
