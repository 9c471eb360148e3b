// Weights that start at zero do not learn; and how large signals are after many layers, for each initialiser.
import Glia

func short(_ value: Double) -> String {
  guard value.isFinite else { return "overflow" }
  if value == 0 { return "0" }
  if (0.01..<1000).contains(value) { return "\((value * 1000).rounded() / 1000)" }
  var (digits, exponent) = (value, 0)
  while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
  while digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
  return "\((digits * 10).rounded() / 10)e\(exponent)"
}

// XOR with eight hidden units: all that differs is the first value of the weights.
let x = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
let y = Tensor([[0], [1], [1], [0]])
print("| start | loss before | after 100 steps | after 500 | largest weight |")
print("|---|---|---|---|---|")
for initializer in [Initializer.zeros, .constant(0.5), .normal(deviation: 0.01), .glorotUniform] {
  let net = Sequential {
    Linear(2, 8, initializer: initializer)
    Tanh()
    Linear(8, 1, initializer: initializer)
  }
  let step = try TrainingStep(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.05), seed: 1)
  var losses: [Double] = []
  for _ in 0...500 { losses.append(try step(x, y)) }
  let weight = net.parameters[0].value.abs().max().scalar()
  let shown = [losses[0], losses[100], losses[500], weight].map(short).joined(separator: " | ")
  print("| `\(initializer.partDescription)` | \(shown) |")
}

// A signal of size 1 through thirty layers of 128 units: the root of the mean square of what is behind some of them.
let width = 128
let depths = [1, 10, 30]
let signal = Tensor.normal([256, width], key: RandomKey(seed: 1))
let activations: [any Activation] = [Tanh(), ReLU(), SELU()]
let columns = activations.flatMap { activation in depths.map { "\(type(of: activation).kind), layer \($0)" } }
print("\n| initialiser | " + columns.joined(separator: " | ") + " |")
print("|---|" + columns.map { _ in "---|" }.joined())
for row in Catalog.initializers.rows where row.kind != "default" {
  let initializer = try row.make([:])
  var sizes: [Double] = []
  for activation in activations {
    var current = signal
    for depth in 1...depths.last! {
      let weight = initializer([width, width], key: RandomKey(seed: 2).folding(UInt64(depth)))
      current = activation(current.matrixProduct(weight.transposed()))
      guard depths.contains(depth) else { continue }
      sizes.append(current.cast(to: .float64).squared().mean().squareRoot().scalar())
    }
  }
  print("| `\(row.kind)` | " + sizes.map(short).joined(separator: " | ") + " |")
}
