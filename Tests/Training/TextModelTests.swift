import Foundation
import GliaNeuralNetworks
import GliaTables
import Testing

@testable import GliaTraining

@Suite("Models of texts")
struct TextModelTests {
  /// Messages about a meeting or a prize, with a name and a number in each.
  static func messages(_ rows: Int, seed: UInt64) throws -> Table {
    var generator = SplitMix64(seed: seed)
    let prize = ["claim your prize now", "you won a free ticket", "text to win cash today"]
    let meeting = ["see you at the meeting", "lunch will be late again", "the report is on your desk"]
    var text = "kind,message\n"
    for row in 0..<rows {
      let isPrize = row % 3 == 0
      let words = (isPrize ? prize : meeting).randomElement(using: &generator)!
      let name = ["Anna", "Boris", "Cem", "Dora"].randomElement(using: &generator)!
      text += "\(isPrize ? "prize" : "meeting"),Hi \(name): \(words) \(Int.random(in: 0..<1000, using: &generator))\n"
    }
    return try Table(csvText: text, file: "messages.csv")
  }

  private static func options() -> TableOptions {
    var options = TableOptions()
    (options.epochs, options.hiddenSizes, options.networks) = (15, [8], 2)
    return options
  }

  @Test("A text is learnt from, alone, and its model answers from a file as before")
  func learns() throws {
    let table = try Self.messages(300, seed: 4)
    #expect(table["message"]?.type == .text)
    let model = try TabularModel.fit(table, target: "kind", options: Self.options())
    // Two in three are of one kind.
    #expect(model.report.scores["accuracy"]! > 0.9)
    #expect(model.report.baselines.last!.scores["accuracy"]! > 0.9)
    #expect(!model.report.warnings.contains { $0.contains("'message'") })
    let path = NSTemporaryDirectory() + "glia-text-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let again = try TabularModel(path: path)
    let new = try Table(csvText: "message\nHi Emil: you WON a free ticket 77\n\nthe report is on the desk\n")
    let (first, second) = (try model.predict(new), try again.predict(new))
    #expect(first.classes.first == "prize" && first.classes.last == "meeting")
    #expect(first.probabilities == second.probabilities)
  }

  @Test("A network of one's own gets a text's numbers")
  func ownNetwork() throws {
    var options = Self.options()
    options.hiddenSizes = nil
    var inputs = 0
    let model = try TabularModel.fit(Self.messages(120, seed: 6), target: "kind", options: options) {
      inputs = $0
      return Linear($0, $1)
    }
    // Five of its looks, and a score.
    #expect(inputs == 6)
    #expect(model.report.testRows == 24)
  }
}
