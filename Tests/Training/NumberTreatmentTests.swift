import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("What becomes of numbers in tables")
struct NumberTreatmentTests {
  private static func options(_ change: (inout TableOptions) -> Void = { _ in }) -> TableOptions {
    var options = TableOptions()
    options.hiddenSizes = [6]
    options.epochs = 2
    options.networks = 2
    change(&options)
    return options
  }

  private static let treatments: [@Sendable (inout TableOptions) -> Void] = [
    { $0.scaling = .robust }, { $0.scaling = .quantile }, { $0.binEdges = .tree },
    { $0.embedding = PartDescription("periodic", ["frequencies": 3, "size": 2]) },
    { $0.embedding = PartDescription("periodic", ["shared": true]) },
  ]

  @Test(
    "A model answers raw rows the same when it comes from its file, whatever becomes of its numbers", arguments: 0..<5)
  func files(_ index: Int) throws {
    let table = try TabularTests.houses(80, seed: 4)
    let model = try TabularModel.fit(
      table, target: "price", options: Self.options { Self.treatments[index](&$0) })
    let plain = try TabularModel.fit(table, target: "price", options: Self.options())
    let path = temporaryPath("numbers.safetensors")
    try model.save(to: path)
    defer { remove(path) }
    let again = try TabularModel(path: path)
    #expect(try again.predict(table) == model.predict(table))
    #expect(try plain.predict(table) != model.predict(table), "the treatment changes nothing")
    #expect(model.report.settings.contains { $0.contains("numbers in") })
  }

  @Test(
    "What numbers become is fitted on training rows alone, and bins by the target on those that a network learns from")
  func nothingLeaks() throws {
    let table = try TabularTests.houses(80, seed: 4)
    let options = Self.options { ($0.binEdges, $0.bins, $0.scaling) = (.tree, 4, .quantile) }
    let data = try TableData(table, target: "price", testRows: Array(60..<80), options: options)
    let prices = try #require(table["price"]?.numbers)
    let changed = try table.replacing(Column("price", numbers: prices.enumerated().map { $0 < 60 ? $1 : 1e6 - $1 }))
    let other = try TableData(changed, target: "price", testRows: Array(60..<80), options: options)
    #expect(data.preprocessor?.columns == other.preprocessor?.columns)
    #expect(TableData.hash(data.training) == TableData.hash(other.training))
    let parts = try TableCommittee.parts(data, networks: 2, watches: true, seed: 0)
    let plan = try TablePlan(options, rows: data.training.count, encodesNumbers: true)
    let networks = try TableNetwork(data, plan, options, own: nil).networks(parts)
    for (network, part) in zip(networks, parts) {
      let bins = try #require((network as? Sequential)?.layers.lazy.compactMap { $0 as? PiecewiseLinear }.first)
      let own = PiecewiseLinear(bins.inputSize, columns: bins.columns, bins: bins.bins)
      own.fit(to: part.training.inputs, targets: part.training.targets)
      #expect(bins.edges.value.doubles == own.edges.value.doubles)
    }
  }

  @Test("An embedding that there is not, or that says what is the table's, is an error in words")
  func refused() throws {
    for (embedding, words) in [
      (
        PartDescription("linear", ["inputSize": 2]),
        "There is no embedding 'linear' of numbers. There are: periodic, none."
      ),
      (PartDescription("periodic", ["inputSize": 2]), "The embedding's 'inputSize' is the table's: leave it out."),
      (
        PartDescription("periodic", ["frequencies": 0]),
        "periodic: frequencies is 0; it has to be an integer from 1 to 4096."
      ),
    ] {
      let error = #expect(throws: (any Error).self) {
        try TablePlan(Self.options { $0.embedding = embedding }, rows: 100, encodesNumbers: true)
      }
      #expect(error.map { "\($0)" } == words)
    }
    #expect(try TablePlan(Self.options { $0.embedding = "none" }, rows: 9, encodesNumbers: true).embedding == nil)
  }
}
