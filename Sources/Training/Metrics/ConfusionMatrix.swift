/// How often each class was taken for each: the counts that accuracy, precision, recall and F1 are made of.
///
/// Where a denominator is 0, precision, recall and F1 are 0, as scikit-learn has them: a class that was never predicted
/// has precision 0, one that never occurs has recall 0. The macro average goes over the classes that
/// occur or were predicted.
public struct ConfusionMatrix: Equatable, Sendable, CustomStringConvertible {
  /// How an average over classes weighs them.
  public enum Average: Sendable {
    /// All classes the same.
    case macro
    /// Each class as often as it occurs.
    case weighted
    /// All rows together: the sum over the classes of the numerators by that of the denominators.
    case micro
    /// Only this class, the others together being "not it".
    case ofClass(Int)
  }

  public let classCount: Int
  /// [true class, predicted class], row by row: how many rows, or the sum of their weights.
  public private(set) var counts: [Double]

  /// A matrix without rows.
  public init(classCount: Int) {
    self.classCount = max(classCount, 1)
    counts = .init(repeating: 0, count: self.classCount * self.classCount)
  }

  /// Counts that were taken elsewhere, [true class, predicted class].
  init(classCount: Int, counts: [Double]) {
    self.classCount = classCount
    self.counts = counts
  }

  public init(_ predictions: ClassPredictions) {
    self.init(classCount: predictions.classCount)
    count(predictions)
  }

  /// Counts further rows.
  ///
  /// - Throws: `MetricError` for another number of classes.
  public mutating func add(_ predictions: ClassPredictions) throws(MetricError) {
    if predictions.classCount != classCount { throw .otherClasses(found: predictions.classCount, before: classCount) }
    count(predictions)
  }

  private mutating func count(_ predictions: ClassPredictions) {
    for row in predictions.labels.indices {
      counts[predictions.labels[row] * classCount + predictions.predicted[row]] += predictions.weight(row)
    }
  }

  /// How many rows of class `truth` were taken for class `prediction`.
  public subscript(truth: Int, prediction: Int) -> Double { counts[truth * classCount + prediction] }

  /// How many rows there are.
  public var total: Double { counts.reduce(0, +) }

  /// How many rows are of this class.
  public func occurring(_ name: Int) -> Double { (0..<classCount).reduce(0) { $0 + self[name, $1] } }

  /// How many rows were taken for this class.
  public func predicted(_ name: Int) -> Double { (0..<classCount).reduce(0) { $0 + self[$1, name] } }

  /// The part of the rows that was predicted right: Σ counts[c, c] / total; nil without rows.
  public var accuracy: Double? {
    total > 0 ? (0..<classCount).reduce(0) { $0 + self[$1, $1] } / total : nil
  }

  /// Of the rows taken for a class, the part that is of it: counts[c, c] / predicted(c); nil without rows.
  public func precision(_ average: Average) -> Double? {
    mean(average) { name in (self[name, name], predicted(name)) }
  }

  /// Of the rows of a class, the part that was taken for it: counts[c, c] / occurring(c); nil without rows.
  public func recall(_ average: Average) -> Double? {
    mean(average) { name in (self[name, name], occurring(name)) }
  }

  /// The harmonic mean of precision and recall: 2 counts[c, c] / (predicted(c) + occurring(c)); nil without rows.
  public func f1(_ average: Average) -> Double? {
    mean(average) { name in (2 * self[name, name], predicted(name) + occurring(name)) }
  }

  private func mean(_ average: Average, _ fraction: (Int) -> (part: Double, whole: Double)) -> Double? {
    guard total > 0 else { return nil }
    func ratio(_ name: Int) -> Double {
      let (part, whole) = fraction(name)
      return whole > 0 ? part / whole : 0
    }
    switch average {
    case .ofClass(let name): return (0..<classCount).contains(name) ? ratio(name) : nil
    case .macro:
      let shown = (0..<classCount).filter { occurring($0) > 0 || predicted($0) > 0 }
      return shown.reduce(0) { $0 + ratio($1) } / Double(shown.count)
    case .micro:
      let sums = (0..<classCount).map(fraction).reduce((part: 0.0, whole: 0.0)) {
        ($0.part + $1.part, $0.whole + $1.whole)
      }
      return sums.part / sums.whole
    case .weighted:
      return (0..<classCount).reduce(0) { $0 + ratio($1) * occurring($1) } / total
    }
  }

  public var description: String { description(classNames: []) }

  /// The matrix as lines of text: a line a true class, a column a predicted one.
  public func description(classNames: [String]) -> String {
    let names = (0..<classCount).map { $0 < classNames.count ? classNames[$0] : "\($0)" }
    let cells = counts.map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\(($0 * 100).rounded() / 100)" }
    func column(_ position: Int) -> [String] {
      [names[position]] + names.indices.map { cells[$0 * classCount + position] }
    }
    let heading = "true \\ predicted"
    let nameWidth = ([heading] + names).map(\.count).max() ?? 0
    let widths = names.indices.map { position in column(position).map(\.count).max() ?? 0 }
    func line(_ first: String, _ cells: [String]) -> String {
      let padded = zip(cells, widths).map { cell, width in String(repeating: " ", count: width - cell.count) + cell }
      return ([first + String(repeating: " ", count: nameWidth - first.count)] + padded).joined(separator: "  ")
    }
    let rows = names.indices.map { row in line(names[row], Array(cells[row * classCount..<(row + 1) * classCount])) }
    return ([line(heading, names)] + rows).joined(separator: "\n")
  }
}
