import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTraining
import Testing

@Suite("Losses of tables")
struct TableLossTests {
  static func options(_ loss: PartDescription) -> TableOptions {
    var options = TabularTests.quick()
    options.loss = loss
    return options
  }

  /// Three kinds by two numbers, the third kind rare.
  static func flowers() throws -> Table {
    var generator = SplitMix64(seed: 5)
    var text = "x,y,kind\n"
    for row in 0..<200 {
      let kind = row % 10 == 0 ? 2 : row % 2
      let (x, y) = (Double.random(in: -1...1, using: &generator), Double.random(in: -1...1, using: &generator))
      text += "\(x + Double(kind) * 2),\(y),\(["a", "b", "c"][kind])\n"
    }
    return try Table(csvText: text, file: "flowers.csv")
  }

  @Test(
    "A table's number is learned with every loss of numbers, and a file keeps what its outputs mean",
    arguments: Catalog.losses(for: .regression).map(\.kind))
  func numbers(_ kind: String) throws {
    let table = try TabularTests.houses(300, seed: 1)
    let model = try TabularModel.fit(table, target: "price", options: Self.options(PartDescription(kind)))
    #expect(model.report.scores["r2"]! > 0.7, "\(model.report.scores)")
    let path = "/tmp/glia-loss-\(kind).safetensors"
    try model.save(to: path)
    let again = try TabularModel(path: path)
    #expect(again.loss.partDescription == model.loss.partDescription)
    #expect(try again.predict(table) == model.predict(table))
    #expect(try again.evaluate(table).scores == model.evaluate(table).scores)
    let isUsual = kind == "meanSquaredError"
    #expect(model.report.settings.contains { $0.hasPrefix("loss \(kind)") } != isUsual)
    remove(path)
  }

  @Test(
    "A table's classes are learned with every loss of classes that gives probabilities",
    arguments: Catalog.losses(for: .classification).map(\.kind))
  func classes(_ kind: String) throws {
    let part = PartDescription(kind, ["classWeights": [1, 1, 5]])
    let table = try Self.flowers()
    let model = try TabularModel.fit(table, target: "kind", options: Self.options(part))
    #expect(model.report.scores["accuracy"]! > 0.8, "\(model.report.scores)")
    let sums = try model.predict(table).probabilities
    #expect(sums.indices.filter { $0 % 3 == 0 }.allSatisfy { abs(sums[$0] + sums[$0 + 1] + sums[$0 + 2] - 1) < 1e-12 })
  }

  @Test("A low quantile has few prices below it and a high one many, and a loss of amounts says none below 0")
  func meaning() throws {
    let table = try TabularTests.houses(300, seed: 2)
    let prices = try table.column("price").numbers!
    let below = try [0.1, 0.9].map { level in
      let options = Self.options(PartDescription("quantile", ["levels": [.number(level)]]))
      let quantiles = try TabularModel.fit(table, target: "price", options: options).predict(table).values
      return zip(prices, quantiles).filter { $0 <= $1 }.count
    }
    #expect(below[0] < 75 && below[1] > 225, "\(below) of 300")
    let model = try TabularModel.fit(table, target: "price", options: Self.options("gammaNegativeLogLikelihood"))
    let empty = try Table(csvText: "area,town,note\n-900,Jena,x\n", file: "empty.csv")
    #expect(try model.predict(empty).values[0] > 0)
  }

  @Test("A loss that does not fit the table says why, and what does")
  func refused() throws {
    func message(_ table: Table, _ target: String, _ loss: PartDescription) -> String {
      do { _ = try TabularModel.fit(table, target: target, options: Self.options(loss)) } catch { return "\(error)" }
      return ""
    }
    let flowers = try Self.flowers()
    let hinge = message(flowers, "kind", "multiClassHinge")
    #expect(
      hinge == "The loss 'multiClassHinge' does not suit a classification. For that there are: crossEntropy, focal.")
    #expect(message(flowers, "x", "tripletMargin").contains("For that there are: meanSquaredError, meanAbsoluteError,"))
    #expect(
      message(flowers, "kind", PartDescription("crossEntropy", ["classWeights": [1, 2]]))
        == "The loss 'crossEntropy' has weights for 2 classes; 'kind' has 3.")
    #expect(
      message(flowers, "x", PartDescription("quantile", ["levels": [0.1, 0.9]])).contains("give one level"))
    #expect(message(flowers, "x", PartDescription("huber", ["delta": -1])).contains("delta is -1"))
    let debts = try Table(csvText: "a,b\n1,2.5\n2,3\n3,-4\n4,2\n5,6\n6,1\n", file: "debts.csv")
    let poisson = message(debts, "b", "poissonNegativeLogLikelihood")
    #expect(poisson.contains("debts.csv") && poisson.contains("line 4") && poisson.contains("-4.0"), "\(poisson)")
    #expect(poisson.contains("at least 0"), "\(poisson)")
  }

  @Test("A trainer refuses targets that the loss does not take before it trains")
  func targets() throws {
    let samples = try Samples(inputs: .ones([3, 2]), targets: .init([[1], [0.5], [-1]]))
    let trainer = Trainer(Sequential { Linear(2, 1) }, loss: .hinge, optimizer: .sgd())
    let error = #expect(throws: SettingError.self) { try trainer.fit(samples, epochs: 1) }
    #expect(error?.description == "hinge: target 1 is 0.5; it has to be -1 or 1.")
  }
}
