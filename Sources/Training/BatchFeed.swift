import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// Where the batches of an epoch come from.
protocol BatchFeed {
  mutating func begin(epoch: Int) throws
  /// Fills the next batch into the memory of its step; nil at the epoch's end.
  mutating func next() throws -> (step: PreparedStep, rows: Int)?
  /// What is not finite in the last batch, in words.
  func notFinite() -> String?
}

/// Rows of samples, copied by index: in the plain way a batch costs that copy and nothing else.
struct RowBatches: BatchFeed {
  private let samples: Samples
  private let step: TrainingStep
  private let batchSize: Int
  private let order: RowOrder
  private let classes: RowClasses?
  private let transform: BatchTransform?
  private let seed: UInt64
  private let inputs, targets: RowGather
  private let weights: RowGather?
  private var rows: [Int32]
  private var batch = 0..<0
  private var epoch = 0
  /// The step of whole batches, and that of what is left of an epoch.
  private var prepared: (full: PreparedStep, last: PreparedStep)

  /// - Parameter classes: the targets by which classes are balanced.
  init(
    _ samples: Samples, classes: Tensor, _ step: TrainingStep, batchSize: Int, order: RowOrder,
    transform: BatchTransform?, seed: UInt64
  ) throws {
    self.samples = samples
    self.step = step
    self.batchSize = min(batchSize, samples.count)
    self.order = order
    self.classes = order == .classBalanced ? try RowClasses(classes, for: "The order classBalanced") : nil
    self.transform = transform
    self.seed = seed
    inputs = RowGather(samples.inputs)
    targets = RowGather(samples.targets)
    weights = samples.weights.map(RowGather.init)
    rows = Array(0..<Int32(samples.count))
    prepared = try RowBatches.prepare(step, samples, self.batchSize)
  }

  private static func prepare(_ step: TrainingStep, _ samples: Samples, _ batchSize: Int) throws
    -> (full: PreparedStep, last: PreparedStep)
  {
    let full = try step.prepare(samples.signature(batchSize))
    let rest = samples.count % batchSize
    return (full, rest == 0 ? full : try step.prepare(samples.signature(rest)))
  }

  /// The order of the rows depends on the seed and the epoch's number alone, so that a run can be resumed.
  mutating func begin(epoch: Int) throws {
    self.epoch = epoch
    batch = 0..<0
    var generator = SplitMix64(seed: RandomKey(seed: seed).folding(UInt64(epoch)).seed)
    switch order {
    case .asTheyLie: break
    case .shuffled:
      for i in rows.indices { rows[i] = Int32(i) }
      generator.shuffle(&rows)
    case .classBalanced: rows = classes?.balancedOrder(samples.count, &generator) ?? rows
    }
    if !prepared.full.isCurrent { prepared = try RowBatches.prepare(step, samples, batchSize) }
  }

  mutating func next() -> (step: PreparedStep, rows: Int)? {
    let start = batch.upperBound
    guard start < rows.count else { return nil }
    batch = start..<min(start + batchSize, rows.count)
    let step = batch.count == batchSize ? prepared.full : prepared.last
    inputs(rows[batch], to: step.inputAddress)
    targets(rows[batch], to: step.targetAddress)
    if let weights { weights(rows[batch], to: step.weightsAddress!) }
    transform?.apply(epoch: epoch, rows[batch], inputs: step.inputAddress, targets: step.targetAddress)
    return (step, batch.count)
  }

  func notFinite() -> String? {
    if let row = samples.inputs.firstRowNotFinite(among: rows[batch]) {
      return "row \(row) of the inputs holds a number that is not finite"
    }
    return samples.targets.firstRowNotFinite(among: rows[batch]).map { "the target of row \($0) is not finite" }
  }
}

/// The batches of a sequence, each of which is samples by itself.
struct SequenceBatches: BatchFeed {
  private let step: TrainingStep
  private let epochs: (Int) throws -> AnyIterator<Samples>
  /// The batches of an epoch; nil where an epoch is the whole sequence.
  private let stepsPerEpoch: Int?
  private var iterator: AnyIterator<Samples>?
  private var epoch = 0
  private var taken = 0
  private var current: Samples?

  init(
    _ step: TrainingStep, stepsPerEpoch: Int?, epochs: @escaping (Int) throws -> AnyIterator<Samples>
  ) {
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.epochs = epochs
  }

  mutating func begin(epoch: Int) throws {
    self.epoch = epoch
    taken = 0
    // A stream with a number of steps goes on where the last epoch left it.
    if stepsPerEpoch == nil || iterator == nil { iterator = try epochs(epoch) }
  }

  mutating func next() throws -> (step: PreparedStep, rows: Int)? {
    if taken == stepsPerEpoch { return nil }
    var batch = iterator?.next()
    if batch == nil, stepsPerEpoch != nil {
      // A sequence that has an end begins again.
      iterator = try epochs(epoch)
      batch = iterator?.next()
    }
    guard let batch else {
      if taken > 0, stepsPerEpoch == nil { return nil }
      throw TrainingError(
        "The sequence gave no batch in epoch \(epoch)"
          + (epoch > 1 || taken > 0
            ? ". Can it be walked only once? Give one that begins anew, or an infinite one with stepsPerEpoch." : "."))
    }
    taken += 1
    guard batch.count > 0 else { throw TrainingError("Batch \(taken) of epoch \(epoch) has no rows.") }
    current = batch
    let prepared = try step.prepare(batch.signature(batch.count))
    prepared.fill(batch.inputs, batch.targets, weights: batch.weights)
    return (prepared, batch.count)
  }

  func notFinite() -> String? {
    guard let current else { return nil }
    let rows = Array(0..<Int32(current.count))[...]
    if let row = current.inputs.firstRowNotFinite(among: rows) {
      return "row \(row) of the batch's inputs holds a number that is not finite"
    }
    return current.targets.firstRowNotFinite(among: rows).map { "the target of row \($0) of the batch is not finite" }
  }
}

extension Tensor {
  /// The first of the rows that holds a number that is not finite.
  fileprivate func firstRowNotFinite(among rows: ArraySlice<Int32>) -> Int32? {
    let size = Swift.max(elementCount / Swift.max(shape[0], 1), 1)
    let values = doubles
    return rows.first { row in
      values[Int(row) * size..<(Int(row) + 1) * size].contains { !$0.isFinite }
    }
  }
}
