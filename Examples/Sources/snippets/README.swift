// swift-format-ignore-file
// The Swift of README.md, as it stands there.
import Glia

/// A network of one's own for a table.
struct MyNet: Module {
  let layer: Linear
  init(_ inputs: Int, _ outputs: Int) { layer = Linear(inputs, outputs) }
  func callAsFunction(_ x: Tensor) -> Tensor { layer(x) }
}
func readme1(train: Samples, test: Samples, x: Tensor) throws {

  // The neuron.
  let and = try Perceptron(learningRate: 0.01, epochs: 15).fit([[0, 0], [0, 1], [1, 0], [1, 1]], labels: [0, 0, 0, 1])
  print(and.history.convergedAtEpoch!)  // 6

  // A network as a value made of layers …
  struct Net: Module {
    let fc1 = Linear(4, 8), fc2 = Linear(8, 4), out = Linear(4, 1)
    func callAsFunction(_ x: Tensor) -> Tensor { sigmoid(out(relu(fc2(relu(fc1(x)))))) }
  }

  // … or as a list.
  let net = Sequential {
    Linear(4, 64); ReLU()
    Linear(64, 32); ReLU()
    Linear(32, 1)
  }
  let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.001), seed: 1)
  let history = try trainer.fit(train, validation: test, epochs: 100, earlyStopping: EarlyStopping(patience: 10))
  print(history.bestEpoch, history.stopReason!)

  // Gradients of any function, of any order.
  let (value, slope) = valueAndGradient(at: x) { x in (x * x).sum() }

  // One row in less than a microsecond.
  let predict = try CompiledModel(net, input: [1, 4])
  print(predict([0.1, 0.2, 0.3, 0.4]))

  // A file that runs without the Swift that defined the network.
  try net.save(to: "net.safetensors", input: [4])
  let again = try CompiledModel(path: "net.safetensors")

  // A whole table, with Glia's own network or yours.
  let model = try TabularModel.fit(Table(csv: "housing.csv"), target: "median_house_value")
  let other = try TabularModel.fit(Table(csv: "iris.csv"), target: "species") { inputs, outputs in MyNet(inputs, outputs) }
  try model.save(to: "housing.safetensors")
}
