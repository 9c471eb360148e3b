import GliaGraph
import GliaNeuralNetworks
import GliaRuntime
import GliaTensors

/// A model compiled for one shape of float32 inputs, to be called again and again without making tensors.
///
///     let predict = try CompiledModel(net, input: [1, 4])
///     let price = predict([0.1, 0.2, 0.3, 0.4])[0]
///
/// It reads the model's parameters when it is called, so training goes on to show in it. One caller at a time; make one for
/// each thread that predicts.
///
/// With `weights: .float32` what products multiply by is copied when the model is compiled, laid out as the products read it: the
/// same outputs, in about half the time where rows are few. With `weights: .bfloat16` it is rounded too: half the memory to read,
/// which is what bounds the time of a few rows, at 8 significant bits of each weight. Inputs, biases, sums and everything else stay
/// float32. Training does not show in such copies; compile again afterwards.
public final class CompiledModel {
  public let inputShape, outputShape: Shape
  private let executable: any Executable
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeBufferPointer<Float>
  /// Whether scalars are read where the caller has them: copying many takes longer than to resolve a plan's addresses anew.
  private var readsInPlace: Bool { input.count >= 1 << 18 }

  /// - Parameter weights: in which numbers copies of the products' weights are kept. Where it is left out there are no copies, and
  ///   training shows.
  /// - Throws: `ShapeMismatch` with the layer that does not take the input, or ``TrainingError`` for a model that does not give
  ///   float32.
  public init(_ model: some Module, input shape: Shape, weights: Precision? = nil) throws {
    let type = try model.outputType(for: TensorType(shape, .float32))
    guard type.dtype == .float32 else {
      throw TrainingError("The model gives \(type.dtype); a compiled model gives float32.")
    }
    inputShape = shape
    outputShape = type.shape
    let node = Node.make(Input("input", TensorType(shape, .float32)))
    let result = Trace(isTraining: false)({ model(Tensor(node)) })
    let graph = Graph(inputs: [node], outputs: [result.node])
    executable = currentBackend.prepare(weights.map(graph.keepingWeights) ?? graph)
    input = .init(
      start: executable.inputAddress(0).assumingMemoryBound(to: Float.self), count: inputShape.elementCount)
    output = .init(
      start: executable.outputAddress(0).assumingMemoryBound(to: Float.self), count: outputShape.elementCount)
  }

  /// The outputs for scalars given row by row. Numbers of scalars other than the shapes' trap, as an array's index does.
  public func callAsFunction(_ scalars: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>) {
    precondition(
      scalars.count == input.count && result.count == output.count,
      "A compiled model of \(inputShape) → \(outputShape) got \(scalars.count) scalars and room for \(result.count).")
    if readsInPlace {
      executable.readInput(0, at: scalars.baseAddress!)
    } else {
      _ = input.update(fromContentsOf: scalars)
    }
    executable.run()
    _ = result.update(fromContentsOf: output)
  }

  public func callAsFunction(_ scalars: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: output.count) { result, count in
      count = output.count
      scalars.withUnsafeBufferPointer { self($0, into: .init(rebasing: result[0..<count])) }
    }
  }
}
