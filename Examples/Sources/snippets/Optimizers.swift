// swift-format-ignore-file
// The Swift of Guides/Optimizers.md, as it stands there.
import Glia

func optimizers1(net: Sequential) throws {
  let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.001))
}

func optimizers2() throws {
  let gentle: any Optimizer = .adamW(learningRate: 0.001).clipped(norm: 1)
  let spared: any Optimizer = .adamW(learningRate: 0.001).group("*.bias") { $0.weightDecay = 0 }
  let slower: any Optimizer = .adamW(learningRate: 0.001).group("encoder", .adamW(learningRate: 0.0001)).clipped(norm: 1)
  let steady: any Optimizer = .sgd(learningRate: 0.1, momentum: 0.9).accumulated(steps: 4).averaged(decay: 0.999)
}

func optimizers3(net: Sequential) throws {
  Trainer(net, loss: .crossEntropy, optimizer: .adamW(), schedule: .cosine(steps: 10_000).warmedUp(steps: 500))
}

func optimizers4(trainer: Trainer, train: Samples, table: Table) throws {
  let curve = try trainer.findLearningRate(train)
  print(curve.suggestion ?? 0, curve.points.map(\.smoothedLoss))
  let rates = try TabularModel.findLearningRate(table, target: "credit")   // of what fit would train
}
