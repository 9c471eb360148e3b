// Training one pass at a time. Goals, in order: the tutorial's numbers to the bit, the same bits on every machine, and
// rows at the speed of memory. A sum over fewer than eight columns runs from left to right; over more, in eight running
// sums that are added in a fixed order, which needs no particular instruction set.

/// Rows in one list and, for each neuron, what it should answer.
struct PerceptronSamples {
  let features: [Double]
  let columns: Int
  let rowCount: Int
  /// For each neuron, whether it should fire at each row.
  let targets: [[Bool]]

  init(_ features: [Double], _ columns: Int, _ labels: [Int], _ classes: [Int]) throws(SampleError) {
    if features.isEmpty { throw .noRows }
    if columns < 1 { throw .noColumns }
    if features.count % columns != 0 { throw .unevenFeatures(count: features.count, columns: columns) }
    self.features = features
    self.columns = columns
    rowCount = features.count / columns
    if labels.count != rowCount { throw .labelCount(rows: rowCount, labels: labels.count) }
    if let row = Self.firstUnknown(labels, classes) {
      throw .unknownClass(row: row, label: labels[row], classes: classes)
    }
    let firing = classes.count == 2 ? [classes[1]] : classes
    targets = firing.map { name in labels.map { $0 == name } }
  }

  private static func firstUnknown(_ labels: [Int], _ classes: [Int]) -> Int? {
    if classes.count == 2 {
      let (first, second) = (classes[0], classes[1])
      return labels.firstIndex { $0 != first && $0 != second }
    }
    let known = Set(classes)
    return labels.firstIndex { !known.contains($0) }
  }
}

extension Perceptron {
  /// Lets every neuron go over the samples `epochs` times and takes what the variant keeps.
  mutating func learn(_ samples: PerceptronSamples, classes: [Int], epochs: Int) throws(SampleError) {
    guard learningRate > 0, learningRate.isFinite else {
      throw .setting(name: "learningRate", value: "\(learningRate)", allowed: "a number above 0")
    }
    if epochs < 1 { throw .setting(name: "epochs", value: "\(epochs)", allowed: "1 or more") }
    self.classes = classes
    if learners.isEmpty {
      let fresh = PerceptronLearner(columns: samples.columns, learningRate: learningRate)
      learners = Array(repeating: fresh, count: samples.targets.count)
    }
    if variant == .pocket {
      for index in learners.indices { learners[index].openPocket(samples, samples.targets[index]) }
    }
    for epoch in 0..<epochs {
      // Weights that made no mistake at any row make none in another order either: the rest need not be computed.
      if epoch > 0, history.mistakesPerEpoch.last == 0 {
        for index in learners.indices { learners[index].passWithoutMistake(samples.rowCount) }
        history.mistakesPerEpoch.append(0)
        continue
      }
      let order = order(of: samples.rowCount)
      var mistakes = 0
      for index in learners.indices {
        mistakes += try learners[index].pass(samples, samples.targets[index], order, variant)
      }
      history.mistakesPerEpoch.append(mistakes)
    }
    neurons = learners.map { $0.kept(variant) }
  }

  /// The order of this epoch: the seed and the epochs so far decide it, so that fitting in parts shuffles on.
  private func order(of rowCount: Int) -> [Int]? {
    guard let shuffle else { return nil }
    var seeds = SplitMix64(seed: shuffle &+ UInt64(history.mistakesPerEpoch.count) &* 0xD134_2543_DE82_EF95)
    return seeds.permutation(rowCount)
  }
}

/// One neuron in training.
struct PerceptronLearner: Sendable {
  private let learningRate: Double
  private var weights: [Double]
  private var bias = 0.0

  // For the average: Σ over mistakes of (rows seen before it) · (its change), and the rows seen in all.
  private var lateChanges: [Double]
  private var lateBias = 0.0
  private var rowsSeen = 0.0

  // For the pocket: the weights in it, how many of the rows they get right, and how long their run was.
  private var pocket: Perceptron.Neuron
  private var pocketCorrect = 0
  private var pocketRun = 0
  private var run = 0

  init(columns: Int, learningRate: Double) {
    self.learningRate = learningRate
    weights = Array(repeating: 0, count: columns)
    lateChanges = weights
    pocket = Perceptron.Neuron(weights: weights, bias: 0)
  }

  /// Looks at every row once; the number of mistakes.
  mutating func pass(
    _ samples: PerceptronSamples, _ targets: [Bool], _ order: [Int]?, _ variant: Perceptron.Variant
  ) throws(SampleError) -> Int {
    var mistakes = 0
    var step = 0
    while let row = try nextMistake(samples, targets, order, &step) {
      let change = targets[row] ? learningRate : -learningRate
      let start = row * samples.columns
      if variant == .averaged {
        let before = rowsSeen + Double(step)
        for column in weights.indices { lateChanges[column] += before * change * samples.features[start + column] }
        lateBias += before * change
      }
      if variant == .pocket { endRun(samples, targets) }
      add(change, samples.features, start)
      bias += change
      mistakes += 1
      step += 1
    }
    rowsSeen += Double(samples.rowCount)
    if variant == .pocket { offerToPocket(samples, targets) }
    return mistakes
  }

