import GliaFormats
import GliaTables
import GliaTestSupport
import Testing

@testable import GliaTraining

@Suite("Uncertainty")
struct UncertaintyTests {
  private static func reference() throws -> JSONObject { try ReferenceNumbers.read("uncertainty/uncertainty.json") }
  private static func cases(_ key: String) throws -> [JSONObject] { try reference().array(key).map { $0.object! } }

  private static func numbers(_ object: JSONObject, _ key: String) -> [Double]? {
    object[key]?.array.map { _ in object[key]!.scalars }
  }

  private static func classes(_ row: JSONObject, _ count: Int) throws -> ClassPredictions {
    try ClassPredictions(
      labels: row.array("labels").map { Int($0.integer!) }, probabilities: row["p"]!.scalars, classCount: count,
      weights: numbers(row, "w"))
  }

  private static func distance(_ found: [Double], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
  }

  @Test("Isotonic functions are scikit-learn's, rising and falling, with ties and weights, between and beyond the rows")
  func isotonic() throws {
    let cases = try Self.cases("isotonic")
    #expect(cases.count == 24)
    for (index, row) in cases.enumerated() {
      let function = try IsotonicRegression(
        fitting: row["y"]!.scalars, at: row["x"]!.scalars, weights: Self.numbers(row, "w"),
        isRising: row.bool("rising"))
      let found = row["at"]!.scalars.map { function($0) }
      #expect(Self.distance(found, row["found"]!.scalars) < 1e-12, "case \(index)")
    }
  }

  @Test("The temperature is where scipy finds the least loss, for networks that are too sure and too unsure")
  func temperature() throws {
    for row in try Self.cases("temperature") {
      let known = try Self.classes(row, row.integer("classes"))
      let temperature = try Temperature(fitting: known)
      // A search by values finds the place of a minimum to the root of their precision.
      let expected = try row.number("temperature")
      #expect(abs(temperature.value / expected - 1) < 1e-6)
      let calibrated = temperature(
        Array(known.probabilities!.prefix(5 * known.classCount)), classCount: known.classCount)
      #expect(Self.distance(calibrated, row["calibrated"]!.scalars) < 1e-6)
    }
  }

  @Test("Rows that were all right do not make a probability 1, and a probability of 0 stays a number")
  func sureRows() throws {
    let sure = try ClassPredictions(labels: [0, 1, 0, 1], positive: [0.1, 0.9, 0.1, 0.9])
    let sharpened = try Temperature(fitting: sure)([0.1, 0.9], classCount: 2)
    // Four rows and two classes: 1/3 of a row counts as what was said, so the loss is least at 2/3 + 0.9/3.
    #expect(abs(sharpened[1] - 2.9 / 3) < 1e-9)
    let certain = try ClassPredictions(labels: [0, 1], probabilities: [1, 0, 0, 1], classCount: 2)
    let found = try Temperature(fitting: certain)(certain.probabilities!, classCount: 2)
    #expect(found.allSatisfy(\.isFinite) && found[0] > 0.5)
    #expect(throws: MetricError.self) { try Temperature(fitting: ClassPredictions(labels: [], positive: [])) }
    #expect(throws: TrainingError.self) { try Temperature(0) }
  }

  @Test("Isotonic calibration is each class's own function, kept from 0 and 1, divided by the sum")
  func isotonicClasses() throws {
    for row in try Self.cases("isotonicClasses") {
      let known = try Self.classes(row, row.integer("classes"))
      let calibration = try #require(try Calibration(.isotonic, fitting: known))
      let found = calibration(known.probabilities!, classCount: known.classCount)
      #expect(Self.distance(found, row["calibrated"]!.scalars) < 1e-12)
      #expect(found.allSatisfy { $0 > 0 && $0 < 1 })
    }
    #expect(try Calibration(.none, fitting: ClassPredictions(labels: [1], positive: [0.5])) == nil)
  }

