/// Rows as CSV text, by RFC 4180 with LF at the line's end.
public enum CSVWriter {
  /// A field as it is written: quoted where it holds the delimiter, a quote, a line end, or blanks at an end, and where
  /// it would otherwise be read as missing.
  public static func field(_ text: String, delimiter: Character = ",") -> String {
    let needsQuotes =
      text.contains { $0 == delimiter || $0 == "\"" || $0.isNewline } || text.hasPrefix(" ") || text.hasSuffix(" ")
      || text.hasPrefix("#")
    guard needsQuotes else { return text }
    return "\"" + String(text.flatMap { $0 == "\"" ? ["\"", "\""] : [$0] }) + "\""
  }

  /// A row with its line end.
  public static func row(_ fields: [String], delimiter: Character = ",") -> String {
    // A lone empty field would be a blank line, which is no row.
    if fields == [""] { return "\"\"\n" }
    return fields.map { field($0, delimiter: delimiter) }.joined(separator: String(delimiter)) + "\n"
  }
}

extension Table {
  /// The table as CSV text with a header; missing values are empty fields.
  public func csv(delimiter: Character = ",") -> String {
    var text = CSVWriter.row(columns, delimiter: delimiter)
    for row in 0..<rowCount {
      text += CSVWriter.row(columnValues.map { $0.text(row) ?? "" }, delimiter: delimiter)
    }
    return text
  }
}
