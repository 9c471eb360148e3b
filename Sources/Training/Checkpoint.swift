import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors

// A checkpoint is one safetensors file: weights, the optimizer's state, the best weights so far, and in the metadata where the
// run stands. The order of the rows and the random numbers of a step are functions of the seed and the step, so nothing else
// has to be kept for a resumed run to end in the same bits.

extension Trainer {
  /// Writes where the run stands, whole or not at all. Call it between fits or from a callback.
  ///
  /// The weights are those that are trained, also where the model now holds others, such as their moving average.
  public func saveCheckpoint(to path: String) throws {
    try model.initializeMissing(seed: seed)
    try step().withTrainedWeights { try writeCheckpoint(to: path) }
  }

  private func writeCheckpoint(to path: String) throws {
    var writer = SafetensorsWriter(metadata: [
      "glia.format": "1", "glia.kind": "checkpoint",
      "glia.epochs": String(history.epochs.count + history.skippedEpochs),
      "glia.steps": String(try step().stepCount), "glia.seed": String(seed),
      "glia.bestEpoch": String(history.bestEpoch),
      "glia.bestValue": best?.value.map { String($0.bitPattern) } ?? "",
      "glia.optimizer": try optimizer.partDescription.json.text(),
      "glia.schedule": try schedule.partDescription.json.text(),
      "glia.precision": precision.rawValue,
    ])
    if !watchedValues.isEmpty {
      writer.metadata["glia.watched"] = watchedValues.map { String($0.bitPattern) }.joined(separator: " ")
    }
    for entry in model.namedParameters {
      try add("model." + entry.name, entry.parameter.type, .init(entry.parameter.variable.address), to: &writer)
    }
    for (name, value) in try step().optimizerState() {
      try add("optimizer." + name, value.node.type, .init(value.buffer.address), to: &writer)
    }
    if let best {
      for (entry, address) in best.weights.entries {
        try add("best." + entry.name, entry.parameter.type, .init(address), to: &writer)
      }
    }
    try writer.write(to: path)
  }

  private func add(
    _ name: String, _ type: TensorType, _ address: UnsafeRawPointer, to writer: inout SafetensorsWriter
  ) throws {
    try writer.add(
      name, dtype: type.dtype.fileType, shape: type.shape.dimensions,
      bytes: UnsafeRawBufferPointer(start: address, count: type.byteCount))
  }

  /// Goes back to where a checkpoint was written; the next `fit` goes on from there to the same bits.
  ///
  /// - Throws: an error in words where the file is damaged, or belongs to another model, optimizer, schedule, precision
  ///   or seed: with another one the run would go on, but not to the bits of a run that was never stopped.
  public func loadCheckpoint(from path: String) throws {
    let file = try SafetensorsFile(path: path, checksum: .required)
    func number(_ key: String) throws -> Int {
      guard let text = file.metadata["glia." + key], let value = Int(text) else {
        throw ModelFileError(path, "it is no checkpoint: its metadata has no 'glia.\(key)'")
      }
      return value
    }
    try checkSettings(of: file, path)
    let watched = file.metadata["glia.watched"]?.split(separator: " ").map { UInt64($0) } ?? []
    guard !watched.contains(nil) else { throw ModelFileError(path, "its 'glia.watched' is not a list of numbers") }
    try model.initializeMissing(seed: seed)
    let step = try step()
    step.hideEvaluationWeights()
    // Also where the file turns out not to fit: the model then is as it was.
    defer { try? step.showEvaluationWeights() }
    let slots = try step.optimizerState()
    var targets = model.namedParameters.map { ("model." + $0.name, $0.parameter.type, $0.parameter.variable.address) }
    targets += slots.map { ("optimizer." + $0.name, $0.value.node.type, $0.value.buffer.address) }
    var best: EarlyStopping.State?
    if file["best." + (model.namedParameters.first?.name ?? "")] != nil {
      let state = EarlyStopping.State(weights: Snapshot(model))
      targets += state.weights.entries.map { ("best." + $0.name, $0.parameter.type, $1) }
      best = state
    }
    // Everything is checked before anything is changed.
    for (name, type, _) in targets {
      let entry = try file.entry(name)
      guard entry.dtype == type.dtype.fileType, entry.shape == type.shape.dimensions else {
        throw ModelFileError(path, "'\(name)' has the shape \(entry.shape), this trainer's is \(type.shape)")
      }
    }
    let (epochs, steps, bestEpoch) = (try number("epochs"), try number("steps"), try number("bestEpoch"))
    for (name, type, address) in targets {
      try file.withBytes(of: name) { bytes in
        UnsafeMutableRawBufferPointer(start: address, count: type.byteCount).copyMemory(from: bytes)
      }
    }
    try step.resume(optimizerState: slots, stepCount: steps)
    watchedValues = watched.compactMap { $0 }.map { Double(bitPattern: $0) }
    history = History()
    history.skippedEpochs = epochs
    history.steps = steps
    history.bestEpoch = bestEpoch
    best?.epoch = bestEpoch
    best?.value = file.metadata["glia.bestValue"].flatMap { UInt64($0) }.map { Double(bitPattern: $0) }
    self.best = best
  }

  /// Whether a checkpoint was made with this trainer's seed, optimizer and schedule.
  private func checkSettings(of file: SafetensorsFile, _ path: String) throws {
    guard file.metadata["glia.seed"] == String(seed) else {
      throw ModelFileError(
        path, "it was made with seed \(file.metadata["glia.seed"] ?? "none"), this trainer has \(seed)")
    }
    let own = try optimizer.partDescription.json.text()
    guard file.metadata["glia.optimizer"] == own else {
      throw ModelFileError(
        path, "it was made with the optimizer \(file.metadata["glia.optimizer"] ?? "none"), this trainer has \(own)")
    }
    // Checkpoints of earlier versions do not say their schedule.
    let ownSchedule = try schedule.partDescription.json.text()
    guard file.metadata["glia.schedule"] ?? ownSchedule == ownSchedule else {
      throw ModelFileError(
        path, "it was made with the schedule \(file.metadata["glia.schedule"] ?? ""), this trainer has \(ownSchedule)")
    }
    // Nor their precision.
    guard file.metadata["glia.precision"] ?? precision.rawValue == precision.rawValue else {
      throw ModelFileError(
        path,
        "it was made with the precision \(file.metadata["glia.precision"] ?? ""), this trainer has \(precision). To go on in "
          + "another precision, load its weights and begin anew")
    }
  }
}
