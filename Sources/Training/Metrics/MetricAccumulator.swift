/// A score that is taken in one pass, batch by batch. The value after several batches is that of all their rows at
/// once, bit for bit: rows are added up in their order, and what has to be sorted is kept.
public protocol MetricAccumulator<Batch>: Sendable {
  associatedtype Batch: Sendable
  /// - Throws: `MetricError` for a batch that does not fit those before it.
  mutating func add(_ batch: Batch) throws(MetricError)
  /// The score of the rows so far; nil where it is undefined.
  var value: Double? { get }
}

extension MetricAccumulator {
  /// The score of one batch by itself.
  func value(of batch: Batch) -> Double? {
    var accumulator = self
    // Only a batch that differs from another one is refused.
    try? accumulator.add(batch)
    return accumulator.value
  }
}

/// A metric under way: `var score = metric.running()`, then `add` for each batch, and `value`.
public struct RunningScore: Sendable {
  public let metric: Metric
  private var measure: Metric.Measure.Running

  init(_ metric: Metric) {
    self.metric = metric
    measure = metric.measure.start()
  }

  /// - Throws: `MetricError` where the metric is not of classes, or the classes are not those of the batches before.
  public mutating func add(_ batch: ClassPredictions) throws(MetricError) {
    guard case .ofClasses(var accumulator) = measure else { throw metric.wrongTask(.classification) }
    try accumulator.add(batch)
    measure = .ofClasses(accumulator)
  }

  /// - Throws: `MetricError` where the metric is not of values.
  public mutating func add(_ batch: ValuePredictions) throws(MetricError) {
    guard case .ofValues(var accumulator) = measure else { throw metric.wrongTask(.regression) }
    try accumulator.add(batch)
    measure = .ofValues(accumulator)
  }

  /// - Throws: `MetricError` where the metric is not of labels, or the labels are not as many as in the batches before.
  public mutating func add(_ batch: LabelPredictions) throws(MetricError) {
    guard case .ofLabels(var accumulator) = measure else { throw metric.wrongTask(nil) }
    try accumulator.add(batch)
    measure = .ofLabels(accumulator)
  }

  /// The score of all rows so far; nil where it is undefined, and `reason` then says why.
  public var value: Double? {
    switch measure {
    case .ofClasses(let accumulator): accumulator.value
    case .ofValues(let accumulator): accumulator.value
    case .ofLabels(let accumulator): accumulator.value
    }
  }

  /// Why there is no score; nil where there is one.
  public var reason: String? { value == nil ? metric.undefined : nil }
}

/// Σ w · term / Σ w over the rows, and what is made of it.
struct RowMean<Batch: Sendable>: MetricAccumulator {
  /// The terms and weights of a batch's rows, in order; a term is nil where the row leaves the whole undefined.
  private let terms: @Sendable (Batch) -> [(term: Double?, weight: Double)]
  private let finish: @Sendable (Double) -> Double
  private var sum = 0.0
  private var total = 0.0
  private var isDefined = true

  mutating func add(_ batch: Batch) {
    for (term, weight) in terms(batch) where weight > 0 {
      guard let term else {
        isDefined = false
        return
      }
      sum += weight * term
      total += weight
    }
  }

  var value: Double? { isDefined && total > 0 ? finish(sum / total) : nil }
}

extension RowMean {
  init(
    finish: @escaping @Sendable (Double) -> Double,
    terms: @escaping @Sendable (Batch) -> [(term: Double?, weight: Double)]
  ) {
    self.finish = finish
    self.terms = terms
  }
}

extension RowMean where Batch == ValuePredictions {
  init(_ term: @escaping @Sendable (_ target: Double, _ prediction: Double) -> Double?) {
    self.init(finish: { $0 }, term)
  }

  init(finish: @escaping @Sendable (Double) -> Double, _ term: @escaping @Sendable (Double, Double) -> Double?) {
    self.init(
      finish: finish,
      terms: { batch in
        batch.targets.indices.map { (term(batch.targets[$0], batch.predictions[$0]), batch.weight($0)) }
      })
  }
}

extension RowMean where Batch == ClassPredictions {
  /// - Parameter term: of a row's class and the probabilities of all classes.
  init(_ term: @escaping @Sendable (_ label: Int, _ probabilities: ArraySlice<Double>) -> Double) {
    self.init(
      finish: { $0 },
      terms: { batch in
        batch.labels.indices.map { row in
          (batch.probabilities(ofRow: row).map { term(batch.labels[row], $0) }, batch.weight(row))
        }
      })
  }
}

/// A score of the confusion matrix, which is all that is kept.
struct ClassCounts: MetricAccumulator {
  private let measure: @Sendable (ConfusionMatrix) -> Double?
  private var matrix: ConfusionMatrix?

  init(_ measure: @escaping @Sendable (ConfusionMatrix) -> Double?) { self.measure = measure }

  mutating func add(_ batch: ClassPredictions) throws(MetricError) {
    if matrix == nil { matrix = ConfusionMatrix(classCount: batch.classCount) }
    try matrix?.add(batch)
  }

  var value: Double? { matrix.flatMap(measure) }
}

/// Rows that further rows can be put behind.
protocol JoinedRows: Sendable {
  /// - Throws: `MetricError` where the others are not of the same sort.
  func appending(_ other: Self) throws(MetricError) -> Self
}

/// A score of all rows at once, such as one that sorts them: they are kept.
struct WholeRows<Batch: JoinedRows>: MetricAccumulator {
  private let measure: @Sendable (Batch) -> Double?
  private var rows: Batch?

  init(_ measure: @escaping @Sendable (Batch) -> Double?) { self.measure = measure }

  mutating func add(_ batch: Batch) throws(MetricError) {
    rows = try rows?.appending(batch) ?? batch
  }

  var value: Double? { rows.flatMap(measure) }
}
