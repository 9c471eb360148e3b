import GliaNeuralNetworks

extension Metric {
  /// Every metric there is. To add one, add a row.
  ///
  /// Precision, recall and F1 are those of class 1 where there are two classes, else the mean over the classes.
  public static let all = reported + ofClasses + ofValues + ofLabels

  /// Those that a model of a table is reported with.
  public static let reported: [Metric] = [
    matrix("accuracy", "the part of the rows that was predicted right") { $0.accuracy },
    Metric(
      name: "rocAUC", higherIsBetter: true, meaning: "how probably a row of a class is ranked above one of another",
      undefined: "rows of one class only, or no probabilities", measure: .ofAllClasses { $0.rocAUC }),
    Metric(
      name: "averagePrecision", higherIsBetter: true, meaning: "the area under precision over recall",
      undefined: "no rows of a class, or no probabilities", measure: .ofAllClasses { $0.averagePrecision }),
    Metric(
      name: "logLoss", higherIsBetter: false, meaning: "the mean of -ln of the true class's probability",
      undefined: noProbabilities, measure: .ofClasses { ClassPredictions.logLoss }),
    matrix("f1", "the harmonic mean of precision and recall") { $0.f1(usual($0)) },
    matrix("precision", "of the rows taken for a class, the part that is of it") { $0.precision(usual($0)) },
    matrix("recall", "of the rows of a class, the part that was taken for it") { $0.recall(usual($0)) },
    Metric(
      name: "rmse", higherIsBetter: false, meaning: "the root of the mean squared error, in the target's unit",
      undefined: noRows, measure: .ofValues { ValuePredictions.rootMeanSquaredError }),
    Metric(
      name: "mae", higherIsBetter: false, meaning: "the mean absolute error, in the target's unit", undefined: noRows,
      measure: .ofValues { ValuePredictions.meanAbsoluteError }),
    Metric(
      name: "r2", higherIsBetter: true, meaning: "the part of the target's variance that is explained",
      undefined: constant, measure: .ofValues { ExplainedPart(countsBias: true) }),
  ]

  /// Those of a kind of task; the area under precision over recall for two classes, of which one may be rare.
  static func reported(_ task: TaskKind, classes: Int) -> [Metric] {
    reported.filter { $0.task == task && ($0.name != "averagePrecision" || classes == 2) }
  }

  private static let ofClasses: [Metric] =
    [
      matrix("balancedAccuracy", "the mean over the classes of the part that was predicted right") {
        $0.balancedAccuracy
      },
      matrix("matthewsCorrelation", "the correlation of true and predicted classes", undefined: oneClass) {
        $0.matthewsCorrelation
      },
      matrix("cohenKappa", "the agreement of true and predicted classes beyond chance", undefined: oneClass) {
        $0.cohenKappa
      },
      topAccuracy(2),
      Metric(
        name: "brierScore", higherIsBetter: false, meaning: "the mean squared error of the probabilities",
        undefined: noProbabilities, measure: .ofClasses { ClassPredictions.brierScore }),
      Metric(
        name: "expectedCalibrationError", higherIsBetter: false,
        meaning: "how far the confidence is from how often it is right, over 15 bins", undefined: noProbabilities,
        measure: .ofClasses { CalibrationBins() }),
    ] + averages

  /// Precision, recall and F1 under each average.
  private static let averages: [Metric] = {
    let kinds: [(name: String, words: String, average: ConfusionMatrix.Average)] = [
      ("Micro", "over all rows together", .micro), ("Macro", "the mean over the classes", .macro),
      ("Weighted", "the mean over the classes, each as often as it occurs", .weighted),
    ]
    return kinds.flatMap { kind in
      [
        matrix("f1" + kind.name, "F1, " + kind.words) { $0.f1(kind.average) },
        matrix("precision" + kind.name, "precision, " + kind.words) { $0.precision(kind.average) },
        matrix("recall" + kind.name, "recall, " + kind.words) { $0.recall(kind.average) },
      ]
    }
  }()

  private static let ofValues: [Metric] = [
    Metric(
      name: "mape", higherIsBetter: false, meaning: "the mean absolute error as a fraction of the target",
      undefined: "no rows, or a target of 0", measure: .ofValues { ValuePredictions.meanAbsolutePercentageError }),
    Metric(
      name: "smape", higherIsBetter: false,
      meaning: "the mean absolute error as a fraction of the mean of target and prediction", undefined: noRows,
      measure: .ofValues { ValuePredictions.symmetricMeanAbsolutePercentageError }),
    Metric(
      name: "mase", higherIsBetter: false,
      meaning: "the mean absolute error by that of saying the target before, for rows in the order of time",
      undefined: "fewer than two rows, or all targets the same", measure: .ofValues { ScaledError() }),
    Metric(
      name: "medianAbsoluteError", higherIsBetter: false, meaning: "the middle absolute error, in the target's unit",
      undefined: noRows, measure: .ofAllValues { $0.medianAbsoluteError }),
    Metric(
      name: "explainedVariance", higherIsBetter: true,
      meaning: "the part of the target's variance that is explained, the mean error left out", undefined: constant,
      measure: .ofValues { ExplainedPart(countsBias: false) }),
    pinball(0.5),
  ]

