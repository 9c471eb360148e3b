import GliaNeuralNetworks
import GliaTensors

/// What every optimizer keeps: it goes downhill, treats each element by itself where it says so, and goes on from what it
/// saved as if it had never stopped.
package struct OptimizerConformance {
  package let row: OptimizerRow
  package init(_ row: OptimizerRow) { self.row = row }

  package func failures() throws -> [String] {
    var failures = PartConformance.failures(row, settings: row.exampleSettings) { $0.partDescription }
    for settings in variants {
      let name = "\(PartDescription(row.kind, settings))"
      for dtype in [DType.float32, .float64] {
        failures += try trainingFailures(name, settings, dtype)
      }
      failures += try stillFailures(name, settings)
      failures += try elementFailures(name, settings)
    }
    return failures
  }

  /// The defaults, then each hyperparameter changed, so that each slot is there once.
  private var variants: [Settings] {
    let usual = row.exampleSettings.training(at: 0.05, row.hyperparameters)
    var all: [Settings] = [usual]
    for parameter in row.hyperparameters where parameter.name != "learningRate" {
      var changed = usual
      switch (parameter.name, parameter.values) {
      case ("nesterov", _), ("dampening", _):
        changed["momentum"] = 0.5
        changed[parameter.name] = parameter.name == "nesterov" ? true : 0.25
      case (_, .flag): changed[parameter.name] = .flag(parameter.defaultValue == false)
      case (_, .choice(let choices)): changed[parameter.name] = .text(choices.last!)
      case (_, .part), (_, .parts), (_, .text), (_, .list): continue
      default:
        let values: [Setting] = parameter.name == "epsilon" ? [1e-4] : [0.5, 2]
        guard let value = values.first(where: { parameter.allows($0) }) else { continue }
        changed[parameter.name] = value
      }
      all.append(changed)
    }
    return all
  }

  private func net(_ dtype: DType) -> Sequential {
    Sequential {
      Linear(3, 4, dtype: dtype)
      Tanh()
      Linear(4, 1, dtype: dtype)
    }
  }

  private func trainingFailures(_ name: String, _ settings: Settings, _ dtype: DType) throws -> [String] {
    var numbers = SeededNumbers(seed: 3)
    let x = numbers.tensor([8, 3], dtype)
    let y = numbers.tensor([8, 1], dtype)
    let optimizer = try row.make(settings)
    let whole = net(dtype)
    let first = try TrainingStep(whole, loss: .meanSquaredError, optimizer: optimizer, seed: 1)
    var losses: [Double] = []
    for _ in 0..<10 { losses.append(try first(x, y)) }
    let half = (state: whole.stateDictionary(), optimizer: try first.optimizerState(), steps: first.stepCount)
    for _ in 0..<10 { losses.append(try first(x, y)) }
    var failures: [String] = []
    if !(losses.last! < losses[0]) { failures.append("\(name) does not go downhill: \(losses)") }

    let resumed = net(dtype)
    try resumed.load(half.state)
    let second = try TrainingStep(resumed, loss: .meanSquaredError, optimizer: optimizer, seed: 1)
    try second.resume(optimizerState: half.optimizer, stepCount: half.steps)
    let again = try (0..<10).map { _ in try second(x, y) }
    if again != Array(losses[10...]) { failures.append("\(name) in \(dtype) goes on otherwise after a stop") }
    return failures
  }

  /// A rate of 0 leaves the parameters as they are.
  private func stillFailures(_ name: String, _ settings: Settings) throws -> [String] {
    if row.movesAtRest { return [] }
    let settings = settings.training(at: 0, row.hyperparameters)
    let net = net(.float32)
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: try row.make(settings), seed: 1)
    let before = net.stateDictionary().flatMap(\.value.doubles)
    for _ in 0..<3 { try step(.ones([2, 3]), .ones([2, 1])) }
    return net.stateDictionary().flatMap(\.value.doubles) == before ? [] : ["\(name): a rate of 0 moves parameters"]
  }

  /// Two halves of the parameters by themselves are moved as they are together, where the optimizer says so.
  private func elementFailures(_ name: String, _ settings: Settings) throws -> [String] {
    guard let optimizer = try row.make(settings) as? any ElementwiseOptimizer else { return [] }
    var numbers = SeededNumbers(seed: 4)
    let (start, gradients) = (numbers.tensor([6]), (0..<3).map { _ in numbers.tensor([6]) })
    func moved(_ range: Range<Int>) -> [Double] {
      var parameter = start.sliced(range)
      var state = optimizer.slots.map { slot in
        Tensor(
          repeating: slot.initialValue, shape: slot.layout == .scalar ? [] : parameter.shape, dtype: .float64)
      }
      for gradient in gradients {
        (parameter, state) = optimizer.update(
          parameter: parameter, gradient: gradient.sliced(range), state: state,
          learningRate: Tensor(0.05, dtype: .float64))
      }
      return parameter.doubles
    }
    return moved(0..<6) == moved(0..<2) + moved(2..<6) ? [] : ["\(name): one element moves another"]
  }
}

extension Settings {
  /// The same with another rate, in the optimizer itself or in those that it goes around.
  fileprivate func training(at rate: Double, _ hyperparameters: [Hyperparameter]) -> Settings {
    var changed = self
    for entry in entries { changed[entry.name] = entry.value.training(at: rate) }
    for parameter in hyperparameters {
      guard changed[parameter.name] == nil, case .part? = parameter.defaultValue else { continue }
      changed[parameter.name] = parameter.defaultValue?.training(at: rate)
    }
    if hyperparameters.contains(where: { $0.name == "learningRate" }) { changed["learningRate"] = .number(rate) }
    return changed
  }
}

extension Setting {
  fileprivate func training(at rate: Double) -> Setting {
    switch self {
    case .part(let part):
      let known = (try? Catalog.optimizers.row(part.kind))?.hyperparameters ?? []
      return .part(PartDescription(part.kind, part.settings.training(at: rate, known)))
    case .list(let values): return .list(values.map { $0.training(at: rate) })
    default: return self
    }
  }
}
