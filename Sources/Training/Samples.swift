import GliaGraph
import GliaNeuralNetworks
import GliaTensors

/// Rows to learn from: inputs, what they ought to give, and how much each counts.
///
///     let samples = try Samples(inputs: x, targets: y)     // x: [rows, features], y: [rows, outputs]
public struct Samples {
  /// [rows, …]
  public let inputs: Tensor
  /// [rows, …]; class indices are int32 or int64 of [rows].
  public let targets: Tensor
  /// [rows], of the inputs' type; nil where all count the same.
  public let weights: Tensor?

  /// - Throws: ``TrainingError`` where the numbers of rows differ, or a weight is negative or not finite, or all are zero.
  public init(inputs: Tensor, targets: Tensor, weights: Tensor? = nil) throws {
    guard inputs.rank >= 1, targets.rank >= 1, inputs.shape[0] == targets.shape[0] else {
      throw TrainingError(
        "The inputs are \(inputs.shape), the targets \(targets.shape): the first axis of both is the rows and has to agree."
      )
    }
    if let weights {
      guard weights.shape == [inputs.shape[0]] else {
        throw TrainingError(
          "The weights are \(weights.shape); there has to be one for each of \(inputs.shape[0]) rows.")
      }
      let values = weights.doubles
      if let row = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw TrainingError("The weight of row \(row) is \(values[row]); it has to be a finite number of at least 0.")
      }
      guard values.contains(where: { $0 > 0 }) else {
        throw TrainingError("All weights are zero: there is nothing to learn from.")
      }
    }
    self.inputs = inputs
    self.targets = targets
    self.weights = weights.map { $0.cast(to: inputs.dtype.isFloatingPoint ? inputs.dtype : .float32) }
  }

  public var count: Int { inputs.shape[0] }

  /// The samples of the given rows, in their order.
  public func rows(_ rows: [Int]) throws -> Samples {
    if let row = rows.first(where: { !(0..<count).contains($0) }) {
      throw TrainingError("Row \(row) is not one of the \(count) rows.")
    }
    let indices = Tensor(rows.map(Int64.init), shape: [rows.count])
    return try Samples(
      inputs: inputs.gathered(indices), targets: targets.gathered(indices),
      weights: weights.map { $0.gathered(indices) })
  }

  /// The samples so many times, one time behind the other.
  func repeated(_ times: Int) throws -> Samples {
    try rows((0..<times).flatMap { _ in 0..<count })
  }

  /// The types of a batch of `count` rows.
  package func signature(_ count: Int) -> TrainingStep.Signature {
    func batch(_ tensor: Tensor) -> TensorType {
      TensorType(Shape([count] + tensor.shape.dropFirst()), tensor.dtype)
    }
    return .init(input: batch(inputs), target: batch(targets), weights: weights.map(batch))
  }
}

/// Copies rows by index from one array into another: all that a batch costs.
package struct RowGather {
  private let buffer: Buffer
  private let source: UnsafeRawPointer
  private let rowByteCount: Int

  package init(_ tensor: Tensor) {
    self.init(tensor.buffer, rowByteCount: tensor.shape.dropFirst().reduce(tensor.dtype.byteCount, *))
  }

  package init(_ buffer: Buffer, rowByteCount: Int) {
    self.buffer = buffer
    source = .init(buffer.address)
    self.rowByteCount = rowByteCount
  }

  package func callAsFunction(_ rows: ArraySlice<Int32>, to target: UnsafeMutableRawPointer) {
    let size = rowByteCount
    var place = target
    rows.withUnsafeBufferPointer { rows in
      switch size {
      case 4:
        let (from, to) = (source.assumingMemoryBound(to: UInt32.self), target.assumingMemoryBound(to: UInt32.self))
        for (i, row) in rows.enumerated() { to[i] = from[Int(row)] }
      case 16:
        let from = source.assumingMemoryBound(to: SIMD4<UInt32>.self)
        let to = target.assumingMemoryBound(to: SIMD4<UInt32>.self)
        for (i, row) in rows.enumerated() { to[i] = from[Int(row)] }
      default:
        for row in rows {
          place.copyMemory(from: source + Int(row) * size, byteCount: size)
          place += size
        }
      }
    }
  }
}
