import GliaNeuralNetworks
import GliaTensors

/// Trains networks on the windows of one series or of several, and says how far off they are on watched steps.
struct ForecastLearner {
  let options: ForecastOptions
  /// Of each series that is learned from.
  let parts: [SeriesSplit]
  let base: SeriesSchema

  /// Trains until the watched steps gain no more, or for a number of epochs on them too.
  ///
  /// - Parameters:
  ///   - loss: of the network's answers.
  ///   - seen: what is to be learned of the samples; all as they are where nothing is said.
  /// - Returns: the epoch that was kept.
  func train(
    _ network: Sequential, _ rows: PanelRows, _ plan: ForecastPlan, _ seed: UInt64, _ progress: Progress,
    fixed: Int? = nil, loss: any Loss = .meanSquaredError, seen: @escaping (Samples) throws -> Samples = { $0 }
  ) throws -> Int {
    let origins = parts.map { part in
      base.lookback..<(fixed == nil ? part.training : part.validation).upperBound - base.horizon + 1
    }
    let windows = origins.reduce(0) { $0 + $1.count } * base.channels.count
    let batch = ForecastPlan.batchSize(windows: windows)
    let perEpoch = min((windows + batch - 1) / batch, ForecastPlan.mostSteps)
    let epochs = options.epochs ?? plan.epochs(perEpoch)
    let trainer = Trainer(
      anyModel: network, loss: loss, optimizer: plan.optimizer(lookback: base.lookback),
      schedule: CosineSchedule(steps: max(epochs * perEpoch, 1)), seed: seed)
    let history = try trainer.fit(
      validation: fixed == nil ? try seen(rows.samples(watched)) : nil, epochs: fixed.map { min($0, epochs) } ?? epochs,
      earlyStopping: fixed == nil ? EarlyStopping(patience: max(3, epochs / 4)) : nil, progress: progress,
      batches: { epoch in
        try rows.batches(origins, size: batch, most: ForecastPlan.mostSteps, seed: seed, epoch: epoch).map(seen)
      })
    return history.bestEpoch
  }

  /// Trains heads for the two quantiles of what a network leaves of the steps.
  ///
  /// R. Koenker and G. Bassett 1978, "Regression quantiles", doi:10.2307/1913643.
  ///
  /// - Parameter width: how many columns of a row the network reads.
  func heads(on network: Sequential, width: Int, _ rows: PanelRows, _ progress: Progress) throws -> Sequential {
    let heads = ForecastNetworks(schema: rows.schema, seasons: 1).heads()
    let predictor = Predictor(Sequential([Columns(0..<width), network]))
    let tail = (1 - options.level) / 2
    _ = try train(
      heads, rows, .heads, options.seed, progress, loss: .quantile(tail, 1 - tail)
    ) { samples in
      try Samples(inputs: samples.inputs, targets: samples.targets - predictor.outputs(for: samples.inputs))
    }
    return heads
  }

  /// The mean score of intervals on the later half of the watched steps, in the channels' deviations, where they are made by
  /// errors on the earlier half: least for the true quantiles. Nil where there are too few forecasts.
  func intervalScore(_ network: Sequential, _ rows: PanelRows) throws -> Double? {
    let origins = origins(\.validation, most: max(2000, 40 * parts.count))
    let halves = [origins.map { Array($0.prefix($0.count / 2)) }, origins.map { Array($0.dropFirst($0.count / 2)) }]
    guard halves[0].allSatisfy({ $0.count >= Conformal.fewestRows(for: options.level) }) else { return nil }
    let errors = try errors(of: network, rows, halves[0])
    let margins = ForecastIntervals(level: options.level, errors: errors, horizon: base.horizon).halfWidths
    let answers = try ForecastAnswers(network, rows.inputs(halves[1]), horizon: base.horizon)
    let truth = rows.targets(halves[1]).scalars(as: Float.self)
    var sum = 0.0
    for (row, place) in channelOfRow(halves[1]).enumerated() {
      let own = (0..<base.horizon).map { answers.ends(row, $0) }
      sum += Conformal.intervalScores(
        (0..<base.horizon).map { Double(truth[row * base.horizon + $0]) },
        lower: own.indices.map { own[$0].lower - margins[place][$0] },
        upper: own.indices.map { own[$0].upper + margins[place][$0] }, level: options.level
      ).reduce(0, +)
    }
    return sum / Double(max(answers.rows * base.horizon, 1))
  }

  /// The origins of the watched steps.
  var watched: [[Int]] { origins(\.validation, most: 20_000 / base.channels.count) }

  /// Evenly spaced origins of a part of each series, about `most` of all at most.
  func origins(_ part: KeyPath<SeriesSplit, Range<Int>>, most: Int) -> [[Int]] {
    let most = max(1, most / parts.count)
    return parts.map { own in
      let all = own[keyPath: part].count - base.horizon + 1
      return SeriesSplit.origins(
        own[keyPath: part], horizon: base.horizon, stride: max(1, (all + most - 1) / most))
    }
  }

  /// The root mean squared error on the watched steps, in the channels' own units, divided by their deviations.
  func score(_ network: Sequential, _ rows: PanelRows) throws -> Double {
    let origins = watched
    let answers = try ForecastAnswers(network, rows.inputs(origins), horizon: base.horizon)
    let truth = rows.targets(origins).scalars(as: Float.self)
    let places = channelOfRow(origins)
    var sum = 0.0
    for row in 0..<answers.rows {
      let (scaling, deviation) = (rows.schema.scalings[places[row]], base.deviations[places[row]])
      for step in 0..<base.horizon {
        let said = scaling.undo(answers.value(row, step))
        let error = (said - scaling.undo(Double(truth[row * base.horizon + step]))) / deviation
        sum += error * error
      }
    }
    return (sum / Double(max(answers.rows * base.horizon, 1))).squareRoot()
  }

  /// Of each series and channel, the errors of forecasts from up to 2000 origins of a part, scaled.
  func errors(of network: Sequential, _ rows: PanelRows, _ part: KeyPath<SeriesSplit, Range<Int>>) throws
    -> [[Double]]
  {
    try errors(of: network, rows, origins(part, most: max(2000, 40 * parts.count)))
  }

  private func errors(of network: Sequential, _ rows: PanelRows, _ origins: [[Int]]) throws -> [[Double]] {
    let answers = try ForecastAnswers(network, rows.inputs(origins), horizon: base.horizon)
    let truth = rows.targets(origins).scalars(as: Float.self)
    var errors = [[Double]](repeating: [], count: parts.count * base.channels.count)
    for (row, place) in channelOfRow(origins).enumerated() {
      for step in 0..<base.horizon {
        errors[place].append(answers.score(row, step, Double(truth[row * base.horizon + step])))
      }
    }
    return errors
  }

  /// Of each row of these origins its place among the channels of all series.
  private func channelOfRow(_ origins: [[Int]]) -> [Int] {
    let channels = base.channels.count
    return origins.enumerated().flatMap { member, own in
      own.flatMap { _ in (0..<channels).map { member * channels + $0 } }
    }
  }
}
