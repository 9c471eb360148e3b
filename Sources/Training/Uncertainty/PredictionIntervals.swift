import GliaTables

/// How the interval around a prediction is made.
public enum IntervalMethod: String, CaseIterable, Sendable {
  /// Prediction ± q, the same width everywhere.
  case residual
  /// Prediction ± q · s, with s the size of the error that is usual at such a prediction: an isotonic function of it.
  case normalized
  /// The network answers with quantiles too, which are moved apart by q.
  case quantile
}

/// Intervals that hold the target of a new row with a probability of at least `level`, whatever the network: split-conformal.
///
/// On rows that no network learned from, a score says how far each target lies from its prediction, in the method's own measure:
/// |y − ŷ|, |y − ŷ| / s(ŷ), or max(l − y, y − u) for quantiles l and u. The margin q is their ``Conformal/quantile(of:level:weights:)``.
/// The guarantee is for rows drawn as those were, and for the network that answered them. Where each of several networks answered
/// other rows, the first two margins are made smaller by as much as their mean errs less than one of them.
///
/// H. Papadopoulos, A. Gammerman and V. Vovk 2008, "Normalized nonconformity measures for regression conformal prediction"; J. Lei
/// and others 2018, doi:10.1080/01621459.2017.1307116; Y. Romano, E. Patterson and E. Candès 2019, "Conformalized quantile
/// regression", arXiv:1905.03222.
public struct PredictionIntervals: Sendable, Equatable {
  /// The probability that was asked for.
  public let level: Double
  public let method: IntervalMethod
  /// q.
  public let margin: Double
  /// s, for the normalised method.
  public let spread: IsotonicRegression?

  /// - Throws: ``TrainingError`` where the parts do not fit one another.
  init(level: Double, method: IntervalMethod, margin: Double, spread: IsotonicRegression?) throws {
    try PredictionIntervals.check(level)
    guard margin.isFinite, margin >= 0 || method == .quantile, (spread != nil) == (method == .normalized),
      spread?.outputs.allSatisfy({ $0 > 0 }) ?? true
    else { throw TrainingError("An interval's margin or spread is not one that its method '\(method.rawValue)' has.") }
    (self.level, self.method, self.margin, self.spread) = (level, method, margin, spread)
  }

  static func check(_ level: Double) throws {
    guard level > 0, level < 1 else {
      throw TrainingError("The level of the intervals is \(level); it has to be greater than 0 and less than 1.")
    }
  }

  /// The fewest rows that they are fitted on.
  static func fewestRows(for level: Double, _ method: IntervalMethod?) -> Int {
    let rows = max(Conformal.fewestRows(for: level), 1)
    return method == .normalized ? max(2 * rows, Rows.fewestForSpread) : rows
  }

  /// Fits intervals to rows that no network learned from.
  ///
  /// Without a method it is the normalised one where that scores better than the same width everywhere, by more than a standard
  /// error, on the half of the rows that the usual error was not fitted on.
  ///
  /// - Throws: ``TrainingError`` where the rows are too few for the level.
  init(
    level: Double, method: IntervalMethod?, fitting answers: TablePredictions, _ targets: [Double], weights: [Double]?
  ) throws {
    try PredictionIntervals.check(level)
    let rows = Rows(answers: answers, targets: targets, weights: weights)
    switch method {
    case .residual?: try self.init(level, .residual, nil, rows)
    case .quantile?: try self.init(level, .quantile, nil, rows)
    case .normalized?:
      guard let spread = try rows.spread() else {
        throw TrainingError("Normalised intervals take \(Rows.fewestForSpread) rows and errors that are not all 0.")
      }
      try self.init(level, .normalized, spread, rows.half(1))
    case nil:
      let plain = try Self(level, .residual, nil, rows)
      guard let spread = try rows.spread(), let normalized = try? Self(level, .normalized, spread, rows.half(1)) else {
        self = plain
        return
      }
      let tried = rows.half(1)
      self = tried.isBetter(normalized, than: try Self(level, .residual, nil, tried)) ? normalized : plain
    }
  }

  private init(_ level: Double, _ method: IntervalMethod, _ spread: IsotonicRegression?, _ rows: Rows) throws {
    guard let margin = Conformal.quantile(of: rows.scores(method, spread), level: level, weights: rows.weights) else {
      throw TrainingError(
        "An interval of \(level) takes at least \(Conformal.fewestRows(for: level)) rows that no network learned from, "
          + "there are \(rows.targets.count): ask for a lower level, or give more rows.")
    }
    try self.init(level: level, method: method, margin: margin, spread: spread)
  }

