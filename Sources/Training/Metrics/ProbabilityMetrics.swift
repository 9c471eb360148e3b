#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension ClassPredictions {
  /// The mean of -ln p, with p the probability that was given to the true class; nil without rows or probabilities.
  ///
  /// p is clipped to [ε, 1 - ε], ε = 2^-52, so that one row that was surely wrong counts 36.04 and not infinity.
  /// The probabilities of a row are taken as they are, and not divided by their sum.
  public var logLoss: Double? {
    guard let probabilities else { return nil }
    let epsilon = Double.ulpOfOne
    var sum = 0.0
    var total = 0.0
    for row in labels.indices {
      let probability = min(max(probabilities[row * classCount + labels[row]], epsilon), 1 - epsilon)
      sum -= weight(row) * log(probability)
      total += weight(row)
    }
    return total > 0 ? sum / total : nil
  }

  /// The area under the receiver operating characteristic: how probably a row of a class is given a higher probability
  /// of that class than a row of another one, a tie counting half.
  ///
  /// With two classes it is that of class 1; with more, the mean over the classes, each against all others. A class
  /// that no row, or every row, is of has no such area and is left out of the mean.
  ///
  /// J. Hanley and B. McNeil, Radiology 143, 1982, https://doi.org/10.1148/radiology.143.1.7063747.
  ///
  /// - Returns: nil without probabilities, and where the rows (those of weight above 0) are not of two classes at least.
  public var rocAUC: Double? {
    guard let probabilities else { return nil }
    if classCount == 2 { return areaUnderCurve(of: 1, probabilities) }
    let areas = (0..<classCount).compactMap { areaUnderCurve(of: $0, probabilities) }
    return areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
  }

  private func areaUnderCurve(of name: Int, _ probabilities: [Double]) -> Double? {
    guard name < classCount else { return nil }
    let scores = labels.indices.map { probabilities[$0 * classCount + name] }
    let order = labels.indices.sorted { scores[$0] < scores[$1] }
    var pairs = 0.0
    var othersBelow = 0.0
    var ofClass = 0.0
    var start = 0
    while start < order.count {
      let score = scores[order[start]]
      var (ours, others) = (0.0, 0.0)
      while start < order.count, scores[order[start]] == score {
        let row = order[start]
        if labels[row] == name { ours += weight(row) } else { others += weight(row) }
        start += 1
      }
      pairs += ours * (othersBelow + others / 2)
      othersBelow += others
      ofClass += ours
    }
    let possible = ofClass * othersBelow
    return possible > 0 ? pairs / possible : nil
  }
}