  @Test("The reliability of two classes is scikit-learn's calibration curve, with bins that are open below")
  func reliability() throws {
    let row = try Self.reference().object("reliability")
    let known = try Self.classes(row, 2)
    let reliability = try #require(Reliability(known))
    #expect(Self.distance(reliability.bins.map(\.said), row["said"]!.scalars) < 1e-12)
    #expect(Self.distance(reliability.bins.map(\.seen), row["seen"]!.scalars) < 1e-12)
    #expect(reliability.bins.reduce(0) { $0 + $1.rows } == 200)
    #expect(reliability.expectedCalibrationError == known.expectedCalibrationError())
    let three = try ClassPredictions(
      labels: [0, 1, 2], probabilities: [0.55, 0.25, 0.2, 0.5, 0.3, 0.2, 0.1, 0.1, 0.8], classCount: 3)
    let bins = try #require(Reliability(three)).bins
    #expect(bins.map(\.rows) == [1, 1, 1] && bins.map(\.seen) == [0, 1, 1] && bins[2].said == 0.8)
  }

  @Test("A tuned threshold scores what the best of all thresholds does by scikit-learn")
  func thresholds() throws {
    for row in try Self.cases("thresholds") {
      let known = try Self.classes(row, 2)
      for metric in ThresholdMetric.allCases {
        let threshold = try DecisionThreshold(best: metric, fitting: known)
        let decided = try ClassPredictions(
          labels: known.labels, probabilities: known.probabilities!, classCount: 2, weights: known.weights,
          threshold: threshold.value)
        let score = try #require(metric.score(ConfusionMatrix(decided)))
        let best = try row.object("best").number(metric.rawValue)
        #expect(abs(score - best) < 1e-12, "\(metric)")
        #expect(threshold.metric == metric)
      }
    }
  }

  @Test("Of equally good thresholds the one next to one half is taken; rows of one probability have none")
  func thresholdTies() throws {
    let known = try ClassPredictions(labels: [0, 0, 1, 1], positive: [0.1, 0.2, 0.9, 0.95])
    #expect(try DecisionThreshold(best: .f1, fitting: known).value == (0.2 + 0.9) / 2)
    let neighbours = try ClassPredictions(labels: [0, 1], positive: [0.3, 0.3.nextUp])
    #expect(try DecisionThreshold(best: .f1, fitting: neighbours).value == 0.3.nextUp)
    #expect(throws: MetricError.self) {
      try DecisionThreshold(best: .f1, fitting: ClassPredictions(labels: [0, 1], positive: [0.5, 0.5]))
    }
    #expect(ThresholdChoice("mcc") == .best(.matthewsCorrelation) && ThresholdChoice("0.3") == .value(0.3))
    for text in ["1", "0", "-1", "f2", "", "nan"] { #expect(ThresholdChoice(text) == nil, "\(text)") }
  }

  @Test("A conformal margin is the score of the right rank, and none where the rows are too few")
  func conformal() throws {
    for row in try Self.cases("conformal") {
      let scores = row["scores"]!.scalars
      for (level, margin) in zip(row["levels"]!.scalars, try row.array("margins")) {
        #expect(Conformal.quantile(of: scores, level: level) == margin.number, "\(scores.count) at \(level)")
        #expect((margin.number == nil) == (scores.count < Conformal.fewestRows(for: level)))
        // A weight is as many rows, but for the one row that is yet to come.
        let same = Conformal.quantile(of: scores, level: level, weights: scores.map { _ in 3 })
        #expect(same == margin.number)
      }
    }
    #expect(Conformal.quantile(of: [1, 2, 3, 4], level: 0.5, weights: [1, 1, 1, 20]) == 4)
  }

