import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// The numbers that PyTorch computes, in float64, on each backend.
@Suite("PyTorch's numbers")
struct PyTorchTests {
  static let backends: [BackendChoice] = [.reference, .cpu]

  static func cases(_ key: String) throws -> [JSONObject] {
    try ReferenceNumbers.read("pytorch/pytorch.json").array(key).map { $0.object! }
  }

  static func settings(_ json: JSONObject, renaming names: [String: String] = [:]) -> Settings {
    var settings = Settings()
    for member in json.members {
      let name = names[member.key] ?? member.key
      if let flag = member.value.bool { settings[name] = .flag(flag) }
      if let number = member.value.scalars.first { settings[name] = .number(number) }
    }
    return settings
  }

  @Test("Activations and their gradients", arguments: backends)
  func activations(_ backend: BackendChoice) throws {
    var count = 0
    for json in try Self.cases("activations") {
      guard let row = try? Catalog.activations.row(json.string("name")) else { continue }
      count += 1
      let layer = try row.make(Self.settings(json.object("parameters")))
      let (x, g) = (json["x"]!.tensor(), json["g"]!.tensor())
      withBackend(backend) {
        let slope = valueAndGradient(at: x) { (layer($0) * g).sum() }.gradient
        expectClose(row.kind, layer(x), json["y"]!, 1e-10)
        expectClose(row.kind + " gradient", slope, json["dx"]!, 1e-10)
      }
    }
    #expect(count == Catalog.activations.rows.count - 1, "all but the step, which PyTorch has not")
  }

  @Test("Losses, their reductions and their gradients", arguments: backends)
  func losses(_ backend: BackendChoice) throws {
    var count = 0
    for json in try Self.cases("losses") {
      let kinds = ["binaryCrossEntropyWithLogits": "binaryCrossEntropy"]
      let name = try json.string("name")
      guard let row = try? Catalog.losses.row(kinds[name] ?? name) else { continue }
      guard try json.object("parameters").members.isEmpty else { continue }
      count += 1
      let loss = try row.make([:])
      let reduction = Reduction(rawValue: try json.string("reduction"))!
      let (x, y) = (json["x"]!.tensor(), json["y"]!.tensor(row.type.targets == .classes ? .int64 : .float64))
      withBackend(backend) {
        let slope = valueAndGradient(at: x) { loss($0, y, reduction: reduction).sum() }.gradient
        expectClose("\(row.kind) \(reduction)", loss(x, y, reduction: reduction), json["value"]!, 1e-10)
        expectClose("\(row.kind) \(reduction) gradient", slope, json["dx"]!, 1e-10)
      }
    }
    #expect(count == 3 * Catalog.losses.rows.count)
  }

  @Test("Layers, their gradients and their running statistics", arguments: backends)
  func layers(_ backend: BackendChoice) throws {
    var count = 0
    for json in try Self.cases("layers") {
      guard let row = try? Catalog.layers.row(json.string("name")) else { continue }
      count += 1
      let settings = Self.settings(try json.object("parameters"))
      let layer = try Catalog.layers.make(PartDescription(row.kind, settings).computing(in: .float64))
      try layer.load(try json.object("state").members.map { ($0.key, $0.value.tensor()) })
      let x = json["x"]!.tensor(row.exampleDType.isInteger ? .int64 : .float64)
      let g = json["g"]!.tensor()
      let isTraining = try json.bool("training")
      try withBackend(backend) {
        let trace = Trace(isTraining: isTraining, key: RandomKey(seed: 0).node, allowsReading: true)
        expectClose(row.kind, trace { layer(x) }, json["y"]!, 1e-10)
        let found = layer.valueAndGradients(isTraining: isTraining) { (layer(x) * g).sum() }
        for (name, value) in found.gradients {
          expectClose("\(row.kind) \(name) gradient", value, try json.object("gradients")[name]!, 1e-10)
        }
        if let expected = json["dx"] {
          let slope = Trace(isTraining: isTraining, allowsReading: true)({
            valueAndGradient(at: x) { (layer($0) * g).sum() }.gradient
          })
          expectClose("\(row.kind) input gradient", slope, expected, 1e-10)
        }
        let updates = Tensor.values(of: trace.updates)
        for (name, value) in updates where isTraining {
          expectClose("\(row.kind) \(name)", value, try json.object("stateAfter")[name]!, 1e-10)
        }
        let statistics = try json.object("stateAfter").members.count
        #expect(updates.count == (isTraining ? statistics : 0))
      }
    }
    #expect(count == 5)
  }

  @Test("Twenty steps of every optimizer", arguments: backends)
  func optimizers(_ backend: BackendChoice) throws {
    let problem = try ReferenceNumbers.read("pytorch/pytorch.json").object("optimizerProblem")
    let (x, y) = (problem["x"]!.tensor(), problem["y"]!.tensor())
    var count = 0
    for json in try Self.cases("optimizers") {
      guard let row = try? Catalog.optimizers.row(json.string("name")) else { continue }
      let settings = Self.settings(try json.object("parameters"))
      guard !settings.names.contains("amsgrad") else { continue }
      count += 1
      let net = Sequential {
        Linear(5, 6, dtype: .float64)
        Tanh()
        Linear(6, 3, dtype: .float64)
      }
      try net.load(try problem.object("initial").members.map { ($0.key, $0.value.tensor()) })
      try withBackend(backend) {
        let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: try row.make(settings))
        let losses = try (0..<20).map { _ in try step(x, y) }
        let name = "\(PartDescription(row.kind, settings))"
        #expect(difference(name, losses, json["losses"]!.scalars, relative: 1e-8, floor: 1e-300) == [])
        for (key, value) in net.stateDictionary() {
          expectClose(name + " " + key, value, try json.object("final")[key]!, 1e-8)
        }
      }
    }
    #expect(count == 9)
  }

  @Test("Schedules")
  func schedules() throws {
    var count = 0
    for json in try Self.cases("schedules") {
      guard let row = try? Catalog.schedules.row(json.string("name")) else { continue }
      count += 1
      let schedule = try row.make(Self.settings(try json.object("parameters")))
      let base = try json.number("base")
      let rates = (0..<20).map { schedule.rate(at: $0, base: base) }
      #expect(difference(row.kind, rates, json["rates"]!.scalars, relative: 1e-12, floor: 1e-300) == [])
    }
    #expect(count == 2)
  }

  private func expectClose(_ name: String, _ found: Tensor, _ expected: JSONValue, _ tolerance: Double) {
    #expect(found.shape == expected.shape, "\(name)")
    // Relative to the number itself; what cancels to nearly nothing is held to its terms' size.
    #expect(difference(name, found.doubles, expected.scalars, relative: tolerance, floor: 1e-3) == [])
  }
}

extension Tensor {
  /// What a trace would write to its variables.
  fileprivate static func values(of updates: [Graph.Update]) -> [(String, Tensor)] {
    updates.map { ($0.variable.name, Tensor($0.value)) }
  }
}
