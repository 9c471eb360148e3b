import GliaNeuralNetworks
import GliaTables

extension TabularModel {
  /// A range test of what ``fit(_:target:test:validation:options:progress:network:beforeTraining:)`` would train: the first of
  /// its networks, on the rows that this one learns from, in the batches and with the optimizer of the options.
  ///
  ///     let rates = try TabularModel.findLearningRate(Table(csv: "housing.csv"), target: "median_house_value")
  ///     rates.curve.suggestion
  ///
  /// - Throws: as `fit` does.
  public static func findLearningRate(
    _ table: Table, target: String, test: Table? = nil, validation: Table? = nil,
    options: TableOptions = TableOptions()
  ) throws -> TableRates {
    let data = try TableData(table, target: target, test: test, validation: validation, options: options)
    return try TableFit(data, options).rates()
  }

  /// A range test of what ``fit(images:labels:test:options:progress:beforeTraining:)`` would train.
  public static func findLearningRate(
    images: IDX, labels: IDX, test: (images: IDX, labels: IDX)? = nil, options: TableOptions = TableOptions()
  ) throws -> TableRates {
    let options = options.forImages
    let data = try TableData(
      images: images, labels: labels, testImages: test?.images, testLabels: test?.labels, options: options)
    return try TableFit(data, options).rates()
  }
}

/// What a range test on a table found, and what it was made with.
public struct TableRates: Sendable {
  public let curve: RateCurve
  /// The rate that training has where none is said.
  public let usual: Double
  /// The rows of a batch; those of all members, where a network has some.
  public let batchSize: Int
  /// The rows that were learned from.
  public let rows: Int
  /// The network and the optimizer, a line each.
  public let settings: [String]
  public let warnings: [String]
}

extension TableFit {
  fileprivate func rates() throws -> TableRates {
    var fit = self
    let start = try fit.begun()
    let (plan, rows) = (start.plan, start.parts[0].training)
    let trainer = Trainer(
      anyModel: start.networks[0], loss: data.loss.loss, optimizer: plan.optimizer, schedule: ConstantSchedule(),
      precision: plan.precision, seed: options.seed)
    let dealt = try plan.dealt(rows, members: plan.members)
    let curve = try trainer.findLearningRate(dealt.rows, batchSize: dealt.batchSize)
    return TableRates(
      curve: curve, usual: plan.optimizer.learningRate, batchSize: dealt.batchSize, rows: rows.count,
      settings: fit.report.settings, warnings: fit.report.warnings)
  }
}
