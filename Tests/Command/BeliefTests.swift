import Foundation
import GliaFormats
import Testing

@Suite struct BeliefTests {
  /// A number that spreads, a class of two of which "yes" is rare, and a weight.
  private static func rows(_ count: Int = 120) -> String {
    let lines = (0..<count).map { row in
      let x = row * 7 % 20
      return "\(x),\(x > 14 && row % 3 != 0 ? "yes" : "no"),\(x * 10 + row * 11 % 7),\(1 + row % 3)"
    }
    return "x,rare,y,w\n" + lines.joined(separator: "\n") + "\n"
  }

  private static func folder() throws -> WorkFolder {
    let folder = try WorkFolder()
    try folder.write("rows.csv", rows())
    return folder
  }

  private static let quick = ["--epochs", "4", "--networks", "2", "--hidden", "6", "--quiet", "-o", "m.safetensors"]

  @Test("Intervals are trained by a level, reported with their coverage, and written beside the prediction")
  func intervals() throws {
    let folder = try Self.folder()
    let train = ["train", "rows.csv", "--target", "y", "--columns", "x"] + Self.quick
    let run = try folder.glia(arguments: train + ["--interval", "0.8"])
    #expect(run.code == 0 && run.output.contains("intervals of 0.8: "), "\(run.output) \(run.errors)")
    #expect(run.output.contains("of the targets are inside, mean width"))
    let predicted = try folder.glia("predict", "m.safetensors", "rows.csv", "--intervals", "--quiet")
    let lines = predicted.output.split(separator: "\n")
    #expect(lines.count == 121 && lines[0] == "y,y.lower,y.upper")
    for line in lines.dropFirst() {
      let cells = line.split(separator: ",").map { Double($0)! }
      #expect(cells.count == 3 && cells[1] < cells[0] && cells[0] < cells[2])
    }
    let json = try JSONValue(parsing: folder.glia("evaluate", "m.safetensors", "rows.csv", "--json").output)
    #expect(json["belief"]?["coverage"]?.number != nil && json["belief"]?["meanWidth"]?.number != nil)
    #expect(try folder.glia("inspect", "m.safetensors").output.contains("intervals of 0.8"))
    #expect(try folder.glia(arguments: train).code == 0)
    let without = try folder.glia("predict", "m.safetensors", "rows.csv", "--intervals")
    #expect(without.code == 2 && without.errors.contains("--interval 0.9"), "\(without.errors)")
  }

  @Test("Calibration, a threshold and weights are said, used, and can be asked about by evaluate --reliability")
  func classes() throws {
    let folder = try Self.folder()
    let run = try folder.glia(
      arguments: [
        "train", "rows.csv", "--target", "rare", "--columns", "x", "--calibrate", "temperature", "--threshold", "f1",
        "--weight", "w", "--class-weights", "yes=2,no=1",
      ] + Self.quick)
    #expect(run.code == 0)
    for words in [
      "rows weighted by 'w'", "classes weighted in the loss: no 1, yes 2", "averagePrecision",
      "calibrated: expected calibration error", "'yes' from a probability of",
    ] { #expect(run.output.contains(words), "\(words) is not in \(run.output) \(run.errors)") }
    let evaluation = try folder.glia("evaluate", "m.safetensors", "rows.csv", "--reliability")
    #expect(
      evaluation.output.contains("How probable 'yes' was said to be"), "\(evaluation.output) \(evaluation.errors)")
    let json = try JSONValue(
      parsing: folder.glia("evaluate", "m.safetensors", "rows.csv", "--reliability", "--json").output)
    // Weights of 1, 2 and 3 in turn.
    let counted = try #require(json["reliability"]?.array).reduce(0) { $0 + ($1["rows"]?.number ?? 0) }
    #expect(counted == 240)
    // The column of weights is not among those that training did not have.
    let predicted = try folder.glia("predict", "m.safetensors", "rows.csv")
    #expect(!predicted.errors.contains("'w'"))
  }

  @Test("The same words in a run description give the same bytes")
  func description() throws {
    let folder = try Self.folder()
    try folder.write(
      "run.yaml",
      """
      file: rows.csv
      target: rare
      weight: w
      class-weights: [yes=2, no=1]
      calibrate: isotonic
      threshold: mcc
      epochs: 2
      quiet: true
      output: a
      """)
    #expect(try folder.glia("train", "--run", "run.yaml").code == 0)
    let run = try folder.glia(
      "train", "rows.csv", "--target", "rare", "--weight", "w", "--class-weights", "yes=2,no=1", "--calibrate",
      "isotonic", "--threshold", "mcc", "--epochs", "2", "--quiet", "-o", "b")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try folder.bytes("a") == folder.bytes("b"))
  }

  @Test(
    "What cannot be meant is wrong usage, with the word and what would be right",
    arguments: [
      (["--threshold", "f2"], 2, "balancedAccuracy"), (["--threshold", "1"], 2, "less than 1"),
      (["--calibrate", "platt"], 2, "none, temperature, isotonic"), (["--interval", "90"], 2, "less than 1"),
      (["--interval-by", "residual"], 2, "--interval"),
      (["--interval", "0.9", "--interval-by", "luck"], 2, "normalized"),
      (["--class-weights", "yes"], 2, "class=number"), (["--class-weights", "yes=1,yes=2"], 2, "two weights"),
      (["--class-weights", "maybe=2"], 1, "'no', 'yes'"), (["--weight", "rare"], 1, "neither"),
      (["--weight", "z"], 1, "'z'"), (["--interval", "0.9"], 1, "'rare' has classes"),
    ])
  func refused(_ options: [String], _ code: Int, _ words: String) throws {
    let folder = try Self.folder()
    let run = try folder.glia(arguments: ["train", "rows.csv", "--target", "rare"] + options + Self.quick)
    #expect(run.code == Int32(code) && run.errors.contains(words), "\(run.code) \(run.errors)")
    #expect(try folder.files == ["rows.csv"])
  }
}
