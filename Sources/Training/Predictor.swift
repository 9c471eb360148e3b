import GliaGraph
import GliaNeuralNetworks
import GliaRuntime
import GliaTensors

/// A model compiled for inference, in blocks of rows. Parameters are read when it runs.
package final class Predictor {
  private let model: any Module
  private var prepared: [TensorType: (executable: any Executable, output: TensorType)] = [:]
  /// Rows that are computed at a time: enough to keep products large, few enough to stay in cache.
  private let blockRows = 1024

  package init(_ model: any Module) { self.model = model }

  /// The model's output for every row of the inputs: [rows, …].
  package func callAsFunction(_ inputs: Tensor) -> Tensor {
    let count = inputs.shape[0]
    let source = inputs.buffer
    let rowByteCount = inputs.shape.dropFirst().reduce(inputs.dtype.byteCount, *)
    var result: (buffer: Buffer, rowByteCount: Int, type: TensorType)?
    var start = 0
    repeat {
      let rows = min(blockRows, count - start)
      let type = TensorType(Shape([rows] + inputs.shape.dropFirst()), inputs.dtype)
      let (executable, output) = prepare(type)
      executable.inputAddress(0).copyMemory(
        from: source.address + start * rowByteCount, byteCount: rows * rowByteCount)
      executable.run()
      if result == nil {
        let rowBytes = output.shape.dropFirst().reduce(output.dtype.byteCount, *)
        let whole = TensorType(Shape([count] + output.shape.dropFirst()), output.dtype)
        result = (Buffer(byteCount: whole.byteCount), rowBytes, whole)
      }
      (result!.buffer.address + start * result!.rowByteCount).copyMemory(
        from: executable.outputAddress(0), byteCount: rows * result!.rowByteCount)
      start += rows
    } while start < count
    return Tensor(.make(Constant(result!.buffer, result!.type)))
  }

  /// The same for a model that was read from a file, and so may not be what it says.
  ///
  /// - Throws: `ShapeMismatch` where it does not take the inputs, or does not give a row for each row.
  package func outputs(for inputs: Tensor) throws -> Tensor {
    for rows in Set([min(blockRows, inputs.shape[0]), inputs.shape[0] % blockRows]) where rows > 0 {
      let type = TensorType(Shape([rows] + inputs.shape.dropFirst()), inputs.dtype)
      let output = try model.outputType(for: type).shape
      guard output.first == rows else {
        throw ShapeMismatch("The network gives \(output) for \(rows) rows; the first axis has to be the rows.")
      }
    }
    return self(inputs)
  }

  private func prepare(_ type: TensorType) -> (executable: any Executable, output: TensorType) {
    if let known = prepared[type] { return known }
    let input = Node.make(Input("inputs", type))
    let output = Trace(isTraining: false)({ model(Tensor(input)) })
    let entry = (currentBackend.prepare(Graph(inputs: [input], outputs: [output.node])), output.node.type)
    prepared[type] = entry
    return entry
  }
}
