import GliaGraph
import GliaNeuralNetworks
import GliaTensors

/// What every layer keeps: its shape rule, its gradients in training and inference, saving and loading, the same numbers on
/// each backend, and that it learns.
package struct LayerConformance {
  package let row: LayerRow
  package let seed: UInt64
  package init(_ row: LayerRow, seed: UInt64) {
    self.row = row
    self.seed = seed
  }

  package func failures() throws -> [String] {
    var failures = PartConformance.failures(row, settings: row.exampleSettings) { $0.partDescription }
    for batch in [row.exampleInput[0], 1, 0] {
      for isTraining in [false, true] {
        failures += try shapeFailures(batch, isTraining)
        failures += try gradientFailures(batch, isTraining)
        failures += try backendFailures(batch, isTraining)
      }
    }
    failures += try savingFailures()
    failures += try graphFailures()
    failures += try trainingFailures()
    let summary = try row.make(row.exampleSettings)
      .summary(input: Shape(Array(row.exampleInput.dropFirst())), dtype: row.exampleDType)
    if !summary.description.contains(row.kind), row.kind != "sequential" {
      failures.append("\(row.kind) is not in its own summary:\n\(summary)")
    }
    return failures
  }

  private func make(_ dtype: DType) throws -> any Layer {
    let layer = try Catalog.layers.make(PartDescription(row.kind, row.exampleSettings).computing(in: dtype))
    try layer.initialize(seed: seed)
    return layer
  }

  private func input(_ batch: Int, _ dtype: DType, _ numbers: inout SeededNumbers) -> Tensor {
    let shape = Shape([batch] + row.exampleInput.dropFirst())
    if let count = row.exampleCodes {
      if row.exampleDType.isInteger { return numbers.codes(shape, count: count, row.exampleDType) }
      // Between whole numbers, where moving a little changes no code.
      return numbers.codes(shape, count: count, dtype) + 0.5
    }
    return numbers.tensor(shape, dtype)
  }

  private func shapeFailures(_ batch: Int, _ isTraining: Bool) throws -> [String] {
    var failures: [String] = []
    for dtype in [DType.float32, .float64] {
      let layer = try make(dtype)
      var numbers = SeededNumbers(seed: seed)
      let x = input(batch, dtype, &numbers)
      let said = try layer.outputShape(for: x.shape, dtype: x.dtype)
      let y = trace(isTraining) { layer(x) }
      let rule = try layer.outputShape(of: x.shape, dtype: x.dtype)
      if rule != y.shape { failures.append("\(row.kind): its rule says \(rule), it gives \(y.shape)") }
      if said != y.shape { failures.append("\(row.kind): \(x.shape) gives \(y.shape), the rule says \(said)") }
      if y.dtype != dtype { failures.append("\(row.kind): in \(dtype) it gives \(y.dtype)") }
    }
    return failures
  }

  private func trace<Result>(_ isTraining: Bool, _ body: () throws -> Result) rethrows -> Result {
    try Trace(isTraining: isTraining, key: isTraining ? RandomKey(seed: 5).node : nil, allowsReading: true)(body)
  }

  /// The gradients by the input and by each parameter of Σ g · layer(x), with g at random.
  private func gradientFailures(_ batch: Int, _ isTraining: Bool) throws -> [String] {
    let layer = try make(.float64)
    var numbers = SeededNumbers(seed: seed)
    let x = input(batch, .float64, &numbers)
    let g = numbers.tensor(try layer.outputShape(for: x.shape, dtype: x.dtype))
    let trained = layer.namedParameters.map(\.parameter).filter(\.isTrainable)
    // Starting values such as all ones would hide mistakes.
    for parameter in trained { parameter.value = numbers.tensor(parameter.shape) }
    let found = layer.valueAndGradients(isTraining: isTraining, key: RandomKey(seed: 5)) { (layer(x) * g).sum() }
    let name = "\(row.kind), batch of \(batch), \(isTraining ? "training" : "inference")"
    let checker = GradientChecker()
    let starts = trained.map(\.value)
    let read = { (x: Tensor) in trace(isTraining) { (layer(x) * g).sum().scalar() } }
    var failures = checker.failures(
      name, at: starts, gradients: found.gradients.map(\.value), numbers: &numbers
    ) { values in
      for (parameter, value) in zip(trained, values) { parameter.value = value }
      return read(x)
    }
    for (parameter, start) in zip(trained, starts) { parameter.value = start }
    guard x.dtype.isFloatingPoint else { return failures }
    let slope = trace(isTraining) { valueAndGradient(at: x) { (layer($0) * g).sum() }.gradient }
    failures += checker.failures(name + ", input", at: [x], gradients: [slope], numbers: &numbers) { read($0[0]) }
    return failures
  }

  private func backendFailures(_ batch: Int, _ isTraining: Bool) throws -> [String] {
    try [(DType.float32, 2e-6), (.float64, 1e-13)].flatMap { dtype, tolerance in
      let layer = try make(dtype)
      var numbers = SeededNumbers(seed: seed)
      let x = input(batch, dtype, &numbers)
      let results = [BackendChoice.reference, .cpu].map { choice in
        withBackend(choice) { trace(isTraining) { layer(x).doubles } }
      }
      return difference("\(row.kind) in \(dtype) on the processor", results[1], results[0], relative: tolerance)
    }
  }

  /// The graph that is kept of the layer gives the layer's own bits, for any number of rows.
  private func graphFailures() throws -> [String] {
    let layer = try make(.float32)
    var numbers = SeededNumbers(seed: seed)
    for parameter in layer.parameters { parameter.value = numbers.tensor(parameter.shape, in: 0.5...2) }
    let sample = input(1, .float32, &numbers)
    let graph = try GraphModule(
      layer.graphDescription(row: TensorType(Shape(Array(sample.shape.dropFirst())), sample.dtype)))
    try graph.load(layer.stateDictionary())
    return [1, 2, 7, 1000].compactMap { rows in
      let x = input(rows, .float32, &numbers)
      let (expected, found) = (compile { layer($0) }(x), compile { graph($0) }(x))
      let agrees =
        found.shape == expected.shape && found.doubles.map(\.bitPattern) == expected.doubles.map(\.bitPattern)
      return agrees ? nil : "\(row.kind): for \(rows) rows its graph gives other bits"
    }
  }

  /// What the layer has to learn with comes nearer to numbers at random, step by step.
  private func trainingFailures() throws -> [String] {
    let layer = try make(.float32)
    guard layer.parameters.contains(where: \.isTrainable) else { return [] }
    var numbers = SeededNumbers(seed: seed)
    let x = input(row.exampleInput[0], .float32, &numbers)
    let target = numbers.tensor(try layer.outputShape(for: x.shape, dtype: x.dtype), .float32)
    let step = try TrainingStep(layer, loss: MeanSquaredError(), optimizer: Adam(learningRate: 0.01), seed: seed)
    let losses = try (0..<24).map { _ in try step(x, target) }
    func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
    let (before, after) = (mean(losses.prefix(4)), mean(losses.suffix(4)))
    return after < before ? [] : ["\(row.kind) does not learn: its loss goes from \(before) to \(after)"]
  }

  /// Weights that are saved and loaded give the same bits; the seed and nothing else makes them.
  private func savingFailures() throws -> [String] {
    let layer = try make(.float32)
    let other = try make(.float32)
    var numbers = SeededNumbers(seed: seed)
    let x = input(row.exampleInput[0], .float32, &numbers)
    var failures: [String] = []
    if layer(x).doubles != other(x).doubles { failures.append("\(row.kind): one seed gives two starts") }
    for parameter in layer.parameters { parameter.value = numbers.tensor(parameter.shape, in: 0.5...2) }
    if !layer.parameters.isEmpty, layer(x).doubles == other(x).doubles {
      failures.append("\(row.kind): a changed parameter does not show")
    }
    try other.load(layer.stateDictionary())
    if layer(x).doubles != other(x).doubles { failures.append("\(row.kind): loaded weights give other numbers") }
    return failures
  }
}

extension PartDescription {
  /// The same with every part's type set.
  package func computing(in dtype: DType) -> PartDescription {
    var settings = settings
    for entry in settings.entries {
      guard case .list(let items) = entry.value else { continue }
      settings[entry.name] = .list(
        items.map { if case .part(let part) = $0 { .part(part.computing(in: dtype)) } else { $0 } })
    }
    let hasType = (try? Catalog.layers.row(kind))?.hyperparameters.contains { $0.name == "dtype" } ?? false
    if hasType { settings["dtype"] = .text(dtype.rawValue) }
    return PartDescription(kind, settings)
  }
}
