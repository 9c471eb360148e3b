// swift-format-ignore-file
// The Swift of Guides/PrecisionAndMemory.md, as it stands there.
import Glia

func precisionAndMemory1(net: Sequential, pixels: [Float]) throws {
  let predict = try CompiledModel(net, input: [1, 784], weights: .bfloat16)
  let scores = predict(pixels)
  let again = try CompiledModel(path: "digits.safetensors", weights: .bfloat16)
}

func precisionAndMemory2(net: Sequential) throws {
  let trainer = Trainer(net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.001), precision: .bfloat16)
}

func precisionAndMemory3(x: Tensor, first: Linear, second: Linear) throws {
  let net = Sequential {
    Checkpointed { Linear(64, 64); GELU(); Linear(64, 64); GELU() }
    Checkpointed { Linear(64, 64); GELU(); Linear(64, 64); GELU() }
    Linear(64, 1)
  }
  let y = checkpointed(x) { x in second(first(x).tanh()) }      // in a module of your own
}
