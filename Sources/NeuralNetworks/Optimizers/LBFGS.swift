import GliaTensors

/// Limited-memory BFGS: a quasi-Newton method that estimates the curvature from the last `historySize` changes of the
/// parameters and the gradient, with a line search by the strong Wolfe conditions.
///
///     d = −H · g, with H by the two-loop recursion over the pairs s = p − p₋₁, y = g − g₋₁, from H₀ = (s · y) / (y · y)
///     p ← p + t · d, with t from the line search, tried first at `learningRate`
///
/// A step makes up to `iterationsPerStep` such iterations on one batch, and up to a quarter more evaluations of the loss. It
/// ends early where no slope is above `smallestGradient`, or neither the loss nor a parameter changes by more than
/// `smallestChange`. It is for whole batches of small and medium networks: a line search needs the same loss each time. It
/// keeps 2 · historySize + 2 numbers for each parameter.
///
/// Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization", doi:10.1007/BF01589116; the stopping
/// rules and the first step, min(1, 1 / Σ |g|) · learningRate, are PyTorch's.
public struct LBFGS: SearchingOptimizer {
  public static let kind = "lbfgs"
  public static let hyperparameters = [
    Hyperparameter("learningRate", .notNegative, default: 1, "The step that the line search tries first."),
    Hyperparameter("iterationsPerStep", .size, default: 20, "The most iterations on one batch."),
    Hyperparameter("historySize", .size, default: 10, "The changes that the curvature is estimated from."),
    Hyperparameter("smallestGradient", .notNegative, default: 1e-7, "The slope below which a step ends."),
    Hyperparameter("smallestChange", .notNegative, default: 1e-9, "The change below which a step ends."),
  ]

  public var learningRate: Double
  public var iterationsPerStep, historySize: Int
  public var smallestGradient, smallestChange: Double

