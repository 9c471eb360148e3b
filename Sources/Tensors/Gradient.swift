import GliaGraph
import GliaPasses

/// The value of a function and its gradient: `valueAndGradient(at: x) { x in (x * x).sum() }`.
///
/// The function gives one number. The gradient is a tensor like any other and can be differentiated again.
public func valueAndGradient(at x: Tensor, of function: (Tensor) -> Tensor) -> (value: Tensor, gradient: Tensor) {
  let (value, gradients) = valueAndGradient(at: [x]) { function($0[0]) }
  return (value, gradients[0])
}

/// The value of a function of several tensors and its gradient by each; zeros where the value does not depend on one.
public func valueAndGradient(at xs: [Tensor], of function: ([Tensor]) -> Tensor)
  -> (value: Tensor, gradients: [Tensor])
{
  // A node of its own for each argument, so that no other use of the same tensor is mistaken for it.
  let arguments = xs.map { Node.make(Reshape($0.shape), $0.node) }
  let value = function(arguments.map { Tensor($0) })
  guard value.elementCount == 1 else {
    fatalError("gradient: the function gives \(value.shape); a gradient is of one number. Take its sum or mean.")
  }
  let slopes = gradients(of: value.node, seed: .fill(1, value.node.type), by: arguments)
  return (value, zip(slopes, arguments).map { Tensor($0 ?? .fill(0, $1.type)) })
}

/// The gradient of a function that gives one number.
public func gradient(at x: Tensor, of function: (Tensor) -> Tensor) -> Tensor {
  valueAndGradient(at: x, of: function).gradient
}
