import Foundation
import GliaFormats
import Testing

@testable import GliaCommand

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

  @Test("Every word of the command and of its groups of options can stand in a description, and none else")
  func words() {
    let words = RunDescription.words
    for word in ["file", "target", "class-weights", "test-labels", "test-fraction", "learning-rate", "seed", "output"] {
      #expect(words.contains(word), "\(word)")
    }
    #expect(Set(words).count == words.count)
    for word in ["table", "held-out", "training", "run", "run-description", "help"] {
      #expect(!words.contains(word), "\(word)")
    }
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

  @Test(
    "Values are read as YAML has them: quotes, escapes, comments, lists of either form",
    arguments: [
      ("a: x y  # not this", "x y"), ("a: x#y", "x#y"), ("a: 'it''s: #1'", "it's: #1"),
      (#"a: "q\"\u00e9\t" # c"#, "q\"é\t"), ("---\r\n# c\r\na:  2.5\r\n", "2.5"), ("'a' : http://x", "http://x"),
      ("a: [1, 'b, c' , d e]# no", nil), ("a: [1, 'b, c' , d e] # c", "1|b, c|d e"), ("a: []", ""),
      ("a:\n- 1\n\n  - \"2\" # c\n", "1|2"), ("a: -1e-3", "-1e-3"), ("a: 'open", nil), ("a: 'x' y", nil),
      ("a: b: c", nil), ("a: x\n  y", nil), ("a: x\n- y", nil), ("a:\nb: 1", nil), ("a: |\n", nil), ("a: *x", nil),
      ("a: [b, [c]]", nil), ("a:x", nil), (#"a: "\q""#, nil), ("a: [b,, c]", nil), ("a: {}", nil),
      ("\u{feff}a: 1", "1"),
    ] as [(String, String?)])
  func values(text: String, expected: String?) {
    let entries = try? FlatYAML(parsing: text).entries
    let found = entries?.first.map { entry in
      switch entry.value {
      case .scalar(let scalar): scalar
      case .list(let items): items.joined(separator: "|")
      }
    }
    #expect(found == expected, "\(text)")
    if expected != nil { #expect(entries?.map(\.key) == ["a"]) }
  }

  @Test("A description that is not there is named")
  func missing() throws {
    let folder = try WorkFolder()
    let run = try folder.glia("train", "--run", "run.yaml")
    #expect(run.code == 2)
    #expect(run.errors.contains("run.yaml") && run.errors.contains("no such file"))
  }
}
