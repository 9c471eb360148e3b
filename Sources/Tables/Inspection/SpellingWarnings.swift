extension Table {
  /// A warning where levels differ in case or blanks alone, `Yes` and `YES`, which are told apart.
  func spellings(_ column: Column) -> [Inspection.Warning] {
    guard column.type == .category, case .codes(let codes, let levels) = column.values else { return [] }
    var firstOf: [String: Int] = [:]
    var pairs: [(level: Int, like: Int)] = []
    for (place, level) in levels.enumerated() {
      let plain = level.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if let first = firstOf[plain] {
        pairs.append((place, first))
      } else {
        firstOf[plain] = place
      }
    }
    guard let pair = pairs.first, let row = codes.firstIndex(of: Int32(pair.level)) else { return [] }
    let more = pairs.count > 1 ? ", and so do \(pairs.count - 1) more" : ""
    return [
      Inspection.Warning(
        kind: .spelling, column: column.name, other: nil,
        description:
          "'\(column.name)' tells spellings apart: '\(levels[pair.level].prefix(40))' on \(place(of: row)) differs "
          + "from '\(levels[pair.like].prefix(40))' in case or blanks alone\(more)")
    ]
  }

  /// A warning where a tenth or more of the levels are dates, but not all, so that the column is read as a category.
  func nearlyDates(_ column: Column) -> [Inspection.Warning] {
    guard column.type == .category, case .codes(let codes, let levels) = column.values else { return [] }
    let odd = levels.indices.filter { CivilTime.parse(levels[$0]) == nil }
    guard let first = odd.first, odd.count < levels.count, odd.count * 10 <= levels.count * 9,
      let row = codes.firstIndex(of: Int32(first))
    else { return [] }
    return [
      Inspection.Warning(
        kind: .nearlyDates, column: column.name, other: nil,
        description: "'\(column.name)' holds dates but for \(counted(odd.count, "text")), first "
          + "'\(levels[first].prefix(40))' on \(place(of: row)), and so is a category: write all as 2016-07-01")
    ]
  }
}
