import Foundation
import GliaFormats
import Testing

@Suite("glia train --find-rate")
struct FindRateTests {
  private static let train = ["train", "flowers.csv", "--target", "kind", "--networks", "1", "--hidden", "8"]

  private func folder() throws -> WorkFolder {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    return folder
  }

  @Test("JSON has the curve and the rate that it suggests: where its running mean has done half of its fall")
  func data() throws {
    let run = try folder().glia(arguments: Self.train + ["--find-rate", "--json"])
    #expect(run.code == 0, "\(run.errors)")
    let object = try #require(JSONValue(parsing: run.output).object)
    let points = try #require(object["curve"]?.array)
    let rates = points.compactMap { $0["rate"]?.number }, losses = points.compactMap { $0["loss"]?.number }
    #expect(points.count > 40 && rates.count == points.count && rates == rates.sorted() && abs(rates[0] - 1e-6) < 1e-12)
    #expect(object["batchSize"]?.integer == 16 && object["usual"]?.number == 0.002)
    // The running mean, worked out here from the batches' losses.
    var (mean, weight, means) = (0.0, 1.0, [Double]())
    for loss in losses {
      mean = 0.9 * mean + 0.1 * loss
      weight *= 0.9
      means.append(mean / (1 - weight))
    }
    let least = try #require(means.indices.min { means[$0] < means[$1] })
    let start = points.count / 20
    let half = (means[start...least].max()! + means[least]) / 2
    let expected = rates[means.indices.last { $0 < least && means[$0] > half }!]
    let suggestion = try #require(object["suggestion"]?.number)
    #expect(abs(suggestion - expected) < 1e-9 * suggestion && suggestion > 1e-4 && suggestion < rates[least])
  }

  @Test("Members get as many rows of a batch as in training")
  func members() throws {
    let run = try folder().glia(arguments: Self.train + ["--members", "3", "--find-rate", "--json"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(try JSONValue(parsing: run.output).object?["batchSize"]?.integer == 3 * 16)
  }

  @Test("A person sees a curve with the suggested rate, no model is written, and the rate trains")
  func text() throws {
    let folder = try folder()
    let run = try folder.glia(arguments: Self.train + ["--find-rate"])
    #expect(run.code == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect((15...26).contains(lines.count { $0.contains("▪") }))
    #expect(lines.count { $0.contains("→ ▪") } == 1)
    let last = try #require(lines.last)
    #expect(
      last.hasPrefix("suggested: --learning-rate 0.") && last.hasSuffix("where none is said, training takes 0.002"))
    #expect(try folder.files == ["flowers.csv"])
    let rate = last.split(separator: " ")[2].filter { $0 != "," }
    let trained = try folder.glia(arguments: Self.train + ["--learning-rate", rate, "--epochs", "2", "--quiet"])
    #expect(trained.code == 0, "\(trained.errors)")
  }

  @Test("The rates are those of the optimizer, the batch and the seed that are said; a description can say it too")
  func options() throws {
    let folder = try folder()
    func output(_ more: String...) throws -> String {
      try folder.glia(arguments: Self.train + ["--find-rate", "--json"] + more).output
    }
    let usual = try output()
    #expect(try usual == output("--threads", "1"))
    for more in [["--optimizer", "sgd"], ["--batch-size", "4"], ["--seed", "1"], ["--loss", "focal"]] {
      let other = try folder.glia(arguments: Self.train + ["--find-rate", "--json"] + more)
      #expect(other.code == 0 && other.output != usual, "\(more) \(other.errors)")
    }
    try folder.write(
      "run.yaml", "file: flowers.csv\ntarget: kind\nnetworks: 1\nhidden: 8\nfind-rate: true\njson: yes\n")
    #expect(try folder.glia("train", "--run", "run.yaml").output == usual)
  }

  @Test("Where a model is asked for as well, that is an error")
  func bad() throws {
    let folder = try folder()
    let run = try folder.glia(arguments: Self.train + ["--find-rate", "-o", "m"])
    #expect(run.code == 2 && run.errors.contains("leave --output out"))
    #expect(try folder.glia(arguments: Self.train.dropLast(6) + ["--find-rate"]).errors.contains("--target"))
    #expect(try folder.files == ["flowers.csv"])
  }
}
