import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Recipes")
struct RecipeTests {
  @Test("Every recipe is plain data within the ranges that its parts declare", arguments: Recipe.all)
  func ranges(_ recipe: Recipe) throws {
    #expect(try Recipe.named(recipe.name) == recipe && !recipe.documentation.isEmpty)
    _ = try Catalog.schedules.row(recipe.schedule)
    #expect(recipe.sizes.first?.fromRows == 0)
    #expect(zip(recipe.sizes, recipe.sizes.dropFirst()).allSatisfy { $0.fromRows < $1.fromRows })
    for size in recipe.sizes {
      _ = try Catalog.activations.row(size.activation)
      _ = try Dropout(["rate": .number(size.dropout)])
      _ = try Catalog.optimizers.make(
        "adamW", ["learningRate": .number(recipe.learningRate), "weightDecay": .number(size.weightDecay)])
      #expect(
        size.hiddenSizes.allSatisfy { $0 > 0 } && (0...4096).contains(size.bins) && (1...64).contains(size.networks))
      for rows in [size.fromRows, size.fromRows + 1] {
        #expect(recipe.size(rows: rows).fromRows == size.fromRows)
        let plan = try TablePlan(Self.options(recipe), rows: rows, encodesNumbers: true)
        #expect(plan.hiddenSizes == size.hiddenSizes && plan.bins == size.bins && plan.networks == size.networks)
        #expect(plan.dropout == size.dropout && plan.hasLinearPart == size.linearPart)
        #expect(size.batchSize == nil || plan.batchSize == size.batchSize)
        #expect(plan.activation == size.activation && plan.epochs == size.epochs && plan.patience == size.patience)
        #expect(plan.members == size.members)
        #expect(plan.optimizer.learningRate == size.learningRate ?? recipe.learningRate)
      }
    }
  }

  private static func options(_ recipe: Recipe) -> TableOptions {
    var options = TableOptions()
    options.recipe = recipe
    return options
  }

  @Test("What is said counts more than the recipe; images have neither bins nor a linear part")
  func overriding() throws {
    var options = TableOptions()
    (options.bins, options.linearPart, options.networks) = (3, false, 2)
    let plan = try TablePlan(options, rows: 100, encodesNumbers: true)
    #expect(plan.bins == 3 && !plan.hasLinearPart && plan.networks == 2)
    (options.bins, options.linearPart) = (3, true)
    let images = try TablePlan(options, rows: 100, encodesNumbers: false)
    #expect(images.bins == 0 && !images.hasLinearPart)
    #expect(images.optimizer.learningRate == options.recipe.learningRate)
    options.hiddenSizes = []
    #expect(try !TablePlan(options, rows: 100, encodesNumbers: true).hasLinearPart, "it would be there twice")
    options.bins = -1
    let error = #expect(throws: TrainingError.self) { try TablePlan(options, rows: 100, encodesNumbers: true) }
    #expect(error?.description == "The bins are -1; there have to be at least 0.")
  }

  /// y = 2x over x = 0, 1, …
  private static func line(_ rows: Int) throws -> Table {
    try Table(csvText: "x,y\n" + (0..<rows).map { "\($0 % 40),\(2 * ($0 % 40)).5\n" }.joined(), file: "line.csv")
  }

  @Test("Members share weights, learn from as many rows as a network by itself, and come back from a file")
  func members() throws {
    var options = TableOptions()
    (options.members, options.networks, options.bins, options.hiddenSizes) = (4, 1, 0, [8])
    (options.linearPart, options.epochs, options.dropout) = (false, 30, 0)
    let table = try Self.line(200)
    let model = try TabularModel.fit(table, target: "y", options: options)
    let ensemble = try #require((model.network as? Sequential)?.layers.last as? Ensemble)
    let first = try #require(ensemble.layers.first as? MemberLinear)
    #expect(ensemble.members == 4 && first.members == 4 && first.startsApart && ensemble.averages == .outputs)
    #expect(model.report.settings.contains { $0.contains("shared by 4 members") })
    // Of its own in each member: the answers differ, and their mean is what the model says.
    let rows = try model.inputs(table, rows: Array(0..<10))
    let own = ensemble.layers.reduce(rows.expanded(axis: 1).broadcast(to: [10, 4, rows.shape[1]])) { $1($0) }
    #expect(Set(own.doubles.prefix(4)).count == 4)
    let mean = own.sum([1]).doubles.map { $0 / 4 }, whole = try Predictor(model.network).outputs(for: rows).doubles
    #expect(zip(mean, whole).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(model.report.scores["rmse"]! < 5, "the targets go from 0.5 to 78.5")
    let path = temporaryPath("members.safetensors")
    try model.save(to: path)
    defer { remove(path) }
    #expect(try TabularModel(path: path).predict(table).values == model.predict(table).values)
    options.hiddenSizes = []
    let error = #expect(throws: TrainingError.self) { try TabularModel.fit(table, target: "y", options: options) }
    #expect(error?.description == "Without a hidden layer there is nothing that members share.")
  }

  @Test("The answer is what the linear part and the hidden layers give together, also when it comes from a file")
  func linearPart() throws {
    var options = Self.options(.fast)
    (options.linearPart, options.bins, options.networks) = (true, 4, 1)
    let model = try TabularModel.fit(Self.line(80), target: "y", options: options)
    let network = try #require(model.network as? Sequential)
    let both = try #require(network.layers.last as? Parallel)
    #expect(both.joining == .add && both.layers.count == 2)
    let linear = try #require(both.layers[0] as? Linear)
    // One column and its four bins.
    #expect(linear.weight.shape == [1, 5] && linear.bias == nil)
    #expect(linear.weight.value.doubles.contains { $0 != 0 }, "it has not learned")
    let inputs = TabularModel.matrix(try model.preprocessor!.transform(Self.line(40), rows: nil))
    let bins = try #require(network.layers[0] as? PiecewiseLinear)
    let encoded = bins(inputs)
    let sum = (linear(encoded) + both.layers[1](encoded)).doubles
    #expect(zip(network(inputs).doubles, sum).allSatisfy { abs($0 - $1) < 1e-6 })
    let path = temporaryPath("line.safetensors")
    try model.save(to: path)
    defer { remove(path) }
    #expect(try TabularModel(path: path).predict(Self.line(40)) == model.predict(Self.line(40)))
    options.linearPart = false
    let plain = try TabularModel.fit(Self.line(80), target: "y", options: options).network as? Sequential
    #expect(plain?.layers.contains { $0 is Parallel } == false)
  }
}
