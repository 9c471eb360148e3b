/// How numbers are brought to a common size.
public enum Scaling: String, Codable, CaseIterable, Sendable {
  /// (x - mean) / deviation, with the population's deviation.
  case standard
  /// s / √(1 + (s/3)²) with s = (x - median) / (third quartile - first quartile): outliers are squeezed into ±3
  /// (Holzmüller et al. 2024, arXiv 2407.04491).
  case robust
  /// The normal quantile of x's rank among the training rows, interpolated between `clamp(n / 30, 10, 1000)` quantiles.
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
  /// For `quantile`: rising values and the normal scores that belong to them.
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
      let count = min(max(sorted.count / 30, 10), 1000)
      (knots, scores) = normalScores(sorted, count)
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
    guard let first = knots.first, let last = knots.last, scores.count == knots.count else { return 0 }
    if number <= first { return scores[0] }
    if number >= last { return scores[scores.count - 1] }
    var low = 0
    var high = knots.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if knots[middle] <= number { low = middle } else { high = middle }
    }
    let share = (number - knots[low]) / (knots[high] - knots[low])
    return scores[low] + share * (scores[high] - scores[low])
  }

  /// Knots at evenly spaced ranks; where several fall on one value, one knot with the mean of their scores.
  private static func normalScores(_ sorted: [Double], _ count: Int) -> ([Double], [Double]) {
    var knots: [Double] = []
    var scores: [Double] = []
    var index = 0
    while index < count {
      let value = quantile(sorted, Double(index) / Double(count - 1))
      var end = index + 1
      while end < count, quantile(sorted, Double(end) / Double(count - 1)) == value { end += 1 }
      let rank = Double(index + end - 1) / 2 / Double(count - 1)
      knots.append(value)
      // The outermost ranks, 0 and 1, have no finite score.
      scores.append(normalQuantile(min(max(rank, 0.5 / Double(count)), 1 - 0.5 / Double(count))))
      index = end
    }
    return (knots, scores)
  }
}
