import GliaFormats
import GliaTables
import GliaTestSupport
import Testing

@testable import GliaTraining

/// What scikit-learn scores, from References/metrics.
private func cases(_ kind: String) throws -> [JSONObject] {
  let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  let bytes = try MappedFile(path: root + "/References/metrics/metrics.json").withBytes { Array($0) }
  return try JSONValue(parsing: bytes).object!.array(kind).map { $0.object! }
}

private func numbers(_ value: JSONValue?) -> [Double]? { value?.array?.map { $0.number! } }

private func predictions(_ row: JSONObject) throws -> ClassPredictions {
  try ClassPredictions(
    labels: row.array("labels").map { Int($0.integer!) }, probabilities: numbers(row["probabilities"])!,
    classCount: row.integer("classes"), weights: numbers(row["weights"]))
}

private func agree(_ found: Double?, _ expected: JSONValue?) -> Bool {
  switch (found, expected?.number) {
  case (nil, nil): true
  case (let found?, let expected?): abs(found - expected) <= 1e-12 * max(1, abs(expected))
  default: false
  }
}

@Suite("Metrics")
struct MetricsTests {
  @Test("Classification scores are scikit-learn's: ties, weights, one class, one row, sure and wrong")
  func classification() throws {
    let rows = try cases("classification")
    #expect(rows.count == 54)
    for (index, row) in rows.enumerated() {
      let name = Comment(rawValue: "case \(index)")
      let predictions = try predictions(row)
      let matrix = ConfusionMatrix(predictions)
      #expect(agree(matrix.accuracy, row["accuracy"]), name)
      #expect(agree(predictions.logLoss, row["logLoss"]), name)
      if row["rocAUC"] != .null || predictions.classCount == 2 {
        #expect(agree(predictions.rocAUC, row["rocAUC"]), name)
      }
      #expect(matrix.counts == numbers(row["confusion"]), name)
      for metric in [
        "balancedAccuracy", "matthewsCorrelation", "cohenKappa", "averagePrecision", "brierScore",
        "expectedCalibrationError",
      ] {
        #expect(agree(try Metric.named(metric).score(predictions), row[metric]), "\(name), \(metric)")
      }
      for (place, expected) in (row["topAccuracy"]?.array ?? []).enumerated() {
        #expect(agree(predictions.topAccuracy(place + 1), expected), "\(name), top \(place + 1)")
      }
      var averages: [(ConfusionMatrix.Average, JSONValue?)] = [
        (.macro, row["macro"]), (.weighted, row["weighted"]), (.micro, row["micro"]),
      ]
      averages += try row.array("perClass").enumerated().map { (.ofClass($0.offset), $0.element) }
      if predictions.classCount == 2 { averages.append((.ofClass(1), row["binary"])) }
      for (average, expected) in averages {
        #expect(agree(matrix.precision(average), expected?["precision"]), "\(name), \(average)")
        #expect(agree(matrix.recall(average), expected?["recall"]), "\(name), \(average)")
        #expect(agree(matrix.f1(average), expected?["f1"]), "\(name), \(average)")
      }
    }
  }

  @Test("Regression scores are scikit-learn's")
  func regression() throws {
    let rows = try cases("regression")
    #expect(rows.count == 16)
    for (index, row) in rows.enumerated() {
      let predictions = try ValuePredictions(
        targets: numbers(row["targets"])!, predictions: numbers(row["predictions"])!, weights: numbers(row["weights"]))
      #expect(agree(predictions.meanAbsoluteError, row["mae"]))
      #expect(agree(predictions.rootMeanSquaredError, row["rmse"]))
      #expect(agree(predictions.rSquared, row["r2"]))
      for metric in ["mape", "smape", "mase", "medianAbsoluteError", "explainedVariance", "pinball", "pinball(0.9)"] {
        #expect(agree(try Metric.named(metric).score(predictions), row[metric]), "case \(index), \(metric)")
      }
    }
  }

