import GliaGraph
import GliaTensors

/// An input that a layer does not take: which layer, what it expects, what it got.
public struct ShapeMismatch: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  package init(_ description: String) { self.description = description }
}

/// A walk through a module that computes nothing: it finds the shapes, and the first input that does not fit.
///
/// Within a probe, a layer whose input does not fit says so here and goes on with a tensor of the shape that it would have
/// given; elsewhere it traps, as arithmetic does. So data can be checked against any module without risk.
final class ShapeProbe: @unchecked Sendable {
  // Unchecked: a probe lives in one synchronous call, on one thread.

  struct Call {
    let kind: String
    /// What it goes by, where that is not the path that its parameters share.
    var path: String?
    /// The layer's parameters, in order.
    let parameters: [Parameter]
    let output: Shape
  }

  @TaskLocal static var current: ShapeProbe?

  private(set) var calls: [Call] = []
  private(set) var error: (any Error)?

  func note(_ call: Call) { calls.append(call) }
  func note(_ error: any Error) { if self.error == nil { self.error = error } }

  static func run(_ module: some Module, on type: TensorType) throws -> (output: TensorType, calls: [Call]) {
    try module.validate()
    let probe = ShapeProbe()
    let output = ShapeProbe.$current.withValue(probe) {
      Trace(isTraining: false)({ module(Tensor(.make(Input("input", type)))).node.type })
    }
    if let error = probe.error { throw error }
    return (output, probe.calls)
  }
}

extension Module {
  /// The shape of the output for an input's shape, batch included; nothing is computed, and no parameter needs a value.
  ///
  /// - Throws: `ShapeMismatch` with the layer that does not take what it gets, and both shapes; `SettingError` for a
  ///   setting that is out of range.
  public func outputShape(for input: Shape, dtype: DType = .float32) throws -> Shape {
    try outputType(for: TensorType(input, dtype)).shape
  }

  package func outputType(for input: TensorType) throws -> TensorType {
    try ShapeProbe.run(self, on: input).output
  }
}
