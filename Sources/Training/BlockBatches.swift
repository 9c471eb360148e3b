import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// Batches from a buffer of rows that is filled block by block and shuffled: as near to a shuffle of all rows as the memory
/// allows. What an epoch takes depends on the seed, its number, the memory and the batch size alone.
struct BlockBatches: BatchFeed {
  /// Inputs, targets or weights: where they are kept, and what copies them into a batch.
  private struct Column {
    let buffer, spare: Buffer
    let rowBytes: Int
    let gather: RowGather
    let read: (Samples) -> Tensor?
    let target: (PreparedStep) -> UnsafeMutableRawPointer?

    init(
      _ type: TensorType, capacity: Int, batchSize: Int, read: @escaping (Samples) -> Tensor?,
      target: @escaping (PreparedStep) -> UnsafeMutableRawPointer?
    ) {
      rowBytes = type.byteCount
      buffer = Buffer(byteCount: capacity * rowBytes)
      spare = Buffer(byteCount: batchSize * rowBytes)
      gather = RowGather(buffer, rowByteCount: rowBytes)
      self.read = read
      self.target = target
    }
  }

  private let source: any RowSource
  private let step: TrainingStep
  private let batchSize: Int
  private let shuffles: Bool
  private let seed: UInt64
  private let transform: BatchTransform?
  private let row: Samples
  private let columns: [Column]
  /// Rows that the buffer holds at most, and that are read at a time.
  private let capacity, blockSize: Int
  private var blocks: [Int32]
  private var nextBlock = 0
  private var generator = SplitMix64(seed: 0)
  /// Which row of the source each place of the buffer holds, and the order in which the places are taken.
  private var held: [Int32] = []
  private var order: [Int32] = []
  private var taken = 0..<0
  private var epoch = 0
  private var prepared: (full: PreparedStep, last: PreparedStep)

  init(
    _ source: some RowSource, _ step: TrainingStep, memory: Int, batchSize: Int, shuffles: Bool,
    augmentation: [any Augmentation], seed: UInt64
  ) throws {
    guard source.rowCount > 0, source.rowCount <= Int32.max else {
      throw TrainingError("The source has \(source.rowCount) rows; there have to be from 1 to \(Int32.max).")
    }
    let row = try source.samples(0..<1)
    let rowBytes = BlockBatches.rowBytes(row)
    let batchSize = min(batchSize, source.rowCount)
    // A half holds rows, a quarter at most what is left of them, and the rest the block that is being read.
    let room = memory / rowBytes
    guard room >= 4 * batchSize, room >= 16 else {
      throw TrainingError(
        "memory is \(memory) bytes; for batches of \(batchSize) rows of \(rowBytes) bytes it has to be at least "
          + "\(max(4 * batchSize, 16) * rowBytes).")
    }
    blockSize = min(room / 16, source.rowCount)
    capacity = min(room / 2, source.rowCount + batchSize)
    let signature = row.signature(1)
    let kept = capacity
    func column(
      _ type: TensorType, _ read: @escaping (Samples) -> Tensor?,
      _ target: @escaping (PreparedStep) -> UnsafeMutableRawPointer?
    ) -> Column {
      Column(type, capacity: kept, batchSize: batchSize, read: read, target: target)
    }
    columns =
      [
        column(signature.input, { $0.inputs }, { $0.inputAddress }),
        column(signature.target, { $0.targets }, { $0.targetAddress }),
      ] + (signature.weights.map { [column($0, { $0.weights }, { $0.weightsAddress })] } ?? [])
    transform = try BatchTransform(augmentation, nil, row, seed: seed)
    (self.source, self.step, self.batchSize, self.row) = (source, step, batchSize, row)
    (self.shuffles, self.seed) = (shuffles, seed)
    blocks = Array(0..<Int32((source.rowCount + blockSize - 1) / blockSize))
    prepared = try BlockBatches.prepare(step, row, batchSize, rest: source.rowCount % batchSize)
  }

  private static func rowBytes(_ row: Samples) -> Int {
    let signature = row.signature(1)
    return max(signature.input.byteCount + signature.target.byteCount + (signature.weights?.byteCount ?? 0), 1)
  }

  private static func prepare(_ step: TrainingStep, _ row: Samples, _ batchSize: Int, rest: Int) throws
    -> (full: PreparedStep, last: PreparedStep)
  {
    let full = try step.prepare(row.signature(batchSize))
    return (full, rest == 0 ? full : try step.prepare(row.signature(rest)))
  }