  @Test("Normalised intervals are those of scikit-learn's isotonic errors, and are taken where errors grow")
  func normalized() throws {
    let row = try Self.reference().object("normalized")
    let answers = TablePredictions(levels: [], probabilities: [], values: row["values"]!.scalars)
    for method in [IntervalMethod.normalized, nil] {
      let intervals = try PredictionIntervals(
        level: row.number("level"), method: method, fitting: answers, row["targets"]!.scalars, weights: nil)
      let margin = try row.number("margin")
      #expect(intervals.method == .normalized && abs(intervals.margin - margin) < 1e-12)
      let found = intervals(answers)
      #expect(Self.distance(found.lower, row["lower"]!.scalars) < 1e-12)
      #expect(Self.distance(found.upper, row["upper"]!.scalars) < 1e-12)
    }
  }

  @Test("Errors of one size everywhere get one width; quantiles are moved apart, or together, by what covers")
  func methods() throws {
    var generator = SplitMix64(seed: 7)  // the seed of the rows
    let values = (0..<400).map { _ in Double.random(in: 0...1, using: &generator) }
    let targets = values.map { $0 + Double.random(in: -1...1, using: &generator) }
    var answers = TablePredictions(levels: [], probabilities: [], values: values)
    let plain = try PredictionIntervals(level: 0.8, method: nil, fitting: answers, targets, weights: nil)
    #expect(plain.method == .residual && abs(plain.margin - 0.8) < 0.1)
    for (half, margin) in [(0.3, 0.5), (1.3, -0.5)] {
      (answers.lower, answers.upper) = (values.map { $0 - half }, values.map { $0 + half })
      let intervals = try PredictionIntervals(level: 0.8, method: .quantile, fitting: answers, targets, weights: nil)
      #expect(abs(intervals.margin - margin) < 0.1)
      let found = intervals(answers)
      let held = targets.indices.filter { found.lower[$0] <= targets[$0] && targets[$0] <= found.upper[$0] }.count
      #expect(held == 321)  // ⌈401 · 0.8⌉
    }
    // Ends that would pass one another meet.
    (answers.lower, answers.upper) = (values.map { $0 - 0.1 }, values.map { $0 + 0.1 })
    let turned = try PredictionIntervals(level: 0.8, method: .quantile, margin: -0.2, spread: nil)(answers)
    #expect(turned.lower == turned.upper)
  }

  @Test("Too few rows for a level are an error that says how many it takes")
  func tooFew() throws {
    let answers = TablePredictions(levels: [], probabilities: [], values: [1, 2, 3])
    let error = #expect(throws: TrainingError.self) {
      try PredictionIntervals(level: 0.9, method: nil, fitting: answers, [1, 2, 4], weights: nil)
    }
    #expect(error?.description.contains("at least 9 rows") == true, "\(error!)")
    for level in [0.0, 1, -1, .nan] {
      #expect(throws: TrainingError.self) {
        try PredictionIntervals(level: level, method: nil, fitting: answers, [1, 2, 4], weights: nil)
      }
    }
  }

  @Test("Balanced class weights are scikit-learn's; named ones are checked by class and value")
  func classWeights() throws {
    let row = try Self.reference().object("balanced")
    let labels = try row.array("labels").map { Int($0.integer!) }
    let table = try Table([Column("kind", categories: labels.map { ["a", "b", "c"][$0] })])
    let encoding = try TargetEncoding.fit(table, column: "kind")
    let known = try encoding.encode(table)
    #expect(try Self.distance(ClassWeights.balanced.factors(known, encoding), row["weights"]!.scalars) < 1e-12)
    #expect(try ClassWeights.of(["b": 2.5]).factors(known, encoding) == [1, 2.5, 1])
    func message(_ weights: [String: Double]) -> String {
      do { _ = try ClassWeights.of(weights).factors(known, encoding) } catch { return "\(error)" }
      return ""
    }
    #expect(message(["d": 1]) == "Class weights name 'd', which is no class of 'kind': 'a', 'b', 'c'.")
    #expect(message(["a": -1]).contains("'a' is -1.0"))
    #expect(message(["a": .nan]).contains("'a' is nan"))
    #expect(message(["a": 0, "b": 0, "c": 0]).contains("all classes are 0"))
  }
}
