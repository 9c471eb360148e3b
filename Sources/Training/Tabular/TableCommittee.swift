import Dispatch
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// Trains the networks of a fit, each on its own rows and thread.
struct TableCommittee {
  let data: TableData
  let plan: TablePlan
  let loss: any Loss
  let seed: UInt64
  /// The members of each network.
  var members = 1
  /// How networks that have learned something before go on.
  var transfer: Transfer?

  /// The rows of one network: those that it learns from, and those that it watches.
  struct Part {
    let training: Samples
    let validation: Samples?
    /// The rows of training that it watches and others learn from; empty where all networks watch the same ones.
    var watched: [Int] = []
  }

  /// The parts of the networks.
  ///
  /// Where the table has rows to watch that were set apart, all networks have these. Else the rows are dealt into folds, each
  /// class in its proportion, at most `mostFolds` of them and anew as often as there are networks for. Each network watches
  /// another fold and learns from the rest, so that together they learn from all.
  static func parts(_ data: TableData, networks: Int, watches: Bool, seed: UInt64) throws -> [Part] {
    let rows = data.training.count
    let folds = min(networks, mostFolds)
    guard networks > 1, data.validation == nil, watches, rows >= 4 * folds else {
      return Array(repeating: Part(training: data.training, validation: data.validation), count: networks)
    }
    let repeats = (networks + folds - 1) / folds
    let key = RandomKey(seed: seed).folding("deals").seed
    let splits =
      data.encoding.task == .classification
      ? try Split.stratifiedFolds(classes(of: data), folds, repeats: repeats, seed: key)
      : try Split.folds(Array(0..<rows), folds, repeats: repeats, seed: key)
    return try splits.prefix(networks).map {
      Part(
        training: try data.training.rows($0.training), validation: try data.training.rows($0.validation),
        watched: $0.validation)
    }
  }

  /// A fifth of the rows is enough to tell the epochs of a network apart, also where rows are few.
  private static let mostFolds = 5

  private static func classes(of data: TableData) -> [(name: String, rows: [Int])] {
    var rows = [[Int]](repeating: [], count: data.encoding.levels.count)
    for (row, code) in data.training.targets.scalars(as: Int32.self).enumerated() { rows[Int(code)].append(row) }
    return Array(zip(data.encoding.levels, rows))
  }

  /// Trains network by network, as many at a time as there are threads; the result does not depend on how many.
  func train(_ networks: [any Module], _ parts: [Part], _ progress: Progress) throws -> [History] {
    guard networks.count > 1 else { return [try train(networks[0], parts[0], seed, progress)] }
    let board = Scoreboard(progress, total: networks.count * plan.epochs)
    progress.begin()
    defer { progress.end() }
    return try sideBySide(networks.count) { index in
      let seed = RandomKey(seed: seed).folding(UInt64(index)).seed
      let history = try train(networks[index], parts[index], seed, Progress(.silent)) { board.note($0) }
      board.finish(after: history.epochs.count, of: plan.epochs)
      return history
    }
  }

  private func train(
    _ network: any Module, _ part: Part, _ seed: UInt64, _ progress: Progress,
    afterEpoch: (History.Epoch) -> Void = { _ in }
  ) throws -> History {
    let (rows, batchSize) = try plan.dealt(part.training, members: members)
    let steps = plan.epochs * ((rows.count + batchSize - 1) / batchSize)
    try transfer?.freeze(network)
    let optimizer = try transfer?.optimizer(plan.optimizer, for: network) ?? plan.optimizer
    let trainer = Trainer(
      anyModel: network, loss: loss, optimizer: optimizer, schedule: try plan.schedule(steps: max(steps, 1)),
      precision: plan.precision, seed: seed)
    let stops = part.validation != nil && plan.patience > 0
    return try trainer.fit(
      rows, validation: part.validation, epochs: plan.epochs, batchSize: batchSize,
      earlyStopping: stops ? EarlyStopping(patience: plan.patience) : nil, progress: progress
    ) { epoch in
      try transfer?.thaw(network, after: epoch.number)
      afterEpoch(epoch)
      return .goOn
    }
  }

  /// The progress of networks that are trained side by side, as one count of epochs.
  private final class Scoreboard: @unchecked Sendable {
    private let progress: Progress
    private let total: Int
    private var done = 0
    private let queue = DispatchQueue(label: "progress")  // guards the two above

    init(_ progress: Progress, total: Int) {
      self.progress = progress
      self.total = total
    }

    func note(_ epoch: History.Epoch) {
      queue.sync {
        done += 1
        progress.show(
          History.Epoch(
            number: done, loss: epoch.loss, validationLoss: epoch.validationLoss, metrics: epoch.metrics,
            learningRate: epoch.learningRate, seconds: epoch.seconds), of: total)
      }
    }

    /// What a network that stopped early leaves out counts as done.
    func finish(after epochs: Int, of most: Int) { queue.sync { done += most - epochs } }
  }
}
