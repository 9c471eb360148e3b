import GliaFormats
import Testing

@Suite struct CompareTests {
  @Test("Recipes and baselines stand in one table, with a sentence on each but the best, and no file is written")
  func table() throws {
    let folder = try WorkFolder()
    try folder.write("prices.csv", SmallTable.prices())
    let run = try folder.glia(
      "compare", "prices.csv", "--target", "price", "--recipe", "fast", "--folds", "3", "--drop", "noise")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errorLines.first == "fold 1 of 3: fast" && run.errorLines.last == "fold 3 of 3: baselines")
    for words in [
      "regression of 'price' on 60 rows of prices.csv", "3 folds at random, seed 0", "rmse", "mae", "r2", "seconds",
      "best by rmse: 'linear model'", "'fast' is behind 'linear model' by", "'mean' is behind", "(p = ",
    ] {
      #expect(run.output.contains(words), "\(words) is not in \(run.output)")
    }
    let rows = run.output.split(separator: "\n").filter { $0.contains("±") && $0.hasPrefix("  ") }
    let points = rows.map { row in row.enumerated().filter { $0.element == "±" }.map(\.offset) }
    #expect(points.count == 3 && points[0].count == 4 && Set(points).count == 1, "\(rows)")
    #expect(try folder.files == ["prices.csv"])
  }

  @Test("As JSON there are all metrics, fold by fold, the same for the same seed")
  func json() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    let arguments = [
      "compare", "flowers.csv", "--target", "kind", "--recipe", "fast", "--folds", "3", "--repeats", "2", "--group",
      "noise", "--json", "--quiet", "--seed", "7",
    ]
    let runs = try (0..<2).map { _ in try folder.glia(arguments: arguments) }
    let objects = try runs.map { run in
      #expect(run.code == 0 && run.errors == "", "\(run.errors)")
      return try JSONValue(parsing: run.output)
    }
    #expect(objects[0]["folds"]?.integer == 3 && objects[0]["seed"]?.integer == 7)
    #expect(objects[0]["split"] == .string("by whole groups of 'noise'"))
    let entries = try #require(objects[0]["entries"]?.array)
    let names: [JSONValue?] = [.string("fast"), .string("most frequent class"), .string("linear model")]
    #expect(entries.map { $0["name"] } == names)
    let baselines: [JSONValue?] = [.bool(false), .bool(true), .bool(true)]
    #expect(entries.map { $0["baseline"] } == baselines)
    for (entry, again) in zip(entries, objects[1]["entries"]?.array ?? []) {
      let accuracy = try #require(entry["metrics"]?["accuracy"])
      let values = (accuracy["values"]?.array ?? []).compactMap(\.number)
      #expect(values.count == 6)
      let mean = try #require(accuracy["mean"]?.number)
      #expect(abs(mean - values.reduce(0, +) / 6) < 1e-12)
      #expect(entry["metrics"]?["logLoss"]?["deviation"] != nil)
      #expect(entry["metrics"] == again["metrics"])
      let isBest = entry["name"] == objects[0]["best"]
      #expect((entry["behindBest"]?["pValue"] == nil) == isBest)
    }
    #expect(objects[0]["verdicts"]?.array?.count == 2 && objects[0]["verdicts"] == objects[1]["verdicts"])
  }

  @Test(
    "A command line that cannot be meant is wrong usage; what the table cannot give is an error of the data",
    arguments: [
      (2, ["flowers.csv"], ["Which column", "x, noise, colour, kind"]),
      (2, ["flowers.csv", "--target", "kind", "--folds", "1"], ["--folds is 1", "at least 2"]),
      (2, ["flowers.csv", "--target", "kind", "--repeats", "0"], ["--repeats is 0", "from 1"]),
      (2, ["flowers.csv", "--target", "kind", "--recipe", "fast,best"], ["'best'", "tutorial"]),
      (2, ["flowers.csv", "--target", "kind", "--recipe", "fast,fast"], ["--recipe", "twice"]),
      (2, ["flowers.csv", "--target", "kind", "--time", "x"], ["--time"]),
      (1, ["flowers.csv", "--target", "kind", "--folds", "61"], ["61 folds", "60 rows"]),
      (1, ["flowers.csv", "--target", "kind", "--group", "colour"], ["5 folds", "3 groups"]),
      (1, ["flowers.csv", "--target", "kin"], ["'kind'"]),
      (1, ["flowers.csv", "--target", "kind", "--drop", "colours"], ["'colours'"]),
      (1, ["none.csv", "--target", "kind"], ["none.csv", "no such file"]),
    ] as [(Int32, [String], [String])])
  func errors(code: Int32, arguments: [String], words: [String]) throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try BadInputTests.expectFailure(code, words, folder) {
      try folder.glia(arguments: ["compare"] + arguments + ["--quiet"])
    }
  }
}
