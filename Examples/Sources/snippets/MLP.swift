// swift-format-ignore-file
// The Swift of Guides/MLP.md, as it stands there.
import Glia

func mLP1() throws {
  let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  var net = try MLP(inputSize: 2, hiddenSize: 4, outputSize: 1, learningRate: 0.5, seed: 1)
  for loss in try net.fit(inputs, targets: [[0], [1], [1], [0]], epochs: 5001, every: 1000) {
    print(loss.epoch, loss.loss)
  }
  print(try net.predict(inputs))
}

func mLP2() throws {
  let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  for hidden in [1, 2, 3, 4, 8, 16] {
    var right = 0
    for seed in UInt64(0)..<20 {
      var net = try MLP(inputSize: 2, hiddenSize: hidden, outputSize: 1, learningRate: 1, seed: seed)
      try net.fit(inputs, targets: [[0], [1], [1], [0]], epochs: 2000)
      if try net.predict(inputs).map({ $0[0] > 0.5 }) == [false, true, true, false] { right += 1 }
    }
    print(hidden, right)
  }
}

func mLP3() throws {
  let x = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = Tensor([[0], [1], [1], [0]])
  let net = Sequential {
    Linear(2, 4)
    Tanh()
    Linear(4, 1)
  }
  let trainer = Trainer(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 1)
  let history = try trainer.fit(Samples(inputs: x, targets: y), epochs: 200, batchSize: 4)
  print(history.losses.first!, history.losses.last!)      // 0.709 0.0048
  print(sigmoid(trainer.predict(x)).doubles)              // 0.0008 0.9921 0.9973 0.0077
}
