import GliaFormats
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
      var averages: [(ConfusionMatrix.Average, JSONValue?)] = [(.macro, row["macro"]), (.weighted, row["weighted"])]
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
    for row in try cases("regression") {
      let predictions = try ValuePredictions(
        targets: numbers(row["targets"])!, predictions: numbers(row["predictions"])!, weights: numbers(row["weights"]))
      #expect(agree(predictions.meanAbsoluteError, row["mae"]))
      #expect(agree(predictions.rootMeanSquaredError, row["rmse"]))
      #expect(agree(predictions.rSquared, row["r2"]))
    }
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
      #expect(try metric.score(weighted) == metric.score(repeated), "\(metric)")
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
      Metric.all.map(\.name)
        == ["accuracy", "rocAUC", "logLoss", "f1", "precision", "recall", "rmse", "mae", "r2"])
    #expect(Metric.all.filter { !$0.higherIsBetter }.map(\.name) == ["logLoss", "rmse", "mae"])
    #expect(Metric.all(for: .regression).map(\.name) == ["rmse", "mae", "r2"])
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
      "\($0)" == "the metric 'f1' is not for regression; for that there are rmse, mae, r2"
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
}
