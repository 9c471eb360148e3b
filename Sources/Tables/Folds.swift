extension Split {
  /// Folds for cross-validation: each row is validated on once, and trained on in all other folds.
  ///
  ///     for fold in try Split.folds(rows, 5, seed: 1) { … fold.training … fold.validation … }
  ///
  /// The sizes of folds differ by one row at most.
  ///
  /// - Parameters:
  ///   - count: the folds, from 2 to the number of rows.
  ///   - repeats: how often to begin anew in another order; the folds of all repetitions come one after the other.
  /// - Throws: `TableError` where `count` or `repeats` is out of range.
  public static func folds(
    _ rows: [Int], _ count: Int, repeats: Int = 1, seed: UInt64
  ) throws(TableError) -> [Split] {
    try check(count, repeats: repeats, of: rows.count, "row")
    return dealt(rows, count, repeats, seed) { generator in deal(generator.shuffled(rows), count) }
  }

  /// Like `folds`, with each fold having the rows' own shares of classes: the rows of a class in two folds differ by one at
  /// most, and so do the sizes of folds. A class with fewer rows than folds is missing in some, with a warning.
  ///
  /// - Parameter column: the classes; rows where it is missing form a class of their own.
  public static func stratifiedFolds(
    _ rows: [Int], by column: Column, _ count: Int, repeats: Int = 1, seed: UInt64
  ) throws(TableError) -> [Split] {
    try stratifiedFolds(groups(rows, by: column), count, repeats: repeats, seed: seed)
  }

  package static func stratifiedFolds(
    _ classes: [(name: String, rows: [Int])], _ count: Int, repeats: Int, seed: UInt64
  ) throws(TableError) -> [Split] {
    let rows = classes.flatMap(\.rows)
    try check(count, repeats: repeats, of: rows.count, "row")
    let warnings = classes.filter { $0.rows.count < count }.map {
      "class '\($0.name)' has \(counted($0.rows.count, "row")), too few for \(count) folds; it is missing in some"
    }
    return dealt(rows, count, repeats, seed, warnings) { generator in
      // Dealt on from class to class, so that the folds with one row more are not always the first.
      deal(classes.flatMap { generator.shuffled($0.rows) }, count)
    }
  }

  /// Like `folds`, by whole groups: all rows with the same value are in the same fold, so that no person, place or machine is
  /// both trained on and scored. From the largest on, each group goes to the fold that has the fewest rows so far.
  ///
  /// - Parameter column: the groups; each row where it is missing is a group of its own.
  /// - Throws: `TableError` also where there are fewer groups than folds.
  public static func groupedFolds(
    _ rows: [Int], by column: Column, _ count: Int, repeats: Int = 1, seed: UInt64
  ) throws(TableError) -> [Split] {
    let known = groups(rows.filter { !column.isMissing($0) }, by: column).map(\.rows)
    let lone = rows.filter { column.isMissing($0) }.map { [$0] }
    return try groupedFolds(known + lone, count, repeats: repeats, seed: seed)
  }

  package static func groupedFolds(
    _ groups: [[Int]], _ count: Int, repeats: Int, seed: UInt64
  ) throws(TableError) -> [Split] {
    try check(count, repeats: repeats, of: groups.count, "group")
    return dealt(groups.flatMap { $0 }, count, repeats, seed) { generator in
      var folds = [[Int]](repeating: [], count: count)
      // Groups of one size keep their shuffled order, whatever way the library sorts.
      let shuffled = generator.shuffled(groups).enumerated()
      let ordered = shuffled.sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      for (_, group) in ordered {
        var smallest = 0
        for fold in 1..<count where folds[fold].count < folds[smallest].count { smallest = fold }
        folds[smallest] += group
      }
      return folds
    }
  }

  private static func check(
    _ count: Int, repeats: Int, of available: Int, _ what: String
  ) throws(TableError) {
    guard count >= 2, count <= available else {
      throw TableError(
        .split, "\(count) folds cannot be made of \(counted(available, what)); there have to be from 2 to \(available)")
    }
    guard repeats >= 1 else {
      throw TableError(.split, "folds cannot be repeated \(repeats) times; it has to be at least once")
    }
  }

  /// Row by row into one fold after the other.
  private static func deal(_ rows: [Int], _ count: Int) -> [[Int]] {
    (0..<count).map { fold in stride(from: fold, to: rows.count, by: count).map { rows[$0] } }
  }

  private static func dealt(
    _ rows: [Int], _ count: Int, _ repeats: Int, _ seed: UInt64, _ warnings: [String] = [],
    _ deal: (inout SplitMix64) -> [[Int]]
  ) -> [Split] {
    var generator = SplitMix64(seed: seed)
    return (0..<repeats).flatMap { _ in
      let folds = deal(&generator)
      return folds.indices.map { fold in
        let training = folds.indices.filter { $0 != fold }.flatMap { folds[$0] }
        return Split(training: training, validation: folds[fold], warnings: warnings)
      }
    }
  }
}
