// Scores of a confusion matrix that chance does not raise.

extension ConfusionMatrix {
  /// The mean recall of the classes that occur: a rare class counts as much as a frequent one; nil without rows.
  ///
  /// K. H. Brodersen and others 2010, "The balanced accuracy and its posterior distribution",
  /// doi:10.1109/ICPR.2010.764.
  public var balancedAccuracy: Double? {
    let recalls = (0..<classCount).filter { occurring($0) > 0 }.map { self[$0, $0] / occurring($0) }
    return recalls.isEmpty ? nil : recalls.reduce(0, +) / Double(recalls.count)
  }

  /// The correlation of true and predicted classes, from -1 to 1, where 0 is chance; 0 too where one class is predicted
  /// throughout.
  ///
  /// (c s - Σ pₖ tₖ) / √((s² - Σ pₖ²) (s² - Σ tₖ²)), with s rows, c of them right, and class k predicted pₖ and
  /// occurring tₖ times. B. W. Matthews 1975, doi:10.1016/0005-2795(75)90109-9; for several classes J. Gorodkin 2004,
  /// doi:10.1016/j.compbiolchem.2004.09.006.
  ///
  /// - Returns: nil without rows, and where they are of one class only.
  public var matthewsCorrelation: Double? {
    guard hasSeveralClasses else { return nil }
    let (predicted, occurring) = ((0..<classCount).map(predicted), (0..<classCount).map(occurring))
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let square = total * total
    // Of one predicted class the difference is 0 but for rounding.
    guard predicted.filter({ $0 > 0 }).count > 1 else { return 0 }
    return (right * total - product(predicted, occurring))
      / ((square - product(predicted, predicted)).squareRoot() * (square - product(occurring, occurring)).squareRoot())
  }

  /// By how much true and predicted classes agree beyond chance: (a - e) / (1 - e), with a the accuracy and e that of
  /// predictions as frequent, but independent of the classes.
  ///
  /// J. Cohen 1960, "A coefficient of agreement for nominal scales", doi:10.1177/001316446002000104.
  ///
  /// - Returns: nil without rows, and where they are of one class only.
  public var cohenKappa: Double? {
    guard hasSeveralClasses else { return nil }
    let expected = (0..<classCount).reduce(0) { $0 + predicted($1) * occurring($1) } / total
    return (right - expected) / (total - expected)
  }

  private var right: Double { (0..<classCount).reduce(0) { $0 + self[$1, $1] } }
  private var hasSeveralClasses: Bool { (0..<classCount).filter { occurring($0) > 0 }.count > 1 }
}
