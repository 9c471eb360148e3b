/// What a file's first hundred rows say about its layout.
struct CSVLayout {
  var dialect = CSVDialect()
  /// The names from the header or from the caller, or made up: `column1`, `column2` …
  var names: [String] = []
  /// Where the data begin.
  var start = 0
  var line = 1
  /// Where the number of columns comes from, as errors say it.
  var expectation = "the header"

  static func madeUpName(_ column: Int) -> String { "column\(column + 1)" }
}

/// Finds delimiter, decimal sign, comments and header.
struct CSVSniffer {
  private static let sampleRows = 101
  private static let sampleBytes = 1 << 24

  let bytes: UnsafeRawBufferPointer
  let file: String?
  let options: CSVOptions

  /// The layout, with quotes read as quotes or not.
  func layout(from start: Int, quote: UInt8?) throws(TableError) -> CSVLayout {
    var layout = CSVLayout(start: start)
    layout.dialect.quote = quote
    layout.dialect.missing = MissingMarkers(options.missing)
    let comments = leadingComments(from: start)
    let body = comments.last.map { ($0.end, $0.line + 1) } ?? (start, 1)
    layout.dialect.delimiter = try delimiter(body.0, quote)
    var scanner = scanner(layout.dialect, from: body.0, line: body.1, limit: bytes.count)
    guard var first = try scanner.nextRow() else { throw noRows(start) }
    // A line that begins with # is a comment, unless it has as many fields as the rows have: then it is the header or a
    // row.
    if let last = comments.last {
      var commented = self.scanner(layout.dialect, from: last.start, line: last.line, limit: last.end)
      if let fields = (try? commented.nextRow()) ?? nil, fields.count == first.count {
        scanner = self.scanner(layout.dialect, from: last.start, line: last.line, limit: bytes.count)
        first = try scanner.nextRow() ?? first
        layout.start = last.start
        layout.line = last.line
      } else {
        (layout.start, layout.line) = body
      }
    }
    let afterFirst = (scanner.offset, scanner.line)
    var below: [[String]] = []
    while below.count < CSVSniffer.sampleRows, let row = (try? scanner.nextRow()) ?? nil { below.append(row) }
    layout.dialect.decimal = try decimal(layout.dialect.delimiter, below.isEmpty ? [first] : below)
    let hasHeader = try isHeader(first, below, layout.dialect)
    try setNames(&layout, first, hasHeader: hasHeader)
    if hasHeader { (layout.start, layout.line) = afterFirst }
    return layout
  }

  private func scanner(_ dialect: CSVDialect, from start: Int, line: Int, limit: Int) -> CSVScanner {
    CSVScanner(
      UnsafeRawBufferPointer(rebasing: bytes[..<limit]), from: start, line: line, dialect: dialect, uses: [.text],
      file: file)
  }

  private func noRows(_ start: Int) -> TableError {
    TableError(
      .empty, "is empty\(bytes.count > start ? ": it holds only blank lines" : ""); a table has rows", file: file)
  }

  private struct Comment {
    var start: Int
    var end: Int
    var line: Int
  }

