import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// What networks give for the rows that they watched and did not learn from.
struct HeldOutOutputs {
  /// The rows of each network, and its outputs for them.
  let each: [(rows: [Int], outputs: Tensor)]
  /// How many networks watched each row.
  let answerCounts: [Double]
  /// The mean over the networks that watched a row, [rows, outputs].
  let mean: Tensor

  /// Nil where a network watched no rows, or nobody watched a row.
  init?(_ networks: [any Module], _ parts: [TableCommittee.Part], rows: Int) throws {
    var each: [(rows: [Int], outputs: Tensor)] = []
    for (network, part) in zip(networks, parts) {
      guard let watched = part.validation else { return nil }
      each.append((part.watched, try Predictor(network).outputs(for: watched.inputs)))
    }
    guard let width = each.first.map({ $0.outputs.shape.dropFirst().reduce(1, *) }) else { return nil }
    var counts = [Double](repeating: 0, count: rows)
    var sums = [Double](repeating: 0, count: rows * width)
    for (watched, outputs) in each {
      let values = outputs.scalars(as: Double.self)
      for (place, row) in watched.enumerated() {
        counts[row] += 1
        for column in 0..<width { sums[row * width + column] += values[place * width + column] }
      }
    }
    guard counts.allSatisfy({ $0 > 0 }) else { return nil }
    for place in sums.indices { sums[place] /= counts[place / width] }
    self.each = each
    answerCounts = counts
    mean = Tensor(sums, shape: Shape([rows] + each[0].outputs.shape.dropFirst()), dtype: .float64)
  }
}

/// What a model's networks say of rows that they did not learn from, and what is known of these rows.
struct HeldOutAnswers {
  let answers: TablePredictions
  let known: EncodedTarget
  /// What the errors of the model as a whole are by those of these answers.
  let errorScale: Double

  /// Where networks watched different rows, which together are all rows of training, the mean of what those say of a row that
  /// watched it; where rows were set apart for all, what the model as a whole says of them. Nil where every row was learned from.
  init?(_ data: TableData, _ networks: [any Module], _ parts: [TableCommittee.Part], whole: any Module) throws {
    if parts[0].watched.isEmpty {
      guard let validation = data.validation, let known = data.validationTarget else { return nil }
      answers = data.loss.predictions(try Predictor(whole).outputs(for: validation.inputs))
      self.known = known
      errorScale = 1
      return
    }
    guard let outputs = try HeldOutOutputs(networks, parts, rows: data.training.count) else { return nil }
    answers = data.loss.predictions(outputs.mean)
    known = data.trainingTarget
    errorScale =
      data.encoding.task == .regression ? HeldOutAnswers.errorScale(data, networks, outputs, answers.values) : 1
  }

  /// √((E − A) / H), with E the mean squared error of networks by themselves on rows that they watched, A the mean squared
  /// distance of their answers from the mean of them, and H what the answers here err by, which are means of the networks that
  /// watched a row: what the mean of all networks errs by is E − A (A. Krogh and J. Vedelsby 1994, "Neural network ensembles,
  /// cross validation, and active learning"). On rows that most of the networks learned from they differ less than on new
  /// ones, so the scale is rather too large than too small.
  private static func errorScale(
    _ data: TableData, _ networks: [any Module], _ outputs: HeldOutOutputs, _ answers: [Double]
  ) -> Double {
    let (known, count) = (data.trainingTarget, Double(networks.count))
    let weights = known.weights ?? Array(repeating: 1, count: answers.count)
    func error(_ row: Int, _ value: Double) -> Double {
      weights[row] * (known.numbers[row] - value) * (known.numbers[row] - value)
    }
    var single = 0.0
    for (rows, output) in outputs.each {
      let values = data.loss.predictions(output).values
      for (place, row) in rows.enumerated() { single += error(row, values[place]) / outputs.answerCounts[row] }
    }
    let all = networks.map { data.loss.predictions(Predictor($0)(data.training.inputs)).values }
    var (distance, held) = (0.0, 0.0)
    for row in answers.indices {
      let mean = all.reduce(0) { $0 + $1[row] } / count
      distance += weights[row] * all.reduce(0) { $0 + ($1[row] - mean) * ($1[row] - mean) } / count
      held += error(row, answers[row])
    }
    // Networks that differ more than they err have not learned the table.
    return held > 0 ? max((single - distance) / held, 0.25).squareRoot() : 1
  }

  /// - Throws: ``TrainingError`` before any training where the options ask for what takes more such rows than there are, or
  ///   do not suit the target.
  static func check(_ options: TableOptions, _ parts: [TableCommittee.Part], _ encoding: TargetEncoding) throws {
    let isClassification = encoding.task == .classification
    if let interval = options.interval {
      if isClassification { throw TrainingError("Intervals are for numbers; '\(encoding.column)' has classes.") }
      try PredictionIntervals.check(interval)
    } else if options.intervalMethod != nil {
      throw TrainingError("A method for intervals is given, and no level: give `interval`, such as 0.9.")
    }
    if !isClassification, options.calibration != .none || options.threshold != nil {
      throw TrainingError("Calibration and thresholds are for classes; '\(encoding.column)' is a number.")
    }
    if options.threshold != nil, encoding.levels.count != 2 {
      throw TrainingError(
        "A threshold decides between two classes; '\(encoding.column)' has \(encoding.levels.count).")
    }
    if case .value(let value)? = options.threshold { _ = try DecisionThreshold(value) }
    guard options.needsHeldOutRows else { return }
    let rows = parts[0].watched.isEmpty ? parts[0].validation?.count ?? 0 : Set(parts.flatMap(\.watched)).count
    let needed = options.interval.map { PredictionIntervals.fewestRows(for: $0, options.intervalMethod) } ?? 1
    guard rows >= needed else {
      throw TrainingError(
        "Calibration, tuned thresholds and intervals take rows that no network learns from: at least \(needed) here, and "
          + "there are \(rows). Give more rows, or a validation fraction.")
    }
  }
}
