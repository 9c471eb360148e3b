// The tables of the guides on optimizers, regularization and transfer: `swift run --package-path Examples guides optimizers`.
import Glia

let table = CommandLine.arguments.dropFirst().first ?? ""
switch table {
case "optimizers": try optimizers()
case "schedules": try schedules()
case "regularization": try regularization()
case "transfer": try transfer()
default: print("Which table: optimizers, schedules, regularization or transfer?")
}

/// y = sin(3 a) + b² − c · d, with noise, from `columns` uniform numbers of which the first four count.
func samples(_ rows: Int, seed: UInt64, columns: Int = 4, noise: Double = 0, shift: Double = 0) throws -> Samples {
  let key = RandomKey(seed: seed)
  let x = Tensor.uniform([rows, columns], in: -1..<1, key: key)
  let column = (0..<4).map { x.sliced($0..<$0 + 1, axis: 1) }
  let y = (column[0] * 3 + shift).sin() + column[1].squared() - column[2] * column[3]
  return try Samples(inputs: x, targets: y + Tensor.normal([rows, 1], deviation: noise, key: key.folding("noise")))
}

func network(_ inputs: Int, _ hidden: Int, dropout: Double = 0) -> Sequential {
  Sequential {
    Linear(inputs, hidden)
    Tanh()
    Dropout(dropout)
    Linear(hidden, hidden)
    Tanh()
    Dropout(dropout)
    Linear(hidden, 1)
  }
}

func fixed(_ value: Double, _ digits: Int = 4) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let text = String(Int((value * scale).rounded()))
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  return padded.dropLast(digits) + "." + padded.suffix(digits)
}

func row(_ cells: String...) { print("| " + cells.joined(separator: " | ") + " |") }
func head(_ cells: String...) {
  print("| " + cells.joined(separator: " | ") + " |")
  print("|" + String(repeating: "---|", count: cells.count))
}

// ---- Each optimizer on the same network, batches and epochs

func optimizers() throws {
  let (train, test) = (try samples(512, seed: 1), try samples(512, seed: 2))
  let all: [(String, any Optimizer, Int)] = [
    (".sgd(learningRate: 0.05)", .sgd(learningRate: 0.05), 32),
    (".sgd(learningRate: 0.05, momentum: 0.9)", .sgd(learningRate: 0.05, momentum: 0.9), 32),
    (".rmsprop(learningRate: 0.003)", .rmsprop(learningRate: 0.003), 32),
    (".adagrad(learningRate: 0.05)", .adagrad(learningRate: 0.05), 32),
    (".adadelta()", .adadelta(), 32),
    (".adam(learningRate: 0.005)", .adam(learningRate: 0.005), 32),
    (".adam(learningRate: 0.005, amsgrad: true)", .adam(learningRate: 0.005, amsgrad: true), 32),
    (".adamW(learningRate: 0.005)", .adamW(learningRate: 0.005), 32),
    (".adamax(learningRate: 0.01)", .adamax(learningRate: 0.01), 32),
    (".nadam(learningRate: 0.005)", .nadam(learningRate: 0.005), 32),
    (".radam(learningRate: 0.005)", .radam(learningRate: 0.005), 32),
    (".lion(learningRate: 0.001)", .lion(learningRate: 0.001), 32),
    (".muon(learningRate: 0.01)", .muon(learningRate: 0.01), 32),
    (".adafactor(learningRate: 0.05)", .adafactor(learningRate: 0.05), 32),
    (".scheduleFreeAdamW(learningRate: 0.02)", .scheduleFreeAdamW(learningRate: 0.02), 32),
    (".rprop(), whole batch", .rprop(), 512),
    (".lbfgs(), whole batch", .lbfgs(), 512),
  ]
  head("optimizer", "steps", "training loss after 5 epochs", "after 40", "test loss")
  for (name, optimizer, batchSize) in all {
    let trainer = Trainer(
      anyModel: network(4, 32), loss: .meanSquaredError, optimizer: optimizer, schedule: .constant, seed: 1)
    let history = try trainer.fit(train, epochs: 40, batchSize: batchSize)
    let steps = 40 * (512 / batchSize)
    row("`\(name)`", "\(steps)", fixed(history.losses[4]), fixed(history.losses[39]), fixed(try trainer.evaluate(test)))
  }
}

// ---- Each schedule under Adam