  /// The lines at the top that begin with `#`; none where nothing follows them.
  private func leadingComments(from start: Int) -> [Comment] {
    var comments: [Comment] = []
    var position = start
    while position < bytes.count, bytes[position] == 0x23 {
      let end = bytes[position...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      guard end < bytes.count else { return [] }
      let isPair = bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A
      comments.append(Comment(start: position, end: end + (isPair ? 2 : 1), line: comments.count + 1))
      position = comments[comments.count - 1].end
    }
    return position < bytes.count ? comments : []
  }

  /// Of tab, `;` and `|` in this order, the one that cuts every row into the same number of fields; else the one that
  /// comes nearest to that, a comma included, and more fields rather than fewer.
  private func delimiter(_ start: Int, _ quote: UInt8?) throws(TableError) -> UInt8 {
    if let wanted = options.delimiter {
      guard let byte = wanted.asciiValue, byte != 0x22, byte != 0x0A, byte != 0x0D, byte != 0x2E,
        !wanted.isLetter, !wanted.isNumber
      else {
        throw TableError(.badOption, "'\(wanted)' cannot separate fields; use a sign such as , ; | or a tab")
      }
      return byte
    }
    var best: (score: Double, byte: UInt8) = (0, 0x2C)
    for byte: UInt8 in [0x09, 0x3B, 0x7C, 0x2C] {
      var dialect = CSVDialect()
      dialect.delimiter = byte
      dialect.quote = quote
      let counts = fieldCounts(dialect, start)
      guard let count = counts.filter({ $0 > 1 }).mostFrequent else { continue }
      let share = Double(counts.reduce(0) { $0 + ($1 == count ? 1 : 0) }) / Double(counts.count)
      if share == 1 && byte != 0x2C { return byte }
      let score = share * (1 - 1 / Double(count))
      if score > best.score { best = (score, byte) }
    }
    return best.byte
  }

  /// The number of fields of each row of the sample. Where quotes turn out not to be meant as quotes between tabs, they
  /// are passed over.
  private func fieldCounts(_ dialect: CSVDialect, _ start: Int) -> [Int] {
    let limit = min(bytes.count, start + CSVSniffer.sampleBytes)
    var scanner = scanner(dialect, from: start, line: 1, limit: limit)
    var counts: [Int] = []
    do {
      while counts.count < CSVSniffer.sampleRows, let count = try scanner.nextFieldCount() { counts.append(count) }
    } catch {
      var plain = dialect
      plain.quote = nil
      return dialect.delimiter == 0x09 && dialect.quote != nil ? fieldCounts(plain, start) : counts
    }
    if limit < bytes.count, counts.count > 1, scanner.offset == limit { counts.removeLast() }
    return counts
  }

  private func decimal(_ delimiter: UInt8, _ rows: [[String]]) throws(TableError) -> UInt8 {
    if let wanted = options.decimal {
      guard wanted == "." || wanted == ",", wanted.asciiValue != delimiter else {
        throw TableError(.badOption, "the decimal sign is '.' or ',' and differs from the delimiter, not '\(wanted)'")
      }
      return wanted == "." ? 0x2E : 0x2C
    }
    guard delimiter != 0x2C else { return 0x2E }
    var commas = false
    for field in rows.joined() where field.contains(",") || field.contains(".") {
      if NumberParser.number(field) != nil { return 0x2E }
      commas = commas || isNumber(field, decimal: 0x2C)
    }
    return commas ? 0x2C : 0x2E
  }

  private func isNumber(_ text: String, decimal: UInt8) -> Bool {
    var text = text
    return text.withUTF8 { NumberParser.parseWhole($0, decimal: decimal) != nil }
  }

  private func isHeader(_ first: [String], _ below: [[String]], _ dialect: CSVDialect) throws(TableError) -> Bool {
    if let names = options.names { return names == first || options.header == .present }
    guard options.header == .automatic else { return options.header == .present }
    func isValue(_ field: String) -> Bool { isNumber(field, decimal: dialect.decimal) || CivilTime.parse(field) != nil }
    for field in first where isValue(field) || !field.isEmpty && options.missing.contains(field) { return false }
    // A column may lack its name: the numbers of the rows, or what a comma at each line's end makes. Past the first column
    // that asks for a name above values elsewhere.
    if first.dropFirst().contains("") {
      return first.indices.contains { column in
        let values = below.compactMap { column < $0.count && !options.missing.contains($0[column]) ? $0[column] : nil }
        return !first[column].isEmpty && !values.isEmpty && values.allSatisfy(isValue)
      }
    }
    if first == [""] { return false }
    if below.isEmpty || below.joined().contains(where: isValue) { return true }
    return Set(first).count == first.count
      && first.indices.allSatisfy { i in !below.contains { i < $0.count && $0[i] == first[i] } }
  }

  private func setNames(_ layout: inout CSVLayout, _ first: [String], hasHeader: Bool) throws(TableError) {
    let names: [String]
    if let given = options.names {
      guard given.count == first.count else {
        throw TableError(
          .raggedRow, "\(counted(given.count, "name")) given, but this row has \(counted(first.count, "field"))",
          file: file, line: layout.line)
      }
      layout.expectation = "the list of names"
      names = given
    } else if hasHeader {
      names = first.enumerated().map { index, name in
        let bare = index == 0 && name.hasPrefix("#") ? String(name.drop { $0 == "#" || $0 == " " }) : name
        return bare.isEmpty ? CSVLayout.madeUpName(index) : bare
      }
    } else {
      layout.expectation = "line \(layout.line)"
      names = first.indices.map(CSVLayout.madeUpName)
    }
    var indexOfName: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let earlier = indexOfName.updateValue(index, forKey: name) {
        throw TableError(
          .duplicateName, "columns \(earlier + 1) and \(index + 1) are both named '\(name)'; names have to differ",
          file: file, line: hasHeader ? layout.line : nil)
      }
      if name.unicodeScalars.contains("\u{FFFD}") { throw notUTF8(file, line: layout.line, column: nil) }
    }
    layout.names = names
  }
}

func notUTF8(_ file: String?, line: Int?, column: String?) -> TableError {
  TableError(
    .encoding,
    "the text is not UTF-8; if it is Western European, as older spreadsheets save it, read it as latin1, or convert it: "
      + "iconv -f windows-1252 -t utf-8 OLD > NEW", file: file, line: line, column: column)
}

extension Sequence where Element == Int {
  /// The most frequent element, the larger one of equals.
  fileprivate var mostFrequent: Int? {
    var counts: [Int: Int] = [:]
    for element in self { counts[element, default: 0] += 1 }
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }
}