  public init(
    learningRate: Double = 1, iterationsPerStep: Int = 20, historySize: Int = 10, smallestGradient: Double = 1e-7,
    smallestChange: Double = 1e-9
  ) {
    self.learningRate = learningRate
    self.iterationsPerStep = iterationsPerStep
    self.historySize = historySize
    self.smallestGradient = smallestGradient
    self.smallestChange = smallestChange
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      learningRate: all.number("learningRate"), iterationsPerStep: all.integer("iterationsPerStep"),
      historySize: all.integer("historySize"), smallestGradient: all.number("smallestGradient"),
      smallestChange: all.number("smallestChange"))
  }

  public var settings: Settings {
    [
      "learningRate": .number(learningRate), "iterationsPerStep": Setting(iterationsPerStep),
      "historySize": Setting(historySize), "smallestGradient": .number(smallestGradient),
      "smallestChange": .number(smallestChange),
    ]
  }

  public func slots(for parameters: ParameterLayout) -> [OptimizerSlot] {
    [
      OptimizerSlot("iterations", .scalar), OptimizerSlot("pairs", .scalar),
      OptimizerSlot("inverseCurvature", .scalar, initialValue: 1), OptimizerSlot("lastGradient"),
      OptimizerSlot("lastChange"),
    ] + (0..<historySize).flatMap { [OptimizerSlot("change\($0)"), OptimizerSlot("gradientChange\($0)")] }
  }

  public func search(
    _ point: inout [Double], state: inout [[Double]], learningRate: Double,
    evaluate: ([Double]) -> (loss: Double, gradient: [Double])
  ) -> Double {
    var memory = Memory(state, historySize: historySize)
    let first = evaluate(point)
    var (loss, gradient) = first
    var evaluations = 1
    let mostEvaluations = iterationsPerStep * 5 / 4
    var iterations = 0
    // Written so that a gradient that is no number ends the step.
    while largest(gradient) > smallestGradient, iterations < iterationsPerStep, evaluations < mostEvaluations {
      let direction = memory.direction(for: gradient)
      let slope = dot(gradient, direction)
      let step =
        memory.iterations == 1
        ? min(1, 1 / gradient.reduce(0) { $0 + abs($1) }) * learningRate : learningRate
      iterations += 1
      guard slope <= -smallestChange, step > 0 else {
        memory.lastChange = direction.map { $0 * step }
        break
      }
      let line = StrongWolfe(
        start: .init(step: 0, value: loss, slope: slope, gradient: gradient), reach: largest(direction),
        smallestChange: smallestChange, mostEvaluations: mostEvaluations - evaluations)
      let (found, count) = line.search(from: step) { step in
        let (value, gradient) = evaluate(zip(point, direction).map { $0 + step * $1 })
        return .init(step: step, value: value, slope: dot(gradient, direction), gradient: gradient)
      }
      evaluations += count
      memory.lastChange = direction.map { $0 * found.step }
      point = zip(point, memory.lastChange).map { $0 + $1 }
      let progress = abs(found.value - loss)
      (loss, gradient) = (found.value, found.gradient)
      if largest(memory.lastChange) <= smallestChange || progress < smallestChange { break }
    }
    state = memory.state(historySize: historySize)
    return first.loss
  }

  /// What is known of the curvature.
  private struct Memory {
    var iterations: Int
    var inverseCurvature: Double
    var lastGradient, lastChange: [Double]
    /// Oldest first.
    var pairs: [(change: [Double], gradientChange: [Double])]
    let historySize: Int

    init(_ state: [[Double]], historySize: Int) {
      self.historySize = historySize
      iterations = Int(state[0][0])
      inverseCurvature = state[2][0]
      (lastGradient, lastChange) = (state[3], state[4])
      pairs = (0..<Int(state[1][0])).map { (state[5 + 2 * $0], state[6 + 2 * $0]) }
    }

    func state(historySize: Int) -> [[Double]] {
      let empty = [Double](repeating: 0, count: lastGradient.count)
      return [[Double(iterations)], [Double(pairs.count)], [inverseCurvature], lastGradient, lastChange]
        + (0..<historySize).flatMap {
          $0 < pairs.count ? [pairs[$0].change, pairs[$0].gradientChange] : [empty, empty]
        }
    }

    /// Takes in the gradient of a new place and gives the direction to go from there.
    mutating func direction(for gradient: [Double]) -> [Double] {
      iterations += 1
      defer { lastGradient = gradient }
      if iterations == 1 { return gradient.map { -$0 } }
      let change = zip(gradient, lastGradient).map { $0 - $1 }
      let curvature = dot(change, lastChange)
      if curvature > 1e-10 {
        if pairs.count == historySize { pairs.removeFirst() }
        pairs.append((lastChange, change))
        inverseCurvature = curvature / dot(change, change)
      }
      return product(with: gradient)
    }

    /// −H · g by the two loops.
    private func product(with gradient: [Double]) -> [Double] {
      let inverses = pairs.map { 1 / dot($0.gradientChange, $0.change) }
      var result = gradient.map { -$0 }
      var parts = [Double](repeating: 0, count: pairs.count)
      for i in pairs.indices.reversed() {
        parts[i] = dot(pairs[i].change, result) * inverses[i]
        add(pairs[i].gradientChange, times: -parts[i], to: &result)
      }
      for i in result.indices { result[i] *= inverseCurvature }
      for i in pairs.indices {
        let part = dot(pairs[i].gradientChange, result) * inverses[i]
        add(pairs[i].change, times: parts[i] - part, to: &result)
      }
      return result
    }
  }
}

// Sums in rising order, so that they are the same everywhere.

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}

private func add(_ a: [Double], times factor: Double, to b: inout [Double]) {
  for i in a.indices { b[i] += factor * a[i] }
}

/// The largest size of an element; 0 where one is no number.
private func largest(_ a: [Double]) -> Double {
  var largest = 0.0
  for value in a {
    if value.isNaN { return 0 }
    largest = max(largest, abs(value))
  }
  return largest
}

extension Optimizer where Self == LBFGS {
  /// See ``LBFGS`` for the formula, its source and the settings.
  public static func lbfgs(
    learningRate: Double = 1, iterationsPerStep: Int = 20, historySize: Int = 10, smallestGradient: Double = 1e-7,
    smallestChange: Double = 1e-9
  ) -> LBFGS {
    LBFGS(
      learningRate: learningRate, iterationsPerStep: iterationsPerStep, historySize: historySize,
      smallestGradient: smallestGradient, smallestChange: smallestChange)
  }
}
