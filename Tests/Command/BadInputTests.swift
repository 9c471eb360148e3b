import Foundation
import Testing

@Suite struct BadInputTests {
  /// A run that has to fail: with this code, in one or two lines that hold these words, and with nothing new written.
  static func expectFailure(
    _ code: Int32, _ words: [String], _ folder: WorkFolder, _ run: () throws -> CommandRun,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let before = try folder.files.map { ($0, try? folder.bytes($0)) }
    let run = try run()
    let after = try folder.files.map { ($0, try? folder.bytes($0)) }
    #expect(run.code == code, "\(run.errors)", sourceLocation: location)
    #expect(run.errors.hasPrefix("glia: "), "\(run.errors)", sourceLocation: location)
    #expect((1...2).contains(run.errorLines.count), "\(run.errors)", sourceLocation: location)
    for word in words { #expect(run.errors.contains(word), "\(word): \(run.errors)", sourceLocation: location) }
    #expect(before.map(\.0) == after.map(\.0), sourceLocation: location)
    #expect(zip(before, after).allSatisfy { $0.1 == $1.1 }, "a file has changed", sourceLocation: location)
  }

  private static func setting(_ column: Int, _ value: @escaping (Int, String) -> String) -> String {
    let lines = SmallTable.flowers().split(separator: "\n")
    let changed = lines.dropFirst().enumerated().map { row, line in
      var fields = line.split(separator: ",").map(String.init)
      fields[column] = value(row, fields[column])
      return fields.joined(separator: ",")
    }
    return ([String(lines[0])] + changed).joined(separator: "\n") + "\n"
  }

  /// A table that cannot be learned from, and what its error has to say.
  struct BadTable: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let words: [String]

    init(_ name: String, _ text: String, _ words: [String]) {
      testDescription = name
      self.text = text
      self.words = words
    }
  }

