// A neuron learns AND, and shows that it cannot learn XOR.
import Glia

let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]

let and = try Perceptron(learningRate: 0.01, epochs: 15).fit(inputs, labels: [0, 0, 0, 1])
print("AND: weights \(and.weights), bias \(and.bias)")
print("     mistakes in each epoch \(and.history.mistakesPerEpoch)")
print(
  "     converged at epoch \(and.history.convergedAtEpoch.map(String.init) ?? "none"), predicts \(try and.predict(inputs))"
)

let xor = try Perceptron(learningRate: 0.01, epochs: 15).fit(inputs, labels: [0, 1, 1, 0])
print("XOR: predicts \(try xor.predict(inputs))")
print("     \(xor.history.warning ?? "no warning")")
