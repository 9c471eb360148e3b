import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import GliaTestSupport
import Testing

@testable import GliaTraining

@Suite("Codes of rows")
struct FeatureTests {
  private static func options(epochs: Int = 60, hidden: [Int] = [8]) -> TableOptions {
    var options = TableOptions()
    options.hiddenSizes = hidden
    options.epochs = epochs
    options.learningRate = 0.02
    return options
  }

  /// Two numbers and a category follow from one hidden number; one row is unlike the others.
  static func rows(_ count: Int = 120, odd: Int? = nil) throws -> Table {
    let lines = (0..<count).map { row -> String in
      let hidden = Double(row * 37 % count) / Double(count)
      let second = row == odd ? 3 : 1 - 2 * hidden * hidden
      let kind = ["low", "middle", "high"][min(Int(hidden * 3), 2)]
      return "\(10 * hidden),\(second),\(kind),\(row % 10 == 3 ? "" : "\(hidden > 0.5)")"
    }
    return try Table(csvText: "a,b,level,big\n" + lines.joined(separator: "\n") + "\n", file: "rows.csv")
  }

  @Test("Principal components are scikit-learn's: axes, variances, and the errors of rows that are given back")
  func principalComponents() throws {
    for json in try ReferenceNumbers.read("autoencoder/autoencoder.json").array("components") {
      let (rank, width) = (Int(json["rank"]!.scalars[0]), Int(json["width"]!.scalars[0]))
      let others = json["others"]!.tensor()
      let found = try PrincipalComponents(of: json["rows"]!.tensor(), width: width)
      let back = found.reconstruction(from: found.codes(of: others))
      let errors = json["errors"]!.scalars
      var failures = difference("errors", (back - others).squared().mean([1]).doubles, errors, relative: 1e-10)
      // In float32, of numbers whose squares are added up: some ten roundings.
      let single = AutoencoderFit.errors(of: back.cast(to: .float32), for: others.cast(to: .float32))
      failures += difference("errors of float32", single, errors, relative: 1e-6)
      let variances = json["variances"]!.scalars
      failures += difference("variances", found.variances, variances, relative: 1e-10, floor: variances[0])
      // Axes beyond the table's directions are of rounded digits, and as likely to be others.
      let columns = others.shape[1]
      for axis in 0..<min(rank, width) {
        let wanted = Array(json["axes"]!.scalars[axis * columns..<(axis + 1) * columns])
        let own = found.axes.sliced(axis..<axis + 1).doubles
        let sign = zip(own, wanted).reduce(0) { $0 + $1.0 * $1.1 } < 0 ? -1.0 : 1
        failures += difference("axis \(axis)", own.map { sign * $0 }, wanted, relative: 1e-7)
        #expect(own.max { abs($0) < abs($1) }! > 0)
      }
      #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }
    #expect(throws: TrainingError.self) { try PrincipalComponents(of: Tensor([[1, 2]]), width: 3) }
    let constant = try PrincipalComponents(of: Tensor.ones([4, 3]), width: 3)
    #expect(constant.variances == [0, 0, 0] && constant.codes(of: Tensor.ones([1, 3])).doubles == [0, 0, 0])
  }

  @Test("A code of one number gives mixed columns back better than one principal component, and finds the odd row")
  func table() throws {
    let model = try TableAutoencoder.fit(
      Self.rows(), width: 1, target: "big", options: Self.options(epochs: 150, hidden: [16]))
    let report = model.report
    #expect(report.reconstructions.map(\.name) == ["autoencoder", "PCA of 1", "mean"])
    let errors = report.reconstructions.map(\.error)
    #expect(errors[0] < errors[1] && errors[1] < errors[2], "\(errors)")
    #expect(report.linear.map(\.name) == ["code of 1", "PCA of 1", "all 5 columns"])
    #expect(report.linear.allSatisfy { $0.scores["accuracy"]! > 0.7 }, "\(report.linear)")
    #expect(model.preprocessor?.columns.map(\.column) == ["a", "b", "level"])
    let found = try model.errors(of: Self.rows(odd: 17))
    #expect(found.firstIndex(of: found.max()!) == 17)
    #expect(try model.codes(of: Self.rows()).shape == [120, 1])
    // Where no row is held out, the report is of all that were learned from.
    var all = Self.options(epochs: 5)
    (all.testFraction, all.patience) = (0, 0)
    let whole = try TableAutoencoder.fit(Self.rows(), width: 1, options: all)
    let own = try whole.errors(of: Self.rows())
    let mean = own.reduce(0, +) / Double(own.count)
    #expect(difference("mean", [mean], [whole.report.reconstructions[0].error], relative: 1e-12, floor: 0).isEmpty)
  }

  @Test("Every kind learns, comes back from its file with the same bits, and is the same for the same seed")
  func files() throws {
    for kind in [AutoencoderKind.plain, .denoising(masked: 0.2, noise: 0.1), .sparse(), .variational()] {
      let table = try Self.rows()
      let path = temporaryPath("codes-of-rows.safetensors")
      let model = try TableAutoencoder.fit(table, width: 2, kind: kind, options: Self.options(epochs: 8))
      try model.save(to: path)
      let again = try TableAutoencoder(path: path)
      #expect(try again.codes(of: table).doubles == model.codes(of: table).doubles)
      #expect(try again.errors(of: table) == model.errors(of: table))
      #expect(again.width == 2 && again.report.kind == model.report.kind)
      let twin = try TableAutoencoder.fit(table, width: 2, kind: kind, options: Self.options(epochs: 8))
      #expect(try twin.codes(of: table).doubles == model.codes(of: table).doubles)
      #expect(try TableAutoencoder.isAutoencoder(path: path))
      #expect(throws: ModelFileError.self) { try TabularModel(path: path) }
    }
  }

  @Test("What is no autoencoder, no such column or too wide a code is an error that says so")
  func errors() throws {
    let table = try Self.rows()
    let path = temporaryPath("no-autoencoder.safetensors")
    let fast = Self.options(epochs: 1)
    try TabularModel.fit(table, target: "big", options: fast).save(to: path)
    let file = #expect(throws: ModelFileError.self) { try TableAutoencoder(path: path) }
    #expect(file?.description.contains("no autoencoder") == true)
    let model = try TableAutoencoder.fit(table, width: 2, options: fast)
    let missing = #expect(throws: TableError.self) { try model.codes(of: table.dropping(["b"])) }
    #expect(missing?.kind == .missingColumns)
    let wide = #expect(throws: SettingError.self) { try TableAutoencoder.fit(table, width: 9, options: fast) }
    #expect(wide?.description.contains("of at most") == true)
    #expect(throws: TableError.self) { try TableAutoencoder.fit(table, width: 2, target: "bigger", options: fast) }
    let images = try IDX(bytes: [3, 2, 2], Array(0..<12).map { UInt8($0) })
    #expect(throws: TrainingError.self) { try model.codes(of: images) }
    var weighted = fast
    weighted.weightColumn = "a"
    let alike = #expect(throws: TrainingError.self) { try TableAutoencoder.fit(table, width: 2, options: weighted) }
    #expect(alike?.description.contains("leave weightColumn") == true)
  }

  @Test("Images are given back, and their codes have a row each")
  func images() throws {
    let images = try IDX.stripes()
    let labels = try IDX(bytes: [60], (0..<60).map { UInt8($0 % 3) })
    let model = try TableAutoencoder.fit(
      images: images, labels: labels, width: 2, options: Self.options(epochs: 80, hidden: [12]))
    #expect(model.imageShape == [3, 3] && model.preprocessor == nil)
    #expect(try model.codes(of: images).shape == [60, 2])
    #expect(model.report.reconstructions[0].explained > 0.9, "\(model.report.reconstructions)")
    #expect(model.report.linear.map(\.name) == ["code of 2", "PCA of 2", "all 9 pixels"])
    #expect(throws: TrainingError.self) { try model.errors(of: IDX(bytes: [1, 2, 2], [1, 2, 3, 4])) }
  }

  @Test("Levels that mean the same for the target lie next to one another")
  func categoryEmbedding() throws {
    // The target follows from the first letter alone.
    let levels = (0..<12).map { ["a", "b", "c", "d"][$0 % 4] + "\($0 / 4)" }
    let lines = (0..<600).map {
      "\(levels[$0 * 7 % 12]),\($0 * 13 % 17),\(["a": 0, "b": 10, "c": 20, "d": 30][levels[$0 * 7 % 12].prefix(1)]!)"
    }
    let table = try Table(csvText: "place,noise,price\n" + lines.joined(separator: "\n") + "\n", file: "places.csv")
    var options = Self.options(epochs: 20, hidden: [16])
    options.networks = 2
    options.task = .regression
    let model = try TabularModel.fit(table, target: "price", options: options)
    let path = temporaryPath("places.safetensors")
    try model.save(to: path)
    for model in [model, try TabularModel(path: path)] {
      let embedding = try model.categoryEmbedding(of: "place")
      #expect(embedding.levels == levels.sorted())
      // Two networks with vectors of ⌈√14⌉ numbers.
      #expect(embedding.vectors.allSatisfy { $0.count == 8 })
      for level in levels {
        let near = embedding.nearest(to: level, count: 2)
        #expect(near.allSatisfy { $0.level.prefix(1) == level.prefix(1) }, "\(level): \(near)")
        #expect(near[0].distance <= near[1].distance)
      }
      #expect(embedding.nearest(to: "z9").isEmpty)
      let error = #expect(throws: TrainingError.self) { try model.categoryEmbedding(of: "noise") }
      #expect(error?.description.contains("'place'") == true)
    }
  }
}

extension IDX {
  /// An array of bytes, as its file holds it.
  fileprivate init(bytes shape: [Int], _ elements: some Sequence<UInt8>) throws {
    var all: [UInt8] = [0, 0, 8, UInt8(shape.count)]
    for size in shape { all += [0, 0, UInt8(size >> 8), UInt8(size & 255)] as [UInt8] }
    all += elements
    self = try all.withUnsafeBytes { bytes in try IDX(bytes, file: nil) }
  }

