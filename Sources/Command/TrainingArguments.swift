import ArgumentParser
import GliaNeuralNetworks
import GliaTraining

/// How a network is trained: the words that the commands share which train one.
struct TrainingArguments: ParsableArguments {
  @Option(help: "The size of a step, \(TrainRange.learningRate.words).")
  var learningRate: Double?
  @Option(help: "How strongly weights are drawn to zero, \(TrainRange.weightDecay.words).")
  var weightDecay: Double?
  @Option(help: "Rows in a step, \(TrainRange.batchSize.words).")
  var batchSize: Int?
  @Option(help: "The most passes over the rows, \(TrainRange.epochs.words).")
  var epochs: Int?
  @Option(help: "Stop after so many epochs without improvement, \(TrainRange.patience.words); 0 never stops early.")
  var patience: Int?
  @Option(help: "In which numbers matrix products read what they multiply; the recipe's where nothing is said.")
  var precision: Precision?
  @Option(help: "Of everything that is left to chance; same seed, same bits (0).")
  var seed: UInt64?
  @Option(help: "Threads, \(TrainRange.threads.words); the result does not depend on it.")
  var threads: Int?

  func validate() throws {
    try TrainRange.learningRate.check(learningRate)
    try TrainRange.weightDecay.check(weightDecay)
    try TrainRange.batchSize.check(batchSize)
    try TrainRange.epochs.check(epochs)
    try TrainRange.patience.check(patience)
    try TrainRange.threads.check(threads)
  }

  /// Puts what the words say into the library's.
  func apply(to options: inout TableOptions) {
    options.learningRate = learningRate
    options.weightDecay = weightDecay
    options.batchSize = batchSize
    options.epochs = epochs
    options.patience = patience
    options.precision = precision
    if let seed { options.seed = seed }
  }

  /// Which words say how to learn, for commands that may have nothing to learn.
  var words: [(name: String, isSaid: Bool)] {
    [
      ("learning-rate", learningRate != nil), ("weight-decay", weightDecay != nil), ("batch-size", batchSize != nil),
      ("epochs", epochs != nil), ("patience", patience != nil), ("precision", precision != nil), ("seed", seed != nil),
    ]
  }
}

extension Precision: ExpressibleByArgument {}
