/// How often rows are of a class beside how probable they were said to be: a reliability diagram in numbers.
///
/// Of two classes it is about the probability of class 1, of more about that of the class that was most probable. Bins are of equal
/// width, with lower < p ≤ upper; where probabilities can be believed, `seen` is `said` in each, but for chance.
///
/// A. H. Murphy and R. L. Winkler 1977, "Reliability of subjective probability forecasts of precipitation and temperature",
/// doi:10.2307/2346866.
public struct Reliability: Sendable, Equatable {
  /// The rows whose probabilities lie within a range.
  public struct Bin: Sendable, Equatable {
    public let lower, upper: Double
    /// How many rows are in it, each counted by its weight.
    public let rows: Double
    /// The mean probability, and the part of the rows that were of the class.
    public let said, seen: Double
  }

  /// Those that hold rows.
  public let bins: [Bin]
  /// The expected calibration error of the probabilities, as ``ClassPredictions/expectedCalibrationError(bins:)`` has it.
  public let expectedCalibrationError: Double

  /// Nil without rows or probabilities.
  public init?(_ known: ClassPredictions, bins count: Int = 10) {
    guard let probabilities = known.probabilities, count > 0, let error = known.mostProbable.expectedCalibrationError()
    else { return nil }
    expectedCalibrationError = error
    let (likeliest, width) = (known.mostProbable.predicted, known.classCount)
    var sums = Array(repeating: (rows: 0.0, said: 0.0, seen: 0.0), count: count)
    for row in known.labels.indices {
      let name = width == 2 ? 1 : likeliest[row]
      let (probability, weight) = (probabilities[row * width + name], known.weight(row))
      let place = min(max(Int((probability * Double(count)).rounded(.up)) - 1, 0), count - 1)
      sums[place].rows += weight
      sums[place].said += weight * probability
      if known.labels[row] == name { sums[place].seen += weight }
    }
    bins = sums.enumerated().compactMap { place, sum in
      guard sum.rows > 0 else { return nil }
      return Bin(
        lower: Double(place) / Double(count), upper: Double(place + 1) / Double(count), rows: sum.rows,
        said: sum.said / sum.rows, seen: sum.seen / sum.rows)
    }
  }
}
