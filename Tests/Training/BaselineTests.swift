import GliaFormats
import GliaGraph
import GliaTables
import GliaTensors
import Testing

@testable import GliaTraining

@Suite("Baselines")
struct BaselineTests {
  private static func line(_ xs: some Sequence<Int>) throws -> Table {
    try Table(csvText: "x,y\n" + xs.map { "\($0),\(3 * $0 + 2)\n" }.joined(), file: "line.csv")
  }

  private static func quick(epochs: Int = 1) -> TableOptions {
    var options = TableOptions()
    options.recipe = .fast
    options.hiddenSizes = [2]
    options.epochs = epochs
    return options
  }

  private static func texts(_ baselines: [(name: String, scores: Scores)]) -> [String] { baselines.map { "\($0)" } }

  @Test("On a straight line the mean of the training rows is off by the distance from it, the linear model hardly")
  func regression() throws {
    let options = Self.quick()
    let model = try TabularModel.fit(Self.line(0..<12), target: "y", options: options)
    let evaluation = try model.evaluate(Self.line([2, 5, 20]))
    #expect(evaluation.rows == 3)
    #expect(evaluation.baselines.map(\.name) == ["mean", "linear model"])
    // The training rows are 2, 5 … 35, their mean 18.5; the rows that are scored 8, 17 and 62.
    let expected = ((10.5 * 10.5 + 1.5 * 1.5 + 43.5 * 43.5) / 3).squareRoot()
    #expect(abs(evaluation.baselines[0].scores["rmse"]! - expected) < 1e-12)
    #expect(evaluation.baselines[1].scores["rmse"]! < 0.01 * expected)
    #expect(
      evaluation.warnings.last == "the network does not beat the baseline 'linear model'", "\(evaluation.warnings)")
  }

  @Test("The most frequent class is answered with the training rows' shares")
  func classification() throws {
    let rows = (0..<12).map { "\($0),\($0 < 9 ? "no" : "yes")\n" }.joined()
    let model = try TabularModel.fit(
      Table(csvText: "x,y\n" + rows, file: "a.csv"), target: "y", options: Self.quick())
    let evaluation = try model.evaluate(Table(csvText: "x,y\n0,no\n10,yes\n11,yes\n", file: "b.csv"))
    #expect(evaluation.baselines.map(\.name) == ["most frequent class", "linear model"])
    let constant = evaluation.baselines[0].scores
    #expect(constant["accuracy"] == 1.0 / 3)
    #expect(abs(constant["logLoss"]! + (log(0.75) + 2 * log(0.25)) / 3) < 1e-12)
    #expect(evaluation.baselines[1].scores["accuracy"] == 1)
  }

  @Test("A model scores the rows that it was held against as when it was made, also when it comes from a file")
  func sameAsReport() throws {
    let test = try TabularTests.houses(50, seed: 11)
    let model = try TabularModel.fit(
      TabularTests.houses(200, seed: 10), target: "price", test: test, options: Self.quick(epochs: 20))
    let path = temporaryPath("baselines.safetensors")
    try model.save(to: path)
    defer { remove(path) }
    for known in [model, try TabularModel(path: path)] {
      let evaluation = try known.evaluate(test)
      #expect(evaluation.rows == 50)
      #expect(evaluation.scores == model.report.scores)
      #expect(Self.texts(evaluation.baselines) == Self.texts(model.report.baselines))
      #expect(evaluation.baselines.count == 2)
      #expect(evaluation.warnings == known.evaluation.warnings)
      #expect(model.report.warnings.suffix(evaluation.warnings.count) == evaluation.warnings[...])
    }
  }

  @Test("A model of images keeps its linear model too")
  func images() throws {
    let labels = (0..<40).map { UInt8($0 % 2) }
    let pixels = labels.flatMap { (label: UInt8) -> [UInt8] in [label * 200, 255 - label * 200, 7, 7] }
    let path = temporaryPath("images.safetensors")
    defer { remove(path) }
    let (images, known) = (try Self.idx([40, 2, 2], pixels), try Self.idx([40], labels))
    let model = try TabularModel.fit(images: images, labels: known, options: Self.quick())
    try model.save(to: path)
    let evaluation = try TabularModel(path: path).evaluate(images: images, labels: known)
    #expect(evaluation.rows == 40)
    #expect(evaluation.baselines.map(\.name) == ["most frequent class", "linear model"])
    #expect(evaluation.baselines[1].scores["accuracy"] == 1)
  }

  private static func idx(_ shape: [UInt8], _ values: [UInt8]) throws -> IDX {
    let header: [UInt8] = [0, 0, 8, UInt8(shape.count)] + shape.flatMap { [0, 0, 0, $0] as [UInt8] }
    let path = temporaryPath("images.idx")
    TabularTests.write(header + values, path)
    defer { remove(path) }
    return try IDX.read(path)
  }

  @Test("A file that was written before the linear model was kept is scored beside the mean alone")
  func earlierFile() throws {
    let folder =
      #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
      + "/References/models/"
    let model = try TabularModel(path: folder + "format1-without-baseline.safetensors")
    let path = temporaryPath("earlier.safetensors")
    defer { remove(path) }
    try model.save(to: path)
    for known in [model, try TabularModel(path: path)] {
      let evaluation = try known.evaluate(Table(csv: folder + "flats.csv"))
      #expect(evaluation.rows == 40)
      let expected = model.report.scores.entries
      #expect(evaluation.scores.entries.map(\.name) == expected.map(\.name))
      for (found, expected) in zip(evaluation.scores.entries, expected) {
        // A network of two small layers in float32, which other kernels may round otherwise: some 64 steps after 1.
        #expect(abs(found.value - expected.value) <= 64 * Double(Float.ulpOfOne) * max(1, abs(expected.value)))
      }
      #expect(Self.texts(evaluation.baselines) == Self.texts(Array(model.report.baselines.prefix(1))))
      #expect(evaluation.warnings == [])
    }
  }

  @Test("A linear model in a file that is not described, not whole or of other columns is an error")
  func brokenFile() throws {
    let path = temporaryPath("broken.safetensors")
    defer { remove(path) }
    let model = try TabularModel.fit(TabularTests.houses(60, seed: 12), target: "price", options: Self.quick())
    try model.save(to: path)
    let file = try SafetensorsFile(path: path)
    /// The error of a file with this description of the linear model, its weights from `other` and one of them left out.
    func error(_ description: String?, from other: SafetensorsFile? = nil, without dropped: String? = nil) throws
      -> String
    {
      var metadata = file.metadata
      metadata["checksum"] = nil
      metadata["glia.baseline.linear"] = description
      var writer = SafetensorsWriter(metadata: metadata)
      let isLinear = { (entry: SafetensorsFile.Entry) in entry.name.hasPrefix("baseline.linear.") }
      for (source, isWanted) in [(file, { !isLinear($0) }), (other ?? file, isLinear)] {
        for entry in source.entries where entry.name != dropped && isWanted(entry) {
          try source.withBytes(of: entry.name) {
            try writer.add(entry.name, dtype: entry.dtype, shape: entry.shape, bytes: $0)
          }
        }
      }
      try writer.write(to: path)
      do { _ = try TabularModel(path: path) } catch { return "\(error)" }
      return "no error"
    }
    let described = try #require(file.metadata["glia.baseline.linear"])
    let network = try #require(file.metadata["glia.network"])
    #expect(try error(described) == "no error")
    #expect(try error(nil).contains("'baseline.linear.0.bias'"))
    #expect(try error(described, without: "baseline.linear.0.bias").contains("baseline.linear.0.bias"))
    #expect(try error("{}").contains("kind"))
    #expect(try error(network).contains("'baseline.linear.0.weight' is F32[1, 5]"))
    try TabularModel.fit(Self.line(0..<12), target: "y", options: Self.quick()).save(to: path)
    let narrow = try SafetensorsFile(path: path)
    #expect(try error(narrow.metadata["glia.baseline.linear"], from: narrow).hasSuffix("an input of [1, 5]."))
  }
}
