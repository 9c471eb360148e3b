import Foundation
import GliaFormats
import Testing

@Suite("glia tune")
struct TuneTests {
  private static let quick = [
    "tune", "flowers.csv", "--target", "kind", "--trials", "4", "--folds", "2", "--range", "epochs=2", "--range",
    "networks=1", "--range", "hidden=[\"4,2\", none]", "--quiet",
  ]

  @Test("It says what was tried, writes the model and the trials, and goes on from these; JSON has the same")
  func tuning() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try folder.write("new.csv", SmallTable.flowers(rows: 30))
    let first = try folder.glia(arguments: Self.quick + ["--test", "new.csv"])
    #expect(first.code == 0, "\(first.errors)")
    #expect(first.output.contains("classification of 'kind' on 60 rows of flowers.csv"))
    #expect(
      first.output.contains("4 trials, 2 folds at random, each class in its proportion, seed 0; the best by logLoss"))
    #expect(first.output.contains("round 1: 4 trials on 1 fold; the best has"))
    #expect(first.output.contains("On 30 held-out rows:") && first.output.contains("by hand: glia train flowers.csv"))
    #expect(try folder.files == ["flowers.csv", "flowers.safetensors", "flowers.trials.jsonl", "new.csv"])
    let lines = try folder.text("flowers.trials.jsonl").split(separator: "\n")
    // The recipe and four trials on the first fold, then it and three on the second.
    #expect(lines.count == 1 + 5 + 4)
    #expect(try lines.allSatisfy { try JSONValue(parsing: String($0)).object != nil })
    let model = try folder.bytes("flowers.safetensors")
    let again = try folder.glia(arguments: Self.quick + ["--test", "new.csv", "--json"])
    let result = try #require(JSONValue(parsing: again.output).object)
    #expect(result["warnings"]?.array?.first?.string == "going on from the 9 fits in 'flowers.trials.jsonl'")
    #expect(result["metric"]?.string == "logLoss" && result["finalists"]?.array?.count == 4)
    #expect(result["test"]?.object?["accuracy"]?.number != nil)
    #expect(try folder.bytes("flowers.safetensors") == model)
    #expect(try folder.glia("predict", "flowers.safetensors", "new.csv").code == 0)
  }

  @Test("A file of ranges reads what --show-space prints, and a range of the command line counts more")
  func spaces() throws {
    let folder = try WorkFolder()
    let usual = try folder.glia("tune", "--show-space")
    #expect(usual.code == 0 && usual.output.contains("learning-rate: 0.0005:0.01:log\n"))
    try folder.write("space.yaml", usual.output)
    #expect(try folder.glia("tune", "--show-space", "--space", "space.yaml").output == usual.output)
    let changed = try folder.glia(
      "tune", "--show-space", "--space", "space.yaml", "--range", "bins=4:8", "--range", "patience=2",
      "--range", "optimizer=[adam, \"sgd,momentum=0.9\"]")
    #expect(changed.output.contains("bins: 4:8\n") && changed.output.hasSuffix("\n"))
    #expect(changed.output.contains("patience: [2]\noptimizer: [adam, \"sgd,momentum=0.9\"]\n"))
  }

  @Test(
    "What cannot be meant is a sentence that names it, before any work is done",
    arguments: [
      (["--range", "learning_rate=0.1"], "There is no setting 'learning_rate' to tune. There are: learning-rate,"),
      (["--range", "dropout=0.4:0.1"], "the range '0.4:0.1' is empty: 0.4 is more than 0.1"),
      (["--range", "dropout=0:0.4:cubic"], "'0:0.4:cubic' is no range; write low:high or low:high:log"),
      (["--range", "dropout=0:two"], "the ends of '0:two' have to be numbers"),
      (["--range", "activation=relu:tanh"], "activation is no number, so it takes a list such as [a, b]"),
      (["--range", "bins=1.5:4"], "bins takes whole numbers, not '1.5:4'"),
      (["--range", "linear-part=[true, perhaps]"], "linear-part is true or false, not 'perhaps'"),
      (["--range", "embedding=[none, waves]"], "there is no --embedding 'waves'; there are periodic, none"),
      (["--range", "dropout"], "--range 'dropout' is no range"),
      (["--space", "bad.yaml"], "bad.yaml: line 2: There is no setting 'size' to tune."),
      (["--metric", "best"], "there is no metric 'best'"),
      (["--seconds", "0"], "--seconds is 0; it has to be greater than 0"),
      (["--log", "flowers.csv"], "the file of trials would overwrite 'flowers.csv'; choose another --log"),
      (["--log", "flowers.safetensors"], "would overwrite the trials in 'flowers.safetensors'; choose another --log"),
    ])
  func refused(_ arguments: [String], _ words: String) throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try folder.write("bad.yaml", "dropout: 0:0.4\nsize: 3\n")
    let run = try folder.glia(arguments: ["tune", "flowers.csv", "--target", "kind"] + arguments)
    #expect(run.code == 2 && run.errors.contains(words), "\(run.errors)")
    #expect(try folder.files == ["bad.yaml", "flowers.csv"] && run.output.isEmpty)
  }
}
