import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("What a model learnt")
struct ExplainTests {
  /// 1.5 a + b² − 0.5 a b of scaled columns; a third is not used.
  private struct Fixed: Module {
    func callAsFunction(_ x: Tensor) -> Tensor {
      let (a, b) = (x.sliced(0..<1, axis: 1), x.sliced(1..<2, axis: 1))
      return a * 1.5 + b.squared() - a * b * 0.5
    }
  }

  /// A model of a table that was not trained: its network is given.
  private static func untrained(_ network: any Module, _ table: Table, target: String) throws -> TabularModel {
    let preprocessor = try Preprocessor.fit(table, target: target)
    let loss = try TableLoss(nil, for: preprocessor.target!)
    return TabularModel(
      network: network, baselines: Baselines(loss: loss, linear: nil), preprocessor: preprocessor, loss: loss,
      report: TableReport())
  }

  private static func quick() -> TableOptions {
    var options = TableOptions()
    options.recipe = .fast
    options.networks = 1
    options.hiddenSizes = [8]
    options.epochs = 40
    options.learningRate = 0.02
    return options
  }

  /// Flowers of three kinds that follow from x; some have no kind.
  private static func flowers() throws -> Table {
    let lines = (0..<90).map { row in
      let x = Double(row % 3) + Double(row * 7 % 11) / 12
      return "\(x),\(row * 13 % 17),\(["red", "blue", "green"][row / 3 % 3]),\(row % 15 == 4 ? "" : "k\(row % 3)")"
    }
    return try Table(csvText: "x,noise,colour,kind\n" + lines.joined(separator: "\n") + "\n", file: "flowers.csv")
  }

  private static func reference() throws -> (object: JSONObject, table: Table) {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let bytes = try MappedFile(path: root + "/References/explain/explain.json").withBytes { Array($0) }
    let object = try JSONValue(parsing: bytes).object!
    let columns = ["a", "b", "c"].map { Column($0, numbers: numbers(object["columns"]?[$0])) }
    return (object, try Table(columns + [Column("y", numbers: numbers(object["target"]))]))
  }

  private static func numbers(_ value: JSONValue?) -> [Double] {
    value?.array?.map { $0.number ?? $0.integer.map(Double.init)! } ?? []
  }

  /// The network is of float32: some 32 steps of rounding, at the size of the numbers.
  private static func agree(_ found: Double, _ expected: Double, size: Double) -> Bool {
    abs(found - expected) <= 32 * Double(Float.ulpOfOne) * size
  }

