import Foundation
import Testing

/// The Swift of the guides is compiled with the examples: what a page shows stands in its file there, word for word.
@Suite struct GuideTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func lines(_ text: some StringProtocol) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && $0 != "import Glia" }
  }

  @Test("Every block of Swift in a guide stands in Examples/Sources/snippets, where it is compiled")
  func snippets() throws {
    let guides = Self.root.appending(path: "Guides")
    let pages = try FileManager.default.contentsOfDirectory(atPath: guides.path).filter { $0.hasSuffix(".md") }
    var count = 0
    for page in pages.map({ guides.appending(path: $0) }) + [Self.root.appending(path: "README.md")] {
      let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```swift\n").dropFirst()
      guard !blocks.isEmpty else { continue }
      let name = page.deletingPathExtension().lastPathComponent + ".swift"
      let file = Self.root.appending(path: "Examples/Sources/snippets/" + name)
      let compiled = Self.lines(try String(contentsOf: file, encoding: .utf8)).joined(separator: "\n")
      for block in blocks {
        let shown = Self.lines(block.components(separatedBy: "```")[0]).joined(separator: "\n")
        #expect(compiled.contains(shown), "\(name) has not:\n\(shown)")
        count += 1
      }
    }
    #expect(count > 40)
  }
}
