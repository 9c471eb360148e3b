import GliaGraph
import GliaPasses
import GliaRuntime
import GliaTensors

/// One step of training: forward, loss, gradients and the optimizer's update, traced and compiled once for each combination of
/// input shapes, and then only run.
///
///     let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01), seed: 1)
///     for _ in 0..<1000 { let loss = try step(x, y) }
///
/// Parameters that have no value yet are initialised by the seed. What is set from outside, frozen or unfrozen shows in the
/// next call. Freezing keeps what the optimizer has of the other parameters; unfreezing lets it start anew.
public final class TrainingStep {
  public let model: any Module
  public let loss: any Loss
  public let optimizer: any Optimizer
  public let precision: Precision
  /// The rate of the next step: the optimizer's own until it is set, as schedules do.
  public var learningRate: Double {
    get { progress.learningRate }
    set { progress.learningRate = newValue }
  }
  /// The steps done; with the seed it says which random numbers dropout draws.
  public var stepCount: Int { progress.stepCount }

  private let progress: Progress
  // What every step reads is read without Swift's check for overlapping access, which would cost as much as the arithmetic
  // of a small network.
  @exclusivity(unchecked) private var arena: ParameterArena
  @exclusivity(unchecked) private var evaluation: EvaluationWeights
  private var prepared: [Signature: PreparedStep] = [:]
  @exclusivity(unchecked) private var last: (signature: Signature, step: PreparedStep)?
  @exclusivity(unchecked) private var repeated: Batch?

  package struct Signature: Hashable {
    package let input, target: TensorType
    package let weights: TensorType?
    package init(input: TensorType, target: TensorType, weights: TensorType? = nil) {
      self.input = input
      self.target = target
      self.weights = weights
    }
  }

  /// - Parameter precision: in which numbers products read what they multiply, forward and backward.
  /// - Throws: `SettingError` for a setting out of range, for layers that the machine cannot hold, and where nothing is to be
  ///   trained.
  public init(
    _ model: some Module, loss: some Loss, optimizer: some Optimizer, precision: Precision = .float32, seed: UInt64 = 0
  ) throws {
    try optimizer.validateSettings()
    try loss.validateSettings()
    try model.validate()
    let parameters = model.namedParameters
    try optimizer.checkNames(parameters.map(\.name))
    try ParameterSearch.checkMemory(parameters, trainedWith: optimizer)
    try model.initializeMissing(seed: seed)
    self.model = model
    self.loss = loss
    self.optimizer = optimizer
    self.precision = precision
    progress = Progress(learningRate: optimizer.learningRate, key: RandomKey(seed: seed).folding("training").seed)
    if precision == .bfloat16, let wide = parameters.first(where: { $0.parameter.dtype == .float64 }) {
      throw SettingError(
        "precision: bfloat16 is for networks of float32, and '\(wide.name)' is of float64. Leave the precision out.")
    }
    arena = try ParameterArena(parameters, optimizer)
    evaluation = EvaluationWeights(arena, optimizer)
  }

  /// Trains one step on a batch, [batch, …], and gives the loss before it.
  ///
  /// - Parameters:
  ///   - target: as the loss takes it; for a loss of classes that has ``Loss/ofProbabilities`` also [batch, classes].
  ///   - weights: One a row.
  /// - Throws: `ShapeMismatch` for an input that a layer does not take, or a target that does not fit the output.
  @discardableResult
  public func callAsFunction(_ x: Tensor, _ target: Tensor, weights: Tensor? = nil) throws -> Double {
    if repeated?.isOf(x, target, weights) == true, arena.isCurrent, !evaluation.areShown { return repeated!.run() }
    let step = try prepare(Signature(input: x.node.type, target: target.node.type, weights: weights?.node.type))
    repeated = Batch(x, target, weights, step)
    return repeated!.run()
  }

  /// The batch of the last call. Whoever trains on one batch again and again does not have its types compared each time, which
  /// would cost as much as a small step.
  private struct Batch {
    private let x, target: Node
    private let weights: Node?
    private let memory, targetMemory: UnsafeMutableRawPointer
    private let weightsMemory: UnsafeMutableRawPointer?
    private let step: PreparedStep

    init(_ x: Tensor, _ target: Tensor, _ weights: Tensor?, _ step: PreparedStep) {
      (self.x, self.target, self.weights, self.step) = (x.node, target.node, weights?.node, step)
      (memory, targetMemory, weightsMemory) = (x.buffer.address, target.buffer.address, weights?.buffer.address)
    }

    @inline(__always)
    func isOf(_ x: Tensor, _ target: Tensor, _ weights: Tensor?) -> Bool {
      self.x === x.node && self.target === target.node && self.weights === weights?.node
    }

    func run() -> Double {
      step.fill(memory, targetMemory, weights: weightsMemory)
      step.run()
      return step.loss
    }
  }

