import Foundation
import GliaFormats
import Testing

@Suite struct EmbedTests {
  /// Two numbers and a colour that follow from one hidden number.
  static func rows(_ count: Int = 80) -> String {
    let lines = (0..<count).map { row -> String in
      let hidden = Double(row * 37 % count) / Double(count)
      return "\(10 * hidden),\(1 - 2 * hidden * hidden),\(["red", "blue", "green"][min(Int(hidden * 3), 2)])"
    }
    return "a,b,colour\n" + lines.joined(separator: "\n") + "\n"
  }

  static let quick = ["--hidden", "8", "--epochs", "20", "--learning-rate", "0.02", "--quiet"]

  @Test("Learns, scores beside PCA, writes a code for each row and a model that gives the same codes")
  func learns() throws {
    let folder = try WorkFolder()
    try folder.write("rows.csv", Self.rows())
    let run = try folder.glia(
      arguments: ["embed", "rows.csv", "--width", "2", "--target", "colour", "--errors"] + Self.quick)
    #expect(run.code == 0 && run.errors == "")
    #expect(try folder.files == ["rows.autoencoder.safetensors", "rows.codes.csv", "rows.csv"])
    for words in [
      "autoencoder plain, seed 0:", "PCA of 2", "mean", "Linear models for 'colour'", "code of 2", "all 2 columns",
    ] {
      #expect(run.output.contains(words), "\(words): \(run.output)")
    }
    let lines = try folder.text("rows.codes.csv").split(separator: "\n")
    #expect(lines.count == 81 && lines[0] == "code1,code2,error")
    let again = try folder.glia("embed", "rows.autoencoder.safetensors", "rows.csv", "--errors")
    #expect(try again.code == 0 && again.output == folder.text("rows.codes.csv"))
    // Each row has its own code, wherever it stands.
    let table = Self.rows().split(separator: "\n")
    try folder.write("turned.csv", ([table[0]] + table.dropFirst().reversed()).joined(separator: "\n") + "\n")
    let turned = try folder.glia("embed", "rows.autoencoder.safetensors", "turned.csv", "--errors")
    #expect(turned.output.split(separator: "\n").dropFirst().reversed() == Array(lines.dropFirst()))
    let codes = try folder.glia("embed", "rows.autoencoder.safetensors", "rows.csv", "-o", "new.csv")
    #expect(codes.code == 0 && codes.output == "")
    #expect(try folder.text("new.csv").split(separator: "\n")[0] == "code1,code2")
    let summary = try folder.glia("summary", "rows.autoencoder.safetensors")
    #expect(summary.code == 0 && summary.output.contains("encoder.0"))
    let inspected = try folder.glia("inspect", "rows.autoencoder.safetensors")
    #expect(inspected.code == 0 && inspected.output.contains("autoencoder plain with a code of 2"))
  }

