extension Metric {
  /// The metrics of rows that may have several labels. To add one, add a row.
  static let ofLabels: [Metric] =
    [
      rows(
        "subsetAccuracy", true, "the part of the rows whose labels are all predicted right",
        LabelPredictions.subsetAccuracy),
      rows(
        "hammingLoss", false, "the part of all labels of all rows that is predicted wrong", LabelPredictions.hammingLoss
      ),
      rows(
        "jaccard", true, "the labels had and said, by those had or said, the mean over the rows",
        LabelPredictions.jaccard),
      rows("labelF1Samples", true, "F1 over the labels of a row, the mean over the rows", LabelPredictions.f1OfRows),
      rows(
        "coverageError", false, "how many labels from the top hold all that a row has", LabelPredictions.coverageError),
      rows(
        "labelRankingAveragePrecision", true, "of the labels ranked as high as one that a row has, the part it has",
        LabelPredictions.rankingAveragePrecision),
      rows(
        "labelRankingLoss", false, "the part of a row's pairs of labels that is ranked the wrong way",
        LabelPredictions.rankingLoss),
    ] + averages.flatMap(of)

  private static let averages: [(name: String, words: String, average: LabelCounts.Average)] = [
    ("Micro", "over all labels together", .micro), ("Macro", "the mean over the labels", .macro),
    ("Weighted", "the mean over the labels, each as often as rows have it", .weighted),
  ]

  private static func rows(
    _ name: String, _ higherIsBetter: Bool, _ meaning: String, _ mean: RowMean<LabelPredictions>
  ) -> Metric {
    Metric(
      name: name, higherIsBetter: higherIsBetter, meaning: meaning, undefined: "no rows", measure: .ofLabels { mean })
  }

  private static func of(_ kind: (name: String, words: String, average: LabelCounts.Average)) -> [Metric] {
    let average = kind.average
    func counts(
      _ name: String, _ words: String,
      _ fraction: @escaping @Sendable (LabelCounts.Count) -> (part: Double, whole: Double)
    ) -> Metric {
      Metric(
        name: name + kind.name, higherIsBetter: true, meaning: "\(words), \(kind.words)", undefined: "no rows",
        measure: .ofLabels { LabelCounts(average, fraction) })
    }
    func ranking(_ name: String, _ words: String, _ score: @escaping @Sendable (Ranking) -> Double?) -> Metric {
      Metric(
        name: name + kind.name, higherIsBetter: true, meaning: "\(words), \(kind.words)",
        undefined: "no label that some rows have and some have not",
        measure: .ofLabels { WholeRows { $0.overLabels(average, score) } })
    }
    return [
      counts("labelF1", "F1") { (2 * $0.right, $0.said + $0.had) },
      counts("labelPrecision", "precision") { ($0.right, $0.said) },
      counts("labelRecall", "recall") { ($0.right, $0.had) },
      ranking("labelROCAUC", "how probably a row that has a label is ranked above one that has not") { $0.rocAUC },
      ranking("labelAveragePrecision", "the area under precision over recall") { $0.averagePrecision },
    ]
  }
}
