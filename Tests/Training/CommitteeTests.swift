import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Several networks for a table")
struct CommitteeTests {
  private static func flowers(_ rows: Int) throws -> Table {
    let text = (0..<rows).map { "\(Double($0 % 7) + Double($0 % 5) / 10),\($0 % 4 == 0 ? "rose" : "tulip")\n" }
    return try Table(csvText: "x,kind\n" + text.joined(), file: "flowers.csv")
  }

  private static func options(networks: Int?) -> TableOptions {
    var options = TableOptions()
    options.networks = networks
    options.hiddenSizes = [4]
    options.epochs = 3
    return options
  }

  @Test("Every row is watched by one network and learned from by the others, each class in its proportion")
  func deals() throws {
    let data = try TableData(
      Self.flowers(120), target: "kind", test: nil, validation: nil, options: Self.options(networks: 4))
    #expect(data.validation == nil && data.training.count == 96)
    let parts = try TableCommittee.parts(data, networks: 4, watches: true, seed: 1)
    var watched: [[Double]] = []
    for part in parts {
      let validation = try #require(part.validation)
      #expect(validation.count == 24 && part.training.count == 72)
      #expect(validation.targets.doubles.filter { $0 == 0 }.count == 6)
      let (x, y) = (validation.inputs.doubles, validation.targets.doubles)
      watched += zip(x, y).map { [$0, $1] }
      let all = zip(part.training.inputs.doubles, part.training.targets.doubles).map { [$0, $1] } + watched.suffix(24)
      #expect(sorted(all) == sorted(zip(data.training.inputs.doubles, data.training.targets.doubles).map { [$0, $1] }))
    }
    #expect(
      sorted(watched) == sorted(zip(data.training.inputs.doubles, data.training.targets.doubles).map { [$0, $1] }))
  }

  @Test("More networks than folds watch the folds of another deal, so that all rows are watched as often")
  func dealsAnew() throws {
    let data = try TableData(
      Self.flowers(120), target: "kind", test: nil, validation: nil, options: Self.options(networks: 10))
    let parts = try TableCommittee.parts(data, networks: 10, watches: true, seed: 1)
    let watched = try parts.map { part in
      let validation = try #require(part.validation)
      #expect(validation.count + part.training.count == 96 && (19...20).contains(validation.count))
      return sorted(zip(validation.inputs.doubles, validation.targets.doubles).map { [$0, $1] })
    }
    let all = sorted(zip(data.training.inputs.doubles, data.training.targets.doubles).map { [$0, $1] })
    #expect(sorted(watched[..<5].flatMap { $0 }) == all && sorted(watched[5...].flatMap { $0 }) == all)
    #expect(Set(watched).count == 10, "the second deal is the first one again")
  }

  private func sorted(_ rows: [[Double]]) -> [[Double]] { rows.sorted { $0.lexicographicallyPrecedes($1) } }

  @Test("Where rows have to stay together, or are set apart, all networks watch the same ones")
  func sameRows() throws {
    var options = Self.options(networks: 3)
    options.validationFraction = 0.25
    let data = try TableData(Self.flowers(120), target: "kind", test: nil, validation: nil, options: options)
    let parts = try TableCommittee.parts(data, networks: 3, watches: true, seed: 1)
    #expect(parts.map { $0.validation?.count } == [30, 30, 30] && parts.map(\.training.count) == [66, 66, 66])
  }

  @Test("The model answers with the mean of its networks' probabilities, also when it comes from a file")
  func mean() throws {
    let table = try Self.flowers(120)
    let model = try TabularModel.fit(table, target: "kind", options: Self.options(networks: 3))
    #expect(model.report.keptEpochs.count == 3)
    let network = try #require(model.network as? Sequential)
    let average = try #require(network.layers[0] as? Average)
    let inputs = TabularModel.matrix(try model.preprocessor!.transform(table, rows: nil))
    let members = average.layers.map { softmax($0(inputs).cast(to: .float64)).doubles }
    let found = try model.predict(table).probabilities
    for (place, value) in found.enumerated() {
      let mean = members.reduce(0) { $0 + $1[place] } / 3
      #expect(abs(value - mean) < 1e-6)
    }
    #expect(Set(members.map { $0[0] }).count == 3, "networks that start or learn alike")
    let path = temporaryPath("committee.safetensors")
    try model.save(to: path)
    defer { remove(path) }
    let read = try TabularModel(path: path)
    let predictions = try (read.predict(table), model.predict(table))
    #expect(predictions.0 == predictions.1)
    #expect(read.report.keptEpochs == model.report.keptEpochs)
  }

  @Test("Groups stay together, and their column is learned from only where it is named", arguments: [false, true])
  func groups(_ isNamed: Bool) throws {
    let text = (0..<60).map { "\($0 % 7),g\($0 / 6),\($0 % 4 == 0 ? "rose" : "tulip")\n" }
    let table = try Table(csvText: "x,garden,kind\n" + text.joined(), file: "flowers.csv")
    var options = Self.options(networks: 1)
    options.groupColumn = "garden"
    if isNamed { options.features = ["x", "garden"] }
    let data = try TableData(table, target: "kind", options: options)
    let names = try #require(data.preprocessor).numericNames
    #expect(names.contains { $0.hasPrefix("garden") } == isNamed && names.contains("x"), "\(names)")
    #expect(data.training.count % 6 == 0 && data.testTarget.rows.count % 6 == 0)
  }

  @Test("Without early stopping no row is watched")
  func nothingWatched() throws {
    var options = Self.options(networks: 1)
    options.patience = 0
    let data = try TableData(Self.flowers(120), target: "kind", options: options)
    #expect(data.validation == nil && data.training.count == 96)
  }

  @Test("One network is trained as it always was, and a level score is said to be level")
  func one() throws {
    let model = try TabularModel.fit(Self.flowers(120), target: "kind", options: Self.options(networks: 1))
    #expect(model.report.keptEpochs.count == 1 && model.report.validationRows > 0)
    let scores = Scores([.init(name: "accuracy", value: 0.75)])
    let level = Evaluation(
      rows: 4, scores: scores, baselines: [("constant", scores)], metric: LearningTask.classification.metric)
    #expect(level.warnings == ["the network is only level with the baseline 'constant'"])
  }
}
