/// Split-conformal prediction: from how wrong a model was on rows that it did not learn from, how wrong it will be on new ones.
public enum Conformal {
  /// The ⌈(n + 1) · level⌉-th smallest of n scores: that of a new row, drawn as these were, is not above it with a probability
  /// of at least `level`.
  ///
  /// With weights it is the smallest score s with Σ w of the scores up to s ≥ level · (Σ w + the mean of w).
  ///
  /// V. Vovk, A. Gammerman and G. Shafer 2005, "Algorithmic learning in a random world", doi:10.1007/b106715; J. Lei and
  /// others 2018, "Distribution-free predictive inference for regression", doi:10.1080/01621459.2017.1307116.
  ///
  /// - Returns: nil where the scores are too few: fewer than level / (1 − level).
  public static func quantile(of scores: [Double], level: Double, weights: [Double]? = nil) -> Double? {
    let weights = weights ?? Array(repeating: 1, count: scores.count)
    let total = weights.reduce(0, +)
    // What rounding adds to a product that is a whole number must not ask for one score more.
    let wanted = level * (total + total / Double(max(scores.count, 1))) - 1e-9 * total
    var sum = 0.0
    for index in scores.indices.sorted(by: { (scores[$0], $0) < (scores[$1], $1) }) {
      sum += weights[index]
      if sum >= wanted { return scores[index] }
    }
    return nil
  }

  /// The fewest rows for a level.
  static func fewestRows(for level: Double) -> Int { Int((level / (1 - level) - 1e-9).rounded(.up)) }

  /// Of each row, the interval's width and 2 / (1 − level) times what the target lies outside: on the mean least for the true
  /// quantiles. T. Gneiting and A. Raftery 2007, "Strictly proper scoring rules, prediction, and estimation",
  /// doi:10.1198/016214506000001437.
  static func intervalScores(_ targets: [Double], lower: [Double], upper: [Double], level: Double) -> [Double] {
    targets.indices.map { row in
      let outside = max(lower[row] - targets[row], 0) + max(targets[row] - upper[row], 0)
      return upper[row] - lower[row] + 2 / (1 - level) * outside
    }
  }
}
