import GliaGraph
import GliaRuntime

/// A function that is traced and compiled once for each combination of its arguments' shapes and types, and then only runs.
///
///     let area = compile { (x: [Tensor]) in [x[0] * x[0] * Double.pi] }
///
/// Parameters are read when it runs, so a changed parameter shows in the next call.
public final class CompiledFunction {
  private let body: ([Tensor]) -> [Tensor]
  private var prepared: [[TensorType]: (executable: any Executable, outputs: [TensorType])] = [:]

  fileprivate init(_ body: @escaping ([Tensor]) -> [Tensor]) { self.body = body }

  public func callAsFunction(_ arguments: [Tensor]) -> [Tensor] {
    let types = arguments.map(\.node.type)
    let (executable, outputs) = prepared[types] ?? prepare(types)
    for (index, argument) in arguments.enumerated() {
      executable.inputAddress(index).copyMemory(from: argument.buffer.address, byteCount: types[index].byteCount)
    }
    executable.run()
    return outputs.enumerated().map { index, type in
      let buffer = Buffer(byteCount: type.byteCount)
      buffer.address.copyMemory(from: executable.outputAddress(index), byteCount: type.byteCount)
      return Tensor(.make(Constant(buffer, type)))
    }
  }

  public func callAsFunction(_ argument: Tensor) -> Tensor { self([argument])[0] }

  private func prepare(_ types: [TensorType]) -> (any Executable, [TensorType]) {
    let inputs = types.enumerated().map { Node.make(Input("argument \($0)", $1)) }
    let outputs = Trace(isTraining: false)({ body(inputs.map { Tensor($0) }) })
    let executable = currentBackend.prepare(Graph(inputs: inputs, outputs: outputs.map(\.node)))
    let entry = (executable, outputs.map(\.node.type))
    prepared[types] = entry
    return entry
  }
}

/// Compiles a function of tensors. See ``CompiledFunction``.
public func compile(_ body: @escaping ([Tensor]) -> [Tensor]) -> CompiledFunction { CompiledFunction(body) }

/// Compiles a function of one tensor. See ``CompiledFunction``.
public func compile(_ body: @escaping (Tensor) -> Tensor) -> CompiledFunction {
  CompiledFunction { [body($0[0])] }
}
