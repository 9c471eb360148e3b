import Foundation
import GliaFormats
import Testing

@Suite struct PredictTests {
  /// A folder with a model of the flowers, trained long enough to know them.
  private static func trained() throws -> WorkFolder {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers(rows: 120))
    let run = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--hidden", "16", "--epochs", "60", "--learning-rate", "0.02",
      "--quiet")
    #expect(run.code == 0)
    return folder
  }

  @Test("Predictions come as CSV in the rows' order, under the target's name, and are right")
  func order() throws {
    let folder = try PredictTests.trained()
    try folder.write("new.csv", "x,noise,colour\n4.5,1,red\n0.5,1,red\n2.5,1,red\n0.4,2,blue\n")
    let run = try folder.glia("predict", "flowers.safetensors", "new.csv")
    #expect(run.code == 0)
    #expect(run.output == "kind\nc\na\nb\na\n")
    #expect(run.errors == "")
  }

  @Test("Probabilities stand under NAME=CLASS and add up to 1, the greatest for the class that is predicted")
  func probabilities() throws {
    let folder = try PredictTests.trained()
    try folder.write("new.csv", "x,noise,colour\n4.5,1,red\n0.5,1,red\n")
    let run = try folder.glia("predict", "flowers.safetensors", "new.csv", "--probabilities")
    let lines = run.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(lines[0] == ["kind", "kind=a", "kind=b", "kind=c"])
    for line in lines.dropFirst() {
      let shares = line.dropFirst().compactMap(Double.init)
      #expect(abs(shares.reduce(0, +) - 1) < 1e-6)
      #expect(["a", "b", "c"][shares.firstIndex(of: shares.max()!)!] == line[0])
    }
  }

  @Test("A model that is a graph alone predicts the same, and is shown by what its parameters are used for")
  func graph() throws {
    let folder = try PredictTests.trained()
    let file = try SafetensorsFile(path: folder.path + "/flowers.safetensors")
    var writer = SafetensorsWriter(metadata: file.metadata.filter { $0.key != "glia.network" })
    for entry in file.entries {
      try file.withBytes(of: entry.name) { bytes in
        try writer.add(entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
      }
    }
    try writer.write(to: folder.path + "/graph.safetensors")
    let expected = try folder.glia("predict", "flowers.safetensors", "flowers.csv")
    #expect(try folder.glia("predict", "graph.safetensors", "flowers.csv").output == expected.output)
    let summary = try folder.glia("summary", "graph.safetensors")
    #expect(summary.code == 0)
    #expect(summary.output.contains("matrixProduct, add  [batch, 16]"))
    #expect(try folder.glia("inspect", "graph.safetensors").output.contains(summary.output))
  }

  @Test("A file gets the same bytes as standard output")
  func file() throws {
    let folder = try PredictTests.trained()
    let run = try folder.glia("predict", "flowers.safetensors", "flowers.csv", "-o", "p.csv")
    #expect(run.code == 0)
    #expect(run.output == "")
    #expect(try folder.text("p.csv") == folder.glia("predict", "flowers.safetensors", "flowers.csv").output)
  }

  @Test("Columns in another order and columns that are new change nothing; the new ones are named")
  func columns() throws {
    let folder = try PredictTests.trained()
    try folder.write("new.csv", "colour,extra,noise,x\nred,9,1,4.5\nblue,9,1,0.5\n")
    let run = try folder.glia("predict", "flowers.safetensors", "new.csv")
    #expect(run.code == 0)
    #expect(run.output == "kind\nc\na\n")
    #expect(run.errors.contains("'extra'"))
    #expect(try folder.glia("predict", "flowers.safetensors", "new.csv", "--quiet").errors == "")
  }

  @Test("Missing values and categories that training did not see are predicted too")
  func unseen() throws {
    let folder = try PredictTests.trained()
    try folder.write("new.csv", "x,noise,colour\n4.5,,violet\n0.5,1,\n")
    let run = try folder.glia("predict", "flowers.safetensors", "new.csv")
    #expect(run.code == 0)
    #expect(run.output == "kind\nc\na\n")
  }

  @Test("A number that is infinite is predicted as one that is missing, and that is said")
  func infinite() throws {
    let folder = try PredictTests.trained()
    try folder.write("new.csv", "x,noise,colour\n4.5,1e400,red\n4.5,inf,red\n4.5,2,red\n")
    let run = try folder.glia("predict", "flowers.safetensors", "new.csv")
    #expect(run.code == 0 && run.output == "kind\nc\nc\nc\n")
    #expect(run.errors.contains("'noise' is infinite in 2 rows of 3"))
  }

  @Test("A number is predicted in the target's own unit")
  func numbers() throws {
    let folder = try WorkFolder()
    try folder.write("prices.csv", SmallTable.prices(rows: 200))
    _ = try folder.glia("train", "prices.csv", "--target", "price", "--epochs", "60", "--quiet")
    try folder.write("new.csv", "size,noise\n10,3\n")
    let run = try folder.glia("predict", "prices.safetensors", "new.csv")
    let lines = run.output.split(separator: "\n")
    #expect(lines[0] == "price")
    let price = try #require(Double(lines[1]))
    #expect(abs(price - 130.5) < 10)
    let asked = try folder.glia("predict", "prices.safetensors", "new.csv", "--probabilities")
    #expect(asked.code == 2)
    #expect(asked.output == "")
  }
}
