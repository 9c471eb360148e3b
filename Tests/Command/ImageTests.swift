import Foundation
import GliaFormats
import Testing

@Suite struct ImageTests {
  /// Images of 4 × 4 pixels, each bright in the quarter that its label counts.
  private static func write(_ folder: WorkFolder, _ name: String, count: Int, labels: Int? = nil) throws {
    var images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 4, 0, 0, 0, 4]
    var known: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(labels ?? count)]
    for image in 0..<count {
      let quarter = image % 4
      for pixel in 0..<16 {
        let isBright = pixel / 8 == quarter / 2 && pixel % 4 / 2 == quarter % 2
        images.append(isBright ? 200 : UInt8(image * 31 % 50))
      }
    }
    known += (0..<(labels ?? count)).map { UInt8($0 % 4) }
    try folder.write(name + "-images", Data(images))
    try folder.write(name + "-labels", Data(known))
  }

  @Test("Images train a classifier, which is scored on other images and predicts them in their order")
  func trains() throws {
    let folder = try WorkFolder()
    try ImageTests.write(folder, "train", count: 120)
    try ImageTests.write(folder, "test", count: 10)
    let run = try folder.glia(
      "train", "train-images", "--labels", "train-labels", "--test", "test-images", "--test-labels", "test-labels",
      "--hidden", "16", "--epochs", "30", "--learning-rate", "0.02", "--json", "--quiet", "-o", "m")
    #expect(run.code == 0, "\(run.errors)")
    let object = try JSONValue(parsing: run.output)
    #expect(object["task"]?.string == "classification")
    #expect(object["rows"]?.integer == 10)
    #expect(object["metrics"]?["accuracy"]?.number == 1)
    let predicted = try folder.glia("predict", "m", "test-images")
    #expect(predicted.output.split(separator: "\n").dropFirst() == ["0", "1", "2", "3", "0", "1", "2", "3", "0", "1"])
    let evaluated = try folder.glia("evaluate", "m", "test-images", "--labels", "test-labels", "--json")
    #expect(try JSONValue(parsing: evaluated.output)["metrics"] == object["metrics"])
    #expect(try folder.glia("inspect", "m").output.contains("images of 4 × 4"))
    #expect(try folder.glia("summary", "m").output.contains("[batch, 16]"))
    #expect(try folder.glia("inspect", "test-images").output.contains("10 images of 4 × 4"))
  }

  @Test("Images without labels, with too few of them, or with words that are for tables, are errors")
  func bad() throws {
    let folder = try WorkFolder()
    try ImageTests.write(folder, "train", count: 40)
    try ImageTests.write(folder, "short", count: 40, labels: 39)
    try folder.write("cut", folder.bytes("train-images").prefix(100))
    for (arguments, code, word) in [
      (["train-images"], 2, "--labels"),
      (["train-images", "--labels", "train-labels", "--target", "kind"], 2, "--target"),
      (["train-images", "--labels", "train-labels", "--test", "train-images"], 2, "--test-labels"),
      (["train-images", "--labels", "short-labels"], 1, "39"),
      (["train-images", "--labels", "none"], 1, "no such file"),
      (["cut", "--labels", "train-labels"], 1, "cut short"),
      (["train-labels", "--labels", "train-labels"], 1, "Images"),
      (["train-images", "--labels", "train-images"], 1, "label"),
    ] as [([String], Int32, String)] {
      let run = try folder.glia(arguments: ["train"] + arguments + ["--epochs", "1", "--quiet", "-o", "m"])
      #expect(run.code == code, "\(arguments): \(run.errors)")
      #expect(run.errors.hasPrefix("glia: ") && run.errors.contains(word), "\(arguments): \(run.errors)")
      #expect(try !folder.files.contains("m"))
    }
  }
}
