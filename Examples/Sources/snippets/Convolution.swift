// swift-format-ignore-file
// The Swift of Guides/Convolution.md, as it stands there.
import Glia

func convolution1(train: Samples, steps: Int) throws {
  let net = Sequential {
    Conv2d(1, 6, kernel: 5, padding: .same); ReLU(); MaxPool2d(kernel: 2)
    Conv2d(6, 16, kernel: 5); ReLU(); MaxPool2d(kernel: 2)
    Flatten()
    Linear(400, 120); ReLU()
    Linear(120, 84); ReLU()
    Linear(84, 10)
  }
  let trainer = Trainer(
    net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.002), schedule: .cosine(steps: steps), seed: 1)
  try trainer.fit(train, epochs: 12, batchSize: 128)
}
