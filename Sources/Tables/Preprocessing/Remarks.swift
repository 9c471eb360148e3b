extension Preprocessor {
  /// What of a table does not count in a prediction, or is not what training had, one sentence each: columns that training did
  /// not have or that had no value there, columns that have none here, and values that training did not have. `known` is a column
  /// that is not learned from and has another use.
  public func remarks(on table: Table, apartFrom known: String? = nil) -> [String] {
    let added = addedColumns(table).filter { $0 != known }
    var remarks: [String] = []
    if !added.isEmpty {
      remarks.append(
        "not used, as training did not have \(added.count == 1 ? "it" : "them"): \(quotedList(added, limit: 40))")
    }
    let filled = dropped.filter { $0.reason == .empty && table[$0.column].map { $0.missingCount < $0.count } ?? false }
    if !filled.isEmpty {
      remarks.append(
        "not used, as it had no value in training: \(quotedList(filled.map(\.column), limit: 40))")
    }
    let present = columns.compactMap { encoding in table[encoding.column].map { (encoding, $0) } }
    let empty = present.filter { table.rowCount > 0 && $1.missingCount == $1.count }.map(\.1.name)
    if !empty.isEmpty {
      remarks.append(
        "without a value in every row, where training had some: \(quotedList(empty, limit: 40)); what stands for a missing "
          + "value is used")
    }
    for (_, column) in present {
      let infinite = column.numbers?.count(where: \.isInfinite) ?? 0
      guard infinite > 0 else { continue }
      remarks.append(
        "'\(column.name)' is infinite in \(counted(infinite, "row")) of \(table.rowCount); what stands for a missing value is used"
      )
    }
    for (encoding, column) in present {
      guard let unseen = unseen(encoding, column, table), unseen > 0 else { continue }
      remarks.append(
        "'\(column.name)' has a value that training did not have in \(counted(unseen, "row")) of \(table.rowCount)")
    }
    return remarks
  }

  private func unseen(_ encoding: ColumnEncoding, _ column: Column, _ table: Table) -> Int? {
    guard let levels = encoding.levels else { return nil }
    let reading = ColumnReading(table, column, trainedAs: encoding.type)
    return try? reading.codes(levels, Array(0..<table.rowCount)).unseen
  }
}

extension ColumnEncoding {
  fileprivate var levels: [String]? {
    switch rule {
    case .binary(let rule): rule.levels
    case .oneHot(let rule): rule.levels
    case .embedding(let rule): rule.levels
    case .number, .date, .text: nil
    }
  }
}
