// One hidden layer learns XOR; the gradient of any function; a summary of the network.
import Glia

let x = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
let y = Tensor([[0], [1], [1], [0]])

let net = Sequential {
  Linear(2, 8)
  Tanh()
  Linear(8, 1)
}
let trainer = Trainer(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 1)
let history = try trainer.fit(Samples(inputs: x, targets: y), epochs: 200, batchSize: 4)
print("loss \(history.losses.first!) → \(history.losses.last!), because \(history.stopReason!)")
print("probabilities \(sigmoid(trainer.predict(x)).doubles)")

let (value, slope) = valueAndGradient(at: Tensor([1, 2, 3])) { v in (v * v).sum() }
print("Σ v² = \(value.scalar()), its gradient \(slope.doubles)")
