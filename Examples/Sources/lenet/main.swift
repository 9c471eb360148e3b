// LeNet-5 learns the digits of MNIST (LeCun et al. 1998, doi:10.1109/5.726791), with ReLU and the largest of each window.
//
//   swift run -c release --package-path Examples lenet TRAIN-IMAGES TRAIN-LABELS TEST-IMAGES TEST-LABELS
import Glia

let files = Array(CommandLine.arguments.dropFirst())
struct Usage: Error, CustomStringConvertible {
  let description = "Four IDX files are needed: images and labels to train on, and to test on."
}
guard files.count == 4 else { throw Usage() }

func digits(_ images: String, _ labels: String) throws -> Samples {
  let (x, y) = (try IDX.read(images), try IDX.read(labels))
  let pixels = Tensor(x.floats, shape: [x.shape[0], 1, x.shape[1], x.shape[2]])
  return try Samples(inputs: pixels * (1 / 255), targets: Tensor(y.floats, shape: [y.shape[0]]).cast(to: .int32))
}

let (train, test) = (try digits(files[0], files[1]), try digits(files[2], files[3]))
let net = Sequential {
  Conv2d(1, 6, kernel: 5, padding: .same); ReLU(); MaxPool2d(kernel: 2)
  Conv2d(6, 16, kernel: 5); ReLU(); MaxPool2d(kernel: 2)
  Flatten()
  Linear(400, 120); ReLU()
  Linear(120, 84); ReLU()
  Linear(84, 10)
}
print(try net.summary(input: [1, 28, 28]))

let (epochs, batch) = (12, 128)
let steps = epochs * ((train.count + batch - 1) / batch)
let trainer = Trainer(
  net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.002), schedule: .cosine(steps: steps), seed: 1)
let history = try trainer.fit(train, epochs: epochs, batchSize: batch) { epoch in
  print("epoch \(epoch.number): loss \(epoch.loss), \(epoch.seconds) s")
  return .goOn
}

let predicted = trainer.predict(test.inputs).argMax()
let right = (predicted.cast(to: .int32) .== test.targets).cast(to: .float32).sum().scalar()
print("\(Int(right)) of \(test.count) test images are right, after \(history.epochs.reduce(0) { $0 + $1.seconds }) s")