  @Test("In batches of any size a score is that of all rows at once, to the last bit")
  func batches() throws {
    var generator = SplitMix64(seed: 12)
    func cuts(_ count: Int) -> [Range<Int>] {
      var (ranges, start): ([Range<Int>], Int) = ([], 0)
      repeat {
        let end = min(count, start + Int.random(in: 0...7, using: &generator))
        ranges.append(start..<end)
        start = end
      } while start < count
      return ranges
    }
    for row in try cases("classification") {
      let all = try predictions(row)
      let parts = try cuts(all.labels.count).map { rows in
        try ClassPredictions(
          labels: Array(all.labels[rows]),
          probabilities: Array(all.probabilities![rows.lowerBound * all.classCount..<rows.upperBound * all.classCount]),
          classCount: all.classCount, weights: all.weights.map { Array($0[rows]) })
      }
      for metric in Metric.all(for: .classification) {
        var score = metric.running()
        for part in parts { try score.add(part) }
        #expect(score.value == (try metric.score(all)), "\(metric)")
        #expect((score.reason == nil) == (score.value != nil))
      }
    }
    for row in try cases("regression") {
      let (targets, predicted) = (numbers(row["targets"])!, numbers(row["predictions"])!)
      let weights = numbers(row["weights"])
      let all = try ValuePredictions(targets: targets, predictions: predicted, weights: weights)
      let parts = cuts(targets.count)
      for metric in Metric.all(for: .regression) {
        var score = metric.running()
        for rows in parts {
          try score.add(
            ValuePredictions(
              targets: Array(targets[rows]), predictions: Array(predicted[rows]),
              weights: weights.map { Array($0[rows]) }))
        }
        #expect(score.value == (try metric.score(all)), "\(metric)")
      }
    }
  }

