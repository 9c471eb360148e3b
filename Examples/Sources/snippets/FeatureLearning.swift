// swift-format-ignore-file
// The Swift of Guides/FeatureLearning.md, as it stands there.
import Glia

func featureLearning1() throws {
  let table = try Table(csv: "breast_cancer.csv")
  let autoencoder = try TableAutoencoder.fit(table, width: 4, kind: .denoising(), target: "diagnosis")
  let codes = try autoencoder.codes(of: table)        // [rows, 4]
  let errors = try autoencoder.errors(of: table)      // one a row
  try autoencoder.save(to: "breast_cancer.safetensors")
}

func featureLearning2(x: Tensor) throws {
  let net = try Autoencoder(inputs: 784, width: 32, hidden: [512, 256])
  try Trainer(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.001))
    .fit(Samples(inputs: x, targets: x), epochs: 10)
  let codes = net.encoder(x)
}
