import Foundation
import Testing

/// Tables that nobody would make on purpose: each gives a right result or a clear error, and what does not count is said.
@Suite struct OddTableTests {
  private static let quick = ["--epochs", "1", "--networks", "1", "--hidden", "4", "--quiet", "-o", "m.safetensors"]

  private func train(_ folder: WorkFolder, _ text: String, _ more: String...) throws -> CommandRun {
    try folder.write("t.csv", text)
    let run = try folder.glia(arguments: ["train", "t.csv", "--target", "y"] + OddTableTests.quick + more)
    if run.code == 0 { #expect(try folder.files.contains("m.safetensors")) }
    return run
  }

  /// Rows of a number and a class, with a further cell in front.
  private func table(_ rows: Int, _ cell: (Int) -> String) -> String {
    "m,x,y\n" + (0..<rows).map { "\(cell($0)),\($0 * 7 % 11),\($0 % 2 == 0 ? "a" : "b")\n" }.joined()
  }

  @Test("A class of one row is trained on, and said to be")
  func oneOfAClass() throws {
    let folder = try WorkFolder()
    let run = try train(folder, table(60) { "\($0 % 5)" } + "1,2,lone\n")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("warning: class 'lone' has 1 row, too few for 3 parts; all of it is trained on"))
    let inspected = try folder.glia("inspect", "t.csv", "--target", "y")
    #expect(inspected.output.contains("a class too small to be learnt and scored: 'lone' with 1 row"))
  }

  @Test("A column of thousands of categories is learned from, and new ones in a later table are counted")
  func manyCategories() throws {
    let folder = try WorkFolder()
    let run = try train(folder, table(6_000) { "k\($0 % 3_000)" })
    #expect(run.code == 0, "\(run.errors)")
    try folder.write("new.csv", "m,x\nk5,1\nk9999,1\nother,2\n")
    let predicted = try folder.glia("predict", "m.safetensors", "new.csv")
    #expect(predicted.code == 0 && predicted.output.split(separator: "\n").count == 4)
    #expect(predicted.errors.contains("'m' has a value that training did not have in 2 rows of 3"))
  }

  @Test("A column that is empty in training is not used, and said so where it has values later")
  func emptyInTraining() throws {
    let folder = try WorkFolder()
    let run = try train(folder, table(40) { _ in "" })
    #expect(run.code == 0 && run.output.contains("'m' is not used: it has no value in any training row"))
    for cell in ["3.5", "red", "2020-01-01"] {
      try folder.write("new.csv", table(5) { _ in cell })
      let predicted = try folder.glia("predict", "m.safetensors", "new.csv")
      #expect(predicted.code == 0 && predicted.output.split(separator: "\n").count == 6)
      #expect(predicted.errors.contains("not used, as it had no value in training: 'm'"))
    }
  }

  @Test("A column that is empty in a later table is filled, and said so", arguments: ["n", "c", "d", "t"])
  func emptyLater(kind: String) throws {
    let folder = try WorkFolder()
    let words = ["is this the message that came", "another word of the many"]
    let cells: [String: (Int) -> String] = [
      "n": { "\($0 * 3 % 7).5" }, "c": { ["red", "green", "blue"][$0 % 3] }, "d": { "2020-01-\(10 + $0 % 9)" },
      "t": { "\(words[$0 % 2]) \($0)" },
    ]
    let run = try train(folder, table(40, cells[kind]!))
    #expect(run.code == 0, "\(run.errors)")
    try folder.write("new.csv", table(5) { _ in "" })
    for command in ["predict", "evaluate"] {
      let later = try folder.glia(command, "m.safetensors", "new.csv")
      #expect(later.code == 0, "\(later.errors)")
      #expect(later.errors.contains("without a value in every row, where training had some: 'm'"))
    }
  }

  @Test("Five rows are trained on and scored, and said to be")
  func fiveRows() throws {
    let folder = try WorkFolder()
    let run = try train(folder, table(5) { "\($0)" })
    #expect(run.code == 0 && run.output.contains("too few rows to hold any out"))
  }

