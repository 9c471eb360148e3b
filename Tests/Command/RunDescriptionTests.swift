import Foundation
import GliaFormats
import Testing

@Suite struct RunDescriptionTests {
  private static func folder(_ description: String) throws -> WorkFolder {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try folder.write("run.yaml", description)
    return folder
  }

  @Test("A run description says with the options' words what a command line says, to the same bytes")
  func sameWords() throws {
    let folder = try RunDescriptionTests.folder(
      """
      # a run
      file: flowers.csv
      target: kind
      hidden: [6, 5]
      columns:
        - x
        - colour
      learning-rate: 0.01
      epochs: 3
      seed: 5
      quiet: true
      output: a
      """)
    #expect(try folder.glia("train", "--run", "run.yaml").code == 0)
    let run = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--hidden", "6,5", "--columns", "x,colour", "--learning-rate", "0.01",
      "--epochs", "3", "--seed", "5", "--quiet", "-o", "b")
    #expect(run.code == 0)
    #expect(try folder.bytes("a") == folder.bytes("b"))
  }

  @Test("What the command line says counts more than the description")
  func commandLineFirst() throws {
    let folder = try RunDescriptionTests.folder(
      "file: nowhere.csv\ntarget: kind\nepochs: 50\nhidden: 9\njson: true\nquiet: false\n")
    let run = try folder.glia("train", "flowers.csv", "--epochs", "2", "--run", "run.yaml", "--hidden", "7,3")
    #expect(run.code == 0)
    let object = try JSONValue(parsing: run.output)
    #expect(object["epochs"]?.integer == 2)
    #expect(try folder.glia("summary", "flowers.safetensors").output.contains("[batch, 7]"))
  }

  @Test(
    "A description that cannot be meant is wrong usage, with the file, the line and the word",
    arguments: [
      ("target: kind\nhiden: [3]\n", ["run.yaml: line 2", "'hiden'", "hidden", "learning-rate"]),
      ("target: kind\nrun: other.yaml\n", ["line 2", "'run'"]),
      ("target: kind\ntarget: x\n", ["run.yaml", "'target'", "twice"]),
      ("target: [kind\n", ["run.yaml is not YAML", "line"]),
      ("- target\n", ["run.yaml"]),
      ("", ["run.yaml"]),
      ("target: kind\nhidden: {a: 3}\n", ["line 2", "'hidden'"]),
      ("target: kind\nquiet: perhaps\n", ["line 2", "'quiet'", "true or false"]),
      ("target: kind\nepochs: many\n", ["run.yaml", "many", "--epochs"]),
      ("target: kind\nepochs: 0\n", ["run.yaml", "--epochs", "at least 1"]),
      ("target: kind\nrecipe: best\n", ["run.yaml", "'best'", "default"]),
    ])
  func bad(description: String, words: [String]) throws {
    let folder = try RunDescriptionTests.folder(description)
    let run = try folder.glia("train", "flowers.csv", "--run", "run.yaml")
    #expect(run.code == 2)
    #expect(run.errors.hasPrefix("glia: "))
    #expect(run.errorLines.count <= 2)
    for word in words { #expect(run.errors.contains(word), "\(word) is not in \(run.errors)") }
    #expect(try folder.files == ["flowers.csv", "run.yaml"])
  }

  @Test("A description that is not there is named")
  func missing() throws {
    let folder = try WorkFolder()
    let run = try folder.glia("train", "--run", "run.yaml")
    #expect(run.code == 2)
    #expect(run.errors.contains("run.yaml") && run.errors.contains("no such file"))
  }
}
