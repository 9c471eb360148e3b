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
  public var rocAUC: Double? {
    overClasses { groups in
      var (pairs, othersBelow, ofClass) = (0.0, 0.0, 0.0)
      for (ours, others) in groups {
        pairs += ours * (othersBelow + others / 2)
        othersBelow += others
        ofClass += ours
      }
      let possible = ofClass * othersBelow
      return possible > 0 ? pairs / possible : nil
    }
  }

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
  public var averagePrecision: Double? {
    overClasses { groups in
      var (ofClass, all, area) = (0.0, 0.0, 0.0)
      for (ours, others) in groups.reversed() {
        ofClass += ours
        all += ours + others
        if all > 0 { area += ours * (ofClass / all) }
      }
      return ofClass > 0 ? area / ofClass : nil
    }
  }

  /// The score of class 1 of two, else the mean over the classes that have one.
  ///
  /// - Parameter score: of the weights of the class's rows and of the others at each probability, from the lowest up.
  private func overClasses(_ score: ([(ours: Double, others: Double)]) -> Double?) -> Double? {
    guard let probabilities else { return nil }
    if classCount == 2 { return score(groups(of: 1, probabilities)) }
    let scores = (0..<classCount).compactMap { score(groups(of: $0, probabilities)) }
    return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
  }

  private func groups(of name: Int, _ probabilities: [Double]) -> [(ours: Double, others: Double)] {
    let scores = labels.indices.map { probabilities[$0 * classCount + name] }
    let order = labels.indices.sorted { scores[$0] < scores[$1] }
    var groups: [(ours: Double, others: Double)] = []
    for (place, row) in order.enumerated() {
      if place == 0 || scores[order[place - 1]] != scores[row] { groups.append((0, 0)) }
      if labels[row] == name {
        groups[groups.count - 1].ours += weight(row)
      } else {
        groups[groups.count - 1].others += weight(row)
      }
    }
    return groups
  }
}
