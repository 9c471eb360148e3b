import GliaFormats
import Testing

@Suite struct ExplainTests {
  private static func trained() throws -> WorkFolder {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers(rows: 120))
    let run = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--hidden", "16", "--epochs", "40", "--learning-rate", "0.02",
      "--networks", "1", "--quiet")
    #expect(run.code == 0)
    return folder
  }

  @Test(
    "For people: the columns that count, the rows that are wrong, the segments and the dependence, and nothing else")
  func words() throws {
    let folder = try Self.trained()
    let run = try folder.glia(
      "explain", "flowers.safetensors", "flowers.csv", "--rows", "2", "--by", "colour", "--partial", "x")
    #expect(run.code == 0 && run.errors == "")
    let parts = run.output.split(separator: "\n", omittingEmptySubsequences: false).split(separator: "")
    #expect(parts.map(\.count) == [1, 5, 4, 5, 14])
    #expect(parts[0].first?.hasPrefix("classification of 'kind' on 120 rows of flowers.csv: accuracy ") == true)
    #expect(parts[1].dropFirst(2).first?.hasPrefix("  x ") == true)
    #expect(parts[2].dropFirst().first?.hasPrefix("  row  line  kind  predicted") == true)
    #expect(parts[3].map { $0.split(separator: " ")[0] }.suffix(3) == ["red", "blue", "green"])
    let few = try folder.glia("explain", "flowers.safetensors", "flowers.csv", "--rows", "0")
    #expect(few.output.split(separator: "\n").count == 6)
    #expect(run.output.hasPrefix(few.output))
  }

  @Test("For programs: one object, the same but for the seconds with the same seed")
  func object() throws {
    let folder = try Self.trained()
    func json(seed: String) throws -> JSONObject {
      let run = try folder.glia(
        "explain", "flowers.safetensors", "flowers.csv", "--json", "--repeats", "3", "--seed", seed, "--by", "colour",
        "--partial", "colour")
      #expect(run.code == 0 && run.errors == "")
      var object = try JSONValue(parsing: run.output).object!
      object["seconds"] = nil
      return object
    }
    let object = try json(seed: "4")
    #expect(try JSONValue.object(object).text() == JSONValue.object(json(seed: "4")).text())
    #expect(try object["importance"] != json(seed: "5")["importance"])
    #expect(object["metric"]?.string == "accuracy" && object["rows"]?.integer == 120)
    let importance = try #require(object["importance"]?.array)
    #expect(importance.count == 3 && importance[0]["column"]?.string == "x")
    #expect(importance[0]["drops"]?.array?.count == 3)
    #expect(object["mostWrong"]?.array?.count == 10)
    let rows = object["by"]?["segments"]?.array?.compactMap { $0["rows"]?.integer }
    #expect(rows == [42, 39, 39])
    let means = object["partial"]?["points"]?.array?.map { $0["mean"]?.object?.keys }
    #expect(means == [["a", "b", "c"], ["a", "b", "c"], ["a", "b", "c"]])
  }

  @Test("What cannot be explained ends with code 1, what cannot be meant with 2, in words and with nothing on output")
  func failures() throws {
    let folder = try Self.trained()
    try folder.write("bare.csv", "x,noise,colour\n1,2,red\n")
    let cases: [(code: Int32, arguments: [String], words: String)] = [
      (1, ["flowers.csv", "--by", "color"], "did you mean 'colour'"),
      (1, ["flowers.csv", "--partial", "kind"], "'x', 'noise', 'colour'"),
      (1, ["bare.csv"], "'kind'"),
      (1, ["none.csv"], "none.csv"),
      (2, ["flowers.csv", "--repeats", "0"], "--repeats is 0; it has to be from 1 to 1000"),
      (2, ["flowers.csv", "--rows=-1"], "--rows is -1; it has to be at least 0"),
      (2, ["flowers.csv", "--seed", "x"], "--seed"),
    ]
    for (code, arguments, words) in cases {
      let run = try folder.glia(arguments: ["explain", "flowers.safetensors"] + arguments)
      #expect(run.code == code && run.output == "", "\(arguments)")
      #expect(run.errors.hasPrefix("glia: ") && run.errors.contains(words), "\(run.errors)")
    }
  }
}
