import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Tuning")
struct TuningTests {
  // ---- Ranges

  @Test("What is drawn lies in its range, three digits long, by the logarithm where the range says so")
  func drawing() throws {
    var space = TuningSpace()
    space["learning-rate"] = .numbers(0.0001...0.1, .logarithmic)
    space["dropout"] = .numbers(0...0.5)
    space["bins"] = .integers(2...5)
    space["batch-size"] = .integers(1...1024, .logarithmic)
    space["hidden"] = .choices([[8], [16, 8], []])
    try space.check()
    let drawn = (1...600).map { space.settings(ofTrial: $0, seed: 4) }
    let rates = drawn.map { $0.number("learning-rate") }
    #expect(rates.allSatisfy { (0.0001...0.1).contains($0) })
    // Three decades, each with a third; the standard error of a share is 0.019.
    for decade in [0.0001, 0.001, 0.01] {
      let share = Double(rates.filter { $0 >= decade && $0 < decade * 10 }.count) / 600
      #expect(abs(share - 1.0 / 3) < 0.08, "\(share) from \(decade)")
    }
    let dropouts = drawn.map { $0.number("dropout") }
    #expect(dropouts.allSatisfy { (0...0.5).contains($0) && "\($0)".count <= 8 })
    #expect(abs(dropouts.reduce(0, +) / 600 - 0.25) < 0.03)
    #expect(Set(drawn.map { $0.integer("bins") }) == [2, 3, 4, 5])
    let sizes = drawn.map { $0.integer("batch-size") }
    // Half of the logarithms lie below 32.
    #expect(
      abs(Double(sizes.filter { $0 < 32 }.count) / 600 - 0.5) < 0.1 && sizes.allSatisfy { (1...1024).contains($0) })
    #expect(Set(drawn.map { "\($0["hidden"]!)" }).count == 3)
  }

  @Test(
    "A trial hangs on the seed, its number and its own ranges, and not on how many trials or other ranges there are")
  func independence() {
    var space = TuningSpace()
    space["dropout"] = .numbers(0...0.5)
    let alone = space.settings(ofTrial: 7, seed: 1)
    space["bins"] = .integers(0...64)
    let both = space.settings(ofTrial: 7, seed: 1)
    #expect(both["dropout"] == alone["dropout"])
    #expect(space.settings(ofTrial: 7, seed: 2)["dropout"] != alone["dropout"])
    #expect(space.settings(ofTrial: 8, seed: 1)["dropout"] != alone["dropout"])
  }

  @Test("Ranges that cannot be are errors that name the setting, the value and what it may be")
  func wrongRanges() throws {
    let wrong: [(String, TuningSpace.Range, String)] = [
      ("rate", .numbers(0...1), "There is no setting 'rate' to tune."),
      ("dropout", .numbers(0...2), "dropout is 2; it has to be"),
      ("learning-rate", .numbers(0...1, .logarithmic), "learning-rate: a logarithmic range is of numbers above 0"),
      ("bins", .integers(-1...4), "bins is -1; it has to be an integer from 0 to 4096."),
      ("bins", .numbers(0...4), "bins takes whole numbers."),
      ("hidden", .choices([]), "hidden has no value to choose from."),
      ("hidden", .choices([[0]]), "hidden is [0]; it has to be"),
      ("activation", .choices(["relu", "relu"]), "activation has a value twice"),
      ("activation", .numbers(0...1), "activation is 0; it has to be one of"),
      ("embedding", .choices([.part(PartDescription("periodic", ["size": 0]))]), "periodic: size is 0; it has to be"),
    ]
    for (name, range, words) in wrong {
      var space = TuningSpace()
      space[name] = range
      let error = #expect(throws: SettingError.self) { try space.check() }
      #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }
    #expect(throws: SettingError.self) { try TuningSpace().check() }
    try TuningSpace.default.check()
  }

  @Test("Every setting that can be tuned changes the option of its name")
  func settings() throws {
    let values: [String: Setting] = [
      "learning-rate": 0.5, "weight-decay": 0.5, "dropout": 0.5, "hidden": [3], "activation": "tanh", "bins": 3,
      "bin-edges": "tree", "scaling": "robust", "embedding": .part("periodic"), "linear-part": true,
      "optimizer": .part("sgd"), "schedule": "constant", "loss": .part("huber"), "batch-size": 3, "epochs": 3,
      "patience": 3, "members": 3, "networks": 3,
    ]
    #expect(Set(values.keys) == Set(TableSetting.all.map(\.name)))
    let plain = "\(TableOptions())"
    for setting in TableSetting.all {
      var options = TableOptions()
      try setting.apply(try #require(values[setting.name]), to: &options)
      #expect("\(options)" != plain, "\(setting.name) changes nothing")
    }
    var options = TableOptions()
    try options.apply(["hidden": [3, 2], "dropout": 0.25])
    #expect(options.hiddenSizes == [3, 2] && options.dropout == 0.25)
  }

  // ---- Rounds

  @Test("A third goes on, with three times the folds, until three are left", arguments: [1, 3, 4, 27, 100])
  func rounds(_ trials: Int) {
    var tuning = TableTuning()
    tuning.trials = trials
    let expected: [Int: [[Int]]] = [
      1: [], 3: [], 4: [[4, 1]], 27: [[27, 1], [9, 3]], 100: [[100, 1], [34, 3], [12, 5], [4, 5]],
    ]
    #expect(tuning.rounds.map { [$0.trials, $0.folds] } == expected[trials])
  }

  private static func tuning(_ log: String? = nil) -> TableTuning {
    var tuning = TableTuning()
    tuning.space = TuningSpace()
    tuning.space["learning-rate"] = .numbers(0.0001...0.05, .logarithmic)
    tuning.space["hidden"] = .choices([[2], [8]])
    (tuning.trials, tuning.folds, tuning.log) = (5, 3, log)
    return tuning
  }

  private static func options() -> TableOptions {
    var options = TableOptions()
    (options.epochs, options.bins, options.networks, options.seed) = (4, 3, 2, 3)
    return options
  }

  @Test("The last round scores what a model scores that never saw the fold, and the best of it is what is trained with")
  func lastRound() throws {
    let table = try TabularTests.houses(60, seed: 21)
    let result = try TabularModel.tune(table, target: "price", tuning: Self.tuning(), options: Self.options())
    #expect(result.metric.name == "rmse" && result.finalists.count == 4 && result.finalists[0].trial == 0)
    #expect(result.rounds.map(\.trials) == [5] && result.rounds[0].folds == 1)
    let space = Self.tuning().space
    for finalist in result.finalists {
      #expect(
        finalist.settings == (finalist.trial == 0 ? Settings() : space.settings(ofTrial: finalist.trial, seed: 3)))
      for (index, fold) in try Split.folds(Array(0..<60), 3, seed: 3).enumerated() {
        var own = Self.options()
        try own.apply(finalist.settings)
        own.seed = RandomKey(seed: 3).folding("folds").folding(UInt64(index)).seed
        let model = try TabularModel.fit(
          table.rows(fold.training), target: "price", test: table.rows(fold.validation), options: own)
        #expect(finalist.scores[index]["rmse"] == model.report.scores["rmse"])
      }
    }
    let means = result.finalists.map { $0["rmse"]!.mean }
    #expect(Array(means.dropFirst()) == means.dropFirst().sorted())
    #expect(result.isWorthIt == (result.test!.statistic > 1))
    #expect(result.best["rmse"]?.mean == means[result.isWorthIt ? 1 : 0])
    #expect(abs(result.test!.meanDifference - (means[0] - means[1])) < 1e-9 * means[0])
    let model = try TabularModel.fit(table, target: "price", options: result.options)
    #expect(model.report.settings.contains { $0.hasPrefix("tuned: ") } == result.isWorthIt)
  }

  @Test("A lead of less than one standard error leaves the recipe, one of more does not")
  func leads() throws {
    let table = try TabularTests.houses(60, seed: 21)
    var tuning = Self.tuning()
    tuning.trials = 3
    var (small, large) = (0, 0)
    for seed: UInt64 in [1, 7] {  // one of each kind
      var options = Self.options()
      options.seed = seed
      let result = try TabularModel.tune(table, target: "price", tuning: tuning, options: options)
      let lead = result.test!.statistic
      #expect(result.isWorthIt == (lead > 1), "seed \(seed): \(lead)")
      if lead > 0, lead <= 1 { small += 1 }
      if lead > 1 { large += 1 }
    }
    #expect(small > 0 && large > 0, "there has to be something to tell apart")
  }

  // ---- The file of trials

  /// The lines of a file without what each fit took, in an order of their own.
  private static func lines(_ path: String) throws -> [String] {
    let text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
    return try text.split(separator: "\n").map { line in
      var object = try #require(JSONValue(parsing: String(line)).object)
      object["seconds"] = nil
      return try JSONValue.object(object).text()
    }.sorted()
  }

  private struct Stop: Error {}

  @Test("A run that was stopped goes on where it was, and ends as one that was not; so does one whose last line is cut")
  func resuming() throws {
    let table = try TabularTests.houses(60, seed: 21)
    let (whole, part) = (temporaryPath("whole.jsonl"), temporaryPath("part.jsonl"))
    defer { for path in [whole, part] { remove(path) } }
    let expected = try TabularModel.tune(table, target: "price", tuning: Self.tuning(whole), options: Self.options())
    var done = 0
    #expect(throws: Stop.self) {
      try TabularModel.tune(table, target: "price", tuning: Self.tuning(part), options: Self.options()) { _ in
        done += 1
        if done == 4 { throw Stop() }
      }
    }
    // Those that were under way beside the fourth are kept too.
    let count = try Self.lines(part).count
    #expect(count >= 5 && count < 12)
    let cut = try MappedFile(path: part).withBytes { Array($0.dropLast(20)) }
    try AtomicFile.write(cut, to: part)
    var again: [TuningStep] = []
    let found = try TabularModel.tune(table, target: "price", tuning: Self.tuning(part), options: Self.options()) {
      again.append($0)
    }
    // The recipe and three trials on three folds, two more trials on the first.
    #expect(again.count == 14 - (count - 2), "what was done is done again")
    #expect(found.warnings.contains { $0.contains("is cut off; its fit is done again") })
    #expect(try Self.lines(part) == Self.lines(whole))
    #expect(
      found.best.trial == expected.best.trial && found.finalists.map(\.scores) == expected.finalists.map(\.scores))
    var none = 0
    _ = try TabularModel.tune(table, target: "price", tuning: Self.tuning(whole), options: Self.options()) { _ in
      none += 1
    }
    #expect(none == 0)
    // With more trials it ends as one that had as many from the start.
    var more = Self.tuning(part)
    more.trials = 12
    let grown = try TabularModel.tune(table, target: "price", tuning: more, options: Self.options())
    more.log = nil
    let fresh = try TabularModel.tune(table, target: "price", tuning: more, options: Self.options())
    #expect(grown.rounds == fresh.rounds && grown.finalists.map(\.scores) == fresh.finalists.map(\.scores))
  }

  @Test("A file of another table, target, seed or range, a damaged one and one that is something else are refused")
  func otherFiles() throws {
    let table = try TabularTests.houses(60, seed: 21)
    let path = temporaryPath("trials.jsonl")
    defer { remove(path) }
    var tuning = Self.tuning(path)
    tuning.trials = 1
    _ = try TabularModel.tune(table, target: "price", tuning: tuning, options: Self.options())
    let bytes = try MappedFile(path: path).withBytes { Array($0) }
    func words(_ table: Table, _ tuning: TableTuning, _ options: TableOptions) -> String {
      do { _ = try TabularModel.tune(table, target: "price", tuning: tuning, options: options) } catch {
        return "\(error)"
      }
      return "no error"
    }
    #expect(words(try TabularTests.houses(60, seed: 22), tuning, Self.options()).contains("differs: the table's rows."))
    var options = Self.options()
    options.seed = 4
    #expect(words(table, tuning, options).contains("differs: the seed."))
    options = Self.options()
    options.epochs = 5
    #expect(words(table, tuning, options).contains("differs: the options."))
    var other = tuning
    other.space["dropout"] = .numbers(0...0.1)
    #expect(words(table, other, Self.options()).contains("differs: the ranges."))
    #expect(try MappedFile(path: path).withBytes { Array($0) } == bytes, "the file was changed")
    // A digit of a setting in line 5.
    var lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    let line = try #require(lines.lastIndex { $0.contains("\"trial\":1") })
    lines[line] = lines[line].replacing("\"learning-rate\":0.", with: "\"learning-rate\":1.")
    try AtomicFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
    #expect(words(table, tuning, Self.options()).contains("Line \(line + 1) of"))
    #expect(words(table, tuning, Self.options()).contains("its settings are not those of trial 1"))
    try AtomicFile.write(Array("area,price\n1,2\n".utf8), to: path)
    #expect(words(table, tuning, Self.options()).contains("is no file of trials"))
  }

  @Test(
    "A trial that cannot be fitted is left out with its reason; where none can, or the recipe cannot, that is the error"
  )
  func failures() throws {
    let table = try TabularTests.houses(60, seed: 21)
    var tuning = Self.tuning()
    // Steps so long that nothing is left of the weights.
    tuning.space["learning-rate"] = .choices([0.01, 1e30])
    tuning.space["optimizer"] = .choices([.part("sgd")])
    let result = try TabularModel.tune(table, target: "price", tuning: tuning, options: Self.options())
    let rates = (1...5).map { tuning.space.settings(ofTrial: $0, seed: 3).number("learning-rate") }
    #expect(rates.contains(0.01) && rates.contains(1e30), "\(rates)")
    let bad = rates.filter { $0 > 1 }.count
    #expect(result.warnings.contains { $0.hasPrefix("\(bad) of 5 trials have no score; trial ") }, "\(result.warnings)")
    #expect(result.finalists.dropFirst().allSatisfy { rates[$0.trial - 1] == 0.01 })
    tuning.space["learning-rate"] = .choices([1e30])
    let error = #expect(throws: TrainingError.self) {
      try TabularModel.tune(table, target: "price", tuning: tuning, options: Self.options())
    }
    #expect(error?.description.hasPrefix("No trial could be scored: ") == true)
    var options = Self.options()
    options.loss = "crossEntropy"
    #expect(throws: TrainingError.self) {
      try TabularModel.tune(table, target: "price", tuning: Self.tuning(), options: options)
    }
  }

  @Test("When the time is up at once, the recipe stays, and this is said")
  func timeIsUp() throws {
    var tuning = Self.tuning()
    tuning.seconds = 1e-9
    let result = try TabularModel.tune(
      TabularTests.houses(60, seed: 21), target: "price", tuning: tuning, options: Self.options())
    #expect(!result.isWorthIt && result.finalists.isEmpty && result.test == nil && result.rounds.isEmpty)
    #expect(result.warnings.contains { $0.hasPrefix("time was up after 0 of 5 trials") })
  }
}
