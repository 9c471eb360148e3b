// swift-format-ignore-file
// The Swift of Guides/ForwardAndBackward.md, as it stands there.
import Glia

func forwardAndBackward1() throws {
  let x: [[Double]] = [[0, 1], [1, 1]], y: [[Double]] = [[1], [0]]
  var net = try MLP(W1: [[0.5, -0.5], [0.25, 0.75]], W2: [[1], [-1]])
  let output = try net.forward(x)                          // a2: 0.470783, 0.529217
  try net.backward(x, targets: y, output: output)
  print(net.dW2, net.db2, net.dW1, net.db1)
}

func forwardAndBackward2() throws {
  struct Net: Module {
    let hidden = Linear(2, 2, dtype: .float64), out = Linear(2, 1, dtype: .float64)
    func callAsFunction(_ x: Tensor) -> Tensor { out(sigmoid(hidden(x))) }
  }
  let net = Net()
  try net.load([
    ("hidden.weight", Tensor([[0.5, 0.25], [-0.5, 0.75]])), ("hidden.bias", Tensor([0, 0])),
    ("out.weight", Tensor([[1, -1]])), ("out.bias", Tensor([0])),
  ])
  let x = Tensor([[0, 1], [1, 1]], dtype: .float64), y = Tensor([[1], [0]], dtype: .float64)
  let loss = BinaryCrossEntropy()                          // takes z2, and does the sigmoid itself
  let (value, slopes) = net.valueAndGradients { loss(net(x), y) }
  print(value.scalar(), slopes.map { ($0.name, $0.value.doubles) })
}

func forwardAndBackward3() throws {
  let (value, slope) = valueAndGradient(at: Tensor([1, 2, 3])) { v in (v * v).sum() }
  print(value.scalar(), slope.doubles)                     // 14.0 [2.0, 4.0, 6.0]

  // The gradient is a tensor like any other: d²(x³)/dx² = 6 x.
  let curve = gradient(at: Tensor([2])) { x in gradient(at: x) { ($0 * $0 * $0).sum() }.sum() }
  print(curve.doubles)                                     // [12.0]
}
