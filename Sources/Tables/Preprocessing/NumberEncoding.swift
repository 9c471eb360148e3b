/// How numbers are brought to a common size.
public enum Scaling: String, Codable, CaseIterable, Sendable {
  /// (x - mean) / deviation, with the population's deviation.
  case standard
  /// s / √(1 + (s/3)²) with s = (x - median) / (third quartile - first quartile): outliers are squeezed into ±3
  /// (Holzmüller et al. 2024, arXiv 2407.04491).
  case robust
  /// Φ⁻¹(r) with r the rank of x among the n training rows, from 0 to 1, interpolated between k = clamp(n / 30, 10, 1000)
  /// quantiles, of which there are at most n. A value on which several of them fall has the middle of their ranks. Scikit-learn's
  /// `QuantileTransformer`, apart from the ends: r is kept within ½/k and 1 − ½/k, so that the least and the greatest value do
  /// not lie far outside all others.
  case quantile
}

/// A number: filled where it is missing, and scaled.
public struct NumberEncoding: Codable, Sendable, Equatable {
  public let scaling: Scaling
  /// The median of the training rows, which stands in for a missing or infinite value.
  public let fill: Double
  public let center: Double
  public let scale: Double
  /// Whether a second column says which values were missing.
  public let hasIndicator: Bool
  /// For `quantile`: the quantiles, never falling, and the scores of the least and the greatest value.
  public let knots: [Double]
  public let scores: [Double]

  /// Scaled values are kept within ±`bound`, so that one absurd value cannot overflow a network.
  static let bound = 1e6

  static func fit(_ column: Column, _ rows: [Int], _ scaling: Scaling) -> NumberEncoding {
    let numbers = column.numbers ?? []
    let sorted = rows.map { numbers[$0] }.filter(\.isFinite).sorted()
    let hasIndicator = sorted.count < rows.count
    let median = quantile(sorted, 0.5)
    var (center, scale) = meanAndDeviation(sorted)
    var knots: [Double] = []
    var scores: [Double] = []
    switch scaling {
    case .standard: break
    case .robust:
      center = median
      scale = quantile(sorted, 0.75) - quantile(sorted, 0.25)
      if !(scale > 0), let first = sorted.first, let last = sorted.last { scale = last / 2 - first / 2 }
    case .quantile:
      let count = max(min(max(sorted.count / 30, 10), 1000, sorted.count), 2)
      knots = (0..<count).map { GliaTables.quantile(sorted, Double($0) / Double(count - 1)) }
      scores = [normalQuantile(0.5 / Double(count)), normalQuantile(1 - 0.5 / Double(count))]
    }
    if !(scale > 0) || !scale.isFinite { scale = 1 }
    return NumberEncoding(
      scaling: scaling, fill: median, center: center, scale: scale, hasIndicator: hasIndicator, knots: knots,
      scores: scores)
  }

  func names(_ column: String) -> [String] { hasIndicator ? [column, "\(column) is missing"] : [column] }

  func write(_ numbers: [Double], _ rows: [Int], into matrix: inout [Float], offset: Int, width: Int) {
    var position = offset
    for row in rows {
      let isPresent = numbers[row].isFinite
      matrix[position] = scaled(isPresent ? numbers[row] : fill)
      if hasIndicator { matrix[position + 1] = isPresent ? 0 : 1 }
      position += width
    }
  }

  func scaled(_ number: Double) -> Float {
    let value: Double
    switch scaling {
    case .standard: value = (number - center) / scale
    case .robust:
      let s = (number - center) / scale
      value = s.isFinite ? s / (1 + s * s / 9).squareRoot() : (s < 0 ? -3 : 3)
    case .quantile: value = interpolated(number)
    }
    return Float(min(max(value, -NumberEncoding.bound), NumberEncoding.bound))
  }

  private func interpolated(_ number: Double) -> Double {
    guard let first = knots.first, let last = knots.last, let least = scores.first, let most = scores.last else {
      return 0
    }
    if number < first { return least }
    if number > last { return most }
    if first == last { return 0 }
    // The last knot that is not above the number, and the first that is not below it.
    let above = firstKnot { $0 > number }
    let low = above - 1
    let rank: Double
    if knots[low] == number {
      rank = Double(low + firstKnot { $0 >= number }) / 2
    } else {
      rank = Double(low) + (number - knots[low]) / (knots[above] - knots[low])
    }
    let share = rank / Double(knots.count - 1)
    return share <= 0 ? least : share >= 1 ? most : min(max(normalQuantile(share), least), most)
  }

  /// The place of the first knot of which something holds that holds of all after it.
  private func firstKnot(where holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, knots.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(knots[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
