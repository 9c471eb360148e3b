extension Inspection: CustomStringConvertible {
  /// A table for a terminal: a line for each column, then the warnings.
  public var description: String {
    var lines = ["\(file.map { "\($0): " } ?? "")\(counted(rows, "row")), \(counted(columns.count, "column"))"]
    if let target, let task { lines[0] += "; target '\(target)' (\(task.rawValue))" }
    let header = [
      "column", "type", "missing", "distinct", "min", "median", "max", "mean", "deviation", "most frequent",
    ]
    let cells = [header] + columns.map(row)
    let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    lines.append("")
    for row in cells {
      let padded = row.enumerated().map { index, cell in
        let blanks = String(repeating: " ", count: max(0, widths[index] - cell.count))
        return (2...8).contains(index) ? blanks + cell : cell + blanks
      }
      var line = padded.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    if !warnings.isEmpty { lines += [""] + warnings.map { "warning: \($0)" } }
    return lines.joined(separator: "\n")
  }

  private func row(_ summary: ColumnSummary) -> [String] {
    func number(_ value: Double?) -> String {
      guard let value else { return "" }
      return summary.type == .date ? CivilTime(seconds: value).description : rounded(value)
    }
    let isDate = summary.type == .date
    let levels = summary.levels.prefix(3).map { "\($0.level.prefix(20)) \(percent($0.count, summary.count))" }
    return [
      String(summary.name.prefix(40)), summary.type.rawValue,
      summary.missing == 0 ? "" : percent(summary.missing, summary.count), String(summary.distinct),
      number(summary.minimum), number(summary.median), number(summary.maximum), isDate ? "" : number(summary.mean),
      isDate ? "" : number(summary.deviation),
      summary.type == .text ? "" : levels.joined(separator: ", ").replacingLineEnds,
    ]
  }
}

/// Five significant digits; whole numbers of up to 15 digits as they are.
func rounded(_ value: Double) -> String {
  if value == value.rounded(), abs(value) < 1e15 { return shortest(value) }
  var unit = 1.0
  while abs(value) / unit >= 100_000 { unit *= 10 }
  while abs(value) * (1 / unit) < 10_000, unit > 1e-12 { unit /= 10 }
  let digits = (value / unit).rounded()
  return shortest(unit >= 1 ? digits * unit : digits / (1 / unit).rounded())
}

extension String {
  fileprivate var replacingLineEnds: String { String(map { $0.isNewline ? " " : $0 }) }
}
