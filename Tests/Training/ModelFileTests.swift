import CGliaKernels
import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTables
import GliaTensors
import GliaTraining
import Testing

/// A network that no file can describe by layers.
private struct Net: Module {
  let fc1: Linear
  let out: Linear
  let shift = Tensor([0.25, -0.5, 1])

  init(_ inputs: Int, _ outputs: Int) {
    fc1 = Linear(inputs, 6)
    out = Linear(3, outputs)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let pairs = fc1(x).reshaped([-1, 3, 2])
    return out(pairs.max([2]) + shift)
  }
}

/// A network of every primitive that networks are likely to have.
private struct Everything: Module {
  let embedding = Embedding(5, 2)
  let linear = Linear(6, 4)
  let shift = Tensor([0.25, -0.5, 1, 2])

  func callAsFunction(_ x: Tensor) -> Tensor {
    let codes = x.sliced(0..<4, axis: 1, step: 2).abs().cast(to: .int32)
    let found = embedding(codes).transposed([0, 2, 1]).flattened(from: 1)
    let wide = Tensor.concatenate([found, x.padded(low: [0, 0], high: [0, 1]).flipped([1])], axis: 1)
    let y = linear(wide.sliced(1..<7, axis: 1)) + shift
    let chosen = (y .> 0.0).select(y.cumulativeSum(), y.sorted()) + y.argMax().cast(to: .float32).expanded(axis: 1)
    let places = Tensor.iota([4], axis: 0, dtype: .int64)
    return softmax(chosen.scatterAdded(places, axis: 1, size: 6))
      * y.min([1], keepingAxes: true).isNaN().not().cast(to: .float32)
  }
}

private struct Function: Module {
  let body: (Tensor) -> Tensor
  func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
}

@Suite("Model files")
struct ModelFileTests {
  private static let models =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/References/models/"

  private func houses() throws -> Table { try Table(csv: Self.models + "houses.csv") }

  private func options() -> TableOptions {
    var options = TableOptions()
    options.networks = 1
    options.epochs = 3
    return options
  }

  private func metadata(_ path: String) throws -> [String: String] { try SafetensorsFile(path: path).metadata }
  private func bytes(_ path: String) throws -> [UInt8] { try MappedFile(path: path).withBytes { Array($0) } }