func schedules() throws {
  let (train, test) = (try samples(512, seed: 1), try samples(512, seed: 2))
  let steps = 40 * 16
  let all: [(String, any Schedule)] = [
    (".constant", .constant),
    (".step(stepSize: 200, gamma: 0.3)", .step(stepSize: 200, gamma: 0.3)),
    (".multiStep(milestones: [300, 500])", .multiStep(milestones: [300, 500])),
    (".exponential(gamma: 0.995)", .exponential(gamma: 0.995)),
    (".polynomial(steps: 640)", .polynomial(steps: steps)),
    (".cosine(steps: 640)", .cosine(steps: steps)),
    (".cosine(steps: 590).warmedUp(steps: 50)", CosineSchedule(steps: steps - 50).warmedUp(steps: 50)),
    (".cosineRestarts(firstPeriod: 91, factor: 2)", .cosineRestarts(firstPeriod: 91, factor: 2)),
    (".oneCycle(maximum: 0.03, steps: 640)", .oneCycle(maximum: 0.03, steps: steps)),
    (".constant.then(.cosine(steps: 320), after: 320)", ConstantSchedule().then(.cosine(steps: 320), after: 320)),
    (".plateau(factor: 0.3, patience: 3)", .plateau(factor: 0.3, patience: 3)),
  ]
  head("schedule, over Adam at 0.01", "last rate", "training loss", "test loss")
  for (name, schedule) in all {
    let trainer = Trainer(
      anyModel: network(4, 32), loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01), schedule: schedule,
      seed: 1)
    let history = try trainer.fit(train, epochs: 40, batchSize: 32)
    let last = history.epochs[39]
    row("`\(name)`", fixed(last.learningRate, 6), fixed(last.loss), fixed(try trainer.evaluate(test)))
  }
  let finder = Trainer(network(4, 32), loss: .meanSquaredError, optimizer: .adam(), seed: 1)
  let curve = try finder.findLearningRate(train)
  print("\nA range test with Adam suggests \(curve.suggestion.map { fixed($0, 4) } ?? "nothing").")
}

// ---- What keeps a network that is too large from learning the noise

func regularization() throws {
  let train = try samples(80, seed: 1, columns: 12, noise: 0.3)
  let (validation, test) = (
    try samples(80, seed: 2, columns: 12, noise: 0.3), try samples(2000, seed: 3, columns: 12)
  )
  let adam = Adam(learningRate: 0.003)
  let decay = AdamW(learningRate: 0.003, weightDecay: 1)
  let all: [(String, any Optimizer, Double, Bool)] = [
    ("nothing", adam, 0, false),
    ("`.adamW(learningRate: 0.003, weightDecay: 1)`", decay, 0, false),
    (
      "the same with `.group(\"*.bias\") { $0.weightDecay = 0 }`", decay.group("*.bias") { $0.weightDecay = 0 }, 0,
      false
    ),
    ("`.l1(0.003, on: \"*.weight\")`", adam.l1(0.003, on: "*.weight"), 0, false),
    ("`.maxNorm(0.7)`", adam.maxNorm(0.7), 0, false),
    ("`Dropout(0.3)`", adam, 0.3, false),
    ("`.averaged(decay: 0.99)`", adam.averaged(decay: 0.99), 0, false),
    ("`.clipped(norm: 0.1)`", adam.clipped(norm: 0.1), 0, false),
    ("`EarlyStopping(patience: 20)`", adam, 0, true),
    ("dropout, L1 and early stopping", adam.l1(0.003, on: "*.weight"), 0.3, true),
  ]
  head("what", "epochs", "loss on the 80 rows", "test loss", "weights below 0.01")
  for (name, optimizer, dropout, stops) in all {
    let net = network(12, 64, dropout: dropout)
    let trainer = Trainer(
      anyModel: net, loss: .meanSquaredError, optimizer: optimizer, schedule: .constant, seed: 1)
    let history = try trainer.fit(
      train, validation: validation, epochs: 300, batchSize: 16,
      earlyStopping: stops ? EarlyStopping(patience: 20) : nil)
    let weights = net.namedParameters.filter { $0.name.hasSuffix("weight") }.flatMap { $0.parameter.value.doubles }
    let small = Double(weights.filter { abs($0) < 0.01 }.count) / Double(weights.count)
    row(
      name, "\(history.epochs.count)", fixed(try trainer.evaluate(train)), fixed(try trainer.evaluate(test)),
      "\(Int((small * 100).rounded()))%")
  }
}

// ---- What was learned on many rows of one task, on few of another

func transfer() throws {
  let many = try samples(4000, seed: 1)
  let (few, test) = (try samples(40, seed: 5, shift: 0.5), try samples(2000, seed: 6, shift: 0.5))
  let source = network(4, 32)
  let teacher = Trainer(
    source, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.005), schedule: .cosine(steps: 60 * 125), seed: 1)
  try teacher.fit(many, epochs: 60)
  let state = source.stateDictionary()

  func pretrained() throws -> Sequential {
    let net = network(4, 32)
    try net.load(state)
    return net
  }
  func trained(_ name: String, _ net: Sequential, _ rate: Double = 0.003) throws {
    let learned = net.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.shape.elementCount }
    let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .adam(learningRate: rate), seed: 2)
    try trainer.fit(few, epochs: 200, batchSize: 8)
    row(name, "\(learned)", fixed(try trainer.evaluate(few)), fixed(try trainer.evaluate(test)))
  }
  head("on 40 rows of the second task", "numbers learned", "loss on them", "test loss")
  let untouched = Trainer(try pretrained(), loss: .meanSquaredError, optimizer: .adam(), seed: 2)
  row("the first task's network as it is", "0", fixed(try untouched.evaluate(few)), fixed(try untouched.evaluate(test)))
  try trained("from scratch", network(4, 32))
  let frozen = try pretrained()
  try frozen.freeze("0")
  try frozen.freeze("3")
  try trained("the last layer, the others frozen", frozen)
  try trained("all layers", try pretrained())
  try trained("`adapted(rank: 2)`", try pretrained().adapted(rank: 2))
}