  @Test("Batches with and without weights go together; other classes, and values for classes, are refused")
  func unlikeBatches() throws {
    for name in ["rocAUC", "accuracy", "brierScore"] {
      var score = try Metric.named(name).running()
      try score.add(ClassPredictions(labels: [0, 1, 1], positive: [0.4, 0.3, 0.6]))
      try score.add(ClassPredictions(labels: [0, 1], positive: [0.5, 0.9], weights: [2, 0]))
      let all = try ClassPredictions(
        labels: [0, 1, 1, 0, 1], positive: [0.4, 0.3, 0.6, 0.5, 0.9], weights: [1, 1, 1, 2, 0])
      #expect(score.value == (try Metric.named(name).score(all)), "\(name)")
      #expect(throws: MetricError.self) { try score.add(ValuePredictions(targets: [1], predictions: [1])) }
    }
    for name in ["rocAUC", "accuracy"] {
      var score = try Metric.named(name).running()
      try score.add(ClassPredictions(labels: [0], predicted: [0], classCount: 2))
      #expect(throws: MetricError.otherClasses(found: 3, before: 2)) {
        try score.add(ClassPredictions(labels: [0], predicted: [0], classCount: 3))
      }
    }
  }

  @Test("A metric takes a parameter in brackets, and says what it has to be")
  func parameters() throws {
    let predictions = try ClassPredictions(
      labels: [0, 1, 2, 1], probabilities: [0.5, 0.3, 0.2, 0.5, 0.3, 0.2, 0.5, 0.3, 0.2, 0.1, 0.8, 0.1], classCount: 3)
    #expect(try Metric.named("topKAccuracy").score(predictions) == 0.75)
    #expect(try Metric.named("topKAccuracy(1)").score(predictions) == 0.5)
    #expect(try Metric.named("topKAccuracy(3)").score(predictions) == 1)
    // Taken for class 0 three times, once rightly; class 1 once of two times; class 2 never.
    #expect(try Metric.named("precision(0)").score(predictions) == 1.0 / 3)
    #expect(try Metric.named("recall(1)").score(predictions) == 0.5)
    #expect(try Metric.named("f1(2)").score(predictions) == 0)
    #expect(try Metric.named("f1(3)").score(predictions) == nil)
    #expect(try Metric.named("pinball(0.9)").score(ValuePredictions(targets: [1, 1], predictions: [0, 2])) == 0.5)
    for (name, words) in [
      ("topKAccuracy(0)", "topKAccuracy(0): what stands in brackets has to be an integer of at least 1"),
      ("pinball(1)", "pinball(1): what stands in brackets has to be greater than 0 and less than 1"),
      ("recall(x)", "recall(x): what stands in brackets has to be an integer of at least 0"),
    ] {
      #expect {
        try Metric.named(name)
      } throws: {
        "\($0)" == words
      }
    }
    for name in ["mae(2)", "pinball(0.9", "pinball0.9)", "(1)"] {
      #expect(throws: MetricError.self) { try Metric.named(name) }
    }
  }

  @Test("The scaled error of a series is by the naive forecast of the series before it, season by season")
  func scaledError() throws {
    let rows = try ValuePredictions(targets: [4, 6, 4], predictions: [5, 5, 5])
    #expect(try Metric.named("mase").score(rows) == 0.5)
    #expect(try Metric.mase(training: [1, 2, 4]).score(rows) == 1 / 1.5)
    #expect(try Metric.mase(training: [1, 5, 2, 5], season: 2).score(rows) == 2)
    #expect(try Metric.mase(training: [3, 3]).score(rows) == nil)
    #expect(try Metric.mase(training: [3], season: 2).score(rows) == nil)
  }

  @Test("The bins of the calibration error hold what they say")
  func bins() throws {
    var bins = CalibrationBins(count: 4)
    bins.add(try ClassPredictions(labels: [1, 0, 1, 1], positive: [0.75, 0.8, 1, 0.4], weights: [1, 2, 1, 1]))
    let expected = [
      CalibrationBins.Bin(), CalibrationBins.Bin(), CalibrationBins.Bin(weight: 2, confidence: 1.35, right: 1),
      CalibrationBins.Bin(weight: 3, confidence: 2.6, right: 1),
    ]
    #expect(bins.bins.map(\.weight) == expected.map(\.weight) && bins.bins.map(\.right) == expected.map(\.right))
    #expect(zip(bins.bins, expected).allSatisfy { abs($0.confidence - $1.confidence) < 1e-15 })
    #expect(abs(bins.value! - (0.35 + 1.6) / 5) < 1e-15)
  }

  @Test("ROC AUC counts the pairs in the right order, a tie half, for any weights")
  func pairs() throws {
    var state: UInt64 = 41
    func random(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    for _ in 0..<200 {
      let count = random(12) + 2
      let labels = (0..<count).map { _ in random(2) }
      let scores = (0..<count).map { _ in Double(random(5)) / 4 }
      let weights = (0..<count).map { _ in Double(random(4)) }
      var (won, possible) = (0.0, 0.0)
      for one in labels.indices where labels[one] == 1 {
        for zero in labels.indices where labels[zero] == 0 {
          let weight = weights[one] * weights[zero]
          possible += weight
          won += weight * (scores[one] > scores[zero] ? 1 : scores[one] == scores[zero] ? 0.5 : 0)
        }
      }
      let found = try ClassPredictions(labels: labels, positive: scores, weights: weights).rocAUC
      #expect(possible > 0 ? abs(found! - won / possible) < 1e-12 : found == nil)
    }
  }

  @Test("A weight of two is the row twice, a weight of zero is no row")
  func weights() throws {
    let weighted = try ClassPredictions(labels: [0, 1, 1], positive: [0.2, 0.4, 0.9], weights: [2, 1, 0])
    let repeated = try ClassPredictions(labels: [0, 0, 1], positive: [0.2, 0.2, 0.4])
    for metric in Metric.all(for: .classification) {
      let (found, expected) = (try metric.score(weighted), try metric.score(repeated))
      #expect(abs(found! - expected!) < 1e-15, "\(metric)")
    }
    let values = try ValuePredictions(targets: [1, 2, 9, 4], predictions: [1.5, 4, 0, 5], weights: [2, 1, 0, 1])
    let again = try ValuePredictions(targets: [1, 1, 2, 4], predictions: [1.5, 1.5, 4, 5])
    // The scaled error goes by the order of the rows, of which a weight makes no more.
    for metric in Metric.all(for: .regression) where metric.name != "mase" {
      let (found, expected) = (try metric.score(values), try metric.score(again))
      #expect(abs(found! - expected!) < 1e-15, "\(metric)")
    }
  }

  @Test("Without rows, or with weights of zero only, every metric is undefined")
  func noRows() throws {
    for predictions in [
      try ClassPredictions(labels: [], probabilities: [], classCount: 3),
      try ClassPredictions(labels: [1], positive: [0.5], weights: [0]),
    ] {
      for metric in Metric.all(for: .classification) { #expect(try metric.score(predictions) == nil, "\(metric)") }
    }
    for predictions in [
      try ValuePredictions(targets: [], predictions: []),
      try ValuePredictions(targets: [1, 2], predictions: [1, 2], weights: [0, 0]),
    ] {
      for metric in Metric.all(for: .regression) { #expect(try metric.score(predictions) == nil, "\(metric)") }
    }
  }

  @Test("What has no meaning is undefined: AUC of one class, R² of a constant, probabilities that were not given")
  func undefined() throws {
    #expect(try ClassPredictions(labels: [1, 1], positive: [0.1, 0.2]).rocAUC == nil)
    #expect(try ValuePredictions(targets: [0.1, 0.1, 0.1], predictions: [1, 2, 3]).rSquared == nil)
    #expect(try ValuePredictions(targets: [1, 5], predictions: [1, 2], weights: [1, 0]).rSquared == nil)
    let classes = try ClassPredictions(labels: [0, 1], predicted: [0, 1], classCount: 2)
    #expect(classes.rocAUC == nil && classes.logLoss == nil && ConfusionMatrix(classes).accuracy == 1)
    #expect(classes.averagePrecision == nil && classes.brierScore == nil && classes.topAccuracy(1) == nil)
    #expect(classes.expectedCalibrationError() == nil)
    let one = ConfusionMatrix(try ClassPredictions(labels: [1, 1], predicted: [0, 1], classCount: 2))
    #expect(one.matthewsCorrelation == nil && one.cohenKappa == nil && one.balancedAccuracy == 0.5)
    #expect(try ClassPredictions(labels: [0, 0], positive: [0.1, 0.2]).averagePrecision == nil)
    #expect(try ValuePredictions(targets: [0, 1], predictions: [1, 1]).meanAbsolutePercentageError == nil)
    #expect(try ValuePredictions(targets: [0, 1], predictions: [0, 1]).symmetricMeanAbsolutePercentageError == 0)
    #expect(try ValuePredictions(targets: [2, 2], predictions: [1, 3]).explainedVariance == nil)
    #expect(try ValuePredictions(targets: [2, 2], predictions: [1, 3]).meanAbsoluteScaledError == nil)
  }

  @Test("A class that does not occur is left out of the mean of the areas")
  func absentClass() throws {
    let three = try ClassPredictions(
      labels: [0, 1, 0], probabilities: [0.6, 0.3, 0.1, 0.2, 0.7, 0.1, 0.5, 0.4, 0.1], classCount: 3)
    #expect(three.rocAUC == 1)
  }

  @Test("The table names each metric once, says which way is better, and refuses what it does not know")
  func table() throws {
    #expect(
      Metric.reported.map(\.name)
        == [
          "accuracy", "rocAUC", "averagePrecision", "logLoss", "f1", "precision", "recall", "rmse", "mae", "r2",
        ])
    #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    for metric in Metric.all {
      #expect(try Metric.named(metric.name).name == metric.name)
      #expect(!metric.meaning.isEmpty && !metric.undefined.isEmpty)
    }
    let errors: Set = [
      "logLoss", "rmse", "mae", "brierScore", "expectedCalibrationError", "mape", "smape", "mase",
      "medianAbsoluteError",
      "pinball", "hammingLoss", "coverageError", "labelRankingLoss",
    ]
    #expect(errors.isSubset(of: Metric.all.filter { !$0.higherIsBetter }.map(\.name)))
    let scores: Set = [
      "accuracy", "rocAUC", "averagePrecision", "f1", "precision", "recall", "r2", "explainedVariance",
    ]
    #expect(scores.isSubset(of: Metric.all.filter(\.higherIsBetter).map(\.name)))
    #expect(Metric.all(for: .regression).map(\.name).prefix(3) == ["rmse", "mae", "r2"])
    let loss = try Metric.named("logLoss")
    #expect(loss.isBetter(0.1, than: 0.2) && !loss.isBetter(0.2, than: 0.2) && loss.isBetter(9, than: nil))
    #expect(!loss.isBetter(.nan, than: nil) && loss.isBetter(9, than: .nan))
    #expect(try Metric.named("r2").isBetter(0.2, than: 0.1))
    #expect {
      try Metric.named("auc")
    } throws: {
      "\($0)".hasPrefix("there is no metric 'auc'; there are accuracy, rocAUC")
    }
    #expect {
      try Metric.named("f1", for: .regression)
    } throws: {
      "\($0)".hasPrefix("the metric 'f1' is not for regression; for that there are rmse, mae, r2, mape")
    }
    #expect(throws: MetricError.self) { try loss.score(ValuePredictions(targets: [1], predictions: [1])) }
  }

  @Test("The confusion matrix is printed with names, in columns")
  func printed() throws {
    let matrix = ConfusionMatrix(
      try ClassPredictions(
        labels: [0, 0, 1, 2, 2], predicted: [0, 1, 1, 2, 0], classCount: 3, weights: [10, 1, 1, 0.5, 1]))
    #expect(
      matrix.description(classNames: ["setosa", "b", "c"]) == """
        true \\ predicted  setosa  b    c
        setosa                10  1    0
        b                      0  1    0
        c                      1  0  0.5
        """)
    #expect(matrix.description.hasPrefix("true \\ predicted   0  1    2\n0"))
  }

  @Test("Labels, probabilities and weights that cannot be are refused, with the row")
  func refused() {
    #expect(throws: MetricError.count(of: "probabilities", found: 3, rows: 2, each: 2)) {
      try ClassPredictions(labels: [0, 1], probabilities: [1, 0, 1], classCount: 2)
    }
    #expect {
      try ClassPredictions(labels: [0, 2], probabilities: [1, 0, 0, 1], classCount: 2)
    } throws: {
      "\($0)" == "the label of row 1 is 2; it has to be from 0 to 1"
    }
    #expect(throws: MetricError.self) { try ClassPredictions(labels: [0], predicted: [-1], classCount: 2) }
    #expect(throws: MetricError.self) { try ClassPredictions(labels: [0], predicted: [0, 1], classCount: 2) }
    #expect(throws: MetricError.self) { try ClassPredictions(labels: [], predicted: [], classCount: 0) }
    for bad in [-0.1, 1.1, .nan, .infinity] as [Double] {
      #expect(throws: MetricError.self) { try ClassPredictions(labels: [0, 1], positive: [0.5, bad]) }
    }
    for bad in [-1, .nan, .infinity] as [Double] {
      #expect(throws: MetricError.self) { try ValuePredictions(targets: [1], predictions: [1], weights: [bad]) }
    }
    #expect(throws: MetricError.count(of: "weights", found: 1, rows: 2, each: 1)) {
      try ValuePredictions(targets: [1, 2], predictions: [1, 2], weights: [1])
    }
    #expect(throws: MetricError.self) { try ValuePredictions(targets: [1], predictions: [.nan]) }
    #expect(throws: MetricError.self) { try ValuePredictions(targets: [.infinity], predictions: [1]) }
    #expect(throws: MetricError.self) { try ValuePredictions(targets: [1, 2], predictions: [1]) }
  }

  // ---- The tables of Guides/Metrics.md

  private static func expectTable(_ heading: [String], _ rows: [[String]]) {
    let table = GuideText.table(heading, rows)
    #expect(GuideText.read("Metrics.md").contains(table), "Guides/Metrics.md has to have\n\(table)")
  }

  /// 1000 rows, 50 of class 1: what always says 0, what knows nothing, what knows something, and that with sharper
  /// probabilities.
  @Test("The guide's table of a rare class is what the metrics come to")
  func guideClasses() throws {
    var generator = SplitMix64(seed: 1)
    let labels = (0..<1000).map { $0 % 20 == 0 ? 1 : 0 }
    let random = labels.map { _ in Double.random(in: 0...1, using: &generator) }
    let informed: [Double] = zip(labels, random).map { label, chance in
      label == 1 ? 0.2 + 0.7 * chance : 0.6 * chance * chance
    }
    let sharper: [Double] = informed.map { p in
      let (yes, no) = (p * p, (1 - p) * (1 - p))
      return yes / (yes + no)
    }
    let always = [Double](repeating: 0.05, count: 1000)
    let models = try [always, random, informed, sharper].map { try ClassPredictions(labels: labels, positive: $0) }
    let names = [
      "accuracy", "balancedAccuracy", "precision", "recall", "f1", "matthewsCorrelation", "cohenKappa", "rocAUC",
      "averagePrecision", "logLoss", "brierScore", "expectedCalibrationError",
    ]
    let rows = try names.map { name in
      let metric = try Metric.named(name)
      let cells = try models.map { GuideText.fixed(try metric.score($0)!, 3) }
      return ["`\(name)`"] + cells
    }
    Self.expectTable(["metric", "always 0.05", "random", "informed", "informed, sharper"], rows)
  }

  /// A series of 24 months that goes up and down, one month of which is an outlier.
  @Test("The guide's table of a series is what the metrics come to")
  func guideValues() throws {
    let line: [Double] = (0..<24).map { 100 + 3 * Double($0) }
    let series: [Double] = line.enumerated().map { month, value in
      value + (month.isMultiple(of: 2) ? 8 : -8) + (month == 17 ? 120 : 0)
    }
    let naive: [Double] = [series[0]] + Array(series.dropLast())
    let high: [Double] = line.map { $0 + 20 }
    let names = [
      "rmse", "mae", "medianAbsoluteError", "mape", "smape", "mase", "r2", "explainedVariance", "pinball(0.9)",
    ]
    let rows = try names.map { name in
      let metric = try Metric.named(name)
      let cells = try [naive, line, high].map { predictions in
        GuideText.fixed(try metric.score(ValuePredictions(targets: series, predictions: predictions))!, 3)
      }
      return ["`\(name)`"] + cells
    }
    Self.expectTable(["metric", "the month before", "the line", "the line and 20"], rows)
  }
}
