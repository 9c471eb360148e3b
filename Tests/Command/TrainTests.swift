import Foundation
import GliaFormats
import GliaNeuralNetworks
import Testing

@Suite struct TrainTests {
  @Test("What is odd about the table is among the warnings of the JSON too")
  func tableWarnings() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers() + "much,1,red,a\n")
    let run = try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--json", "--quiet")
    let warnings = try JSONValue(parsing: run.output)["warnings"]?.array?.compactMap(\.string)
    #expect(warnings?.first?.hasPrefix("'x' holds numbers but for 1 text, first 'much' on line 62") == true)
  }

  @Test("A precision is asked for by name, on the command line or in a run description, and the model file is as ever")
  func precision() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try folder.write("run.yaml", "precision: bfloat16\n")
    func train(_ name: String, _ words: String...) throws -> CommandRun {
      try folder.glia(
        arguments: [
          "train", "flowers.csv", "--target", "kind", "--epochs", "2", "--networks", "1", "--quiet", "-o", name,
        ]
          + words)
    }
    let plain = try train("plain.safetensors")
    let mixed = try train("mixed.safetensors", "--precision", "bfloat16")
    #expect(mixed.code == 0 && mixed.output.contains("products in bfloat16") && !plain.output.contains("bfloat16"))
    #expect(try train("again.safetensors", "--run", "run.yaml").code == 0)
    #expect(try folder.bytes("again.safetensors") == folder.bytes("mixed.safetensors"))
    #expect(try train("float.safetensors", "--precision", "float32").code == 0)
    #expect(try folder.bytes("float.safetensors") == folder.bytes("plain.safetensors"))
    #expect(try folder.bytes("mixed.safetensors") != folder.bytes("plain.safetensors"))
    // Its weights are float32 like any other's.
    let types = try ["plain", "mixed"].map { name in
      let file = try SafetensorsFile(path: folder.path + "/\(name).safetensors")
      return file.entries.map { "\($0.name) \($0.dtype) \($0.shape)" }
    }
    #expect(types[0] == types[1] && !types[0].contains { $0.lowercased().contains("bfloat16") })
    let refused = try train("bad.safetensors", "--precision", "float16")
    #expect(refused.code == 2 && refused.errors.contains("'float16'") && refused.errors.contains("bfloat16"))
  }

  @Test("Training writes one model file, named after the table, and says what it found and what to type next")
  func trains() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    let run = try folder.glia("train", "flowers.csv", "--target", "kind", "--epochs", "3", "--quiet")
    #expect(run.code == 0)
    #expect(run.errors == "")
    #expect(try folder.files == ["flowers.csv", "flowers.safetensors"])
    for words in [
      "flowers.csv: 60 rows, 4 columns", "classification of 'kind'", "3 classes: a (20), b (20), c (20)",
      "held-out rows", "network", "most frequent class", "linear model", "wrote flowers.safetensors",
      "glia predict flowers.safetensors",
    ] {
      #expect(run.output.contains(words), "\(words) is not in \(run.output)")
    }
    // The scores stand one under the other: the points of a column at one place.
    let rows = run.output.split(separator: "\n").filter { line in
      ["  network", "  most frequent class", "  linear model"].contains { line.hasPrefix($0) }
    }
    let points = rows.map { row in row.enumerated().filter { $0.element == "." }.map(\.offset) }
    #expect(points.count == 3 && points[0].count == 6 && Set(points).count == 1, "\(rows)")
  }

  @Test("What was found and what is about to be done is said before the first epoch, also where training then fails")
  func plan() throws {
    let folder = try WorkFolder()
    // The column of one value is left out, which is a warning.
    let text = SmallTable.flowers().split(separator: "\n").enumerated().map { "\($1),\($0 == 0 ? "same" : "1")" }
    try folder.write("flowers.csv", text.joined(separator: "\n"))
    let arguments = [
      "train", "flowers.csv", "--target", "kind", "--hidden", "7", "--optimizer", "sgd", "--learning-rate", "1e30",
    ]
    let run = try folder.glia(arguments: arguments)
    #expect(run.code == 1)
    #expect(run.errors.contains("loss"))
    for words in [
      "60 rows, 5 columns", "classification of 'kind'", "split at random, each class in its proportion",
      "12 to score", "default recipe, seed 0", "hidden layer 7 with relu", "learningRate: 1e+30", "warning: 'same'",
    ] {
      #expect(run.output.contains(words), "\(words) is not in \(run.output)")
    }
    #expect(try folder.glia(arguments: arguments + ["--json"]).output == "")
    #expect(try folder.glia(arguments: arguments + ["--quiet"]).output == run.output)
  }

  @Test("A loss is given with its settings, lists between colons, and is said before training")
  func loss() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    let run = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--epochs", "2", "--quiet", "--loss",
      "crossEntropy,labelSmoothing=0.1,classWeights=1:2:0.5")
    #expect(run.code == 0)
    #expect(run.output.contains("loss crossEntropy(labelSmoothing: 0.1, classWeights: [1, 2, 0.5])"), "\(run.output)")
    try folder.write("prices.csv", SmallTable.prices())
    let prices = try folder.glia(
      "train", "prices.csv", "--target", "price", "--epochs", "2", "--quiet", "--loss", "huber,delta=0.5")
    #expect(prices.code == 0 && prices.output.contains("loss huber(delta: 0.5)"), "\(prices.output) \(prices.errors)")
  }

  @Test("Without --quiet the epochs are lines on standard error, not in the results")
  func progress() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    let run = try folder.glia("train", "flowers.csv", "--target", "kind", "--epochs", "3")
    #expect(run.errors.contains("epoch 30/30"))
    #expect(!run.errors.contains("\r"))
    #expect(!run.output.contains("epoch 1/3"))
  }

  #if os(Linux)
    @Test("On a terminal one bar is redrawn, ends full at the last epoch, and leaves its line")
    func bar() throws {
      let folder = try WorkFolder()
      try folder.write("flowers.csv", SmallTable.flowers())
      for (networks, total) in [("1", 4), ("3", 12)] {
        let run = try folder.gliaOnTerminal(
          "train", "flowers.csv", "--target", "kind", "--epochs", "4", "--networks", networks)
        #expect(run.code == 0)
        let drawn = run.errors.split(separator: "\r", omittingEmptySubsequences: true).map(String.init)
        // The terminal sends a carriage return before the last line's feed too.
        let last = try #require(drawn.last { $0.contains("epoch") })
        #expect(last.hasPrefix(String(repeating: "━", count: 24) + " epoch \(total)/\(total)"), "\(drawn)")
        #expect(last.contains("0.0 s left"), "\(last)")
        #expect(run.errors.hasSuffix("\r\n") && run.errors.utf8.filter { $0 == 10 }.count == 1, "\(drawn)")
      }
    }
  #endif

  @Test("--json prints one object and nothing else")
  func json() throws {
    let folder = try WorkFolder()
    try folder.write("prices.csv", SmallTable.prices())
    let run = try folder.glia(
      "train", "prices.csv", "--target", "price", "--epochs", "2", "--json", "-o", "m.safetensors")
    #expect(run.code == 0)
    #expect(run.output.split(separator: "\n").count == 1)
    let object = try JSONValue(parsing: run.output)
    #expect(object["task"]?.string == "regression")
    #expect(object["rows"]?.integer == 12)
    #expect(object["model"]?.string == "m.safetensors")
    #expect(try #require(object["seconds"]?.number) > 0)
    for name in ["rmse", "mae", "r2"] {
      #expect(object["metrics"]?[name]?.number != nil)
      #expect(object["baselines"]?["mean"]?[name]?.number != nil)
      #expect(object["baselines"]?["linear model"]?[name]?.number != nil)
    }
    #expect(object["split"]?["test"]?.integer == 12)
    #expect(try folder.files == ["m.safetensors", "prices.csv"])
  }

  @Test("The scores that training reports are those that evaluating the held-out rows gives")
  func evaluate() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try folder.write("other.csv", SmallTable.flowers(rows: 33))
    let trained = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--test", "other.csv", "--epochs", "4", "--json")
    let evaluated = try folder.glia("evaluate", "flowers.safetensors", "other.csv", "--json")
    #expect(trained.code == 0 && evaluated.code == 0)
    let (first, second) = (try JSONValue(parsing: trained.output), try JSONValue(parsing: evaluated.output))
    #expect(first["rows"]?.integer == 33)
    #expect(second["rows"]?.integer == 33)
    #expect(first["metrics"] == second["metrics"])
    for name in ["most frequent class", "linear model"] {
      #expect(second["baselines"]?[name]?["accuracy"]?.number != nil)
    }
    #expect(second["baselines"] == first["baselines"])
    for name in ["accuracy", "rocAUC", "logLoss", "f1"] { #expect(first["metrics"]?[name]?.number != nil) }
    #expect(second["task"]?.string == "classification")
    #expect(second["model"]?.string == "flowers.safetensors")
    #expect(second["seconds"]?.number != nil)
  }

  @Test("Where the network does not beat a baseline, training and evaluating say so among the results")
  func notBeaten() throws {
    let folder = try WorkFolder()
    try folder.write("prices.csv", SmallTable.prices())
    let trained = try folder.glia("train", "prices.csv", "--target", "price", "--epochs", "1", "--quiet")
    let evaluated = try folder.glia("evaluate", "prices.safetensors", "prices.csv")
    for run in [trained, evaluated] {
      #expect(run.output.contains("warning: the network does not beat the baseline 'linear model'\n"))
      #expect(run.errors == "")
    }
    for arguments in [
      ["train", "prices.csv", "--target", "price", "--epochs", "1", "--quiet", "--json"],
      ["evaluate", "prices.safetensors", "prices.csv", "--json"],
    ] {
      let run = try folder.glia(arguments: arguments)
      #expect(run.errors == "")
      let warnings = try JSONValue(parsing: run.output)["warnings"]?.array?.compactMap(\.string)
      #expect(warnings?.last == "the network does not beat the baseline 'linear model'")
    }
  }

  @Test("Same seed, same bytes, at any number of threads; another seed, another file")
  func seeds() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    for (name, seed, threads) in [("a", "7", "1"), ("b", "7", "1"), ("c", "7", "2"), ("d", "8", "1")] {
      let run = try folder.glia(
        "train", "flowers.csv", "--target", "kind", "--epochs", "3", "--seed", seed, "--threads", threads, "--quiet",
        "-o", name)
      #expect(run.code == 0)
    }
    let first = try folder.bytes("a")
    #expect(try folder.bytes("b") == first)
    #expect(try folder.bytes("c") == first)
    #expect(try folder.bytes("d") != first)
  }

  @Test("A table without a header takes its columns' names from --names")
  func names() throws {
    let folder = try WorkFolder()
    try folder.write("bare.csv", SmallTable.flowers(header: false))
    let names = "x,\"noise, white\",colour,kind"
    let run = try folder.glia(
      "train", "bare.csv", "--names", names, "--target", "kind", "--epochs", "2", "--quiet")
    #expect(run.code == 0)
    let predicted = try folder.glia("predict", "bare.safetensors", "bare.csv", "--names", names)
    #expect(predicted.code == 0)
    #expect(predicted.output.split(separator: "\n").count == 61)
    let without = try folder.glia("predict", "bare.safetensors", "bare.csv")
    #expect(without.code == 1)
    #expect(without.errors.contains("'noise, white'"))
  }

  @Test("What the options say reaches the network")
  func options() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    let run = try folder.glia(
      "train", "flowers.csv", "--target", "kind", "--hidden", "5,4", "--activation", "tanh", "--dropout", "0",
      "--optimizer", "sgd,momentum=0.5", "--learning-rate", "0.03", "--schedule", "constant", "--batch-size", "8",
      "--epochs", "2", "--patience", "0", "--columns", "x,noise", "--networks", "1", "--recipe", "fast", "--quiet")
    #expect(run.code == 0)
    #expect(run.output.contains("hidden layers 5, 4 with tanh"))
    #expect(run.output.contains("momentum: 0.5"))
    #expect(run.output.contains("learningRate: 0.03"))
    #expect(run.output.contains("constant rate, batches of 8"))
    let summary = try folder.glia("summary", "flowers.safetensors")
    #expect(summary.output.contains("[batch, 5]"))
    // 2 · 5 + 5, 5 · 4 + 4, 4 · 3 + 3
    #expect(summary.output.contains("54 parameters"))
  }

  @Test("Inspecting shows a table's columns and everything in a model")
  func inspect() throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    let table = try folder.glia("inspect", "flowers.csv", "--target", "kind")
    #expect(table.code == 0)
    #expect(table.output.contains("colour  category"))
    _ = try folder.glia("train", "flowers.csv", "--target", "kind", "--epochs", "2", "--quiet")
    let model = try folder.glia("inspect", "flowers.safetensors")
    #expect(model.code == 0)
    for words in ["classification of 'kind'", "colour", "linear", "seed 0", "flowers.csv", "0.weight", "linear model"] {
      #expect(model.output.contains(words), "\(words) is not in \(model.output)")
    }
  }

  @Test("Help and version end well, on standard output")
  func help() throws {
    let folder = try WorkFolder()
    let help = try folder.glia("train", "--help")
    #expect(help.code == 0)
    // What the catalogs hold is in the help.
    for words in ["--learning-rate", "adamW", "momentum", "leakyReLU", "cosine", "tutorial", "crossEntropy"] {
      #expect(help.output.contains(words))
    }
    // So are the ranges of their settings: "beta1, beta2: at least 0 and less than 1".
    let text = help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    func names(before range: String) -> Set<String> {
      Set(
        text.components(separatedBy: ": " + range).dropLast().flatMap { part in
          let words = part.components(separatedBy: " ").reversed()
          return [words.first!] + words.dropFirst().prefix { $0.hasSuffix(",") }.map { String($0.dropLast()) }
        })
    }
    for row in Catalog.optimizers.rows where text.contains(" \(row.kind) (") {
      for setting in row.hyperparameters where setting.name != "learningRate" && setting.name != "weightDecay" {
        #expect(names(before: setting.range).contains(setting.name), "\(row.kind): \(setting.name), \(setting.range)")
      }
    }
    #expect(!text.contains(" sequence,"))
    #expect(try folder.glia("--version").output.split(separator: ".").count == 3)
  }
}
