import GliaTables
import GliaTraining

/// The baseline of an evaluation: the mean of the training rows, or their shares of the classes, as the answer for every row.
enum ConstantAnswer {
  static func scores(_ target: TargetEncoding, on table: Table) throws -> ScoreRow {
    let known = try target.encode(table)
    guard target.task == .classification else {
      let values = try ValuePredictions(
        targets: known.numbers, predictions: Array(repeating: target.mean, count: known.rows.count))
      return ScoreRow("mean", try Metric.all(for: .regression).map { ($0.name, try $0.score(values)) })
    }
    let total = Double(max(1, target.counts.reduce(0, +)))
    let shares = target.counts.map { Double($0) / total }
    let classes = try ClassPredictions(
      labels: known.classes.map(Int.init), probabilities: known.rows.flatMap { _ in shares },
      classCount: target.levels.count)
    return ScoreRow(
      "most frequent class", try Metric.all(for: .classification).map { ($0.name, try $0.score(classes)) })
  }
}

/// The scores of a network or a baseline, by the metrics' names; what is undefined is not there.
struct ScoreRow {
  let name: String
  let scores: [(name: String, value: Double)]

  init(_ name: String, _ scores: [(String, Double?)]) {
    self.name = name
    self.scores = scores.compactMap { name, value in value.map { (name, $0) } }
  }

  init(_ name: String, _ scores: Scores) { self.init(name, scores.entries.map { ($0.name, $0.value) }) }

  subscript(metric: String) -> Double? { scores.first { $0.name == metric }?.value }
}