  /// Goes on from `step` to the next row that is answered wrongly; nil, if there is none.
  private mutating func nextMistake(
    _ samples: PerceptronSamples, _ targets: [Bool], _ order: [Int]?, _ step: inout Int
  ) throws(SampleError) -> Int? {
    let (start, columns, bias) = (step, samples.columns, bias)
    var position = step
    var sum = 0.0
    samples.features.withUnsafeBufferPointer { features in
      weights.withUnsafeBufferPointer { weights in
        targets.withUnsafeBufferPointer { targets in
          while position < targets.count {
            let row = order?[position] ?? position
            sum = Self.dot(features.baseAddress! + row * columns, weights.baseAddress!, columns) + bias
            if (sum >= 0) != targets[row] || !sum.isFinite { return }
            position += 1
          }
        }
      }
    }
    run += position - start
    step = position
    if position == targets.count { return nil }
    let row = order?[position] ?? position
    // A finite sum means finite features, since a NaN or an infinity times any weight, 0 too, leaves a trace in it.
    guard sum.isFinite else {
      let values = Array(samples.features[row * columns..<(row + 1) * columns])
      guard let column = values.firstIndex(where: { !$0.isFinite }) else { throw .overflow(row: row) }
      throw .notFinite(row: row, column: column, value: values[column])
    }
    return row
  }
}

// MARK: - What the variants keep

extension PerceptronLearner {
  /// Stands for a pass in which no row was wrong.
  mutating func passWithoutMistake(_ rowCount: Int) {
    rowsSeen += Double(rowCount)
    run += rowCount
  }

  /// The neuron that the variant keeps, as things are now.
  func kept(_ variant: Perceptron.Variant) -> Perceptron.Neuron {
    switch variant {
    case .plain: return Perceptron.Neuron(weights: weights, bias: bias)
    case .averaged:
      let average = zip(weights, lateChanges).map { weight, late in weight - late / rowsSeen }
      return Perceptron.Neuron(weights: average, bias: bias - lateBias / rowsSeen)
    case .pocket: return pocket
    }
  }

  /// Measures the pocket's weights by these rows, which need not be those of the last call.
  mutating func openPocket(_ samples: PerceptronSamples, _ targets: [Bool]) {
    pocketCorrect = Self.correct(pocket, samples, targets)
    pocketRun = 0
    run = 0
  }

  /// Offers the weights to the pocket if they had a longer run without a mistake than those in it.
  private mutating func endRun(_ samples: PerceptronSamples, _ targets: [Bool]) {
    if run > pocketRun { offerToPocket(samples, targets) }
    run = 0
  }

  /// Puts the weights into the pocket if they get more of the rows right.
  private mutating func offerToPocket(_ samples: PerceptronSamples, _ targets: [Bool]) {
    let candidate = Perceptron.Neuron(weights: weights, bias: bias)
    let correct = Self.correct(candidate, samples, targets)
    guard correct > pocketCorrect else { return }
    (pocket, pocketCorrect, pocketRun) = (candidate, correct, run)
  }

  private static func correct(
    _ neuron: Perceptron.Neuron, _ samples: PerceptronSamples, _ targets: [Bool]
  ) -> Int {
    samples.features.withUnsafeBufferPointer { features in
      neuron.weights.withUnsafeBufferPointer { weights in
        (0..<samples.rowCount).reduce(0) { count, row in
          let start = features.baseAddress! + row * samples.columns
          let sum = dot(start, weights.baseAddress!, samples.columns) + neuron.bias
          return count + ((sum >= 0) == targets[row] ? 1 : 0)
        }
      }
    }
  }
}

// MARK: - The two inner loops

extension PerceptronLearner {
  /// Σ x w over `count` columns, in the order that the head of this file describes.
  @inline(__always)
  static func dot(_ x: UnsafePointer<Double>, _ w: UnsafePointer<Double>, _ count: Int) -> Double {
    var column = 0
    var sum = 0.0
    if count >= 8 {
      var sums = SIMD8<Double>.zero
      while column + 8 <= count {
        sums += eight(x + column) * eight(w + column)
        column += 8
      }
      let fourSums = sums.lowHalf + sums.highHalf
      let twoSums = fourSums.lowHalf + fourSums.highHalf
      sum = twoSums.x + twoSums.y
    }
    while column < count {
      sum += x[column] * w[column]
      column += 1
    }
    return sum
  }

  @inline(__always)
  private static func eight(_ numbers: UnsafePointer<Double>) -> SIMD8<Double> {
    UnsafeRawPointer(numbers).loadUnaligned(as: SIMD8<Double>.self)
  }

  /// w ← w + change · x
  private mutating func add(_ change: Double, _ features: [Double], _ start: Int) {
    weights.withUnsafeMutableBufferPointer { weights in
      features.withUnsafeBufferPointer { features in
        for column in 0..<weights.count { weights[column] += change * features[start + column] }
      }
    }
  }
}
