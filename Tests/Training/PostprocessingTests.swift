import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Calibrated, decided and bounded answers, and weighted rows")
struct PostprocessingTests {
  /// A rare class that is the likelier the greater x is, a number that spreads with x, and a weight.
  private static func rows(_ count: Int, seed: UInt64 = 3) throws -> Table {
    var generator = SplitMix64(seed: seed)
    var text = "x,rare,y,w\n"
    for _ in 0..<count {
      let x = Double.random(in: 0...1, using: &generator)
      let rare = Double.random(in: 0...1, using: &generator) < 0.5 * x * x
      let y = x + Double.random(in: -0.5...0.5, using: &generator) * (0.1 + x)
      text += "\(x),\(rare ? "yes" : "no"),\(y),\(Int.random(in: 1...3, using: &generator))\n"
    }
    return try Table(csvText: text, file: "rows.csv")
  }

  private static func options(_ change: (inout TableOptions) -> Void = { _ in }) -> TableOptions {
    var options = TableOptions()
    options.features = ["x"]
    options.networks = 3
    options.hiddenSizes = [8]
    options.epochs = 8
    change(&options)
    return options
  }

  private static func message(_ target: String, _ table: Table? = nil, _ change: (inout TableOptions) -> Void) -> String
  {
    do {
      _ = try TabularModel.fit(table ?? rows(200), target: target, options: options(change))
    } catch { return "\(error)" }
    return "none"
  }

  @Test("What is fitted is fitted on each row's answer by the network that did not learn from it")
  func outOfFold() throws {
    var options = Self.options { $0.calibration = .temperature }
    let data = try TableData(Self.rows(200), target: "rare", options: options)
    let parts = try TableCommittee.parts(data, networks: 3, watches: options.watches(160), seed: 0)
    let networks = (0..<3).map { _ in Sequential([Linear(data.training.inputs.shape[1], 2)]) }
    for (index, network) in networks.enumerated() { try network.initializeMissing(seed: UInt64(index)) }
    let held = try #require(try HeldOutAnswers(data, networks, parts, whole: networks[0]))
    #expect(held.known == data.trainingTarget && held.answers.count == 160)
    for (network, part) in zip(networks, parts) {
      let own = data.loss.predictions(Predictor(network)(data.training.inputs)).rows(part.watched)
      #expect(held.answers.rows(part.watched) == own)
    }
    // Rows that are set apart for all are answered by the model as a whole.
    options.validationFraction = 0.25
    let apart = try TableData(Self.rows(200), target: "rare", options: options)
    let same = try TableCommittee.parts(apart, networks: 3, watches: true, seed: 0)
    let whole = try #require(try HeldOutAnswers(apart, networks, same, whole: networks[1]))
    #expect(whole.answers == apart.loss.predictions(Predictor(networks[1])(apart.validation!.inputs)))
    #expect(whole.known == apart.validationTarget && whole.known.rows.count == 50)
  }

  @Test("Where several networks watched a row, the mean of what they give for it counts")
  func watchedTwice() throws {
    let options = Self.options { $0.interval = 0.8 }
    let data = try TableData(Self.rows(200), target: "y", options: options)
    let parts = try TableCommittee.parts(data, networks: 7, watches: true, seed: 0)
    let width = data.training.inputs.shape[1]
    let networks = (0..<7).map { _ in Sequential([Linear(width, 1, initializer: .normal(deviation: 0.1))]) }
    for (index, network) in networks.enumerated() { try network.initializeMissing(seed: UInt64(index)) }
    let held = try #require(try HeldOutAnswers(data, networks, parts, whole: networks[0]))
    let all = networks.map { data.loss.predictions(Predictor($0)(data.training.inputs)).values }
    let targets = data.trainingTarget.numbers
    var (error, single, distance) = (0.0, 0.0, 0.0)
    var counts: Set<Int> = []
    for row in targets.indices {
      let own = parts.indices.filter { parts[$0].watched.contains(row) }
      let answer = own.reduce(0) { $0 + all[$1][row] } / Double(own.count)
      #expect(abs(held.answers.values[row] - answer) < 1e-6 * (1 + abs(answer)))
      counts.insert(own.count)
      let mean = all.reduce(0) { $0 + $1[row] } / 7
      error += (targets[row] - answer) * (targets[row] - answer)
      single += own.reduce(0) { $0 + (targets[row] - all[$1][row]) * (targets[row] - all[$1][row]) } / Double(own.count)
      distance += all.reduce(0) { $0 + ($1[row] - mean) * ($1[row] - mean) } / 7
    }
    #expect(counts == [1, 2])
    #expect(abs(held.errorScale - ((single - distance) / error).squareRoot()) < 1e-6)
  }

