// swift-format-ignore-file
// The Swift of Guides/Perceptron.md, as it stands there.
import Glia

func perceptron1() throws {
  let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  let and = try Perceptron(learningRate: 0.01, epochs: 15).fit(inputs, labels: [0, 0, 0, 1])
  print(try and.predict(inputs))              // [0, 0, 0, 1]
  print(and.history.convergedAtEpoch!)        // 6
}

func perceptron2() throws {
  let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  var neuron = Perceptron(learningRate: 0.01)
  for _ in 1...7 {
    neuron = try neuron.partialFit(inputs, labels: [0, 0, 0, 1])
    print(neuron.history.mistakesPerEpoch.last!, neuron.weights, neuron.bias)
  }
}

func perceptron3() throws {
  let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  let xor = try Perceptron().fit(inputs, labels: [0, 1, 1, 0])
  print(xor.history.warning ?? "")   // no line separated the classes in 15 epochs: …
}