  @Test("Five thousand columns are read, looked at and learned from")
  func manyColumns() throws {
    let folder = try WorkFolder()
    let header = (0..<5_000).map { "c\($0)," }.joined() + "y\n"
    let rows = (0..<24).map { row in
      (0..<5_000).map { "\((row * 31 + $0 * 17 + row * $0) % 101)," }.joined() + (row % 2 == 0 ? "a\n" : "b\n")
    }
    let run = try train(folder, header + rows.joined(), "--recipe", "tutorial")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("24 rows, 5001 columns"))
  }

  @Test("Dates in three forms are a category, and the first that is not read is named with its line")
  func mixedDates() throws {
    let folder = try WorkFolder()
    let run = try train(
      folder,
      table(60) { ["2020-03-0\($0 % 9 + 1)", "0\($0 % 9 + 1)/03/2020", "\"March \($0 % 9 + 1), 2020\""][$0 % 3] })
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("warning: 'm' holds dates but for 3 texts, first '02/03/2020' on line 3"))
    try folder.write("new.csv", "m,x\n2020-03-01,1\n05.03.2020,2\n")
    let predicted = try folder.glia("predict", "m.safetensors", "new.csv")
    #expect(
      predicted.code == 0 && predicted.errors.contains("'m' has a value that training did not have in 1 row of 2"))
  }

  @Test(
    "A cell of two megabytes is learned from in its place, and does not fill the screen", arguments: ["word ", "x"])
  func longCell(part: String) throws {
    let folder = try WorkFolder()
    let long = String(repeating: part, count: 2_000_000 / part.utf8.count)
    let run = try train(folder, table(40) { $0 == 9 ? long : "here is the message of number \($0)" })
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.utf8.count < 4_000 && run.output.contains("1 of texts"))
    let target = try train(folder, table(40) { "\($0)" }.replacingOccurrences(of: "7,b", with: "7,\(long)"))
    #expect(target.output.utf8.count < 4_000 && target.errors.utf8.count < 1_000)
    #expect(try folder.glia("inspect", "t.csv", "--target", "y").output.utf8.count < 4_000)
  }

  @Test("Infinite numbers count as missing, with a warning, and huge ones do not overflow")
  func hugeNumbers() throws {
    let folder = try WorkFolder()
    let odd = ["inf", "-inf", "1e308", "-1e308", "1e400"]
    let run = try train(folder, table(60) { $0 < 5 ? odd[$0] : "\($0 % 9)" })
    #expect(run.code == 0 && run.output.contains("'m' has infinite values, which are taken as missing"))
    #expect(!run.output.contains("nan") && !run.output.contains("inf "))
  }

  @Test("A target whose errors cannot be squared is an error that says what to do", arguments: ["e300", "e-310"])
  func hugeTarget(power: String) throws {
    let folder = try WorkFolder()
    try folder.write("t.csv", "x,y\n" + (0..<40).map { "\($0 % 7),\($0 + 1)\(power)\n" }.joined())
    try BadInputTests.expectFailure(1, ["t.csv", "'y'", power == "e300" ? "divide" : "multiply"], folder) {
      try folder.glia("train", "t.csv", "--target", "y", "--json", "--quiet")
    }
  }

  @Test("Labels that differ in case or blanks alone are told apart with a warning that names the first")
  func spellings() throws {
    let folder = try WorkFolder()
    let labels = ["Yes", "no", " yes", "NO ", "YES", "no"]
    let rows = (0..<60).map { "\($0 * 7 % 11),\($0 % 4),\(labels[$0 % 6])\n" }
    let run = try train(folder, "m,x,y\n" + rows.joined())
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      run.output.contains("'y' tells spellings apart: 'yes' on line 4 differs from 'Yes' in case or blanks alone"))
    try folder.write("new.csv", "m,x,y\n1,2,yeS\n")
    try BadInputTests.expectFailure(1, ["'yeS' is no class", "'Yes'", "line 2"], folder) {
      try folder.glia("evaluate", "m.safetensors", "new.csv")
    }
  }
}