  @Test("Intervals of a mean of networks are narrower than those of one by what averaging takes from the error")
  func errorScale() throws {
    let options = Self.options { $0.interval = 0.8 }
    let data = try TableData(Self.rows(200), target: "y", options: options)
    let parts = try TableCommittee.parts(data, networks: 3, watches: options.watches(160), seed: 0)
    // Small weights, so that they differ less than they err.
    let width = data.training.inputs.shape[1]
    let networks = (0..<3).map { _ in Sequential([Linear(width, 1, initializer: .normal(deviation: 0.1))]) }
    for (index, network) in networks.enumerated() { try network.initializeMissing(seed: UInt64(index)) }
    let held = try #require(try HeldOutAnswers(data, networks, parts, whole: networks[0]))
    let all = networks.map { data.loss.predictions(Predictor($0)(data.training.inputs)).values }
    let targets = data.trainingTarget.numbers
    func meanSquare(_ values: [Double], _ others: [Double]) -> Double {
      zip(values, others).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(values.count)
    }
    let mean = targets.indices.map { row in all.reduce(0) { $0 + $1[row] } / 3 }
    // What averaging takes: the mean error of the networks less the error of their mean, on the same rows.
    let gain = all.reduce(0) { $0 + meanSquare($1, targets) } / 3 - meanSquare(mean, targets)
    let expected = (1 - gain / meanSquare(held.answers.values, targets)).squareRoot()
    #expect(abs(held.errorScale - expected) < 1e-9 && held.errorScale < 1)
    let one = try PredictionIntervals(
      level: 0.8, method: .residual, fitting: held.answers, targets, weights: nil)
    let fitted = try #require(
      try Postprocessing(Self.options { ($0.interval, $0.intervalMethod) = (0.8, .residual) }, held, data.encoding)
        .intervals)
    #expect(fitted.margin == one.margin * held.errorScale)
  }

  @Test("Calibration and a tuned threshold change what is said, not what the network is; both are in the report")
  func classes() throws {
    let table = try Self.rows(300)
    let plain = try TabularModel.fit(table, target: "rare", options: Self.options { $0.epochs = 40 })
    let model = try TabularModel.fit(
      table, target: "rare",
      options: Self.options {
        $0.calibration = .isotonic
        $0.threshold = .best(.f1)
        $0.epochs = 40
      })
    let (before, after) = (try plain.predict(table), try model.predict(table))
    let calibration = try #require(model.postprocessing.calibration)
    #expect(after.probabilities == calibration(before.probabilities, classCount: 2))
    let threshold = try #require(model.postprocessing.threshold).value
    #expect(threshold < 0.5)
    #expect(after.classes == (0..<300).map { after.probabilities[2 * $0 + 1] >= threshold ? "yes" : "no" })
    #expect(after.classes.filter { $0 == "yes" }.count > before.classes.filter { $0 == "yes" }.count)
    let evaluation = try model.evaluate(table)
    #expect(evaluation.belief["expectedCalibrationErrorBefore"] != nil && evaluation.belief["logLossBefore"] != nil)
    #expect(evaluation.reliability != nil && evaluation.scores["averagePrecision"] != nil)
    #expect(model.report.belief["expectedCalibrationError"] != nil)
    #expect(model.report.settings.suffix(2).first == "probabilities calibrated by isotonic regression")
    #expect(model.report.settings.last?.hasSuffix("best for f1") == true)
    // Compared by what the threshold was tuned for, and not by accuracy.
    #expect(!evaluation.warnings.contains { $0.contains("most frequent class") })
  }

  @Test("Where no threshold is better than another there is none, with a warning, and the training is not lost")
  func noThreshold() throws {
    struct Flat: Module {
      let out: Linear
      func callAsFunction(_ x: Tensor) -> Tensor { out(x * 0) }
    }
    let options = Self.options {
      ($0.calibration, $0.threshold, $0.networks, $0.hiddenSizes) = (.isotonic, .best(.f1), 1, nil)
    }
    let model = try TabularModel.fit(Self.rows(300), target: "rare", options: options) { inputs, outputs in
      Flat(out: Linear(inputs, outputs))
    }
    #expect(model.postprocessing.threshold == nil && model.postprocessing.calibration != nil)
    #expect(model.report.warnings.contains { $0.contains("no threshold is better than another") })
  }

  @Test("Intervals hold about as many new targets as was asked, are wider where errors are, and are in the report")
  func intervals() throws {
    for method in [IntervalMethod?.none, .quantile] {
      let model = try TabularModel.fit(
        Self.rows(1500), target: "y",
        options: Self.options {
          $0.interval = 0.8
          $0.intervalMethod = method
          $0.epochs = 30
        })
      let evaluation = try model.evaluate(Self.rows(2000, seed: 9))
      #expect(abs(evaluation.belief["coverage"]! - 0.8) < 0.05, "\(evaluation.belief)")
      let ends = try model.predict(Table([Column("x", numbers: [0.05, 0.95])]))
      #expect(ends.upper[1] - ends.lower[1] > ends.upper[0] - ends.lower[0], "\(ends)")
      #expect(model.report.belief["meanWidth"] != nil && model.postprocessing.intervals?.level == 0.8)
    }
  }

  @Test("A model with all this is read from its file as it was, and gives the same bytes again")
  func roundTrip() throws {
    let paths = [temporaryPath("belief.safetensors"), temporaryPath("belief-again.safetensors")]
    defer { for path in paths { remove(path) } }
    let changes: [(String, (inout TableOptions) -> Void)] = [
      ("rare", { ($0.calibration, $0.threshold, $0.weightColumn) = (.temperature, .best(.matthewsCorrelation), "w") }),
      ("rare", { ($0.calibration, $0.threshold) = (.isotonic, .value(0.25)) }), ("y", { $0.interval = 0.9 }),
      ("y", { ($0.interval, $0.intervalMethod, $0.weightColumn) = (0.9, .normalized, "w") }),
      ("y", { ($0.interval, $0.intervalMethod) = (0.9, .quantile) }), ("rare", { $0.calibration = .none }),
    ]
    let table = try Self.rows(260)
    for (index, (target, change)) in changes.enumerated() {
      let model = try TabularModel.fit(
        table, target: target,
        options: Self.options {
          $0.epochs = 2
          change(&$0)
        })
      try model.save(to: paths[0])
      let loaded = try TabularModel(path: paths[0])
      #expect(loaded.postprocessing == model.postprocessing && loaded.rowWeights == model.rowWeights)
      #expect(try loaded.predict(table) == model.predict(table))
      #expect(
        loaded.evaluation.belief == model.evaluation.belief && loaded.evaluation.warnings == model.evaluation.warnings)
      let evaluations = try [loaded, model].map { "\(try $0.evaluate(table))" }
      #expect(evaluations[0] == evaluations[1])
      try loaded.save(to: paths[1])
      #expect(TabularTests.bytes(paths[0]) == TabularTests.bytes(paths[1]))
      // A Glia that knows of none of this reads version 1 only, and so refuses what it would get wrong.
      #expect(try SafetensorsFile(path: paths[0]).metadata["glia.format"] == (index == 5 ? "1" : "2"))
    }
  }

  @Test("Of a file nothing is believed: a member that is not known, or what does not suit the target, is refused")
  func forged() throws {
    let path = temporaryPath("forged-belief.safetensors")
    defer { remove(path) }
    let files = try ["rare", "y"].map { target in
      try TabularModel.fit(Self.rows(60), target: target, options: Self.options { $0.epochs = 1 }).save(to: path)
      return TabularTests.bytes(path)
    }
    func refusal(_ target: String, _ key: String, _ text: String) throws -> String {
      let file = try SafetensorsFile(bytes: files[target == "rare" ? 0 : 1])
      var metadata = file.metadata
      metadata["checksum"] = nil
      metadata["glia." + key] = text
      var writer = SafetensorsWriter(metadata: metadata)
      for entry in file.entries {
        try file.withBytes(of: entry.name) {
          try writer.add(entry.name, dtype: entry.dtype, shape: entry.shape, bytes: $0)
        }
      }
      TabularTests.write(try writer.bytes(), path)
      do { _ = try TabularModel(path: path) } catch { return "\(error)" }
      return "none"
    }
    let temperature = #"{"calibration":{"temperature":1.5}}"#
    #expect(try refusal("rare", "postprocessing", temperature) == "none")
    for (target, key, text, words) in [
      ("y", "postprocessing", temperature, "does not suit"),
      ("rare", "postprocessing", #"{"shift":1}"#, "'shift' that is not known"),
      ("rare", "postprocessing", #"{"calibration":{"temperature":0}}"#, "0.05 to 20"),
      ("rare", "postprocessing", #"{"calibration":{"isotonic":[]}}"#, "each class"),
      ("rare", "postprocessing", #"{"calibration":{"isotonic":[{"inputs":[1,0],"outputs":[0.2,0.3]}]}}"#, "rise"),
      ("rare", "postprocessing", #"{"threshold":{"value":1}}"#, "less than 1"),
      ("rare", "postprocessing", #"{"threshold":{"value":0.5,"metric":"luck"}}"#, "not known"),
      ("y", "postprocessing", #"{"intervals":{"level":0.9,"method":"quantile","margin":1}}"#, "does not suit"),
      ("y", "postprocessing", #"{"intervals":{"level":0.9,"method":"residual","margin":-1}}"#, "margin"),
      ("y", "postprocessing", #"{"intervals":{"level":0.9,"method":"guess","margin":1}}"#, "not known"),
      ("y", "weights", #"{"column":"w","constant":[1,2]}"#, "do not suit"), ("y", "weights", "[]", "object"),
    ] {
      let found = try refusal(target, key, text)
      #expect(found.contains(path) && found.contains(words), "\(text): \(found)")
    }
  }

  @Test("What cannot be fitted is an error before any training, in words")
  func refused() throws {
    #expect(Self.message("y") { $0.calibration = .temperature }.contains("for classes; 'y' is a number"))
    #expect(Self.message("y") { $0.threshold = .value(0.3) }.contains("for classes"))
    #expect(Self.message("rare") { $0.interval = 0.9 }.contains("for numbers; 'rare' has classes"))
    #expect(Self.message("y") { $0.interval = 1.5 }.contains("1.5"))
    #expect(Self.message("y") { $0.intervalMethod = .residual }.contains("give `interval`"))
    #expect(Self.message("y") { $0.interval = 0.999 }.contains("at least 999"))
    #expect(Self.message("y") { ($0.interval, $0.intervalMethod) = (0.5, .normalized) }.contains("at least 200"))
    #expect(
      Self.message("y") { ($0.interval, $0.intervalMethod, $0.loss) = (0.9, .quantile, PartDescription("huber")) }
        .contains("leave the loss out"))
    #expect(
      Self.message("rare") { ($0.calibration, $0.networks, $0.validationFraction) = (.temperature, 1, 0) }.contains(
        "there are 0"))
    let three = try Table(csvText: "x,k\n" + (0..<60).map { "\($0),\(["a", "b", "c"][$0 % 3])\n" }.joined())
    #expect(Self.message("k", three) { $0.threshold = .best(.f1) }.contains("'k' has 3"))
  }

  @Test("Recipes that watch no rows set some apart where something is fitted on them")
  func tutorial() throws {
    let model = try TabularModel.fit(
      Self.rows(200), target: "rare",
      options: Self.options {
        ($0.recipe, $0.networks, $0.calibration) = (.tutorial, nil, .temperature)
        $0.epochs = 2
      })
    #expect(model.report.validationRows == 30 && model.postprocessing.calibration != nil)
  }

  @Test("A row of weight 2 is as two rows in every score, one of weight 0 is as no row in training too")
  func weights() throws {
    let weighted = Self.options { $0.weightColumn = "w" }
    let table = try Self.rows(120)
    let model = try TabularModel.fit(table, target: "y", options: weighted)
    let weights = try #require(table.column("w").numbers)
    let repeated = table.rows(weights.indices.flatMap { row in Array(repeating: row, count: Int(weights[row])) })
    let (one, many) = (try model.evaluate(table), try model.evaluate(repeated.dropping(["w"])))
    for (a, b) in zip([one.scores] + one.baselines.map(\.scores), [many.scores] + many.baselines.map(\.scores)) {
      #expect(zip(a.entries, b.entries).allSatisfy { abs($0.value - $1.value) < 1e-9 * abs($1.value) })
    }
    #expect(many.warnings.contains { $0.contains("no 'w'") } && !one.warnings.contains { $0.contains("'w'") })
    let unweighted = try model.evaluate(table.dropping(["w"]))
    #expect(one.scores["rmse"] != unweighted.scores["rmse"])
    // Rows of weight 0 with values that would spoil everything, between the others.
    let text = (0..<120).map { row -> String in
      let cells = ["x", "y", "w"].map { try! table.column($0).text(row)! }.joined(separator: ",")
      return cells + "\n" + (row % 3 == 0 ? "0.5,1e9,0\n" : "")
    }
    let spoilt = try Table(csvText: "x,y,w\n" + text.joined())
    let same = try TabularModel.fit(spoilt, target: "y", options: weighted)
    #expect(try same.predict(table) == model.predict(table) && same.report.scores == model.report.scores)
    #expect(same.report.warnings.contains("rows whose 'w' is 0 are left out: 40"))
    let mean = try #require(model.report.baselines.first)
    #expect(mean.name == "mean" && mean.scores["r2"]! <= 0)
  }

  @Test("Weights pull the model to heavy rows, are no feature, and only their proportions count")
  func pull() throws {
    let text = (0..<200).map { "\($0 / 2 % 10),\($0 % 2 == 0 ? 10.5 : 20.5),\($0 % 2 == 0 ? 30 : 1)\n" }.joined()
    let table = try Table(csvText: "x,y,w\n" + text)
    func fit(_ table: Table, _ column: String?) throws -> TabularModel {
      try TabularModel.fit(
        table, target: "y",
        options: Self.options {
          ($0.features, $0.dropping, $0.weightColumn, $0.epochs) = (nil, column == nil ? ["w"] : [], column, 30)
          $0.learningRate = 0.03
        })
    }
    let (plain, heavy) = (try fit(table, nil), try fit(table, "w"))
    let (x, y) = (try plain.predict(table).values, try heavy.predict(table).values)
    #expect(abs(x.reduce(0, +) / 200 - 15.5) < 1 && abs(y.reduce(0, +) / 200 - 10.8) < 1)
    #expect(heavy.report.settings.contains("rows weighted by 'w'"))
    #expect(heavy.preprocessor?.columns.map(\.column) == ["x"])
    let scaled = try table.replacing(Column("w", numbers: table.column("w").numbers!.map { $0 * 0x1p60 }))
    #expect(try fit(scaled, "w").predict(table) == heavy.predict(table))
  }

  @Test("Bad weights are errors that name the line and the value")
  func badWeights() throws {
    func message(_ weights: [String], _ change: (inout TableOptions) -> Void = { _ in }) throws -> String {
      let text = weights.enumerated().map { "\($0.offset),\($0.offset * 2),\($0.element)\n" }.joined()
      let table = try Table(csvText: "x,y,w\n" + text, file: "t.csv")
      return Self.message("y", table) {
        $0.weightColumn = "w"
        change(&$0)
      }
    }
    let good = Array(repeating: "1.5", count: 30)
    for (bad, words) in [
      ("-2", "the weight is -2"), ("", "the weight is missing"), ("abc", "'abc' is not a number"), ("1e200", "1e+200"),
    ] {
      let found = try message(good + [bad] + good)
      #expect(found.hasPrefix("t.csv: line 32, column 'w'") && found.contains(words), "\(found)")
    }
    #expect(try message(Array(repeating: "0", count: 40)).contains("every weight is 0"))
    #expect(try message(good) { $0.features = ["x", "w"] }.contains("neither learned from nor predicted"))
    #expect(try message(good) { $0.weightColumn = "v" }.contains("'v'"))
    #expect(try message(good) { $0.classWeights = .balanced }.contains("'y' is a number"))
    let row = try Table([Column("x", numbers: [1, 2]), Column("y", numbers: [1, 2]), Column("w", numbers: [1, -1])])
    #expect(Self.message("y", row) { $0.weightColumn = "w" }.contains("row 2: the weight is -1"))
  }

  @Test("Class weights count in the loss, and not in the scores; balanced ones raise the rare class's recall")
  func classWeights() throws {
    let table = try Self.rows(400)
    func fit(_ weights: ClassWeights?) throws -> TabularModel {
      try TabularModel.fit(
        table, target: "rare", options: Self.options { ($0.classWeights, $0.epochs) = (weights, 8) })
    }
    let (plain, balanced) = (try fit(nil), try fit(.balanced))
    #expect(balanced.report.scores["recall"]! > plain.report.scores["recall"]!)
    #expect(balanced.report.settings.contains { $0.hasPrefix("classes weighted in the loss: no 0.") })
    #expect(balanced.report.baselines[0].scores["accuracy"] == plain.report.baselines[0].scores["accuracy"])
    // As the loss has them: twice the one or half the other is the same but for rounding.
    let (a, b) = (try fit(.of(["yes": 2])), try fit(.of(["no": 0.5])))
    #expect(try a.predict(table) == b.predict(table))
    #expect(try SafetensorsMetadata.version(of: balanced) == "1")
  }
}

/// What a model's file says of itself.
private enum SafetensorsMetadata {
  static func version(of model: TabularModel) throws -> String? {
    let path = temporaryPath("version.safetensors")
    defer { remove(path) }
    try model.save(to: path)
    return try SafetensorsFile(path: path).metadata["glia.format"]
  }
}
