import GliaGraph
import GliaNeuralNetworks
import GliaPasses
import GliaRuntime
import GliaTensors

/// One step of training, forward, backward and update, compiled once for each shape of its inputs.
///
/// All trainable parameters lie in one buffer, and so does each of the optimizer's slots: the update of a whole model is one
/// pass over memory. The parameters keep their identity; reading one or setting one from outside reaches the same
/// memory. Freezing a parameter or making one trainable lays the buffer out anew before the next step.
package final class TrainingStep {
  package let model: any Module
  package let loss: any Loss
  package let optimizer: any Optimizer

  /// What a batch looks like.
  package struct BatchType: Hashable {
    package let inputs: TensorType
    package let targets: TensorType
    package let isWeighted: Bool
    package init(inputs: TensorType, targets: TensorType, isWeighted: Bool) {
      self.inputs = inputs
      self.targets = targets
      self.isWeighted = isWeighted
    }
  }

  /// A compiled step. Write a batch to the addresses, run, read the loss.
  package final class Prepared {
    fileprivate let executable: any Executable
    package let inputs: UnsafeMutableRawPointer
    package let targets: UnsafeMutableRawPointer
    package let weights: UnsafeMutableRawPointer?
    private let learningRate: UnsafeMutablePointer<Double>
    private let key: UnsafeMutablePointer<Int64>
    private let loss: UnsafeRawPointer
    private let dtype: DType

    fileprivate init(_ executable: any Executable, isWeighted: Bool, dtype: DType) {
      self.executable = executable
      self.dtype = dtype
      inputs = executable.inputAddress(0)
      targets = executable.inputAddress(1)
      learningRate = executable.inputAddress(2).assumingMemoryBound(to: Double.self)
      key = executable.inputAddress(3).assumingMemoryBound(to: Int64.self)
      weights = isWeighted ? executable.inputAddress(4) : nil
      loss = executable.outputAddress(0)
    }

    /// Takes the step and gives the batch's loss, before the update.
    package func run(learningRate rate: Double, seed: UInt64, step: Int) -> Double {
      key[0] = Int64(bitPattern: seed)
      key[1] = Int64(step)
      learningRate.pointee = rate
      executable.run()
      return dtype == .float64
        ? loss.assumingMemoryBound(to: Double.self)[0] : Double(loss.assumingMemoryBound(to: Float.self)[0])
    }
  }

  private var prepared: [BatchType: Prepared] = [:]
  private var layout: [ObjectIdentifier] = []
  private var trainable: [Parameter] = []
  private var flat = Variable(TensorType([0], .float32), name: "parameters")
  /// The optimizer's state, slot by slot.
  private var slots: [Variable] = []

  package init(model: any Module, loss: any Loss, optimizer: any Optimizer) {
    self.model = model
    self.loss = loss
    self.optimizer = optimizer
  }

  package func prepare(_ type: BatchType) throws -> Prepared {
    try layOut()
    if let step = prepared[type] { return step }
    let step = Prepared(
      currentBackend.prepare(trace(type)), isWeighted: type.isWeighted, dtype: flat.type.dtype)
    prepared[type] = step
    return step
  }

  /// The graph of a step, for printing and for tests.
  package func graph(_ type: BatchType) throws -> Graph {
    try layOut()
    return trace(type)
  }

  // ---- Memory

  /// Moves what is trainable into one buffer, where that has changed.
  private func layOut() throws {
    let parameters = model.namedParameters.map(\.parameter)
    let wanted = parameters.filter(\.isTrainable)
    let identity = parameters.map(ObjectIdentifier.init) + wanted.map(ObjectIdentifier.init)
    // Another trainer of the same model would have taken the parameters elsewhere.
    let isInPlace = wanted.allSatisfy { $0.variable.buffer === flat.buffer }
    guard identity != layout || !isInPlace else { return }
    guard let dtype = wanted.first?.dtype else {
      throw TrainingError("The model has no trainable parameter: there is nothing to train. Unfreeze a part of it.")
    }
    if let odd = wanted.first(where: { $0.dtype != dtype }) {
      throw TrainingError("'\(odd.name)' is \(odd.dtype), other parameters are \(dtype). Make them all one type.")
    }
    layout = identity
    prepared = [:]
    let old = (parameters: trainable, slots: slots)
    trainable = wanted
    let count = wanted.reduce(0) { $0 + $1.shape.elementCount }
    let buffer = Buffer(byteCount: count * dtype.byteCount)
    flat = Variable(TensorType([count], dtype), name: "parameters", buffer: buffer)
    slots = optimizer.slots.map { makeSlot($0, count, dtype) }
    carryOver(old.parameters, old.slots)
    var offset = 0
    for parameter in wanted {
      parameter.variable.move(to: buffer, byteOffset: offset)
      offset += parameter.shape.elementCount * dtype.byteCount
    }
  }

  private func makeSlot(_ slot: OptimizerSlot, _ count: Int, _ dtype: DType) -> Variable {
    let type = slot.layout == .scalar ? TensorType([], .float64) : TensorType([count], dtype)
    let variable = Variable(type, name: slot.name)
    ReferenceArray(type, .init(repeating: slot.initialValue, count: type.shape.elementCount))
      .write(to: variable.address)
    return variable
  }

  /// Keeps the optimizer's state of the parameters that were trained before too.
  private func carryOver(_ old: [Parameter], _ oldSlots: [Variable]) {
    guard !old.isEmpty else { return }
    var places: [ObjectIdentifier: Int] = [:]
    var offset = 0
    for parameter in old {
      places[ObjectIdentifier(parameter)] = offset
      offset += parameter.type.byteCount
    }
    for (slot, oldSlot) in zip(slots, oldSlots) {
      if slot.type.shape.rank == 0 {
        slot.address.copyMemory(from: oldSlot.address, byteCount: slot.type.byteCount)
        continue
      }
      var offset = 0
      for parameter in trainable {
        let count = parameter.type.byteCount
        if let place = places[ObjectIdentifier(parameter)] {
          (slot.address + offset).copyMemory(from: oldSlot.address + place, byteCount: count)
        }
        offset += count
      }
    }
  }

  // ---- The graph

  private func trace(_ type: BatchType) -> Graph {
    let dtype = flat.type.dtype
    let x = Node.make(Input("inputs", type.inputs))
    let y = Node.make(Input("targets", type.targets))
    let rate = Node.make(Input("learningRate", TensorType([], .float64)))
    let key = Node.make(Input("key", TensorType([2], .int64)))
    var inputs = [x, y, rate, key]
    let weights = type.isWeighted ? Node.make(Input("weights", TensorType([type.inputs.shape[0]], dtype))) : nil
    if let weights { inputs.append(weights) }

    let trace = Trace(isTraining: true, key: key)
    return trace {
      let parameters = trace.read(flat)
      let pieces = bindPieces(of: parameters, trace)
      let value = loss(model(Tensor(x)), Tensor(y), weights: weights.map { Tensor($0) }, reduction: .mean)
      let slopes = gradients(of: value.node, seed: .fill(1, value.node.type), by: pieces)
      let gradient = Tensor.concatenate(
        zip(slopes, pieces).map { Tensor($0 ?? .fill(0, $1.type)).flattened() })
      let updated = optimizer.update(
        parameter: Tensor(parameters), gradient: gradient, state: slots.map { Tensor(trace.read($0)) },
        learningRate: Tensor(rate))
      var updates = [Graph.Update(flat, updated.parameter.node)]
      updates += zip(slots, updated.state).map { Graph.Update($0, $1.node) }
      return Graph(inputs: inputs, outputs: [value.node], updates: updates + trace.updates)
    }
  }

  /// Lets each parameter stand for its piece of the flat vector.
  private func bindPieces(of flat: Node, _ trace: Trace) -> [Node] {
    var offset = 0
    return trainable.map { parameter in
      let count = parameter.shape.elementCount
      let piece = Node.make(
        Reshape(parameter.shape), .make(Slice(starts: [offset], ends: [offset + count], steps: [1]), flat))
      offset += count
      trace.bind(parameter.variable, to: piece)
      return piece
    }
  }

  // ---- State for checkpoints

  /// The optimizer's state: slot name, and the place of its scalars.
  package func optimizerState() throws -> [(name: String, variable: Variable)] {
    try layOut()
    return zip(optimizer.slots, slots).map { ($0.name, $1) }
  }

  /// Where the trainable parameters lie, one behind the other.
  package func flatParameters() throws -> Variable {
    try layOut()
    return flat
  }
}
