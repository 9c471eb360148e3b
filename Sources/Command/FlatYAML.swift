/// The part of YAML that says a value or a list of values for each key; what else YAML can say is refused by name.
///
///     target: price        # plain, 'quoted' or "quoted with \n and \u00e9"
///     hidden: [128, 64]
///     columns:
///       - rooms
///       - age
struct FlatYAML {
  enum Value {
    case scalar(String)
    case list([String])
  }

  struct Entry {
    let key: String
    let line: Int
    var value: Value
  }

  struct SyntaxError: Error {
    let line: Int
    let problem: String
  }

  private(set) var entries: [Entry] = []
  private var line = 0
  private var awaitsItems = false  // the last key had no value on its line

  init(parsing text: String) throws(SyntaxError) {
    // A carriage return and a line feed are one Character.
    for content in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      line += 1
      var rest = content
      if line == 1, rest.first == "\u{feff}" { rest.removeFirst() }
      try read(rest)
    }
    try endItems()
  }

  private func error(_ problem: String) -> SyntaxError { SyntaxError(line: line, problem: problem) }

  private mutating func read(_ content: Substring) throws(SyntaxError) {
    let isIndented = content.first == " " || content.first == "\t"
    var rest = FlatYAML.withoutSpace(content)
    if rest.isEmpty || rest.first == "#" || (rest == "---" && entries.isEmpty) { return }
    if rest == "-" || rest.hasPrefix("- ") {
      rest = FlatYAML.withoutSpace(rest.dropFirst())
      return try add(item: try lineScalar(&rest))
    }
    if isIndented { throw error("'\(rest)' is indented, but only the '- …' of a list may be") }
    try endItems()
    let key = try scalar(&rest, endsAt: ":")
    rest = FlatYAML.withoutSpace(rest)
    guard rest.first == ":", rest.count == 1 || rest.dropFirst().first!.isWhitespace else {
      throw error("'key: value' is wanted instead of '\(FlatYAML.withoutSpace(content))'")
    }
    if entries.contains(where: { $0.key == key }) { throw error("'\(key)' stands there twice") }
    rest = FlatYAML.withoutSpace(rest.dropFirst())
    awaitsItems = rest.isEmpty || rest.first == "#"
    entries.append(Entry(key: key, line: line, value: .list([])))
    if !awaitsItems { entries[entries.count - 1].value = try value(&rest, of: key) }
  }

  private mutating func add(item: String) throws(SyntaxError) {
    guard awaitsItems, case .list(let items) = entries[entries.count - 1].value else {
      throw error("'- \(item)' belongs to no 'key:' above it")
    }
    entries[entries.count - 1].value = .list(items + [item])
  }

  /// A key without a value has to have had items by now.
  private mutating func endItems() throws(SyntaxError) {
    guard awaitsItems, let last = entries.last, case .list(let items) = last.value else { return }
    if items.isEmpty { throw SyntaxError(line: last.line, problem: "'\(last.key)' has no value") }
    awaitsItems = false
  }

  private func value(_ rest: inout Substring, of key: String) throws(SyntaxError) -> Value {
    if rest.first == "{" { throw error("'\(key)' has to be one value or a list") }
    guard rest.first == "[" else { return .scalar(try lineScalar(&rest)) }
    rest = FlatYAML.withoutSpace(rest.dropFirst())
    var items: [String] = []
    while rest.first != "]" {
      items.append(try scalar(&rest, endsAt: ",]"))
      rest = FlatYAML.withoutSpace(rest)
      if rest.first == "," {
        rest = FlatYAML.withoutSpace(rest.dropFirst())
      } else if rest.first != "]" {
        throw error("the list of '\(key)' has no ']' on its line; an item a line is written '- item'")
      }
    }
    rest = rest.dropFirst()
    try endLine(rest)
    return .list(items)
  }

  /// A scalar that is all the rest of its line but a comment.
  private func lineScalar(_ rest: inout Substring) throws(SyntaxError) -> String {
    let text = try scalar(&rest, endsAt: "")
    try endLine(rest)
    return text
  }

  private func endLine(_ rest: Substring) throws(SyntaxError) {
    let left = FlatYAML.withoutSpace(rest)
    guard left.isEmpty || (left.first == "#" && (rest.first?.isWhitespace ?? true)) else {
      throw error("nothing but a comment may follow the value, but there is '\(left)'")
    }
  }

  private func scalar(_ rest: inout Substring, endsAt ends: String) throws(SyntaxError) -> String {
    guard let first = rest.first else { throw error("a value is missing") }
    if first == "'" || first == "\"" { return try quoted(&rest, by: first) }
    if "&*!|>%@`{}[],?".contains(first) {
      throw error("'\(first)' begins nothing that is read here; put text that begins so into quotes")
    }
    var previous: Character = " "
    var end = rest.startIndex
    while end < rest.endIndex {
      let character = rest[end], next = rest[rest.index(after: end)...].first
      if character == "#", previous.isWhitespace { break }
      if character == ":", next?.isWhitespace ?? true {
        if ends.contains(":") { break }
        throw error("a ':' before a space is for keys; put text that has one into quotes")
      }
      if character != ":", ends.contains(character) { break }
      previous = character
      end = rest.index(after: end)
    }
    let text = FlatYAML.withoutSpace(rest[..<end])
    if text.isEmpty { throw error("a value is missing") }
    rest = rest[end...]
    // So that a comment after it is known by its space.
    if previous.isWhitespace { rest = text.base[text.endIndex..<rest.endIndex] }
    return String(text)
  }

  private func quoted(_ rest: inout Substring, by quote: Character) throws(SyntaxError) -> String {
    var text = ""
    rest = rest.dropFirst()
    while let character = rest.popFirst() {
      if character == quote {
        guard quote == "'", rest.first == "'" else { return text }
        rest = rest.dropFirst()
        text.append("'")
      } else if character == "\\", quote == "\"" {
        text.append(try escaped(&rest))
      } else {
        text.append(character)
      }
    }
    throw error("the text in \(quote) does not end on its line")
  }

  private func escaped(_ rest: inout Substring) throws(SyntaxError) -> Character {
    let letter = rest.popFirst() ?? " "
    switch letter {
    case "\"", "\\", "/": return letter
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "u":
      let digits = rest.prefix(4)
      guard digits.count == 4, let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else { break }
      rest = rest.dropFirst(4)
      return Character(scalar)
    default: break
    }
    throw error("'\\\(letter)' is no escape that is read here; there are \\\" \\\\ \\/ \\n \\t \\r \\u0041")
  }

  private static func withoutSpace(_ text: Substring) -> Substring {
    var rest = text.drop(while: \.isWhitespace)
    while rest.last?.isWhitespace ?? false { rest.removeLast() }
    return rest
  }
}