  @Test(
    "A table that cannot be learned from is an error of the data, with its place",
    arguments: [
      BadTable("no bytes", "", ["t.csv", "empty"]),
      BadTable("a header only", "x,noise,colour,kind\n", ["t.csv", "no rows"]),
      BadTable("a short row", SmallTable.flowers() + "1,2\n", ["t.csv", "line 62"]),
      BadTable("an open quote", SmallTable.flowers() + "1,2,red,\"a\n", ["t.csv", "line 62"]),
      BadTable(
        "no target", SmallTable.flowers().replacingOccurrences(of: "kind", with: "sort"), ["'kind'", "'sort'"]),
      BadTable(
        "no header", SmallTable.flowers(header: false), ["'column1', 'column2'", "no header", "--names a,b,c"]),
      BadTable("a constant target", setting(3) { _, _ in "a" }, ["kind", "'a' in every row"]),
      BadTable("a target that is missing everywhere", setting(3) { _, _ in "NA" }, ["kind", "missing"]),
      BadTable(
        "text in a target of numbers", setting(3) { row, _ in "\(row)\(row == 40 ? "x" : ".5")" },
        ["kind", "line 42", "'40x'"]),
      BadTable(
        "an infinite target", setting(3) { row, _ in row == 9 ? "inf" : "\(row).5" }, ["kind", "line 11", "infinite"]),
    ])
  func tables(_ table: BadTable) throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", table.text)
    try BadInputTests.expectFailure(1, table.words, folder) {
      try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--json", "--quiet")
    }
  }

  @Test("A file that is not there, or is a folder, is an error of the data")
  func noFile() throws {
    let folder = try WorkFolder()
    try BadInputTests.expectFailure(1, ["t.csv", "no such file"], folder) {
      try folder.glia("train", "t.csv", "--target", "kind")
    }
    try BadInputTests.expectFailure(1, ["directory"], folder) { try folder.glia("train", ".", "--target", "kind") }
    try BadInputTests.expectFailure(1, ["m.safetensors", "no such file"], folder) {
      try folder.glia("predict", "m.safetensors", "t.csv")
    }
  }

  @Test("A NaN in the target leaves its row out and says so")
  func missingTarget() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", BadInputTests.setting(3) { row, value in row == 4 ? "NaN" : value })
    let run = try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--quiet")
    #expect(run.code == 0)
    #expect(run.output.contains("warning: 1 row"))
  }

  @Test(
    "A command line that cannot be meant is wrong usage",
    arguments: [
      (["train"], ["Which table"]),
      (["train", "flowers.csv"], ["Which column", "x, noise, colour, kind"]),
      (["train", "flowers.csv", "--target", "kind", "--foo"], ["--foo"]),
      (["train", "flowers.csv", "--target", "kind", "--epochs", "0"], ["--epochs is 0", "at least 1"]),
      (["train", "flowers.csv", "--target", "kind", "--epochs", "x"], ["--epochs", "'x'"]),
      (["train", "flowers.csv", "--target", "kind", "--batch-size", "0"], ["--batch-size"]),
      (["train", "flowers.csv", "--target", "kind", "--patience=-1"], ["--patience"]),
      (["train", "flowers.csv", "--target", "kind", "--seed=-1"], ["--seed"]),
      (["train", "flowers.csv", "--target", "kind", "--threads", "0"], ["--threads", "from 1 to 256"]),
      (["train", "flowers.csv", "--target", "kind", "--dropout", "1.5"], ["--dropout"]),
      (["train", "flowers.csv", "--target", "kind", "--learning-rate", "nan"], ["--learning-rate"]),
      (["train", "flowers.csv", "--target", "kind", "--learning-rate=-1"], ["--learning-rate"]),
      (["train", "flowers.csv", "--target", "kind", "--test-fraction", "1"], ["--test-fraction", "less than 1"]),
      (["train", "flowers.csv", "--target", "kind", "--hidden", "5,0"], ["--hidden", "'0'"]),
      (["train", "flowers.csv", "--target", "kind", "--hidden", "2000000000"], ["memory"]),
      (["train", "flowers.csv", "--target", "kind", "--hidden", "9223372036854775807,2"], ["--hidden", "holds"]),
      (["train", "flowers.csv", "--target", "kind", "--activation", "rellu"], ["'rellu'", "leakyReLU"]),
      (["train", "flowers.csv", "--target", "kind", "--optimizer", "adam,beta1=2"], ["beta1", "less than 1"]),
      (["train", "flowers.csv", "--target", "kind", "--optimizer", "adam,speed=2"], ["'speed'", "beta1"]),
      (["train", "flowers.csv", "--target", "kind", "--loss", "huber,delta=0"], ["delta", "greater than 0"]),
      (["train", "flowers.csv", "--target", "kind", "--loss", "crossEntropy,classWeights=1:-2"], ["classWeights"]),
      (["train", "flowers.csv", "--target", "kind", "--recipe", "best"], ["'best'", "thorough", "tutorial"]),
      (["train", "flowers.csv", "--target", "kind", "--bins", "4097"], ["--bins", "0 to 4096"]),
      (["train", "flowers.csv", "--target", "kind", "--linear-part", "perhaps"], ["linear-part"]),
      (["train", "flowers.csv", "--target", "kind", "--task", "sorting"], ["sorting", "regression"]),
      (["train", "flowers.csv", "--target", "kind", "--group", "colour", "--time", "x"], ["--group", "--time"]),
      (["train", "flowers.csv", "--target", "kind", "-o", "flowers.csv"], ["overwrite", "flowers.csv"]),
      (["train", "flowers.csv", "--target", "kind", "-o", ""], ["--output is empty", "model"]),
      (["train", "flowers.csv", "--target", "kind", "--labels", "l"], ["--target"]),
      (["predict", "flowers.csv"], ["<file>"]),
      (["learn"], ["learn"]),
    ])
  func usage(arguments: [String], words: [String]) throws {
    let folder = try WorkFolder()
    try folder.write("flowers.csv", SmallTable.flowers())
    try BadInputTests.expectFailure(2, words, folder) { try folder.glia(arguments: arguments) }
  }

  @Test("Columns that the table does not have, and a loss for another task, are errors of the data")
  func unknownColumns() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers())
    for (option, value, word) in [
      ("--drop", "colours", "'colours'"), ("--drop", "kind", "cannot be left out"), ("--columns", "x,nois", "'noise'"),
      ("--group", "g", "'g'"),
      ("--time", "when", "'when'"), ("--target", "kin", "'kind'"), ("--loss", "meanSquaredError", "crossEntropy"),
      ("--task", "regression", "not a number"), ("--names", "a,b,c", "t.csv"),
    ] {
      try BadInputTests.expectFailure(1, [word], folder) {
        try folder.glia("train", "t.csv", "--target", "kind", option, value, "--epochs", "1", "--json", "--quiet")
      }
    }
  }

  @Test("A table at prediction time that lacks columns, or holds other things in them, names the place")
  func predictionTables() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers())
    _ = try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--quiet")
    try folder.write("less.csv", "x,colour\n1,red\n")
    try folder.write("other.csv", "x,noise,colour\n1,2,red\nmuch,2,red\n")
    try folder.write("strange.csv", "x,noise,colour,kind\n1,2,red,a\n1,2,red,z\n")
    try BadInputTests.expectFailure(1, ["less.csv", "'noise'"], folder) {
      try folder.glia("predict", "t.safetensors", "less.csv", "-o", "p.csv")
    }
    try BadInputTests.expectFailure(1, ["other.csv", "line 3", "'x'", "'much'"], folder) {
      try folder.glia("predict", "t.safetensors", "other.csv", "-o", "p.csv")
    }
    try BadInputTests.expectFailure(1, ["strange.csv", "line 3", "'z'"], folder) {
      try folder.glia("evaluate", "t.safetensors", "strange.csv")
    }
    try BadInputTests.expectFailure(1, ["less.csv", "'kind'"], folder) {
      try folder.glia("evaluate", "t.safetensors", "less.csv")
    }
    try folder.write("bare.csv", "1,2,red\n2,3,blue\n")
    try BadInputTests.expectFailure(1, ["bare.csv", "'noise'", "--names"], folder) {
      try folder.glia("predict", "t.safetensors", "bare.csv")
    }
    try BadInputTests.expectFailure(1, ["t.csv", "another kind"], folder) {
      try folder.glia("predict", "t.csv", "t.safetensors")
    }
    try BadInputTests.expectFailure(2, ["overwrite"], folder) {
      try folder.glia("predict", "t.safetensors", "t.csv", "-o", "t.csv")
    }
  }

  @Test("A model file that is cut short, or has a byte changed, is refused wherever it is")
  func damagedModel() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers())
    _ = try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--hidden", "3", "--quiet")
    let whole = try folder.bytes("t.safetensors")
    let places = [0, 1, 7, 8, 9, 100, whole.count / 3, whole.count / 2, whole.count - 5, whole.count - 1]
    for place in places {
      try folder.write("m.safetensors", whole.prefix(place))
      try BadInputTests.expectFailure(1, ["m.safetensors"], folder) {
        try folder.glia("predict", "m.safetensors", "t.csv")
      }
      var changed = whole
      changed[place] ^= 0x10
      try folder.write("m.safetensors", changed)
      try BadInputTests.expectFailure(1, ["m.safetensors"], folder) {
        try folder.glia("predict", "m.safetensors", "t.csv")
      }
    }
  }

  @Test("A model that cannot be written is known before training, and the old one stays")
  func unwritable() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers())
    for (output, word) in [("nowhere/m", "'nowhere' does not exist"), ("t.csv/m", "a file"), (".", "folder")] {
      try BadInputTests.expectFailure(1, [word], folder) {
        try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--quiet", "-o", output)
      }
    }
    try BadInputTests.expectFailure(1, ["'nowhere' does not exist"], folder) {
      try folder.glia("predict", "m", "t.csv", "-o", "nowhere/p.csv")
    }
  }

  @Test("A loss that is no number names epoch, batch and parameter, without a sign")
  func diverging() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers())
    let words = ["The loss is nan in epoch 1, batch", "parameter '0.weight'", "learning rate"]
    try BadInputTests.expectFailure(1, words, folder) {
      try folder.glia(
        "train", "t.csv", "--target", "kind", "--recipe", "fast", "--optimizer", "sgd", "--learning-rate", "1e30",
        "--json", "--quiet")
    }
  }

  @Test("A file beyond the size that this user may write is an error of the run")
  func sizeLimit() throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", SmallTable.flowers())
    try BadInputTests.expectFailure(1, ["'m'", "limit"], folder) {
      try folder.glia("train", "t.csv", "--target", "kind", "--json", "--quiet", "-o", "m", under: "ulimit -f 1")
    }
  }

  #if os(Linux)
    @Test("A network that could be held but not trained is wrong usage, before memory is taken")
    func memoryLimit() throws {
      let folder = try WorkFolder()
      try folder.write("t.csv", SmallTable.flowers())
      try BadInputTests.expectFailure(2, ["4.5 GB", "what the optimizer keeps", "layers smaller"], folder) {
        try folder.glia(
          "train", "t.csv", "--target", "kind", "--recipe", "fast", "--hidden", "15000,15000", "--json", "--quiet",
          under: "ulimit -v 3000000")
      }
    }

    @Test("A full disk is an error of the run, for a file and for standard output")
    func fullDisk() throws {
      let folder = try WorkFolder()
      try folder.write("t.csv", SmallTable.flowers())
      try BadInputTests.expectFailure(1, ["/dev/full", "disk is full"], folder) {
        try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--quiet", "-o", "/dev/full")
      }
      _ = try folder.glia("train", "t.csv", "--target", "kind", "--epochs", "1", "--quiet")
      try BadInputTests.expectFailure(1, ["/dev/full", "disk is full"], folder) {
        try folder.glia("predict", "t.safetensors", "t.csv", "-o", "/dev/full")
      }
      try BadInputTests.expectFailure(1, ["standard output", "disk is full"], folder) {
        try folder.glia("predict", "t.safetensors", "t.csv", outputTo: "/dev/full")
      }
    }
  #endif
}
