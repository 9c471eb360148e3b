extension RowMean where Batch == LabelPredictions {
  /// - Parameter term: of a row, whose targets, predictions and scores are one a label.
  init(ofLabels term: @escaping @Sendable (LabelPredictions.Row) -> Double) {
    self.init(
      finish: { $0 },
      terms: { batch in (0..<batch.rowCount).map { (term(batch.row($0)), batch.weight($0)) } })
  }
}

extension LabelPredictions {
  /// The part of the rows whose labels are all predicted right.
  static let subsetAccuracy = RowMean<LabelPredictions>(ofLabels: { $0.targets == $0.predicted ? 1 : 0 })

  /// The part of all labels of all rows that is predicted wrong.
  static let hammingLoss = RowMean<LabelPredictions>(ofLabels: { row in
    Double(zip(row.targets, row.predicted).count { $0 != $1 }) / Double(row.targets.count)
  })

  /// The labels that a row has and is said to have by those that it has or is said to have; 0 where there are none.
  static let jaccard = RowMean<LabelPredictions>(ofLabels: { row in
    let pairs = Array(zip(row.targets, row.predicted))
    let either = pairs.count { $0 || $1 }
    return either > 0 ? Double(pairs.count { $0 && $1 }) / Double(either) : 0
  })

  /// How far down a row's labels, from the highest score, one has to go to find all that it has: their number there.
  ///
  /// G. Tsoumakas, I. Katakis and I. Vlahavas 2010, "Mining multi-label data", doi:10.1007/978-0-387-09823-4_34; so are the
  /// two below.
  static let coverageError = RowMean<LabelPredictions>(ofLabels: { row in
    guard let lowest = zip(row.targets, row.scores).filter(\.0).map(\.1).min() else { return 0 }
    return Double(row.scores.count { $0 >= lowest })
  })

  /// For each label that a row has the part of its labels among those with as high a score; 1 where it has none or all.
  static let rankingAveragePrecision = RowMean<LabelPredictions>(ofLabels: { row in
    let own = zip(row.targets, row.scores).filter(\.0).map(\.1)
    guard !own.isEmpty, own.count < row.targets.count else { return 1 }
    let parts = own.map { score in
      Double(own.count { $0 >= score }) / Double(row.scores.count { $0 >= score })
    }
    return parts.reduce(0, +) / Double(own.count)
  })

  /// Of the pairs of a label that a row has and one that it has not, the part in the wrong order, a tie among them; 0 where
  /// there are no such pairs.
  static let rankingLoss = RowMean<LabelPredictions>(ofLabels: { row in
    let pairs = Array(zip(row.targets, row.scores))
    let (own, others) = (pairs.filter(\.0).map(\.1), pairs.filter { !$0.0 }.map(\.1))
    guard !own.isEmpty, !others.isEmpty else { return 0 }
    let wrong = own.reduce(0) { sum, score in sum + others.count { $0 >= score } }
    return Double(wrong) / Double(own.count * others.count)
  })

  /// The F1 of each row over its labels; 0 where it has none and none is said.
  static let f1OfRows = RowMean<LabelPredictions>(ofLabels: { row in
    let pairs = Array(zip(row.targets, row.predicted))
    let all = pairs.count { $0.0 } + pairs.count { $0.1 }
    return all > 0 ? Double(2 * pairs.count { $0 && $1 }) / Double(all) : 0
  })
}

/// How often each label was said rightly, said wrongly and left out: what precision, recall and F1 are made of.
///
/// Where a denominator is 0, a label's precision, recall and F1 are 0, and it is in the mean over the labels, as scikit-learn
/// has it.
struct LabelCounts: MetricAccumulator {
  typealias Count = (right: Double, said: Double, had: Double)
  enum Average { case micro, macro, weighted }

  private let average: Average
  private let fraction: @Sendable (Count) -> (part: Double, whole: Double)
  private var counts: [Count] = []
  private var total = 0.0

  init(_ average: Average, _ fraction: @escaping @Sendable (Count) -> (part: Double, whole: Double)) {
    self.average = average
    self.fraction = fraction
  }

  mutating func add(_ batch: LabelPredictions) throws(MetricError) {
    if counts.isEmpty { counts = .init(repeating: (0, 0, 0), count: batch.labelCount) }
    if batch.labelCount != counts.count { throw .otherClasses(found: batch.labelCount, before: counts.count) }
    for row in 0..<batch.rowCount {
      let weight = batch.weight(row)
      total += weight
      for label in 0..<batch.labelCount {
        let place = row * batch.labelCount + label
        if batch.targets[place] { counts[label].had += weight }
        if batch.predicted[place] { counts[label].said += weight }
        if batch.targets[place], batch.predicted[place] { counts[label].right += weight }
      }
    }
  }

  var value: Double? {
    guard total > 0 else { return nil }
    func ratio(_ count: Count) -> Double {
      let (part, whole) = fraction(count)
      return whole > 0 ? part / whole : 0
    }
    switch average {
    case .micro:
      return ratio(counts.reduce((0, 0, 0)) { ($0.right + $1.right, $0.said + $1.said, $0.had + $1.had) })
    case .macro: return counts.reduce(0) { $0 + ratio($1) } / Double(counts.count)
    case .weighted:
      let all = counts.reduce(0) { $0 + $1.had }
      return all > 0 ? counts.reduce(0) { $0 + ratio($1) * $1.had } / all : 0
    }
  }
}

extension LabelPredictions {
  /// A score of the ranking of rows by each label, or of all labels of all rows in one ranking.
  func overLabels(_ average: LabelCounts.Average, _ score: (Ranking) -> Double?) -> Double? {
    if average == .micro {
      return score(Ranking(targets, scores: scores) { weight($0 / labelCount) })
    }
    var (sum, total) = (0.0, 0.0)
    for label in 0..<labelCount {
      let places = (0..<rowCount).map { $0 * labelCount + label }
      let isOurs = places.map { targets[$0] }
      guard let value = score(Ranking(isOurs, scores: places.map { scores[$0] }, weight: weight)) else { continue }
      let share =
        average == .macro ? 1 : isOurs.indices.reduce(0) { $0 + (isOurs[$1] ? weight($1) : 0) }
      sum += value * share
      total += share
    }
    return total > 0 ? sum / total : nil
  }
}
