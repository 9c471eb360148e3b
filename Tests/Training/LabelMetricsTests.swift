import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import GliaTestSupport
import Testing

@testable import GliaTraining

/// What scikit-learn scores rows of several labels with, from References/metrics.
private func cases() throws -> [(predictions: LabelPredictions, scores: JSONObject)] {
  let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  let bytes = try MappedFile(path: root + "/References/metrics/labels.json").withBytes { Array($0) }
  return try JSONValue(parsing: bytes).object!.array("cases").map {
    let row = $0.object!
    func numbers(_ name: String) -> [Double]? { row[name]?.array?.map { $0.number! } }
    let predictions = try LabelPredictions(
      targets: numbers("targets")!, scores: numbers("scores")!, labelCount: row.integer("labels"),
      weights: numbers("weights"))
    return (predictions, row)
  }
}

@Suite("Metrics of several labels a row")
struct LabelMetricsTests {
  private static let metrics = Metric.all.filter { $0.task == nil }

  @Test("Scores are scikit-learn's: ties, weights, rows of no label and of all, labels that no row has")
  func scikitLearn() throws {
    var compared: Set<String> = []
    for (index, (predictions, scores)) in try cases().enumerated() {
      for metric in Self.metrics {
        guard let expected = scores[metric.name] else { continue }
        let found = try metric.score(predictions)
        compared.insert(metric.name)
        guard let number = expected.number else {
          #expect(found == nil, "case \(index), \(metric): \(found!)")
          continue
        }
        let isNear = found.map { abs($0 - number) <= 1e-12 * max(1, abs(number)) } ?? false
        #expect(isNear, "case \(index), \(metric): \(found.map { "\($0)" } ?? "nil"), scikit-learn \(number)")
      }
    }
    #expect(compared == Set(Self.metrics.map(\.name)) && compared.count == 22)
  }

  @Test("In batches a score is that of all rows at once, a weight of two is the row twice, and no row has no score")
  func batches() throws {
    let all = try cases().last { $0.predictions.rowCount == 30 }!.predictions
    let labels = all.labelCount
    func part(_ rows: [Int], _ weights: [Double]?) throws -> LabelPredictions {
      let places = rows.flatMap { row in (0..<labels).map { row * labels + $0 } }
      return try LabelPredictions(
        targets: places.map { all.targets[$0] ? 1 : 0 }, scores: places.map { all.scores[$0] }, labelCount: labels,
        weights: weights)
    }
    let weights = (0..<30).map { Double($0 % 3) }
    let weighted = try part(Array(0..<30), weights)
    let repeated = try part((0..<30).flatMap { Array(repeating: $0, count: $0 % 3) }, nil)
    for metric in Self.metrics {
      var score = metric.running()
      for start in [0, 7, 8] {
        let rows = Array(start..<(start == 0 ? 7 : start == 7 ? 8 : 30))
        try score.add(part(rows, rows.map { weights[$0] }))
      }
      let value = try #require(try metric.score(weighted))
      #expect(score.value == value, "\(metric)")
      #expect(abs(try metric.score(repeated)! - value) < 1e-13, "\(metric)")
      #expect(try metric.score(part([], nil)) == nil, "\(metric)")
      #expect(try metric.score(part([3], [0])) == nil, "\(metric)")
      #expect(throws: MetricError.self) { try score.add(ClassPredictions(labels: [0], positive: [0.5])) }
    }
    #expect(throws: MetricError.self) { try Metric.named("accuracy").score(all) }
    for name in ["labelF1Macro", "labelROCAUCMacro"] {
      var score = try Metric.named(name).running()
      try score.add(all)
      #expect(throws: MetricError.otherClasses(found: 1, before: labels)) {
        try score.add(LabelPredictions(targets: [1], scores: [1], labelCount: 1))
      }
    }
  }

  @Test("What are no labels, scores or weights is an error that says where")
  func errors() throws {
    #expect(throws: MetricError.value(of: "target", row: 1, found: 2, allowed: "0 or 1")) {
      try LabelPredictions(targets: [0, 1, 1, 2], scores: [0, 0, 0, 0], labelCount: 2)
    }
    #expect(throws: MetricError.self) { try LabelPredictions(targets: [0, 1], scores: [0, .nan], labelCount: 2) }
    #expect(throws: MetricError.count(of: "scores", found: 1, rows: 1, each: 2)) {
      try LabelPredictions(targets: [0, 1], scores: [0], labelCount: 2)
    }
    #expect(throws: MetricError.count(of: "targets", found: 3, rows: 1, each: 2)) {
      try LabelPredictions(targets: [0, 1, 1], scores: [0, 1], labelCount: 2)
    }
    #expect(throws: MetricError.classCount(0)) { try LabelPredictions(targets: [], scores: [], labelCount: 0) }
  }

  /// Three labels of points: right of 0, above 0, and far from 0, which no line tells.
  private static func points(_ rows: Int, seed: UInt64) throws -> Samples {
    let x = Tensor.normal([rows, 2], key: RandomKey(seed: seed))
    let isFar = (x * x).sum([1], keepingAxes: true) .> 1.5
    return try Samples(
      inputs: x, targets: .concatenate([(x .> 0.0).cast(to: .float32), isFar.cast(to: .float32)], axis: 1))
  }

  @Test("A network learns several labels at once, watched by any metric of labels, as the guide's table says")
  func trained() throws {
    let (train, test) = (try Self.points(600, seed: 1), try Self.points(400, seed: 2))
    func scores(_ network: Sequential, _ loss: any Loss, _ sign: Bool = false) throws -> [String: Double] {
      let rows =
        try sign
        ? [train, test].map { try Samples(inputs: $0.inputs, targets: $0.targets * 2.0 - 1.0) } : [train, test]
      let trainer = Trainer(
        anyModel: network, loss: loss, optimizer: Adam(learningRate: 0.01), schedule: ConstantSchedule(), seed: 3)
      let metrics = Self.metrics.map { ValidationMetric($0) }
      try trainer.fit(rows[0], epochs: 29)
      return try trainer.fit(rows[0], validation: rows[1], epochs: 1, metrics: metrics).epochs[0].metrics
    }
    let mlp = Sequential {
      Linear(2, 16)
      ReLU()
      Linear(16, 3)
    }
    let (line, network) = (
      try scores(Sequential { Linear(2, 3) }, BinaryCrossEntropy()), try scores(mlp, BinaryCrossEntropy())
    )
    #expect(network["subsetAccuracy"]! > 0.85 && line["subsetAccuracy"]! < 0.7)
    // Margins, of which the sign decides, rank like probabilities.
    let margins = try scores(
      Sequential {
        Linear(2, 16); ReLU(); Linear(16, 3)
      }, Hinge(), true)
    #expect(margins["subsetAccuracy"]! > 0.85 && margins["labelROCAUCMacro"]! > 0.98)
    let names = [
      "subsetAccuracy", "hammingLoss", "jaccard", "labelF1Micro", "labelF1Macro", "labelROCAUCMacro",
      "labelRankingLoss", "coverageError",
    ]
    let table = GuideText.table(
      ["metric", "a line a label", "16 hidden units"],
      names.map { ["`\($0)`", GuideText.fixed(line[$0]!, 3), GuideText.fixed(network[$0]!, 3)] })
    #expect(GuideText.read("Metrics.md").contains(table), "Guides/Metrics.md has to have\n\(table)")
    #expect {
      try scores(Sequential { Linear(2, 3) }, MeanSquaredError())
    } throws: {
      "\($0)".contains("binaryCrossEntropy")
    }
  }
}
