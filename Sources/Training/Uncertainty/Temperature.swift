import GliaNeuralNetworks

/// softmax(ln p / T): probabilities made less sure where T is above 1, and surer where it is below. The most probable class
/// stays the most probable.
///
///     let temperature = try Temperature(fitting: heldOut)
///     let calibrated = temperature(probabilities, classCount: 3)
///
/// T makes the log loss of rows that no network learned from least. Each row counts as (1 − ε) of its class and ε of what was
/// said of it, ε = k / (n + k) for k classes and n rows: n rows that were all right do not make a probability 1 (the idea of
/// Platt's targets), and a few rows leave T near 1. In 1 / T the loss is convex, so halving an interval by the sign of its
/// slope finds T in 0.05 … 20.
///
/// C. Guo and others 2017, "On calibration of modern neural networks", arXiv:1706.04599. J. Platt 1999, "Probabilistic
/// outputs for support vector machines and comparisons to regularized likelihood methods".
public struct Temperature: Sendable, Equatable {
  public let value: Double
  public static let range = 0.05...20.0

  /// - Throws: ``TrainingError`` for a value out of ``range``.
  public init(_ value: Double) throws {
    guard Temperature.range.contains(value) else {
      throw TrainingError("The temperature is \(value); it has to be from 0.05 to 20.")
    }
    self.value = value
  }

  /// - Throws: `MetricError` where there are no probabilities, or no rows of weight above 0.
  public init(fitting known: ClassPredictions) throws(MetricError) {
    let width = known.classCount
    let rows = known.labels.indices.filter { known.weight($0) > 0 }
    guard let probabilities = known.probabilities, !rows.isEmpty else {
      throw .undefined(name: "temperature", reason: "no rows, or no probabilities")
    }
    let logarithms = probabilities.map(Temperature.logarithm)
    let smoothing = Double(width) / Double(rows.count + width)
    /// The slope of the loss by 1 / T.
    func slope(_ sharpness: Double) -> Double {
      rows.reduce(0) { sum, row in
        let own = logarithms[row * width..<(row + 1) * width]
        func mean(_ sharpness: Double) -> Double {
          zip(Temperature.softmax(own, sharpness), own).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let wanted = (1 - smoothing) * own[row * width + known.labels[row]] + smoothing * mean(1)
        return sum + known.weight(row) * (mean(sharpness) - wanted)
      }
    }
    var low = naturalLogarithm(1 / Temperature.range.upperBound)
    var high = naturalLogarithm(1 / Temperature.range.lowerBound)
    for _ in 0..<52 {
      let middle = (low + high) / 2
      if slope(exponential(middle)) < 0 { low = middle } else { high = middle }
    }
    let found = exponential(-(low + high) / 2)
    value = min(max(found, Temperature.range.lowerBound), Temperature.range.upperBound)
  }

  /// - Parameter probabilities: [rows, classes] row by row.
  public func callAsFunction(_ probabilities: [Double], classCount: Int) -> [Double] {
    stride(from: 0, to: probabilities.count, by: max(classCount, 1)).flatMap { start in
      Temperature.softmax(probabilities[start..<start + classCount].map(Temperature.logarithm)[...], 1 / value)
    }
  }

  /// A probability that is rounded to 0 is as near to it as makes no difference.
  private static func logarithm(_ probability: Double) -> Double { naturalLogarithm(max(probability, 1e-300)) }

  private static func softmax(_ logarithms: ArraySlice<Double>, _ sharpness: Double) -> [Double] {
    let greatest = logarithms.max() ?? 0
    let powers = logarithms.map { exponential(sharpness * ($0 - greatest)) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