  @Test("A file of the first form, with layers and no graph, predicts what it did, and is written with a graph")
  func firstForm() throws {
    let model = try TabularModel(path: Self.models + "layers.safetensors")
    #expect(model.network is Sequential)
    let expected = try #require(Table(csv: Self.models + "layers.csv").column("price").numbers)
    let found = try model.predict(houses()).values
    // Another version's kernels may round a sum of a dozen float32 terms otherwise; a wrong weight is off by far more.
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 * abs($1) } && found.count == expected.count)
    let path = temporaryPath("second-form.safetensors")
    defer { remove(path) }
    try model.save(to: path)
    #expect(try metadata(path)["glia.graph"] != nil)
    #expect(try metadata(path)["glia.network"] == metadata(Self.models + "layers.safetensors")["glia.network"])
    #expect(try TabularModel(path: path).predict(houses()) == model.predict(houses()))
  }

  @Test("A network of one's own learns a table, sees embedded columns, is saved, and runs without its Swift")
  func ownNetwork() throws {
    var seen: [Int] = []
    let model = try TabularModel.fit(houses(), target: "price", options: options()) { inputs, outputs in
      seen = [inputs, outputs]
      return Net(inputs, outputs)
    }
    // Two for the size and whether it is missing, three towns, and the embedding of 26 codes.
    #expect(seen == [2 + 3 + 6, 1])
    #expect(model.network.namedParameters.map(\.name).contains("1.fc1.weight"))
    #expect(model.report.settings[0] == "6 inputs, a network of one's own, 1 output: 232 parameters")
    let paths = [temporaryPath("own.safetensors"), temporaryPath("own-again.safetensors")]
    defer { for path in paths { remove(path) } }
    try model.save(to: paths[0])
    #expect(try metadata(paths[0])["glia.network"] == nil)
    let loaded = try TabularModel(path: paths[0])
    #expect(loaded.network is GraphModule)
    #expect(try loaded.predict(houses()) == model.predict(houses()))
    #expect(try loaded.summary().rows.map(\.path) == ["0.embeddings.0", "1.fc1", "1.out"])
    try loaded.save(to: paths[1])
    #expect(try bytes(paths[0]) == bytes(paths[1]))
    try TabularModel.fit(houses(), target: "price", options: options()) { Net($0, $1) }.save(to: paths[1])
    #expect(try bytes(paths[0]) == bytes(paths[1]))
  }

  @Test("Without categories of many levels the network is one's own alone")
  func noEmbedding() throws {
    let table = try houses().selecting(["size", "town", "price"])
    let model = try TabularModel.fit(table, target: "price", options: options()) { Net($0, $1) }
    #expect(model.network is Net)
    #expect(try model.predict(table).count == 240)
  }

  @Test("A network of one's own that gives another shape, or cannot be kept, is an error before it is trained")
  func badNetworks() throws {
    func message(_ options: TableOptions, _ network: @escaping (Int, Int) -> any Module) -> String {
      do { _ = try TabularModel.fit(houses(), target: "price", options: options, network: network) } catch {
        return "\(error)"
      }
      return "none"
    }
    #expect(message(options()) { Net($0, $1 + 1) } == "The network gives [2, 2] for 2 rows, 'price' needs [2, 1].")
    #expect(message(options()) { inputs, _ in Net(inputs + 1, 1) }.contains("features"))
    let centred = message(options()) { _, _ in
      Function { ($0 - $0.mean([0], keepingAxes: true)).sum([1], keepingAxes: true) }
    }
    #expect(centred.contains("depends on how many rows"))
    var hidden = options()
    hidden.hiddenSizes = [4]
    #expect(message(hidden) { Net($0, $1) }.contains("leave hiddenSizes"))
  }

  @Test("A network by itself goes into a file and comes back: as its graph, compiled, and as layers")
  func network() throws {
    let path = temporaryPath("network.safetensors")
    defer { remove(path) }
    let net = Net(4, 2)
    try net.initialize(seed: 3)
    try net.save(to: path, input: [4])
    let x = Tensor.normal([3, 4], key: RandomKey(seed: 8))
    let expected = compile { net($0) }(x).scalars()
    let graph = try GraphModule(path: path)
    #expect(compile { graph($0) }(x).scalars() == expected)
    #expect(try CompiledModel(path: path, rows: 3)(x.scalars()) == expected)
    #expect(throws: ModelFileError.self) { try TabularModel(path: path) }
    try Sequential {
      Linear(4, 2); Dropout(0.5)
    }.initialized(5).save(to: path, input: [4])
    #expect(try metadata(path)["glia.network"]?.contains("dropout") == true)
    #expect(try CompiledModel(path: path)([1, 2, 3, 4]).count == 2)
  }

  @Test("Tied weights, and layers within layers that are one's own, are kept by the graph alone")
  func undescribable() throws {
    let path = temporaryPath("tied.safetensors")
    defer { remove(path) }
    let first = Linear(3, 3)
    let everything = try Everything().initialized(2)
    try everything.save(to: path, input: [4])
    let graph = try GraphModule(path: path)
    let x = Tensor.normal([5, 4], key: RandomKey(seed: 1))
    #expect(compile { graph($0) }(x).scalars() == compile { everything($0) }(x).scalars())
    let tied = try Sequential([first, Tanh(), Linear(weight: first.weight)]).initialized(1)
    try tied.save(to: path, input: [3])
    #expect(try metadata(path)["glia.network"] == nil)
    #expect(try GraphModule(path: path).namedParameters.map(\.name) == ["0.weight", "0.bias"])
    try Sequential([Sequential([Function { $0 * 2.0 }]), Linear(3, 1)]).initialized(1).save(to: path, input: [3])
    #expect(try metadata(path)["glia.network"] == nil)
    #expect(try CompiledModel(path: path)([1, 2, 3]).count == 1)
  }

  /// The file at `path` with its metadata changed and a new checksum.
  private func change(_ path: String, _ body: (inout [String: String]) throws -> Void) throws {
    let file = try SafetensorsFile(path: path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for entry in file.entries {
      try file.withBytes(of: entry.name) { bytes in
        try writer.add(entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
      }
    }
    try body(&writer.metadata)
    try writer.write(to: path)
  }

  @Test("Layers and a graph that do not belong together are an error")
  func disagreement() throws {
    let path = temporaryPath("disagreement.safetensors")
    defer { remove(path) }
    let model = try TabularModel.fit(houses(), target: "price", options: options()) { inputs, outputs in
      Sequential {
        Linear(inputs, outputs); BatchNorm(outputs)
      }
    }
    func message(_ body: (String) throws -> String) throws -> String {
      try model.save(to: path)
      try change(path) { $0["glia.graph"] = try body($0["glia.graph"]!) }
      do { _ = try TabularModel(path: path) } catch { return "\(error)" }
      return "none"
    }
    #expect(try message { $0 } == "none")
    #expect(
      try message { String($0.replacing(",\"statistic\":true", with: "")) }.contains("have different parameters"))
    let wider = try message { text in
      let last = try JSONValue(parsing: text)["nodes"]!.array!.count - 1
      return text.dropLast(2)
        + ",{\"kind\":\"concatenate\",\"operands\":[\(last),\(last)],\"attributes\":{\"axis\":1}}]}"
    }
    #expect(wider.contains("give different shapes"))
  }

  @Test("A graph that fits some numbers of rows and not others is an error in predicting, not a trap")
  func someRows() throws {
    let path = temporaryPath("some-rows.safetensors")
    defer { remove(path) }
    let table = try houses().selecting(["size", "town", "price"])
    try TabularModel.fit(table, target: "price", options: options()) { Net($0, $1) }.save(to: path)
    try change(path) { metadata in
      let text = metadata["glia.graph"]!
      let nodes = text.firstRange(of: "\"nodes\":")!
      metadata["glia.graph"] =
        text[..<nodes.upperBound] + """
          [{"kind":"fill","attributes":{"value":0.5,"shape":[1010,1],"dtype":"float32"}},\
          {"kind":"slice","operands":[0],"attributes":{"starts":[0,0],"ends":[{"rows":1},1],"steps":[1,1]}}]}
          """
    }
    let model = try TabularModel(path: path)
    #expect(try model.predict(table).count == 240)
    let many = try Table(csvText: "size,town\n" + String(repeating: "40,Ulm\n", count: 1020), file: "many.csv")
    let error = #expect(throws: ShapeMismatch.self) { try model.predict(many) }
    #expect(error?.description.contains("slice: 0..<1020") == true)
  }

  @Test("The most axes of a stored array are those that the kernels take")
  func rank() { #expect(GraphDescription.greatestRank == Int(GLIA_MAXIMUM_RANK)) }
}

extension Module {
  fileprivate func initialized(_ seed: UInt64) throws -> Self {
    try initialize(seed: seed)
    return self
  }
}

@Suite("Hostile model files")
struct HostileModelFileTests {
  /// A small file with everything that a graph has.
  private static func writer(_ network: some Module) throws -> SafetensorsWriter {
    let path = temporaryPath("hostile-\(UInt64.random(in: 0 ... .max)).safetensors")
    defer { remove(path) }
    try network.initialized(3).save(to: path, input: [4])
    let file = try SafetensorsFile(path: path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for entry in file.entries {
      try file.withBytes(of: entry.name) { bytes in
        try writer.add(entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
      }
    }
    return writer
  }

  private func load(_ writer: SafetensorsWriter, graph: String) throws -> GraphModule {
    var writer = writer
    writer.metadata["glia.graph"] = graph
    return try NetworkFile.graph(of: SafetensorsFile(bytes: writer.bytes()))
  }

  @Test("A graph that is not as it should be is an error that says what is wrong")
  func table() throws {
    let writer = try Self.writer(Net(4, 2))
    let original = try #require(writer.metadata["glia.graph"])
    let cases: [(find: String, put: String, says: String)] = [
      ("\"row\":", "\"rwo\":", "'rwo' that is not known"),
      ("\"constants\":", "\"more\":1,\"constants\":", "'more' that is not known"),
      ("\"nodes\":[", "\"nodes\":[1,", "node 0 of the graph"),
      ("{\"kind\":\"input\"}", "{\"kind\":\"output\"}", "no primitive 'output'"),
      ("{\"kind\":\"input\"}", "{\"kind\":\"input\",\"operands\":[]}", "'operands' that is not known"),
      ("\"kind\":\"transpose\"", "\"kind\":\"dense\"", "no primitive 'dense'"),
      ("\"permutation\":[1,0]", "\"permutation\":[1,1]", "does not name each axis"),
      ("\"permutation\":[1,0]", "\"permutation\":[9223372036854775807,0]", "does not name each axis"),
      ("\"permutation\":[1,0]", "\"permutation\":{\"rows\":1}", "should be a list"),
      ("\"permutation\":[1,0]", "\"permutation\":null", "is null"),
      ("\"permutation\":[1,0]", "\"order\":[1,0]", "'permutation' is missing"),
      ("\"permutation\":[1,0]", "\"permutation\":[1,0],\"axis\":0", "no attribute 'axis'"),
      ("\"operands\":[1]", "\"operands\":[2]", "not one of the 2 nodes before it"),
      ("\"operands\":[1]", "\"operands\":[-1]", "not one of"),
      ("\"operands\":[1]", "\"operands\":[1.5]", "whole numbers"),
      ("\"operands\":[1]", "\"operands\":[1,1]", "takes 1 operands, got 2"),
      ("\"name\":\"fc1.weight\"}", "\"name\":\"fc2.weight\"}", "no parameter 'fc2.weight'"),
      ("\"shape\":[6,4]", "\"shape\":[4,6]", "inner sizes differ"),
      ("\"shape\":[6,4]", "\"shape\":[-6,4]", "no type that can be held"),
      ("\"shape\":[6,4]", "\"shape\":[4611686018427387904,4]", "no type that can be held"),
      ("\"shape\":[{\"rows\":1},3,2]", "\"shape\":[{\"rows\":1},3,3]", "elements"),
      ("\"shape\":[{\"rows\":1},3,2]", "\"shape\":[{\"rows\":9223372036854775807},3,2]", "elements"),
      ("\"shape\":[{\"rows\":1},3,2]", "\"shape\":[{\"rows\":1,\"x\":1},3,2]", "'x' that is not known"),
      ("\"operation\":\"maximum\"", "\"operation\":\"median\"", "no reduction 'median'"),
      ("\"axes\":[2]", "\"axes\":[-1]", "not distinct axes"),
      ("\"axes\":[2]", "\"axes\":[3]", "not distinct axes"),
      ("\"index\":0", "\"index\":1", "no constant 1"),
      ("\"constants\":[{\"shape\":[3]", "\"constants\":[{\"shape\":[4]", "the graph needs float32[4]"),
      ("\"dtype\":\"float32\"", "\"dtype\":\"float8\"", "'float8' is no dtype"),
    ]
    for (find, put, says) in cases {
      let range = try #require(original.firstRange(of: find), "\(find)")
      let changed = original[..<range.lowerBound] + put + original[range.upperBound...]
      let error = #expect(throws: (any Error).self, "\(put)") { try load(writer, graph: String(changed)) }
      #expect(error.map { "\($0)".contains(says) } == true, "\(put): \(error.map { "\($0)" } ?? "")")
    }
  }

  @Test("A graph whose text was changed anywhere is an error or a graph that runs, never a trap")
  func mutations() throws {
    let seed: UInt64 = 1_964
    var numbers = SplitMix64(seed: seed)
    let pieces = [
      "0", "1", "2", "7", "-1", "9223372036854775807", "-9223372036854775808", "1e300", "\"\"", "null", "true", "[]",
      "{}",
      "{\"rows\":1}", "{\"rows\":-3}", "{\"number\":\"nan\"}", "\"float64\"", "\"bfloat16\"", "\"float16\"",
      "\"int32\"", "\"int64\"", "\"bool\"", "\"exp\"",
      "\"negate\"",
      "\"isNaN\"", "\"add\"", "\"flip\"",
    ]
    var survivors = 0
    let writer = try Self.writer(Everything())
    let original = try #require(writer.metadata["glia.graph"])
    for _ in 0..<1_000 {
      var text = original
      for _ in 0..<Int.random(in: 1...3, using: &numbers) { text = mutated(text, pieces, &numbers) }
      guard let network = try? load(writer, graph: text) else { continue }
      survivors += 1
      for rows in [1, 5] where (try? network.outputShape(for: Shape([rows] + network.rowShape.dimensions))) != nil {
        let x = Tensor.ones(Shape([rows] + network.rowShape.dimensions), dtype: network.inputDType)
        #expect(compile { network($0) }(x).shape.first == rows, "seed \(seed): \(text)")
      }
    }
    #expect(survivors > 0, "seed \(seed)")
  }

  /// The text with one number, word or list replaced, taken out or doubled.
  private func mutated(_ text: String, _ pieces: [String], _ numbers: inout SplitMix64) -> String {
    var tokens = tokens(of: text)
    let place = Int.random(in: 0..<tokens.count, using: &numbers)
    switch Int.random(in: 0..<6, using: &numbers) {
    case 0: tokens.remove(at: place)
    case 1: tokens.insert(tokens[place], at: place)
    case 2: tokens.swapAt(place, Int.random(in: 0..<tokens.count, using: &numbers))
    default:
      let isValue = tokens.indices.filter { !["{", "}", "[", "]", ",", ":"].contains(tokens[$0]) }
      tokens[isValue.randomElement(using: &numbers)!] = pieces.randomElement(using: &numbers)!
    }
    return tokens.joined()
  }

  private func tokens(of text: String) -> [String] {
    var tokens: [String] = []
    var word = ""
    for character in text {
      if "{}[],:".contains(character) {
        if !word.isEmpty { tokens.append(word) }
        tokens.append(String(character))
        word = ""
      } else {
        word.append(character)
      }
    }
    return tokens + (word.isEmpty ? [] : [word])
  }
}