  private static let noRows = "no rows"
  private static let noProbabilities = "no rows, or no probabilities"
  private static let oneClass = "no rows, or rows of one class only"
  private static let constant = "no rows, or all targets the same"

  private static func usual(_ matrix: ConfusionMatrix) -> ConfusionMatrix.Average {
    matrix.classCount == 2 ? .ofClass(1) : .macro
  }

  private static func matrix(
    _ name: String, _ meaning: String, undefined: String = noRows,
    _ score: @escaping @Sendable (ConfusionMatrix) -> Double?
  ) -> Metric {
    Metric(
      name: name, higherIsBetter: true, meaning: meaning, undefined: undefined,
      measure: .ofClasses { ClassCounts(score) })
  }

  // ---- Metrics with a parameter: the table has them with the usual one, `named` takes another in brackets

  /// "topKAccuracy(3)": the part of the rows whose class is among the `count` most probable.
  public static func topAccuracy(_ count: Int) -> Metric {
    Metric(
      name: "topKAccuracy" + (count == 2 ? "" : "(\(count))"), higherIsBetter: true,
      meaning: "the part of the rows whose class is among the \(count) most probable", undefined: noProbabilities,
      measure: .ofClasses { ClassPredictions.topAccuracy(count) })
  }

  /// "pinball(0.9)": the mean pinball loss of predictions of a quantile.
  public static func pinball(_ level: Double) -> Metric {
    Metric(
      name: "pinball" + (level == 0.5 ? "" : "(\(level))"), higherIsBetter: false,
      meaning: "the mean pinball loss, least for the quantile of \(level)", undefined: noRows,
      measure: .ofValues { ValuePredictions.pinballLoss(level) })
  }

  /// The mean absolute error, divided by that of the naive forecast for the series before the rows, whose values are
  /// taken to be what they were `season` steps before.
  public static func mase(training: [Double], season: Int = 1) -> Metric {
    Metric(
      name: "mase", higherIsBetter: false,
      meaning:
        "the mean absolute error by that of saying what was seen \(season) before, of the series before the rows",
      undefined: "no rows, or a series that does not change",
      measure: .ofValues { ScaledError(training: training, season: season) })
  }

  private static let parameters: [String: (values: Hyperparameter.Values, make: @Sendable (Double) -> Metric)] = [
    "topKAccuracy": (.integer(1...Int.max), { topAccuracy(Int($0)) }),
    "pinball": (.number(lower: 0, includingLower: false, upper: 1, includingUpper: false), { pinball($0) }),
    "f1": (.integer(0...Int.max), ofClass("f1") { $0.f1(.ofClass($1)) }),
    "precision": (.integer(0...Int.max), ofClass("precision") { $0.precision(.ofClass($1)) }),
    "recall": (.integer(0...Int.max), ofClass("recall") { $0.recall(.ofClass($1)) }),
  ]

  /// "f1(2)": that of one class.
  private static func ofClass(
    _ name: String, _ score: @escaping @Sendable (ConfusionMatrix, Int) -> Double?
  ) -> @Sendable (Double) -> Metric {
    { number in
      let one = Int(number)
      return matrix("\(name)(\(one))", "\(name) of class \(one)", undefined: "no rows, or no such class") {
        score($0, one)
      }
    }
  }

  // ---- By name

  /// The metrics for a kind of task, in the order of the table.
  public static func all(for task: TaskKind) -> [Metric] { all.filter { $0.task == task } }

  /// The metric of this name, or an error that lists those there are.
  ///
  /// Behind some names a parameter may stand in brackets: "topKAccuracy(5)", "pinball(0.9)", and a class in "f1(2)",
  /// "precision(2)" and "recall(2)".
  public static func named(_ name: String) throws(MetricError) -> Metric {
    if let metric = all.first(where: { $0.name == name }) { return metric }
    let parts = name.split(separator: "(", maxSplits: 1).map(String.init)
    guard parts.count == 2, name.hasSuffix(")"), let (values, make) = parameters[parts[0]] else {
      throw .unknown(name: name, known: all.map(\.name))
    }
    let text = String(parts[1].dropLast())
    guard let number = Double(text), values.allows(.number(number)) else {
      throw .parameter(name: parts[0], found: text, allowed: values.range)
    }
    return make(number)
  }

  /// The metric of this name, if it is for this kind of task, or an error that lists those that are.
  public static func named(_ name: String, for task: TaskKind) throws(MetricError) -> Metric {
    let metric = try named(name)
    if metric.task != task {
      throw .wrongTask(name: name, task: task, known: all(for: task).map(\.name))
    }
    return metric
  }
}
