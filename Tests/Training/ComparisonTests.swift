import GliaFormats
import GliaTables
import GliaTensors
import GliaTestSupport
import Testing

@testable import GliaTraining

@Suite("Comparisons")
struct ComparisonTests {
  // ---- The test

  @Test("The tails of Student's t distribution are SciPy's, and mpmath's where t is tiny")
  func tails() throws {
    let cases = try #require(ReferenceNumbers.read("compare/compare.json")["tails"]?.array)
    #expect(cases.count == 156)
    for row in cases {
      let (t, n) = (try #require(row["t"]?.scalars.first), try #require(row["degreesOfFreedom"]?.scalars.first))
      let expected = try #require(row["p"]?.scalars.first)
      let found = studentTails(t, Int(n))
      #expect(abs(found - expected) <= 1e-10 * expected, "t \(t), \(n) degrees of freedom: \(found), not \(expected)")
    }
    #expect(studentTails(.infinity, 4) == 0)
  }

  @Test("The paired test is SciPy's, with the variance that Nadeau and Bengio give it")
  func pairedTest() throws {
    let cases = try #require(ReferenceNumbers.read("compare/compare.json")["tests"]?.array)
    #expect(cases.count == 72)
    for row in cases {
      let (differences, ratio) = (row["differences"]!.scalars, row["ratio"]!.scalars[0])
      let (t, p) = (row["t"]!.scalars[0], row["p"]!.scalars[0])
      let found = try PairedTest(differences: differences, testToTraining: ratio)
      #expect(found.degreesOfFreedom == differences.count - 1)
      #expect(abs(found.statistic - t) <= 1e-10 * abs(t), "\(found), not \(t)")
      #expect(abs(found.pValue - p) <= 1e-10 * p, "\(found), not \(p)")
      #expect(found.isMoreThanChance == (p < 0.05))
    }
  }

  @Test("No difference at all is no more than chance, the same one in every fold is; one fold says nothing")
  func noSpread() throws {
    let level = try PairedTest(differences: [0, 0, 0], testToTraining: 0.5)
    #expect(level.pValue == 1 && !level.isMoreThanChance)
    let ahead = try PairedTest(differences: [0.5, 0.5, 0.5], testToTraining: 0.5)
    #expect(ahead.statistic == .infinity && ahead.pValue == 0)
    for (differences, ratio) in [([0.5], 0.5), ([0.5, .nan], 0.5), ([0.5, 0.25], -1)] {
      #expect(throws: TrainingError.self) { try PairedTest(differences: differences, testToTraining: ratio) }
    }
  }

  // ---- What is compared

  private static func entry(_ name: String, _ metric: String, _ values: [Double?]) -> Comparison.Entry {
    var entry = Comparison.Entry(name: name, isBaseline: false)
    entry.scores = values.map { Scores($0.map { [Scores.Entry(name: metric, value: $0)] } ?? []) }
    return entry
  }

  @Test("The best is the one of the highest accuracy or the lowest error, and the others are held against it")
  func best() throws {
    let flowers = try Table(csvText: "x,y\n1,a\n2,b\n3,a\n", file: "flowers.csv")
    let values = [("a", [0.5, 0.5]), ("b", [0.75, 0.5]), ("c", [0.5, 0.75])]
    for (target, metric, best) in [("y", "accuracy", 1), ("x", "rmse", 0)] {
      let encoding = try TargetEncoding.fit(flowers, column: target, task: target == "x" ? .regression : nil)
      let comparison = try Comparison(
        of: values.map { Self.entry($0.0, metric, $0.1) }, target: encoding, rows: 3, folds: 2, repeats: 1,
        splitMethod: "", seed: 0, warnings: [])
      #expect(comparison.best == best && comparison.metric == metric)
      #expect(comparison.entries[best].test == nil)
      #expect(comparison.entries[1][metric] == Comparison.Estimate(of: [0.75, 0.5]))
      let other = try #require(comparison.entries[best == 0 ? 1 : 0].test)
      // Differences of 1/4 and 0: a mean of 1/8, a variance of 1/32, and each row tested on once and trained on once.
      #expect(other.meanDifference == 0.125)
      #expect(abs(other.statistic - 0.125 / (1.5 / 32).squareRoot()) < 1e-15)
      #expect(comparison.verdicts.count == 2)
      #expect(comparison.verdicts[0].contains("by 0.125 in \(metric): no more than chance may give"))
      if best == 1 { #expect(comparison.verdicts[1].hasPrefix("'c' is level with 'b'")) }
    }
  }

  @Test("A metric that is undefined in some folds is the mean of the others, with a warning")
  func undefined() throws {
    let table = try Table(csvText: "x,y\n1,a\n2,b\n3,a\n", file: "flowers.csv")
    var entries = [Self.entry("a", "accuracy", [0.5, 0.25]), Self.entry("b", "accuracy", [0.5, 0.25])]
    for index in entries.indices {
      entries[index].scores[1] = Scores(entries[index].scores[1].entries + [Scores.Entry(name: "rocAUC", value: 0.75)])
    }
    let comparison = try Comparison(
      of: entries, target: TargetEncoding.fit(table, column: "y"), rows: 3, folds: 2, repeats: 1, splitMethod: "",
      seed: 0, warnings: [])
    #expect(comparison.entries[0]["rocAUC"] == Comparison.Estimate(of: [0.75]))
    #expect(comparison.entries[0]["logLoss"] == nil)
    #expect(comparison.warnings.contains("rocAUC is undefined in 1 of 2 folds, which its mean leaves out"))
  }

  private static func options(seed: UInt64 = 3) -> TableOptions {
    var options = TableOptions()
    options.hiddenSizes = [4]
    options.epochs = 3
    options.seed = seed
    return options
  }

  private static func scores(_ comparison: Comparison) -> [[Scores]] { comparison.entries.map(\.scores) }

  @Test("A fold scores what a model scores that never saw its rows, and the mean is that of the other folds")
  func folds() throws {
    let table = try TabularTests.houses(60, seed: 21)
    let options = Self.options()
    var said: [String] = []
    let comparison = try TabularModel.compare(
      table, target: "price", recipes: [.fast, .default], folds: 3, options: options
    ) { said.append("\($0) \($1)/\($2)") }
    #expect(comparison.entries.map(\.name) == ["fast", "default", "mean", "linear model"])
    #expect(comparison.entries.map(\.isBaseline) == [false, false, true, true])
    #expect(comparison.entries.allSatisfy { $0.scores.count == 3 && $0.seconds.count == 3 })
    #expect(said.prefix(4) == ["fast 1/3", "default 1/3", "baselines 1/3", "fast 2/3"] && said.count == 9)
    #expect(comparison.warnings.contains { $0.contains("'note'") })
    let isBehind = comparison.entries[comparison.best].isBaseline
    #expect(comparison.warnings.contains { $0.hasPrefix("no recipe is ahead") } == isBehind)
    let prices = try #require(table["price"]?.numbers)
    for (index, fold) in try Split.folds(Array(0..<60), 3, seed: 3).enumerated() {
      let mean = fold.training.reduce(0) { $0 + prices[$1] } / Double(fold.training.count)
      let squares = fold.validation.reduce(0) { $0 + (prices[$1] - mean) * (prices[$1] - mean) }
      let expected = (squares / Double(fold.validation.count)).squareRoot()
      #expect(abs(comparison.entries[2].scores[index]["rmse"]! - expected) < 1e-9 * expected)
      // The rows of the fold are not even in the table that this one is fitted on.
      for (place, recipe) in [Recipe.fast, .default].enumerated() {
        var own = options
        own.recipe = recipe
        own.seed = RandomKey(seed: 3).folding("folds").folding(UInt64(index)).seed
        let model = try TabularModel.fit(
          table.rows(fold.training), target: "price", test: table.rows(fold.validation), options: own)
        #expect(comparison.entries[place].scores[index] == model.report.scores, "fold \(index) of \(recipe.name)")
      }
    }
  }

  @Test("Same seed, same scores; another seed deals the rows otherwise; what is nearer to the truth is said to be")
  func seeds() throws {
    let rows = (0..<40).map { "\($0),\(3 * $0 + 2)\n" }.joined()
    let table = try Table(csvText: "x,y\n" + rows, file: "line.csv")
    func compare(seed: UInt64) throws -> Comparison {
      var options = Self.options(seed: seed)
      options.features = ["x"]  // else it is taken for an identifier
      return try TabularModel.compare(table, target: "y", recipes: [.fast], folds: 4, repeats: 2, options: options)
    }
    let (first, again, other) = (try compare(seed: 1), try compare(seed: 1), try compare(seed: 2))
    #expect(Self.scores(first) == Self.scores(again))
    #expect(Self.scores(first) != Self.scores(other))
    #expect(first.entries[0].scores.count == 8)
    #expect(first.entries[first.best].name == "linear model")
    #expect(first.warnings.last == "no recipe is ahead of the baseline 'linear model'")
    let mean = try #require(first.verdicts.first { $0.hasPrefix("'mean' is behind 'linear model'") })
    #expect(mean.contains("more than chance ("))
  }

  @Test("Folds keep groups whole, and classes in their proportion")
  func kinds() throws {
    let rows = (0..<36).map { "\($0 % 5),g\($0 % 6),\($0 % 3 == 0 ? "yes" : "no")\n" }.joined()
    let table = try Table(csvText: "x,g,y\n" + rows, file: "t.csv")
    var options = Self.options()
    options.dropping = ["g"]
    let stratified = try TabularModel.compare(table, target: "y", recipes: [.fast], folds: 3, options: options)
    #expect(stratified.splitMethod == "at random, each class in its proportion")
    // A third of every fold is of the rarer class.
    #expect(stratified.entries[1].scores.allSatisfy { $0["accuracy"] == 2.0 / 3 })
    options.groupColumn = "g"
    let grouped = try TabularModel.compare(table, target: "y", recipes: [.fast], folds: 6, options: options)
    #expect(grouped.splitMethod == "by whole groups of 'g'")
    // A group is of one class, so that the more frequent one is right in all of a fold or nowhere.
    #expect(grouped.entries[1].scores.map { $0["accuracy"]! }.sorted() == [0, 0, 1, 1, 1, 1])
    let error = #expect(throws: TableError.self) {
      try TabularModel.compare(table, target: "y", recipes: [.fast], folds: 7, options: options)
    }
    #expect(error?.description.contains("6 groups") == true)
  }

  @Test("A fold without which the target is constant is named; a target that is constant everywhere is just that")
  func constant() throws {
    var options = Self.options()
    options.features = ["x"]
    for (values, word) in [([1.5, 1.5, 1.5, 9.5], "Fold "), ([1.5, 1.5, 1.5, 1.5], "t.csv: column 'y'")] {
      let rows = values.enumerated().map { "\($0),\($1)\n" }.joined()
      let table = try Table(csvText: "x,y\n" + rows, file: "t.csv")
      do {
        _ = try TabularModel.compare(table, target: "y", recipes: [.fast], folds: 4, options: options)
        Issue.record("no error that says '\(word)'")
      } catch { #expect("\(error)".hasPrefix(word) && "\(error)".contains("'1.5' in every row"), "\(error)") }
    }
  }

  @Test("Too few rows, no recipe or one twice, and an order of time are errors in words")
  func errors() throws {
    let table = try Table(csvText: "x,y\n1,2\n2,4\n3,7\n", file: "t.csv")
    var timed = Self.options()
    timed.timeColumn = "x"
    for (recipes, folds, options, word) in [
      ([Recipe.fast], 5, Self.options(), "5 folds cannot be made of 3 rows"), ([.fast], 1, Self.options(), "from 2"),
      ([], 3, Self.options(), "no recipe"), ([.fast, .fast], 3, Self.options(), "named twice"),
      ([.fast], 3, timed, "order of time"),
    ] {
      do {
        _ = try TabularModel.compare(table, target: "y", recipes: recipes, folds: folds, options: options)
        Issue.record("no error that says '\(word)'")
      } catch { #expect("\(error)".contains(word), "\(error)") }
    }
  }
}
