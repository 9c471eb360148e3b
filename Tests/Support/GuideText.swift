#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tables of the folder Guides that are made by running: a test makes one again and looks whether the page has it.
package enum GuideText {
  package static func read(_ name: String, from file: String = #filePath) -> String {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    guard let stream = fopen(root + "/Guides/" + name, "rb") else { return "" }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = fread(&block, 1, block.count, stream), count > 0 { bytes += block[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Lines of a table as Markdown has them.
  package static func table(_ heading: [String], _ rows: [[String]]) -> String {
    ([heading, heading.enumerated().map { $0.offset == 0 ? "---" : "--:" }] + rows)
      .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// A number with so many decimals.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int((abs(value) * scale).rounded())
    var digits = "\(scaled)"
    digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    if decimals > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals)) }
    return (value < 0 && scaled > 0 ? "−" : "") + digits
  }
}
