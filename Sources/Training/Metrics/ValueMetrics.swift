extension ValuePredictions {
  /// Σ w |y - ŷ| / Σ w, in the target's unit; nil without rows.
  public var meanAbsoluteError: Double? { ValuePredictions.meanAbsoluteError.value(of: self) }

  static let meanAbsoluteError = RowMean<ValuePredictions> { abs($0 - $1) }

  /// √(Σ w (y - ŷ)² / Σ w), in the target's unit; nil without rows.
  public var rootMeanSquaredError: Double? { ValuePredictions.rootMeanSquaredError.value(of: self) }

  static let rootMeanSquaredError = RowMean<ValuePredictions>(finish: { $0.squareRoot() }) { ($0 - $1) * ($0 - $1) }

  /// Σ w |y - ŷ| / |y| / Σ w, a fraction, not per cent; nil without rows, and where a target is 0.
  public var meanAbsolutePercentageError: Double? { ValuePredictions.meanAbsolutePercentageError.value(of: self) }

  static let meanAbsolutePercentageError = RowMean<ValuePredictions> { $0 == 0 ? nil : abs($0 - $1) / abs($0) }

  /// Σ w · 2 |y - ŷ| / (|y| + |ŷ|) / Σ w, from 0 to 2, where 0 for 0 counts as right; nil without rows.
  ///
  /// S. Makridakis 1993, "Accuracy measures: theoretical and practical concerns", doi:10.1016/0169-2070(93)90079-3.
  public var symmetricMeanAbsolutePercentageError: Double? {
    ValuePredictions.symmetricMeanAbsolutePercentageError.value(of: self)
  }

  static let symmetricMeanAbsolutePercentageError = RowMean<ValuePredictions> {
    $0 == $1 ? 0 : 2 * (abs($0 - $1) / (abs($0) + abs($1)))
  }

  /// Σ w · max(τ (y - ŷ), (τ - 1) (y - ŷ)) / Σ w for a level τ: least for the τ-quantile; nil without rows.
  ///
  /// R. Koenker and G. Bassett 1978, "Regression quantiles", doi:10.2307/1913643.
  public func pinballLoss(_ level: Double) -> Double? { ValuePredictions.pinballLoss(level).value(of: self) }

  static func pinballLoss(_ level: Double) -> RowMean<ValuePredictions> {
    RowMean { max(level * ($0 - $1), (level - 1) * ($0 - $1)) }
  }

  /// The middle of |y - ŷ|, which outliers do not move, in the target's unit; nil without rows.
  ///
  /// Half of the weight lies on either side; between two errors that part it in halves it is their mean.
  public var medianAbsoluteError: Double? {
    let errors = targets.indices.filter { weight($0) > 0 }
      .map { (error: abs(targets[$0] - predictions[$0]), weight: weight($0)) }
      .sorted { $0.error < $1.error }
    let half = errors.reduce(0) { $0 + $1.weight } / 2
    var below = 0.0
    for (place, entry) in errors.enumerated() {
      below += entry.weight
      if below > half { return entry.error }
      if below == half, place + 1 < errors.count { return (entry.error + errors[place + 1].error) / 2 }
    }
    return errors.last?.error
  }

  /// 1 - Σ w (y - ŷ)² / Σ w (y - ȳ)², with ȳ the weighted mean of the targets: 1 is perfect, 0 as good as the mean.
  ///
  /// - Returns: nil without rows, and where all targets are the same, so that there is nothing to explain.
  public var rSquared: Double? { ExplainedPart(countsBias: true).value(of: self) }

  /// 1 - Var(y - ŷ) / Var(y): as R², but an error that is the same in all rows does not count.
  ///
  /// - Returns: nil without rows, and where all targets are the same.
  public var explainedVariance: Double? { ExplainedPart(countsBias: false).value(of: self) }

  /// Σ w |y - ŷ| / Σ w, divided by the mean of |y - the target before|: below 1 is better than saying what was last
  /// seen.
  ///
  /// The rows have to be in the order of time. See ``Metric/mase(training:season:)`` for the errors of a series before
  /// them.
  ///
  /// - Returns: nil with fewer than two rows, and where all targets are the same.
  public var meanAbsoluteScaledError: Double? { ScaledError().value(of: self) }
}