  /// The kernel calls that a step on such a batch comes to, a line each with the instructions of fused chains below.
  ///
  /// - Throws: As a step does.
  public func describe(_ x: Tensor, _ target: Tensor, weights: Tensor? = nil) throws -> String {
    try prepare(Signature(input: x.node.type, target: target.node.type, weights: weights?.node.type)).description
  }

  /// The compiled step for these types, made anew if parameters were frozen, unfrozen or moved since.
  package func prepare(_ signature: Signature) throws -> PreparedStep {
    if !arena.isCurrent { try renewArena() }
    if evaluation.areShown { evaluation.hide() }
    if let last, last.signature == signature { return last.step }
    let step = try prepared[signature] ?? build(signature)
    prepared[signature] = step
    last = (signature, step)
    return step
  }

  private func renewArena() throws {
    let old = arena
    prepared = [:]
    (last, repeated) = (nil, nil)
    evaluation.hide()
    old.release()
    arena = try ParameterArena(model.namedParameters, optimizer)
    arena.inherit(from: old)
    evaluation = EvaluationWeights(arena, optimizer)
  }

  private func build(_ signature: Signature) throws -> PreparedStep {
    let output = try model.outputType(for: signature.input)
    let loss = loss(for: signature.target.shape)
    try loss.check(output: output.shape, target: signature.target.shape, weights: signature.weights?.shape)
    let x = Node.make(Input("input", signature.input))
    let y = Node.make(Input("target", signature.target))
    let rate = Node.make(Input("learning rate", TensorType([], .float64)))
    let key = Node.make(Input("random key", TensorType([2], .int64)))
    let weights = signature.weights.map { Node.make(Input("weights", $0)) }
    let trace = Trace(isTraining: true, key: key)
    let (flat, pieces) = arena.bind(in: trace)
    let (value, slope) = trace {
      let output = model(Tensor(x))
      let value = trace.penalties.reduce(loss(output, Tensor(y), weights: weights.map { Tensor($0) })) {
        $0 + Tensor(.cast($1, $0.dtype))
      }
      return (value.node, flatGradient(of: value, by: pieces).node)
    }
    var passes = Graph(outputs: [value, slope], updates: trace.updates)
    if precision == .bfloat16 { passes = passes.roundingProducts() }
    let gradient = Tensor(passes.outputs[1])
    let updates = trace { optimizerUpdates(gradient, flat: flat, rate: rate, trace) }
    let inputs = [x, y, rate, key] + (weights.map { [$0] } ?? [])
    let searching = optimizer as? any SearchingOptimizer
    let outputs: [Node] =
      [.cast(passes.outputs[0], .float64)] + (searching == nil ? [] : [.cast(gradient.node, .float64)])
    let graph = Graph(inputs: inputs, outputs: outputs, updates: updates + passes.updates)
    try checkReads(of: graph)
    let search = searching.map { LossSearch($0, arena) }
    return PreparedStep(currentBackend.prepare(graph), signature, progress: progress, arena: arena, search: search)
  }

  /// The loss for targets of a shape: of a loss of classes, that of probabilities where they are rows.
  private func loss(for target: Shape) -> any Loss {
    type(of: loss).targets == .classes && target.rank == 2 ? loss.ofProbabilities ?? loss : loss
  }

  private func flatGradient(of value: Tensor, by pieces: [Node]) -> Tensor {
    let slopes = gradients(of: value.node, seed: .fill(1, value.node.type), by: pieces)
    return arena.parameters.join(zip(slopes, pieces).map { Tensor($0 ?? .fill(0, $1.type)) })
  }

  private func optimizerUpdates(_ gradient: Tensor, flat: Node, rate: Node, _ trace: Trace) -> [Graph.Update] {
    guard let optimizer = optimizer as? any GradientOptimizer else { return [] }
    let (parameter, state) = optimizer.update(
      arena.parameters, parameter: Tensor(flat), gradient: gradient,
      state: arena.slots.map { Tensor(trace.read($0)) }, learningRate: Tensor(rate))
    return [Graph.Update(arena.flat, parameter.node)]
      + zip(arena.slots, state).map { Graph.Update($0, $1.node) }
  }

  /// A parameter that the model uses but does not hold would stay as it is, in silence.
  private func checkReads(of graph: Graph) throws {
    var known = Set((arena.slots + [arena.flat]).map(ObjectIdentifier.init))
    for parameter in model.parameters { known.insert(ObjectIdentifier(parameter.variable)) }
    for node in graph.nodes {
      guard let read = node.primitive as? Read, !known.contains(ObjectIdentifier(read.variable)) else { continue }
      throw SettingError(
        "The network uses a parameter of shape \(read.variable.type.shape) that is not found in its stored "
          + "properties, so it would not be trained. Keep it in a property of the module, not in a closure or in a "
          + "class that is no Module.")
    }
  }

