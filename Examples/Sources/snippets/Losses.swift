// swift-format-ignore-file
// The Swift of Guides/Losses.md, as it stands there.
import Glia

func losses1(net: Sequential, output: Tensor, target: Tensor, w: Tensor) throws {
  let loss = Huber(delta: 0.5)
  loss(output, target)                                        // the mean: one number
  loss(output, target, weights: w, reduction: .sum)           // Σ w · loss, one weight a row
  loss(output, target, reduction: .none)                      // each by itself
  loss.prediction(from: output)                               // what the output means

  let trainer = Trainer(net, loss: .huber(delta: 0.5), optimizer: .adam())
  try Catalog.losses.make("huber", ["delta": 0.5])            // by name, from a file or a command line
}

func losses2(x: Tensor, rows: Int) throws {
  let net = Sequential { Linear(8, 16); ReLU(); Linear(16, 4) }             // [rows, 3, 8] → [rows, 3, 4]
  let triples = try Samples(inputs: x, targets: .zeros([rows, 0]))
  try Trainer(net, loss: .tripletMargin(), optimizer: .adam()).fit(triples, epochs: 20)
}