  @Test("With scikit-learn's shuffles the importance is scikit-learn's, drop by drop")
  func importanceReference() throws {
    let (object, table) = try Self.reference()
    let model = try Self.untrained(Fixed(), table, target: "y")
    let found = try model.importance(on: table, repeats: 4) { _, column, shuffle in
      Self.numbers(object["orders"]?[column]?.array?[shuffle]).map { Int($0) }
    }
    #expect(found.metric == "rmse" && found.rows == 24)
    for name in ["a", "b", "c"] {
      let entry = try #require(found[name])
      let expected = Self.numbers(object["drops"]?[name])
      #expect(entry.drops.count == 4)
      for (drop, expected) in zip(entry.drops, expected) { #expect(Self.agree(drop, expected, size: 100)) }
      #expect(Self.agree(entry.mean, object["mean"]![name]!.number!, size: 100))
      #expect(Self.agree(entry.deviation, object["deviation"]![name]!.number!, size: 100))
    }
    #expect(found["c"]!.drops == [0, 0, 0, 0])
    #expect(found["y"] == nil)
    let means = found.entries.map(\.mean)
    #expect(means == means.sorted(by: >) && means[0] > 10)
  }

  @Test("The partial dependence of a column is scikit-learn's")
  func partialReference() throws {
    let (object, table) = try Self.reference()
    let model = try Self.untrained(Fixed(), table, target: "y")
    let found = try model.partialDependence(of: "b", on: table, points: 30)
    #expect(found.points.map { Double($0.value)! } == Self.numbers(object["partial"]?["values"]))
    let expected = Self.numbers(object["partial"]?["means"])
    for (point, expected) in zip(found.points, expected) {
      #expect(point.means.count == 1 && Self.agree(point.means[0], expected, size: 100))
    }
    // Of 24 values five: the least, the greatest, and three at the same distance between them.
    let few = try model.partialDependence(of: "b", on: table, points: 5)
    #expect(few.points.map(\.value) == [0, 5, 11, 17, 23].map { found.points[$0].value })
  }

  @Test("A shuffled category moves as a whole: the drop is that of the same table with the column's cells shuffled")
  func definition() throws {
    let table = try Self.flowers()
    let model = try TabularModel.fit(table, target: "kind", options: Self.quick())
    let found = try model.importance(on: table, repeats: 2, seed: 3)
    let known = table.rows((0..<90).filter { !table["kind"]!.isMissing($0) })
    let accuracy = try model.evaluate(table).scores["accuracy"]
    #expect(found.rows == 84 && found.score == accuracy)
    let labels = (0..<84).map { known["kind"]!.text($0)! }
    for name in ["x", "noise", "colour"] {
      let expected = try (0..<2).map { shuffle in
        let order = PermutationImportance.order(rows: 84, column: name, shuffle: shuffle, seed: 3)
        #expect(order.sorted() == Array(0..<84) && order != Array(0..<84))
        let others = known.columnValues.filter { $0.name != name }
        let answers = try model.predict(Table(others + [known[name]!.rows(order)])).classes
        return found.score - Double(zip(answers, labels).filter { $0 == $1 }.count) / 84
      }
      #expect(zip(found[name]!.drops, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(name)")
    }
    // Two thirds of the flowers get another kind's x by chance; the others' columns say nothing of the kind.
    #expect(found.score > 0.8 && found.entries[0].column == "x" && found.entries[0].mean > 0.4, "\(found)")
    #expect(abs(found["noise"]!.mean) < 0.1 && abs(found["colour"]!.mean) < 0.1)
  }

  @Test("The same seed gives the same bits, on any number of threads; another seed and another column other shuffles")
  func seeds() throws {
    let (_, table) = try Self.reference()
    let model = try Self.untrained(Fixed(), table, target: "y")
    let found = try [1, 3].map { threads in
      try withBackend(.cpuWith(threads: threads)) { try model.importance(on: table, repeats: 3, seed: 7) }
    }
    #expect(found[0] == found[1])
    #expect(try model.importance(on: table, repeats: 3, seed: 8) != found[0])
    // The first shuffles are the same however many there are.
    let fewer = try model.importance(on: table, repeats: 2, seed: 7)
    #expect(fewer["a"]!.drops == Array(found[0]["a"]!.drops.prefix(2)))
    let orders = [("a", 0), ("a", 1), ("b", 0)].map { column, shuffle in
      PermutationImportance.order(rows: 24, column: column, shuffle: shuffle, seed: 7)
    }
    #expect(Set(orders).count == 3)
  }

  @Test("The rows it is most wrong about come worst first, with their place; the losses of all are log loss or error")
  func wrongRows() throws {
    let table = try Self.flowers()
    let model = try TabularModel.fit(table, target: "kind", options: Self.quick())
    let all = try model.mostWrong(on: table, count: 1000)
    #expect(all.count == 84)
    #expect(zip(all, all.dropFirst()).allSatisfy { ($1.loss, $0.row) <= ($0.loss, $1.row) })
    let logLoss = try model.evaluate(table).scores["logLoss"]!
    #expect(abs(all.reduce(0) { $0 + $1.loss } / 84 - logLoss) < 1e-12)
    let classes = try model.predict(table).classes
    for row in all {
      #expect(row.target == .label(table["kind"]!.text(row.row) ?? "") && row.prediction == .label(classes[row.row]))
      #expect(row.line == row.row + 2)
    }
    #expect(try model.mostWrong(on: table, count: 3) == Array(all.prefix(3)))
    #expect(try model.mostWrong(on: table, count: 0) == [])

    let (_, numbers) = try Self.reference()
    let fixed = try Self.untrained(Fixed(), numbers, target: "y")
    let errors = try fixed.mostWrong(on: numbers, count: 24)
    let mae = try fixed.evaluate(numbers).scores["mae"]!
    #expect(abs(errors.reduce(0) { $0 + $1.loss } / 24 - mae) < 1e-9)
    #expect(errors[0].target == .value(numbers["y"]!.numbers![errors[0].row]) && errors[0].probability == nil)
    #expect(errors[0].line == nil)
  }

  @Test("The segments of a column add up to the whole, also those of its missing values and rare levels")
  func segments() throws {
    let table = try Self.flowers()
    let model = try TabularModel.fit(table, target: "kind", options: Self.quick())
    let whole = try model.evaluate(table)
    for name in ["x", "noise", "colour", "kind"] {
      let found = try model.segments(of: table, by: name)
      #expect(found.reduce(0) { $0 + $1.rows } == whole.rows)
      for metric in ["accuracy", "logLoss"] {
        let sum = found.reduce(0) { $0 + Double($1.rows) * $1.scores[metric]! }
        #expect(abs(sum / Double(whole.rows) - whole.scores[metric]!) < 1e-12, "\(name) \(metric)")
      }
    }
    #expect(try model.segments(of: table, by: "colour").map(\.name) == ["red", "blue", "green"].sorted())
    #expect(try model.segments(of: table, by: "kind").count == 3)
  }

  @Test("Rows go into a group each: values, quarters that keep equal values together, the frequent levels, the missing")
  func groups() {
    func names(_ column: Column) -> [String] {
      let groups = Segment.groups(column)
      #expect(groups.flatMap(\.rows).sorted() == Array(0..<column.count))
      return groups.map { "\($0.name): \($0.rows.count)" }
    }
    #expect(names(Column("a", integers: [3, nil, 1, 3])) == ["1: 1", "3: 2", "(missing): 1"])
    #expect(names(Column("a", booleans: [true, false, true])) == ["false: 1", "true: 2"])
    #expect(names(Column("a", categories: ["v", "u", nil, "u"])) == ["u: 2", "v: 1", "(missing): 1"])
    let rising = (0..<16).map { Double($0) / 2 }
    #expect(
      names(Column("a", numbers: rising + [.nan])) == [
        "0 to 1.5: 4", "2 to 3.5: 4", "4 to 5.5: 4", "6 to 7.5: 4", "(missing): 1",
      ])
    #expect(names(Column("a", numbers: .init(repeating: 0, count: 40) + rising)) == ["0 to 0.5: 42", "1 to 7.5: 14"])
    let levels = (0..<14).flatMap { level in [String](repeating: "l\(level)", count: level < 11 ? 2 : 1) }
    #expect(names(Column("a", categories: levels)).suffix(2) == ["l9: 2", "(3 others): 3"])
    #expect(names(Column("a", numbers: [])) == [])
  }