  /// Where a run of steps stands.
  fileprivate final class Progress {
    let key: UInt64
    @exclusivity(unchecked) var learningRate: Double
    @exclusivity(unchecked) var stepCount = 0

    init(learningRate: Double, key: UInt64) {
      self.learningRate = learningRate
      self.key = key
    }

    /// Fills the memory of the random key and the rate for the next step.
    func fill(key address: UnsafeMutableRawPointer, rate: UnsafeMutableRawPointer) {
      let scalars = address.assumingMemoryBound(to: Int64.self)
      scalars[0] = Int64(bitPattern: key)
      scalars[1] = Int64(stepCount)
      rate.assumingMemoryBound(to: Double.self).pointee = learningRate
      stepCount += 1
    }
  }
}

extension TrainingStep {
  /// What the optimizer keeps, by name: "firstMoment/0.weight" for each trainable parameter, "beta1Power" for scalars.
  /// With the parameters and `stepCount` it is all that a resumed run needs.
  public func optimizerState() throws -> [(name: String, value: Tensor)] {
    if !arena.isCurrent { try renewArena() }
    return arena.state
  }

  /// Takes up the state of a run that was stopped.
  ///
  /// - Throws: `SettingError` for a name that is missing or too much, or another shape; nothing is changed then.
  public func resume(optimizerState state: [(name: String, value: Tensor)], stepCount: Int) throws {
    if !arena.isCurrent { try renewArena() }
    guard stepCount >= 0 else { throw SettingError("The step count is \(stepCount); it has to be at least 0.") }
    try arena.resume(state)
    progress.stepCount = stepCount
  }

  /// Puts the weights into the model that the optimizer gives for use, such as their moving average: to validate, predict with
  /// and save. Most optimizers give those that they train, and then nothing changes. The next step goes on with the trained ones.
  public func showEvaluationWeights() throws {
    if !arena.isCurrent { try renewArena() }
    evaluation.show()
  }

  /// Puts the weights back that are trained. What was set meanwhile stays.
  package func hideEvaluationWeights() { evaluation.hide() }

  /// Does something while the model holds the weights that are trained, and leaves it as it was.
  package func withTrainedWeights<Result>(_ body: () throws -> Result) throws -> Result {
    if !arena.isCurrent { try renewArena() }
    return try evaluation.hidden(body)
  }

  /// The first parameter that holds a number that is not finite, where a training that broke down may have started.
  package func parameterNotFinite() -> String? {
    model.namedParameters.first { $0.parameter.value.doubles.contains { !$0.isFinite } }?.name
  }
}

/// A training step that is compiled for one combination of shapes: write the inputs, run, read the loss.
package final class PreparedStep {
  private let executable: any Executable
  private let progress: TrainingStep.Progress
  private let arena: ParameterArena
  private let search: LossSearch?
  package let inputAddress, targetAddress: UnsafeMutableRawPointer
  package let weightsAddress: UnsafeMutableRawPointer?
  let inputByteCount, targetByteCount, weightsByteCount: Int
  private let rateAddress, keyAddress: UnsafeMutableRawPointer
  private let lossAddress: UnsafePointer<Double>

  fileprivate init(
    _ executable: any Executable, _ signature: TrainingStep.Signature, progress: TrainingStep.Progress,
    arena: ParameterArena, search: LossSearch?
  ) {
    self.search = search
    self.executable = executable
    self.progress = progress
    self.arena = arena
    inputAddress = executable.inputAddress(0)
    targetAddress = executable.inputAddress(1)
    rateAddress = executable.inputAddress(2)
    keyAddress = executable.inputAddress(3)
    weightsAddress = signature.weights == nil ? nil : executable.inputAddress(4)
    (inputByteCount, targetByteCount) = (signature.input.byteCount, signature.target.byteCount)
    weightsByteCount = signature.weights?.byteCount ?? 0
    lossAddress = executable.outputAddress(0).assumingMemoryBound(to: Double.self)
  }

  /// Whether the step still fits the model. Ask `prepare` for another where it does not.
  package var isCurrent: Bool { arena.isCurrent }

  /// Writes a batch of the types that the step was prepared for.
  package func fill(_ x: Tensor, _ target: Tensor, weights: Tensor? = nil) {
    fill(x.buffer.address, target.buffer.address, weights: weights?.buffer.address)
  }

  /// Writes a batch from where it lies.
  fileprivate func fill(
    _ x: UnsafeRawPointer, _ target: UnsafeRawPointer, weights: UnsafeRawPointer?
  ) {
    inputAddress.copyMemory(from: x, byteCount: inputByteCount)
    targetAddress.copyMemory(from: target, byteCount: targetByteCount)
    if let weights, let weightsAddress { weightsAddress.copyMemory(from: weights, byteCount: weightsByteCount) }
  }

  package func run() {
    precondition(isCurrent, "Parameters were frozen, unfrozen or moved since the step was prepared. Prepare it again.")
    progress.fill(key: keyAddress, rate: rateAddress)
    if let search {
      search.run(executable, rate: progress.learningRate)
    } else {
      executable.run()
    }
  }

  /// The loss of the batch, before the update.
  package var loss: Double { search?.firstLoss ?? lossAddress.pointee }

  /// The kernel calls that the step comes to, to read.
  var description: String { executable.description }
}
