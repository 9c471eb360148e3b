import GliaGraph
import GliaTables
import GliaTensors
import GliaTraining
import Testing

@Suite("Models of tables")
struct TabularTests {
  /// Prices that follow from area and town, some areas missing.
  static func houses(_ rows: Int, seed: UInt64) throws -> Table {
    var generator = SplitMix64(seed: seed)
    var text = "area,town,note,price\n"
    for row in 0..<rows {
      let area = Double.random(in: 30...200, using: &generator)
      let town = ["Ulm", "Bonn", "Jena"].randomElement(using: &generator)!
      let factor = ["Ulm": 30.0, "Bonn": 50, "Jena": 20][town]!
      let shown = row % 17 == 0 ? "" : "\((area * 10).rounded() / 10)"
      text += "\(shown),\(town),n\(row),\((area * factor).rounded())\n"
    }
    return try Table(csvText: text, file: "houses.csv")
  }

  static func quick() -> TableOptions {
    var options = TableOptions()
    options.epochs = 40
    options.hiddenSizes = [16]
    return options
  }

  @Test("A regression beats the mean, scores in the target's own unit, and says what it left out")
  func regression() throws {
    let model = try TabularModel.fit(Self.houses(400, seed: 1), target: "price", options: Self.quick())
    let mean = model.report.baselines.first { $0.name == "mean" }!.scores
    #expect(model.report.scores["rmse"]! < mean["rmse"]! / 2)
    #expect(mean["rmse"]! > 500)
    #expect(model.report.testRows == 80)
    #expect(model.report.warnings.contains { $0.contains("'note'") })
  }

  @Test("Before training the report says what will be done; an error there ends the run")
  func beforeTraining() throws {
    let table = try Self.houses(200, seed: 8)
    var reports: [TableReport] = []
    var options = Self.quick()
    options.networks = 1
    let model = try TabularModel.fit(table, target: "price", options: options, beforeTraining: { reports.append($0) })
    try #require(reports.count == 1)
    let report = reports[0]
    #expect([report.trainingRows, report.validationRows, report.testRows] == [130, 30, 40])
    #expect(report.settings == model.report.settings)
    // The area and its 6 bins, whether it is missing and three towns: 7 edges, 11 · 16 + 16, 16 · 1 + 1, and 11 beside them.
    #expect(report.settings[0].hasPrefix("5 inputs, numbers in 6 bins, hidden layer 16 with relu"))
    #expect(report.settings[0].contains("a linear part beside them") && report.settings[0].contains("227"))
    #expect(report.splitMethod == "at random" && report.recipe == "default")
    #expect(report.warnings.contains { $0.contains("'note'") })
    #expect(report.epochs == 0 && report.scores.entries == [] && report.baselines.isEmpty)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try TabularModel.fit(table, target: "price", options: Self.quick(), beforeTraining: { _ in throw Stop() })
    }
  }

  @Test("A model that is saved and loaded predicts the same, and gives the same bytes again")
  func roundTrip() throws {
    let table = try Self.houses(200, seed: 2)
    let path = temporaryPath("model.safetensors")
    let model = try TabularModel.fit(table, target: "price", options: Self.quick())
    try model.save(to: path)
    let loaded = try TabularModel(path: path)
    #expect(try loaded.predict(table) == model.predict(table))
    #expect(loaded.report.scores == model.report.scores)
    let again = temporaryPath("again.safetensors")
    try loaded.save(to: again)
    #expect(Self.bytes(path) == Self.bytes(again))
    remove(path)
    remove(again)
  }

  @Test("The same seed gives the same file")
  func sameFile() throws {
    let table = try Self.houses(200, seed: 3)
    let paths = [temporaryPath("one.safetensors"), temporaryPath("two.safetensors")]
    for path in paths { try TabularModel.fit(table, target: "price", options: Self.quick()).save(to: path) }
    #expect(Self.bytes(paths[0]) == Self.bytes(paths[1]))
    for path in paths { remove(path) }
  }

  @Test("Columns may be reordered and added; one that is missing is named")
  func columns() throws {
    let table = try Self.houses(200, seed: 5)
    let model = try TabularModel.fit(table, target: "price", options: Self.quick())
    let expected = try model.predict(table)
    #expect(try model.predict(table.selecting(["town", "note", "area"])) == expected)
    let error = #expect(throws: TableError.self) { try model.predict(table.selecting(["town"])) }
    #expect(error?.description.contains("'area'") == true)
  }

  @Test("A category of many levels becomes an embedding, and an unseen level is predicted too")
  func embedding() throws {
    var generator = SplitMix64(seed: 6)
    var text = "code,y\n"
    for _ in 0..<600 {
      let code = Int.random(in: 0..<30, using: &generator)
      text += "k\(code),\(code % 2 == 0 ? "even" : "odd")\n"
    }
    let model = try TabularModel.fit(Table(csvText: text, file: "codes.csv"), target: "y")
    #expect(model.report.scores["accuracy"]! > 0.95)
    #expect(model.preprocessor?.cardinalities.count == 1)
    #expect(try model.predict(Table(csvText: "code\nk4\nnever\n", file: "new.csv")).classes.first == "even")
    let path = temporaryPath("embedding.safetensors")
    try model.save(to: path)
    #expect(try TabularModel(path: path).network.parameters.count == model.network.parameters.count)
    remove(path)
  }

  @Test("Four rows are trained on whole, with a warning")
  func tiny() throws {
    let table = try Table(csvText: "a,b,out\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n", file: "xor.csv")
    let model = try TabularModel.fit(table, target: "out")
    #expect(model.report.testRows == 0)
    #expect(model.report.warnings.contains { $0.contains("too few rows") })
  }

  @Test("A loss of the other task, an unknown recipe and a layer of no units are errors that say what there is")
  func badOptions() throws {
    let table = try Self.houses(60, seed: 7)
    var options = Self.quick()
    options.loss = "crossEntropy"
    let loss = #expect(throws: TrainingError.self) { try TabularModel.fit(table, target: "price", options: options) }
    #expect(loss?.description.contains("meanSquaredError") == true)
    options = Self.quick()
    options.hiddenSizes = [0]
    #expect(throws: TrainingError.self) { try TabularModel.fit(table, target: "price", options: options) }
    let recipe = #expect(throws: TrainingError.self) { try Recipe.named("best") }
    #expect(recipe?.description.contains("default") == true)
    options = Self.quick()
    options.hiddenSizes = [1 << 40, 1 << 40]
    #expect(throws: (any Error).self) { try TabularModel.fit(table, target: "price", options: options) }
  }

  static func bytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var result = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&result, 1, result.count, file)
    return Array(result.prefix(count))
  }

  static func write(_ bytes: [UInt8], _ path: String) {
    guard let file = fopen(path, "wb") else { return }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
