extension Table {
  /// What a person should know of a split before it is learnt from: rows that are both trained on and scored, and columns that are
  /// spread otherwise among the rows to score on.
  ///
  /// - Parameters:
  ///   - rows: those to train on.
  ///   - test: the table of the rows to score on, which may be this one.
  ///   - isDrawn: whether they were drawn at random from the same rows, so that no column can be spread otherwise but by chance.
  ///   - columns: those that are learnt from, and the target.
  package func splitWarnings(
    rows: [Int], test: Table, _ testRows: [Int], isDrawn: Bool, columns: [String]
  ) -> [Inspection.Warning] {
    guard !testRows.isEmpty else { return [] }
    let shared = sharedRows(rows, with: test, testRows, columns: columns)
    return shared + (isDrawn ? [] : drift(rows, to: test, testRows, columns: columns))
  }
}

extension [Inspection.Warning] {
  /// The sentences, three of a kind at most, and how many more there are.
  package var shortened: [String] {
    var kinds: [Inspection.Warning.Kind] = []
    for warning in self where !kinds.contains(warning.kind) { kinds.append(warning.kind) }
    return kinds.flatMap { kind in
      let all = filter { $0.kind == kind }.map(\.description)
      let more = all.count - 3
      return all.prefix(3) + (more > 0 ? ["\(more) more like the last, which `glia inspect` names"] : [])
    }
  }
}