  @Test("With a test file all rows are learned from, and the file's rows are scored on and coded too")
  func testFile() throws {
    let folder = try WorkFolder()
    try folder.write("rows.csv", Self.rows())
    // Rows of which the colour does not follow from the numbers, and a numbers' column that is turned round.
    let odd = Self.rows(40).split(separator: "\n").enumerated().map { place, line -> String in
      guard place > 0 else { return String(line) }
      let cells = line.split(separator: ",")
      return "\(10 - Double(cells[0])!),\(cells[1]),\(["red", "blue", "green"][place % 3])"
    }
    try folder.write("odd.csv", odd.joined(separator: "\n") + "\n")
    func run(_ test: String) throws -> JSONObject {
      let run = try folder.glia(
        arguments: ["embed", "rows.csv", "--test", test, "--width", "1", "--target", "colour", "--errors", "--json"]
          + Self.quick)
      #expect(run.code == 0 && run.errors == "", "\(run.errors)")
      return try JSONValue(parsing: run.output).object!
    }
    let (same, other) = (try run("rows.csv"), try run("odd.csv"))
    #expect(same["split"]?["test"]?.integer == 80 && other["split"]?["test"]?.integer == 40)
    #expect(same["split"]?["training"]?.integer == other["split"]?["training"]?.integer)
    #expect(other["testCodes"]?.string == "rows.codes.test.csv")
    func error(_ object: JSONObject, _ name: String, _ model: String = "autoencoder") -> Double {
      object["reconstruction"]![model]![name]!.number!
    }
    // The table's own rows are given back as well as those that were learned from; the odd ones are not.
    #expect(abs(error(same, "error") - error(same, "learnedError")) < 1e-6)
    #expect(
      error(other, "learnedError") == error(same, "learnedError") && error(other, "error") > 4 * error(same, "error"))
    func accuracy(_ object: JSONObject) -> Double { object["linear"]!["code of 1"]!["accuracy"]!.number! }
    #expect(accuracy(same) > 0.8 && accuracy(other) < 0.6)
    let lines = try folder.text("rows.codes.test.csv").split(separator: "\n")
    #expect(lines.count == 41 && lines[0] == "code1,error")
    let again = try folder.glia("embed", "rows.autoencoder.safetensors", "odd.csv", "--errors")
    #expect(try again.output == folder.text("rows.codes.test.csv"))
    #expect(
      try folder.glia(arguments: ["embed", "rows.csv", "--test", "odd.csv", "--width", "1"] + Self.quick).output
        .contains(
          "error on the others"))
    for (words, message) in [
      (["--test", "odd.csv", "-o", "odd.csv"], "would overwrite 'odd.csv'"),
      (["--test-labels", "odd.csv"], "--labels are for images"), (["--test", "none.csv"], "none.csv"),
    ] {
      let failed = try folder.glia(arguments: ["embed", "rows.csv"] + words)
      #expect(failed.code != 0 && failed.errors.contains(message), "\(failed.errors)")
    }
  }

  @Test(
    "For programs: one object; every kind with its settings",
    arguments: [
      "plain", "denoising,masked=0.3,noise=0.1", "sparse,penalty=0.01", "variational,weight=0.01",
    ])
  func object(_ kind: String) throws {
    let folder = try WorkFolder()
    try folder.write("rows.csv", Self.rows())
    let run = try folder.glia(
      arguments: [
        "embed", "rows.csv", "--width", "1", "--kind", kind, "--json", "-o", "c.csv", "--model", "m.safetensors",
      ]
        + Self.quick)
    #expect(run.code == 0 && run.errors == "", "\(run.errors)")
    let object = try JSONValue(parsing: run.output).object!
    #expect(object["kind"]?.string?.hasPrefix(String(kind.prefix { $0 != "," })) == true)
    #expect(object["width"]?.integer == 1 && object["linear"] == nil)
    #expect(object["reconstruction"]?.object?.keys == ["autoencoder", "PCA of 1", "mean"])
    #expect(try folder.files == ["c.csv", "m.safetensors", "rows.csv"])
  }

  @Test("What cannot be meant ends with code 2, what cannot be read with 1, in words, and nothing is written")
  func failures() throws {
    let folder = try WorkFolder()
    try folder.write("rows.csv", Self.rows())
    try folder.write("bare.csv", "a,colour\n1,red\n")
    #expect(
      try folder.glia(arguments: ["embed", "rows.csv", "--width", "1", "--model", "m.safetensors"] + Self.quick).code
        == 0)
    #expect(
      try folder.glia(
        "train", "rows.csv", "--target", "colour", "--epochs", "1", "--networks", "1", "--quiet", "-o", "t.safetensors"
      ).code == 0)
    let files = try folder.files
    let cases: [(code: Int32, arguments: [String], words: String)] = [
      (2, [], "glia embed table.csv"), (2, ["rows.csv", "--width", "0"], "--width is 0; it has to be at least 1"),
      (2, ["rows.csv", "--width", "9"], "of at most 5"),
      (2, ["rows.csv", "--kind", "deep"], "There are: plain, denoising"),
      (2, ["rows.csv", "--kind", "sparse,penalty=-1"], "penalty is -1"),
      (2, ["rows.csv", "-o", "rows.csv"], "would overwrite 'rows.csv'"),
      (2, ["rows.csv", "-o", "same.csv", "--model", "same.csv"], "cannot both"),
      (2, ["m.safetensors", "rows.csv", "--width", "2"], "--width says how to learn"),
      (2, ["rows.csv", "--labels", "rows.csv"], "--labels are for images"),
      (2, ["rows.csv", "--weight", "a"], "all rows count alike"),
      (2, ["rows.csv", "--class-weights", "balanced"], "all rows count alike"),
      (1, ["rows.csv", "--target", "color"], "did you mean 'colour'"), (1, ["none.csv"], "none.csv"),
      (1, ["t.safetensors", "rows.csv"], "no autoencoder"), (1, ["m.safetensors", "bare.csv"], "'b'"),
      (1, ["rows.csv", "rows.csv"], "rows.csv"),
    ]
    for (code, arguments, words) in cases {
      let run = try folder.glia(arguments: ["embed"] + arguments)
      #expect(run.code == code && !run.output.contains("Given back"), "\(arguments): \(run.code)")
      #expect(run.errors.hasPrefix("glia: ") && run.errors.contains(words), "\(arguments): \(run.errors)")
    }
    let predicted = try folder.glia("predict", "m.safetensors", "rows.csv")
    #expect(predicted.code == 1 && predicted.errors.contains("is an autoencoder"))
    #expect(try folder.files == files)
  }

  @Test("A model goes on to another target, and says what was kept, renewed and frozen")
  func finetunes() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers(rows: 120))
    let trained = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--drop", "colour", "--hidden", "8", "--networks", "1", "--epochs",
      "5",
      "--quiet", "-o", "old.safetensors")
    #expect(trained.code == 0)
    let before = try folder.bytes("old.safetensors")
    let run = try folder.glia(
      "finetune", "old.safetensors", "flowers.csv", "--target", "colour", "--freeze-layers", "1", "--epochs", "3",
      "--quiet", "-o", "new.safetensors")
    #expect(run.code == 0 && run.errors == "", "\(run.errors)")
    for words in ["kept of the classification of 'kind': ", "renewed: ", "frozen: ", "wrote new.safetensors"] {
      #expect(run.output.contains(words), "\(words): \(run.output)")
    }
    #expect(try folder.bytes("old.safetensors") == before)
    #expect(try folder.glia("predict", "new.safetensors", "flowers.csv").output.hasPrefix("colour\n"))
    let json = try folder.glia(
      "finetune", "old.safetensors", "flowers.csv", "--target", "colour", "--thaw-every", "1", "--rate-factor", "0.5",
      "--epochs", "3", "--json", "-o", "new.safetensors")
    let object = try JSONValue(parsing: json.output).object!
    #expect(object["transfer"]?["renewed"]?.array?.count == 2 && object["transfer"]?["thawed"]?.array?.count == 1)

    let cases: [(code: Int32, arguments: [String], words: String)] = [
      (2, ["--target", "colour", "--freeze", "encoder"], "No parameter is meant by 'encoder'. There are: "),
      (2, ["--target", "colour", "--freeze-layers", "2"], "at most 1 can be frozen"),
      (
        2, ["--target", "colour", "--rate-factor", "2"], "--rate-factor is 2; it has to be greater than 0 and at most 1"
      ),
      (2, ["--target", "colour", "--freeze-layers=-1"], "--freeze-layers is -1; it has to be at least 0"),
      (2, [], "Give --target"), (1, ["--target", "x"], "is a column that the network reads"),
      (1, ["--target", "color"], "did you mean 'colour'"),
      (2, ["--target", "colour", "--labels", "flowers.csv"], "--labels are for images"),
    ]
    try folder.write("few.csv", "noise,colour\n1,red\n2,blue\n")
    let files = try folder.files
    for (code, arguments, words) in cases {
      let run = try folder.glia(
        arguments: ["finetune", "old.safetensors", "flowers.csv", "-o", "bad.safetensors"] + arguments)
      #expect(run.code == code, "\(arguments): \(run.code)")
      #expect(run.errors.hasPrefix("glia: ") && run.errors.contains(words), "\(arguments): \(run.errors)")
    }
    let missing = try folder.glia(
      "finetune", "old.safetensors", "few.csv", "--target", "colour", "-o", "bad.safetensors")
    #expect(missing.code == 1 && missing.errors.contains("'x'"))
    #expect(try folder.files == files)
  }

  @Test("The levels of an embedded category come with their nearest levels, as a table")
  func embeddings() throws {
    let folder = try WorkFolder()
    let lines = (0..<240).map { "p\($0 % 12),\($0 * 7 % 13),\(($0 % 12) / 4 * 10)" }
    try folder.write("places.csv", "place,noise,price\n" + lines.joined(separator: "\n") + "\n")
    let trained = try folder.glia(
      "train", "places.csv", "--target", "price", "--task", "regression", "--hidden", "8", "--networks", "1",
      "--epochs",
      "3", "--quiet")
    #expect(trained.code == 0, "\(trained.errors)")
    let run = try folder.glia("summary", "places.safetensors", "--embedding", "place", "--neighbours", "2")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(run.code == 0 && rows.count == 13)
    #expect(rows[0].prefix(5) == ["place", "nearest1", "distance1", "nearest2", "distance2"])
    #expect(rows[0].count == 9 && rows.allSatisfy { $0.count == 9 })
    let missing = try folder.glia("summary", "places.safetensors", "--embedding", "noise")
    #expect(missing.code == 1 && missing.errors.contains("There are embeddings of 'place'"))
  }
}