  /// Sixty images of three by three, each with one bright column of three.
  fileprivate static func stripes() throws -> IDX {
    var bytes: [UInt8] = []
    for row in 0..<60 {
      for pixel in 0..<9 { bytes.append(pixel % 3 == row % 3 ? UInt8(200 + row % 7) : 5) }
    }
    return try IDX(bytes: [60, 3, 3], bytes)
  }
}

@Suite("Models that go on to another target")
struct FineTuningTests {
  private static func options(epochs: Int) -> TableOptions {
    var options = TableOptions()
    options.epochs = epochs
    options.learningRate = 0.02
    return options
  }

  private static func source(networks: Int, linearPart: Bool = false) throws -> TabularModel {
    var options = options(epochs: 5)
    options.hiddenSizes = [8, 8]
    options.networks = networks
    options.linearPart = linearPart
    return try TabularModel.fit(FeatureTests.rows().dropping(["level"]), target: "big", options: options)
  }

  @Test(
    "The layers of each network are kept, the heads are new, and the model before is left as it was", arguments: [1, 3])
  func kept(_ networks: Int) throws {
    let source = try Self.source(networks: networks)
    let before = source.network.stateDictionary().map(\.value.doubles)
    let table = try FeatureTests.rows()
    let tuned = try source.finetuned(
      on: table, target: "level", transfer: Transfer(frozenLayers: 1), options: Self.options(epochs: 3))
    #expect(source.network.stateDictionary().map(\.value.doubles) == before)
    #expect(tuned.target.levels == ["high", "low", "middle"])
    let report = try #require(tuned.report.transfer)
    #expect(report.renewed.count == 2 && report.renewed.allSatisfy { $0.hasSuffix("weight") || $0.hasSuffix("bias") })
    #expect(report.frozen.contains { $0.hasSuffix("weight") } && Set(report.frozen).isSubset(of: report.kept))
    // What was frozen is in the new model with the old bits, what was not has moved.
    let (old, new) = (source.network.stateDictionary(), tuned.network.stateDictionary())
    let prefix = networks == 1 ? "" : "0.1."
    func values(_ state: [(name: String, value: Tensor)], _ name: String) -> [Double]? {
      state.first { $0.name == prefix + name }?.value.doubles
    }
    for name in report.frozen { #expect(values(old, name) != nil && values(old, name) == values(new, name), "\(name)") }
    let moved = report.kept.filter { !report.frozen.contains($0) && $0.hasSuffix("weight") }
    #expect(!moved.isEmpty && moved.allSatisfy { values(old, $0) != values(new, $0) })
    let path = temporaryPath("tuned.safetensors")
    try tuned.save(to: path)
    let again = try TabularModel(path: path)
    #expect(again.report.transfer == report)
    #expect(try again.predict(table) == tuned.predict(table))
  }

  @Test("Of a linear part beside the hidden layers nothing is kept, of the hidden layers everything")
  func linearPart() throws {
    let source = try Self.source(networks: 1, linearPart: true)
    let network = try #require(source.network as? Sequential)
    let renewed = try network.renewed(outputs: 3)
    try renewed.network.initializeMissing(seed: 0)
    let (old, new) = (network.stateDictionary(), renewed.network.stateDictionary())
    let hidden = old.filter { $0.name.hasSuffix("weight") && $0.name.split(separator: ".").count == 4 }.dropLast()
    #expect(hidden.count == 2)
    for (name, value) in hidden {
      #expect(new.contains { $0.value.doubles == value.doubles && renewed.kept.contains($0.name) }, "\(name)")
    }
    #expect(new.last?.value.shape == [3] && renewed.renewed.count == 2)
    // What the hidden layers make of rows is what they made of them.
    let both = try #require(network.layers.last as? Parallel)
    let before = Sequential(Array(network.layers.dropLast()) + (both.layers[1] as! Sequential).layers.dropLast())
    let columns = source.preprocessor!.numericNames.count + source.preprocessor!.codeNames.count
    let x = Tensor.uniform([4, columns], in: 0..<1, key: RandomKey(seed: 3))
    #expect(Sequential(renewed.network.layers.dropLast())(x).doubles == before(x).doubles)
  }

  @Test("An encoder goes on to a target, gradually and with falling rates, the same for the same seed")
  func fromAutoencoder() throws {
    var options = Self.options(epochs: 6)
    options.hiddenSizes = [8]
    let table = try FeatureTests.rows()
    let encoder = try TableAutoencoder.fit(table, width: 3, kind: .denoising(), target: "big", options: options)
    let transfer = Transfer(rateFactor: 0.5, thawEvery: 2)
    let models = try (0..<2).map { _ in
      try encoder.finetuned(on: table, target: "big", transfer: transfer, options: Self.options(epochs: 12))
    }
    #expect(models[0].report.transfer?.thawed.map(\.epoch) == [2, 4])
    #expect(models[0].report.transfer?.renewed.count == 2)
    #expect(try models[0].predict(table) == models[1].predict(table))
    #expect(models[0].report.scores["accuracy"]! > 0.7, "\(models[0].report.scores)")
  }

  @Test("Images go on to other classes")
  func images() throws {
    let images = try IDX.stripes()
    var options = Self.options(epochs: 10)
    options.hiddenSizes = [8]
    let source = try TabularModel.fit(
      images: images, labels: IDX(bytes: [60], (0..<60).map { UInt8($0 % 3) }), options: options)
    let labels = try IDX(bytes: [60], (0..<60).map { UInt8($0 % 3 == 0 ? 7 : 9) })
    let tuned = try source.finetuned(images: images, labels: labels, options: Self.options(epochs: 20))
    #expect(tuned.target.levels == ["7", "9"] && tuned.imageShape == [3, 3])
    #expect(tuned.report.scores["accuracy"] == 1)
    let small = try IDX(bytes: [60, 2, 2], Array(repeating: 0, count: 240))
    #expect(throws: TrainingError.self) { try source.finetuned(images: small, labels: labels) }
    #expect(throws: TrainingError.self) { try source.finetuned(on: FeatureTests.rows(), target: "big") }
  }

  @Test("What cannot go on is an error that says why")
  func errors() throws {
    let source = try Self.source(networks: 1)
    let table = try FeatureTests.rows()
    let fast = Self.options(epochs: 1)
    let read = #expect(throws: TableError.self) { try source.finetuned(on: table, target: "a", options: fast) }
    #expect(read?.description.contains("is a column that the network reads") == true)
    let missing = #expect(throws: TableError.self) {
      try source.finetuned(on: table.dropping(["b"]), target: "level", options: fast)
    }
    #expect(missing?.kind == .missingColumns)
    #expect(throws: SettingError.self) {
      try source.finetuned(on: table, target: "level", transfer: Transfer(freezing: ["encoder"]), options: fast)
    }
    var wide = fast
    wide.hiddenSizes = [4]
    let said = #expect(throws: TrainingError.self) { try source.finetuned(on: table, target: "level", options: wide) }
    #expect(said?.description.contains("hiddenSizes") == true)
    struct Own: Module {
      let layer = Linear(3, 2)
      func callAsFunction(_ x: Tensor) -> Tensor { layer(x.sliced(0..<3, axis: 1)) }
    }
    let own = try TabularModel.fit(table, target: "big", options: fast) { _, _ in Own() }
    #expect(throws: TrainingError.self) { try own.finetuned(on: table, target: "level", options: fast) }
  }
}
