import GliaTensors

/// A function of your own between layers, in a line: `CustomActivation("snake") { x in x + x.sin().squared() }`.
///
/// It is differentiated and compiled like any other. A file holds a network that has one as its inference graph, which needs
/// nothing of this Swift; what a file cannot hold is the function itself, so such a network is not described layer by layer.
public struct CustomActivation: Nonlinearity {
  /// What the summary calls it.
  public let name: String
  public let precedingInitializer: Initializer
  private let function: (Tensor) -> Tensor

  /// - Parameter precedingInitializer: how the weight before it starts.
  public init(
    _ name: String, precedingInitializer: Initializer = .glorotUniform, _ function: @escaping (Tensor) -> Tensor
  ) {
    self.name = name
    self.precedingInitializer = precedingInitializer
    self.function = function
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = function(x)
    ShapeProbe.current?.note(.init(kind: name, parameters: [], output: y.shape))
    return y
  }
}
