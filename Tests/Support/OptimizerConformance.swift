import GliaNeuralNetworks
import GliaTensors

/// What every optimizer keeps: it goes downhill, treats each element by itself, and goes on from what it saved as if it had
/// never stopped.
package struct OptimizerConformance {
  package let row: OptimizerRow
  package init(_ row: OptimizerRow) { self.row = row }

  package func failures() throws -> [String] {
    var failures = PartConformance.failures(row, settings: [:]) { $0.partDescription }
    for settings in variants {
      let name = "\(PartDescription(row.kind, settings))"
      for dtype in [DType.float32, .float64] {
        failures += try trainingFailures(name, settings, dtype)
      }
      failures += try stillFailures(name, settings)
    }
    return failures
  }

  /// The defaults, then each hyperparameter changed, so that each slot is there once.
  private var variants: [Settings] {
    var all: [Settings] = [["learningRate": 0.05]]
    for parameter in row.hyperparameters {
      var changed: Settings = ["learningRate": 0.05]
      switch (parameter.name, parameter.values) {
      case ("learningRate", _): continue
      case ("nesterov", _), ("dampening", _):
        changed["momentum"] = 0.5
        changed[parameter.name] = parameter.name == "nesterov" ? true : 0.25
      case (_, .flag): changed[parameter.name] = true
      default: changed[parameter.name] = parameter.name == "epsilon" ? 1e-4 : 0.5
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
    var settings = settings
    settings["learningRate"] = 0
    let net = net(.float32)
    let step = try TrainingStep(net, loss: .meanSquaredError, optimizer: try row.make(settings), seed: 1)
    let before = net.stateDictionary().flatMap(\.value.doubles)
    for _ in 0..<3 { try step(.ones([2, 3]), .ones([2, 1])) }
    return net.stateDictionary().flatMap(\.value.doubles) == before ? [] : ["\(name): a rate of 0 moves parameters"]
  }
}