  @Test("A category's levels are tried by how often they occur, and the mean probabilities add up to 1")
  func partialLevels() throws {
    let table = try Self.flowers()
    let model = try TabularModel.fit(table, target: "kind", options: Self.quick())
    let found = try model.partialDependence(of: "colour", on: table)
    #expect(found.points.map(\.value) == ["blue", "green", "red"] && found.levels == ["k0", "k1", "k2"])
    let red = Column("colour", categories: .init(repeating: "red", count: 90))
    let answers = try model.predict(table.replacing(red))
    let mean = stride(from: 1, to: 270, by: 3).reduce(0) { $0 + answers.probabilities[$1] } / 90
    #expect(abs(found.points[2].means[1] - mean) < 1e-12)
    for point in found.points { #expect(abs(point.means.reduce(0, +) - 1) < 1e-6) }
  }

  @Test("What cannot be explained is an error that says why")
  func errors() throws {
    let table = try Self.flowers()
    let model = try TabularModel.fit(table, target: "kind", options: Self.quick())
    func message(_ body: () throws -> Any) -> String {
      do { return "no error: \(try body())" } catch { return "\(error)" }
    }
    #expect(message { try model.importance(on: table, repeats: 0) } == "The repeats are 0; there has to be at least 1.")
    #expect(message { try model.importance(on: table.rows([0])) }.contains("Only 1 row has a value of 'kind'"))
    #expect(message { try model.importance(on: table.dropping(["x"])) }.contains("'x'"))
    #expect(message { try model.mostWrong(on: table.dropping(["kind"])) }.contains("there is no column 'kind'"))
    #expect(message { try model.segments(of: table, by: "color") }.contains("did you mean 'colour'"))
    #expect(message { try model.partialDependence(of: "kind", on: table) }.contains("'x', 'noise', 'colour'"))
    #expect(message { try model.partialDependence(of: "x", on: table, points: 1) }.contains("at least 2"))
    let pixels = TabularModel(
      network: model.network, baselines: model.baselines, preprocessor: nil, loss: model.tableLoss,
      report: TableReport(), imageShape: [1, 4])
    #expect(message { try pixels.importance(on: table) }.contains("images"))
    #expect(message { try table.replacing(Column("z", numbers: [])) }.contains("'z'"))
    #expect(message { try table.replacing(Column("x", numbers: [1])) }.contains("'x'"))
  }
}
