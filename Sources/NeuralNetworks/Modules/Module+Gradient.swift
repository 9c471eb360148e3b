import GliaGraph
import GliaPasses
import GliaTensors

extension Module {
  /// A loss and its gradient by each trainable parameter, without a step: `net.valueAndGradients { loss(net(x), y) }`.
  ///
  /// - Parameters:
  ///   - isTraining: Whether dropout drops and batch normalisation takes the batch's statistics. Running statistics stay.
  ///   - key: What dropout draws from.
  ///   - loss: A function that gives one number.
  public func valueAndGradients(
    isTraining: Bool = false, key: RandomKey = RandomKey(seed: 0), _ loss: () -> Tensor
  ) -> (value: Tensor, gradients: [(name: String, value: Tensor)]) {
    let trained = namedParameters.filter(\.parameter.isTrainable)
    let trace = Trace(isTraining: isTraining, key: isTraining ? key.node : nil, allowsReading: true)
    let nodes = trained.map { entry in
      let node = Node.make(GliaGraph.Reshape(entry.parameter.shape), entry.parameter.value.node)
      trace.bind(entry.parameter.variable, to: node)
      return node
    }
    let value = trace(loss)
    guard value.elementCount == 1 else {
      fatalError("A gradient is of one number, the function gives \(value.shape). Take its sum or mean.")
    }
    let slopes = gradients(of: value.node, seed: .fill(1, value.node.type), by: nodes)
    let tensors = zip(slopes, nodes).map { Tensor($0 ?? .fill(0, $1.type)) }
    return (value, zip(trained, tensors).map { ($0.name, $1) })
  }
}
