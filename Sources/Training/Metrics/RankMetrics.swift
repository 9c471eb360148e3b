extension ClassPredictions {
  /// The area under the receiver operating characteristic: how probably a row of a class is given a higher probability
  /// of that class than a row of another one, a tie counting half.
  ///
  /// With two classes it is that of class 1; with more, the mean over the classes, each against all others. A class
  /// that no row, or every row, is of has no such area and is left out of the mean.
  ///
  /// J. Hanley and B. McNeil, Radiology 143, 1982, https://doi.org/10.1148/radiology.143.1.7063747.
  ///
  /// - Returns: nil without probabilities, and where the rows (those of weight above 0) are not of two classes at
  ///   least.
  public var rocAUC: Double? { overClasses(\.rocAUC) }

  /// The area under precision over recall as a sum of steps, Σ (recall at a threshold − recall at the one above) ·
  /// precision there: the average precision.
  ///
  /// With two classes it is that of class 1; with more, the mean over the classes that occur, each against all others.
  /// It says more than the ROC AUC where a class is rare: chance scores the share of the class, not one half.
  ///
  /// J. Davis and M. Goadrich 2006, "The relationship between precision-recall and ROC curves",
  /// doi:10.1145/1143844.1143874.
  ///
  /// - Returns: nil without probabilities, and where no row is of the class.
  public var averagePrecision: Double? { overClasses(\.averagePrecision) }

  /// The score of class 1 of two, else the mean over the classes that have one.
  private func overClasses(_ score: (Ranking) -> Double?) -> Double? {
    guard let probabilities else { return nil }
    func ranking(_ name: Int) -> Ranking {
      Ranking(
        labels.map { $0 == name }, scores: labels.indices.map { probabilities[$0 * classCount + name] }, weight: weight)
    }
    if classCount == 2 { return score(ranking(1)) }
    let scores = (0..<classCount).compactMap { score(ranking($0)) }
    return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
  }
}

/// Rows that are of a class, or are not, by a score that ought to be higher for those that are.
struct Ranking {
  /// The weights of the class's rows and of the others at each score, from the lowest up.
  private var groups: [(ours: Double, others: Double)] = []

  init(_ isOurs: [Bool], scores: [Double], weight: (Int) -> Double) {
    let order = isOurs.indices.sorted { scores[$0] < scores[$1] }
    for (place, row) in order.enumerated() {
      if place == 0 || scores[order[place - 1]] != scores[row] { groups.append((0, 0)) }
      if isOurs[row] {
        groups[groups.count - 1].ours += weight(row)
      } else {
        groups[groups.count - 1].others += weight(row)
      }
    }
  }

  /// How probably a row of the class has a higher score than another, a tie counting half; nil without rows of both sorts.
  var rocAUC: Double? {
    var (pairs, othersBelow, ofClass) = (0.0, 0.0, 0.0)
    for (ours, others) in groups {
      pairs += ours * (othersBelow + others / 2)
      othersBelow += others
      ofClass += ours
    }
    let possible = ofClass * othersBelow
    return possible > 0 ? pairs / possible : nil
  }

  /// Σ (recall at a score − recall at the one above) · precision there; nil without rows of the class.
  var averagePrecision: Double? {
    var (ofClass, all, area) = (0.0, 0.0, 0.0)
    for (ours, others) in groups.reversed() {
      ofClass += ours
      all += ours + others
      if all > 0 { area += ours * (ofClass / all) }
    }
    return ofClass > 0 ? area / ofClass : nil
  }
}