  /// The intervals for a model whose errors are those that they were fitted on by this factor. Quantiles stay: how far they have
  /// to be moved says nothing of how wide they are.
  func scaled(by factor: Double) throws -> PredictionIntervals {
    try PredictionIntervals(
      level: level, method: method, margin: method == .quantile ? margin : margin * factor, spread: spread)
  }

  /// The predictions with the ends of their intervals.
  func callAsFunction(_ answers: TablePredictions) -> TablePredictions {
    var answers = answers
    switch method {
    case .quantile:
      // A margin below 0 may turn the ends around; the interval is then the point between them.
      let ends = zip(answers.lower, answers.upper).map { low, high in
        low - margin <= high + margin ? (low - margin, high + margin) : ((low + high) / 2, (low + high) / 2)
      }
      (answers.lower, answers.upper) = (ends.map(\.0), ends.map(\.1))
    case .residual, .normalized:
      let widths = answers.values.map { margin * (spread?($0) ?? 1) }
      answers.lower = zip(answers.values, widths).map { $0 - $1 }
      answers.upper = zip(answers.values, widths).map { $0 + $1 }
    }
    return answers
  }

  /// In words, for reports.
  var words: String {
    switch method {
    case .residual: "intervals of \(shortest(level)): the prediction ± \(Progress.short(margin))"
    case .normalized: "intervals of \(shortest(level)), wider where predictions of that size err more"
    case .quantile: "intervals of \(shortest(level)) from quantiles, moved apart by \(Progress.short(margin))"
    }
  }
}

/// Rows that intervals are fitted on.
private struct Rows {
  let answers: TablePredictions
  let targets: [Double]
  let weights: [Double]?

  /// On fewer rows the usual error by the prediction's size says little.
  static let fewestForSpread = 200

  /// Every second row, from the first (0) or the second (1) on.
  func half(_ start: Int) -> Rows {
    let rows = Array(stride(from: start, to: targets.count, by: 2))
    return Rows(
      answers: answers.rows(rows), targets: rows.map { targets[$0] },
      weights: weights.map { all in rows.map { all[$0] } })
  }

  private var errors: [Double] { zip(targets, answers.values).map { abs($0 - $1) } }

  func scores(_ method: IntervalMethod, _ spread: IsotonicRegression?) -> [Double] {
    switch method {
    case .residual: errors
    case .normalized: zip(errors, answers.values).map { $0 / (spread?($1) ?? 1) }
    case .quantile:
      targets.indices.map { max(answers.lower[$0] - targets[$0], targets[$0] - answers.upper[$0]) }
    }
  }

  /// The usual error by the size of the prediction, of the first half of the rows: rising or falling, what is nearer; at least
  /// a tenth of the mean error. Nil for too few rows, or no error at all.
  func spread() throws -> IsotonicRegression? {
    guard targets.count >= Rows.fewestForSpread else { return nil }
    let rows = half(0)
    let errors = rows.errors
    let least = errors.reduce(0, +) / Double(errors.count) / 10
    guard least > 0 else { return nil }
    func distance(_ function: IsotonicRegression) -> Double {
      zip(errors, rows.answers.values).reduce(0) { $0 + ($1.0 - function($1.1)) * ($1.0 - function($1.1)) }
    }
    let both = try [true, false].map {
      try IsotonicRegression(fitting: errors, at: rows.answers.values, weights: rows.weights, isRising: $0)
    }
    let nearer = distance(both[0]) <= distance(both[1]) ? both[0] : both[1]
    return try IsotonicRegression(inputs: nearer.inputs, outputs: nearer.outputs.map { max($0, least) })
  }

  /// Whether intervals score better than others by more than one standard error of the difference: the plainer ones are kept
  /// where chance may decide.
  func isBetter(_ some: PredictionIntervals, than others: PredictionIntervals) -> Bool {
    func scores(_ intervals: PredictionIntervals) -> [Double] {
      let found = intervals(answers)
      return Conformal.intervalScores(targets, lower: found.lower, upper: found.upper, level: intervals.level)
    }
    let gains = zip(scores(others), scores(some)).map { $0 - $1 }
    let weights = weights ?? .init(repeating: 1, count: gains.count)
    let total = weights.reduce(0, +)
    let mean = zip(gains, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    let squares = zip(gains, weights).reduce(0) { $0 + $1.1 * $1.1 * ($1.0 - mean) * ($1.0 - mean) }
    return mean > squares.squareRoot() / total
  }
}
