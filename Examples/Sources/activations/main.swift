// What each activation makes of a few numbers, its slope at 0, and how much of a signal's size it lets through.
import Glia

let points: [Double] = [-3, -1, 0, 1, 3]
let normal = Tensor.normal([100_000], key: RandomKey(seed: 1), dtype: .float64)

func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000 + 0)" }

print("| activation | f(−3) | f(−1) | f(0) | f(1) | f(3) | f′(0) | √E f² |")
print("|---|---|---|---|---|---|---|---|")
for row in Catalog.activations.rows where !["softmax", "logSoftmax", "sparsemax", "glu", "swiglu"].contains(row.kind) {
  let activation = try row.make([:])
  let values = activation(Tensor(points, dtype: .float64)).doubles
  let slope = gradient(at: Tensor(0, dtype: .float64)) { activation($0) }.scalar()
  let size = activation(normal).squared().mean().squareRoot().scalar()
  print("| `\(row.kind)` | " + (values + [slope, size]).map(rounded).joined(separator: " | ") + " |")
}

let scores = Tensor([[2, 1.5, 0.1, -1]], dtype: .float64)
print("of", scores.doubles)
print("softmax", softmax(scores).doubles.map(rounded))
print("sparsemax", sparsemax(scores).doubles.map(rounded))
print("glu", glu(scores).doubles.map(rounded))
print("swiglu", swiGLU(scores).doubles.map(rounded))