  mutating func begin(epoch: Int) throws {
    self.epoch = epoch
    generator = SplitMix64(seed: RandomKey(seed: seed).folding(UInt64(epoch)).seed)
    if shuffles {
      for i in blocks.indices { blocks[i] = Int32(i) }
      generator.shuffle(&blocks)
    }
    (nextBlock, taken) = (0, 0..<0)
    held.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    if !prepared.full.isCurrent {
      prepared = try BlockBatches.prepare(step, row, batchSize, rest: source.rowCount % batchSize)
    }
  }

  mutating func next() throws -> (step: PreparedStep, rows: Int)? {
    if order.count - taken.upperBound < batchSize, nextBlock < blocks.count { try refill() }
    let start = taken.upperBound
    guard start < order.count else { return nil }
    taken = start..<min(start + batchSize, order.count)
    let step = taken.count == batchSize ? prepared.full : prepared.last
    for column in columns { column.gather(order[taken], to: column.target(step)!) }
    if let transform {
      let rows = order[taken].map { held[Int($0)] }
      transform.apply(epoch: epoch, rows[...], inputs: step.inputAddress, targets: step.targetAddress)
    }
    return (step, taken.count)
  }

  /// Keeps what is left, reads blocks behind it while there is room, and shuffles all of them.
  private mutating func refill() throws {
    let left = order[taken.upperBound...]
    for column in columns {
      column.gather(left, to: column.spare.address)
      column.buffer.address.copyMemory(from: column.spare.address, byteCount: left.count * column.rowBytes)
    }
    held = left.map { held[Int($0)] }
    while nextBlock < blocks.count, held.count + blockSize <= capacity {
      let start = Int(blocks[nextBlock]) * blockSize
      try read(start..<min(start + blockSize, source.rowCount))
      nextBlock += 1
    }
    order = Array(0..<Int32(held.count))
    if shuffles { generator.shuffle(&order) }
    taken = 0..<0
  }

  private mutating func read(_ rows: Range<Int>) throws {
    let samples = try source.samples(rows)
    guard samples.count == rows.count, samples.signature(1) == row.signature(1) else {
      throw TrainingError(
        "The source gave \(samples.count) rows of \(samples.inputs.shape.dropFirst()) for rows \(rows), where "
          + "\(rows.count) of \(row.inputs.shape.dropFirst()) should come.")
    }
    for column in columns {
      guard let tensor = column.read(samples) else { continue }
      (column.buffer.address + held.count * column.rowBytes).copyMemory(
        from: tensor.buffer.address, byteCount: rows.count * column.rowBytes)
    }
    held += rows.map { Int32($0) }
  }

  func notFinite() -> String? {
    for place in order[taken] {
      let row = Int(held[Int(place)])
      guard let samples = try? source.samples(row..<row + 1) else { return nil }
      if samples.inputs.doubles.contains(where: { !$0.isFinite }) {
        return "row \(row) of the inputs holds a number that is not finite"
      }
      if samples.targets.doubles.contains(where: { !$0.isFinite }) { return "the target of row \(row) is not finite" }
    }
    return nil
  }
}

extension Trainer {
  /// Trains on rows that are read in blocks, in no more memory for them than `memory`, however many there are.
  ///
  /// Each epoch takes the blocks in another order, by the seed, and shuffles the rows of those that are in memory together: about
  /// half of the memory, in blocks of a sixteenth.
  ///
  /// - Parameters:
  ///   - memory: in bytes; room for at least four batches.
  ///   - shuffles: whether rows are shuffled; else they come as they lie.
  /// - Throws: As the source does, and as `fit` of samples.
  @discardableResult
  public func fit(
    streaming rows: some RowSource, memory: Int = 1 << 28, validation: Samples? = nil, epochs: Int, batchSize: Int = 32,
    shuffles: Bool = true, augmentation: [any Augmentation] = [], metrics: [ValidationMetric] = [],
    earlyStopping: EarlyStopping? = nil, progress: Progress = Progress(.silent),
    callback: (History.Epoch) throws -> Decision = { _ in .goOn }
  ) throws -> History {
    guard batchSize >= 1 else { throw TrainingError("batchSize is \(batchSize); it has to be at least 1.") }
    var feed = try BlockBatches(
      rows, step(), memory: memory, batchSize: batchSize, shuffles: shuffles, augmentation: augmentation, seed: seed)
    return try train(
      &feed, validation: validation, epochs: epochs, metrics: metrics, earlyStopping: earlyStopping,
      progress: progress, callback: callback)
  }
}
