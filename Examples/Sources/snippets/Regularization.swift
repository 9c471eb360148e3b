// swift-format-ignore-file
// The Swift of Guides/Regularization.md, as it stands there.
import Glia

func regularization1(train: Samples, validation: Samples) throws {
  let net = Sequential {
    Linear(12, 64)
    Tanh()
    Dropout(0.3)
    Linear(64, 1)
  }
  let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .adamW(learningRate: 0.003, weightDecay: 1))
  try trainer.fit(train, validation: validation, epochs: 300, earlyStopping: EarlyStopping(patience: 20))
}

func regularization2(net: Sequential, train: Samples) throws {
  let trainer = Trainer(net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.01), seed: 1)
  try trainer.fit(train, epochs: 60, mixup: Mixup(alpha: 1))          // targets: classes, as for any cross-entropy
}
