// swift-format-ignore-file
// The Swift of Guides/FromOtherLibraries.md, as it stands there.
import Glia

func fromOtherLibraries1() throws {
  let p = try Perceptron(learningRate: 0.01, epochs: 15).fit([[0, 0], [0, 1], [1, 0], [1, 1]], labels: [0, 0, 0, 1])
  print(try p.predict([[1, 1]]), p.history.convergedAtEpoch!)   // [1] 6
}

func fromOtherLibraries2() throws {
  let x = Tensor([-2, -1, 0, 1, 2])
  print(sigmoid(x), tanh(x), relu(x), leakyReLU(x, negativeSlope: 0.1), softmax(x))
  func mine(_ x: Tensor) -> Tensor { (x .> 0.0).select(x, x * 0.1) }      // one of your own; its gradient comes by itself
  print(gradient(at: x) { mine($0).sum() })
}

func fromOtherLibraries3() throws {
  var mlp = try MLP(inputSize: 2, hiddenSize: 4, outputSize: 1, learningRate: 0.1)
  try mlp.fit([[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]], epochs: 1000) { print($0.epoch, $0.loss) }
}

func fromOtherLibraries4() throws {
  let x: [[Double]] = [[0, 1], [1, 1]], y: [[Double]] = [[1], [0]]
  var net = try MLP(inputSize: 2, hiddenSize: 4, outputSize: 1, learningRate: 0.1)
  let output = try net.forward(x)
  try net.backward(x, targets: y, output: output)
  print(net.dW2, net.db2, net.dW1, net.db1)
  net.update()

  let layers = Sequential { Linear(2, 4); Sigmoid(); Linear(4, 1) }
  try layers.initialize(seed: 1)
  let input = Tensor(x), target = Tensor(y)
  let (value, slopes) = layers.valueAndGradients { BinaryCrossEntropy()(layers(input), target) }
  print(value.scalar(), slopes.map { ($0.name, $0.value.shape) })
}

func fromOtherLibraries5() throws {
  let x = Tensor.uniform([100, 4], key: RandomKey(seed: 1)), y = x.sum([1], keepingAxes: true) / 4
  let train = try Samples(inputs: x, targets: y), test = try train.rows(Array(0..<20))
  let model = Sequential {
    Linear(4, 64); ReLU()
    Linear(64, 32); ReLU()
    Linear(32, 1); Sigmoid()
  }
  print(try model.summary(input: [4]))
  let trainer = Trainer(model, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.001), seed: 1)
  try trainer.fit(train, validation: test, epochs: 10, batchSize: 32, earlyStopping: EarlyStopping(patience: 3))
  print(trainer.predict(test.inputs).shape, try trainer.evaluate(test))
}

func fromOtherLibraries6() throws {
  struct Net: Module {
    let fc1 = Linear(4, 8), fc2 = Linear(8, 4), out = Linear(4, 1)
    func callAsFunction(_ x: Tensor) -> Tensor { sigmoid(out(relu(fc2(relu(fc1(x)))))) }
  }
  let net = Net(), x = Tensor.ones([8, 4]), y = Tensor.ones([8, 1])
  let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.001), seed: 1)
  for _ in 0..<10 { print(try step(x, y)) }                 // forward, backward and update, compiled
  try net.save(pytorch: "/tmp/net.pt")                      // torch.load("/tmp/net.pt", weights_only=True)
  try net.load(PyTorchFile(path: "/tmp/net.pt"))            // and a state dict of torch.save, by name
}

func fromOtherLibraries7() throws {
  let zeros = Linear(4, 8, initializer: .zeros)             // all neurons stay alike: this one does not learn
  let small = Linear(4, 8, initializer: .normal(deviation: 0.01))
  let glorot = Linear(4, 8, initializer: .glorotUniform), he = Linear(4, 8, initializer: .heNormal)
  let descent: any Optimizer = SGD(learningRate: 0.1, momentum: 0.9), adam: any Optimizer = Adam(learningRate: 0.001)
  print(zeros, small, glorot, he, descent, adam)
}

func fromOtherLibraries8() throws {
  let table = try Table(csv: "iris.csv")
  let model = try TabularModel.fit(table, target: "species")    // splits, encodes, scales, trains, scores
  print(model.report.scores, try model.predict(table).classes)

  let rows = try table.rowsWithValue(in: "species").rows
  for fold in try Split.stratifiedFolds(rows, by: table.column("species"), 5, seed: 1) {
    print(fold.training.count, fold.validation.count)
  }
}

func fromOtherLibraries9() throws {
  let x = Tensor.uniform([6, 2], key: RandomKey(seed: 1))
  try x.save(npy: "/tmp/x.npy")                             // np.load("/tmp/x.npy")
  let again = try Tensor(npy: "/tmp/x.npy")                 // np.save("/tmp/x.npy", x)
  try NPZFile.write([("x", StoredTensor(again))], to: "/tmp/data.npz", compressed: true)
  print(try NPZFile(path: "/tmp/data.npz").tensor("x").shape)
  print(again.sum([0]), again.transposed(), again.reshaped([3, -1]), again.sliced(0..<2))
}
