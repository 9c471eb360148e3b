/// Weighted mean and spread in one pass: D. H. D. West 1979, "Updating mean and variance estimates",
/// doi:10.1145/359146.359153.
private struct Moments {
  private(set) var total = 0.0
  private(set) var mean = 0.0
  /// Σ w (x - mean)²
  private(set) var spread = 0.0

  mutating func add(_ x: Double, _ weight: Double) {
    total += weight
    let distance = x - mean
    mean += distance * (weight / total)
    spread += weight * distance * (x - mean)
  }
}

/// R², or the explained variance, which leaves out the mean of the errors.
struct ExplainedPart: MetricAccumulator {
  private let countsBias: Bool
  private var targets = Moments()
  private var errors = Moments()
  private var squares = 0.0
  private var first: Double?
  // Targets are compared with one another, since rounding alone can set their mean apart from equal ones.
  private var varies = false

  init(countsBias: Bool) { self.countsBias = countsBias }

  mutating func add(_ batch: ValuePredictions) {
    for row in batch.targets.indices where batch.weight(row) > 0 {
      let (target, weight) = (batch.targets[row], batch.weight(row))
      let error = target - batch.predictions[row]
      varies = varies || target != first ?? target
      first = first ?? target
      targets.add(target, weight)
      errors.add(error, weight)
      squares += weight * error * error
    }
  }

  var value: Double? {
    guard varies, targets.spread > 0 else { return nil }
    return 1 - (countsBias ? squares : errors.spread) / targets.spread
  }
}

/// The mean absolute error, divided by that of the naive forecast: each value is what it was `season` rows before.
///
/// R. J. Hyndman and A. B. Koehler 2006, "Another look at measures of forecast accuracy",
/// doi:10.1016/j.ijforecast.2006.03.001.
struct ScaledError: MetricAccumulator {
  private let season: Int
  /// Nil where the naive errors are those of the scored rows themselves.
  private let scale: Double?
  private var errors = RowMean<ValuePredictions> { abs($0 - $1) }
  private var last: [Double] = []
  private var naive = (sum: 0.0, count: 0.0)

  init(season: Int = 1) {
    self.season = max(season, 1)
    scale = nil
  }

  /// - Parameter training: the series before the rows, in the order of time.
  init(training: [Double], season: Int) {
    self.season = max(season, 1)
    let steps = training.indices.dropFirst(self.season).map { abs(training[$0] - training[$0 - max(season, 1)]) }
    scale = steps.isEmpty ? 0 : steps.reduce(0, +) / Double(steps.count)
  }

  mutating func add(_ batch: ValuePredictions) {
    errors.add(batch)
    guard scale == nil else { return }
    for row in batch.targets.indices where batch.weight(row) > 0 {
      if last.count == season {
        naive.sum += abs(batch.targets[row] - last.removeFirst())
        naive.count += 1
      }
      last.append(batch.targets[row])
    }
  }

  var value: Double? {
    let scale = scale ?? (naive.count > 0 ? naive.sum / naive.count : 0)
    return scale > 0 ? errors.value.map { $0 / scale } : nil
  }
}
