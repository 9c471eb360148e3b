/// What is wrong with a table, a file or a request made of them: the place, the reason and the way out.
public struct TableError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The reason, for programs; people read `description`.
  public enum Kind: String, Sendable {
    case noSuchFile, directory, unreadable, notText, empty, headerOnly
    case raggedRow, unterminatedQuote, malformedQuote, duplicateName, encoding
    case unknownColumn, missingColumns, wrongType, badOption
    case noTarget, allMissing, constantTarget, tooManyClasses, unseenClass, infiniteTarget
    case noRows, noFeatures, split
    case notIDX, truncated, compressed, tooLarge
  }

  public let kind: Kind
  /// The file as it was named by the caller, where there is one.
  public let file: String?
  /// The line in that file, counted from 1; in a quoted field that spans lines, the line where the row begins.
  public let line: Int?
  public let column: String?
  /// The sentence without the place.
  public let message: String

  package init(_ kind: Kind, _ message: String, file: String? = nil, line: Int? = nil, column: String? = nil) {
    self.kind = kind
    self.message = message
    self.file = file
    self.line = line
    self.column = column
  }

  /// `housing.csv: line 17, column 'age': 'abc' is not a number`
  public var description: String {
    var place: [String] = []
    if let line { place.append("line \(line)") }
    if let column { place.append("column '\(column)'") }
    let parts: [String?] = [file, place.isEmpty ? nil : place.joined(separator: ", "), message]
    return parts.compactMap { $0 }.joined(separator: ": ")
  }
}

/// At most `limit` names in quotes, the long ones cut, and how many more there are: `'a', 'b' and 3 more`.
func quotedList<Names: Collection>(_ names: Names, limit: Int = 8) -> String where Names.Element == String {
  let shown = names.prefix(limit).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
  return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}

/// The candidate nearest to a misspelt name, if it is near enough to be meant.
func nearest(to name: String, among candidates: [String]) -> String? {
  let wanted = Array(name.lowercased().unicodeScalars)
  let scored = candidates.prefix(2000).map { ($0, editDistance(wanted, Array($0.lowercased().unicodeScalars))) }
  guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= (wanted.count < 3 ? 1 : max(2, wanted.count / 3)) else {
    return nil
  }
  return best.0
}

/// Levenshtein's distance, one row of the table at a time.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  guard a.count <= 100, b.count <= 100 else { return .max }
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let replaced = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
