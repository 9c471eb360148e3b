/// Names given as `a,b,c`; one that holds a comma stands in quotes, as in a CSV file: `a,"b, in km",c`.
enum CommaList {
  static func names(_ text: String) throws -> [String] {
    var names: [String] = []
    var name = ""
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        names.append(trimmed(name))
        name = ""
      default: name.append(character)
      }
    }
    guard !isQuoted else { throw UsageError("a quote is not closed") }
    names.append(trimmed(name))
    guard !names.contains("") else { throw UsageError("a name between the commas is empty") }
    return names
  }

  /// Sizes such as `64,32`, or none of them: `none`.
  static func sizes(_ text: String) throws -> [Int] {
    if text == "none" { return [] }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let size = Int(trimmed(String(part))), size > 0 else {
        throw UsageError("'\(part)' is not a number of units; give sizes such as 64,32, or none")
      }
      guard size <= 1 << 31 else { throw UsageError("a layer of \(size) units is more than any machine holds") }
      return size
    }
  }

  private static func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { $0 != " " }), let last = text.lastIndex(where: { $0 != " " }) else {
      return ""
    }
    return String(text[first...last])
  }
}
