extension ValuePredictions {
  /// Σ w |y - ŷ| / Σ w, in the target's unit; nil without rows.
  public var meanAbsoluteError: Double? { mean { abs($0 - $1) } }

  /// √(Σ w (y - ŷ)² / Σ w), in the target's unit; nil without rows.
  public var rootMeanSquaredError: Double? { mean { ($0 - $1) * ($0 - $1) }?.squareRoot() }

  /// 1 - Σ w (y - ŷ)² / Σ w (y - ȳ)², with ȳ the weighted mean of the targets: 1 is perfect, 0 as good as the mean.
  ///
  /// - Returns: nil without rows, and where all targets are the same, so that there is nothing to explain.
  public var rSquared: Double? {
    // Targets are compared with one another, since rounding alone can set their mean apart from equal ones.
    let counted = targets.indices.filter { weight($0) > 0 }
    guard counted.contains(where: { targets[$0] != targets[counted[0]] }),
      let average = mean({ target, _ in target }),
      let residual = mean({ ($0 - $1) * ($0 - $1) }),
      let spread = mean({ target, _ in (target - average) * (target - average) }), spread > 0
    else { return nil }
    return 1 - residual / spread
  }

  private func mean(_ term: (Double, Double) -> Double) -> Double? {
    var sum = 0.0
    var total = 0.0
    for row in targets.indices {
      sum += weight(row) * term(targets[row], predictions[row])
      total += weight(row)
    }
    return total > 0 ? sum / total : nil
  }
}
