extension Table {
  /// A warning for each column whose values are spread otherwise among some rows than among others, as where the rows to score
  /// on are of another time or place than those to train on.
  ///
  /// Numbers and dates are compared by Kolmogorov and Smirnov's test, other columns and what is missing by χ². A column is named
  /// where its distance is at least 0.1 and its p-value below 0.001 over the number of tests, so that of a thousand tables
  /// without drift one gets a warning. Texts and columns whose values all differ are only compared by what is missing.
  func drift(_ rows: [Int], to other: Table, _ otherRows: [Int], columns: [String]) -> [Inspection.Warning] {
    let pairs = columns.compactMap { name in self[name].flatMap { own in other[name].map { (own, $0) } } }
    let level = 0.001 / Double(max(2 * pairs.count, 1))
    func counts(_ test: TwoSampleTest) -> Bool { test.distance >= 0.1 && test.pValue < level }
    return pairs.compactMap { own, theirs in
      let comparison = ColumnComparison(own, rows, theirs, otherRows)
      var difference: String?
      if let test = comparison.ofMissing, counts(test) {
        difference = comparison.missingWords
      } else if let test = comparison.ofValues, counts(test) {
        difference = comparison.valueWords + ", \(test.words)"
      }
      return difference.map {
        Inspection.Warning(
          kind: .drift, column: own.name, other: nil,
          description: "'\(own.name)' is spread otherwise in the rows to score on: \($0)")
      }
    }
  }
}

extension TwoSampleTest {
  fileprivate var words: String {
    "distance \(shortest((distance * 100).rounded() / 100)), p \(pValue < 1e-9 ? "< 1e-9" : rounded(pValue))"
  }
}

/// A column of the rows to train on beside the same one of the rows to score on.
private struct ColumnComparison {
  private let missing: (Int, Int)
  private let rows: (Int, Int)
  private let numbers: ([Double], [Double])?
  private let counts: [String: (Int, Int)]

  init(_ a: Column, _ rows: [Int], _ b: Column, _ otherRows: [Int]) {
    self.rows = (rows.count, otherRows.count)
    missing = (
      rows.reduce(0) { $0 + (a.isMissing($1) ? 1 : 0) }, otherRows.reduce(0) { $0 + (b.isMissing($1) ? 1 : 0) }
    )
    if a.type != .boolean, let x = a.numbers, let y = b.numbers {
      numbers = (rows.map { x[$0] }.filter { !$0.isNaN }, otherRows.map { y[$0] }.filter { !$0.isNaN })
      counts = [:]
      return
    }
    numbers = nil
    var found: [String: (Int, Int)] = [:]
    // A name for each row says nothing about a spread.
    if a.type != .text, a.levels.count * 2 <= a.count {
      for row in rows { if let text = a.text(row) { found[text, default: (0, 0)].0 += 1 } }
      // The test file of the census income data ends each class with a dot.
      let isDotted = b.levels.allSatisfy { $0.hasSuffix(".") && found[$0] == nil }
      for row in otherRows {
        if let text = b.text(row) { found[isDotted ? String(text.dropLast()) : text, default: (0, 0)].1 += 1 }
      }
    }
    counts = found
  }

  var ofMissing: TwoSampleTest? {
    guard rows.0 > 0, rows.1 > 0, missing.0 + missing.1 > 0 else { return nil }
    return .chiSquared([missing.0, rows.0 - missing.0], [missing.1, rows.1 - missing.1])
  }

  var ofValues: TwoSampleTest? {
    if let numbers {
      return numbers.0.isEmpty || numbers.1.isEmpty ? nil : .kolmogorovSmirnov(numbers.0, numbers.1)
    }
    let levels = counts.keys.sorted()
    let (first, second) = (levels.map { counts[$0]!.0 }, levels.map { counts[$0]!.1 })
    return first.reduce(0, +) == 0 || second.reduce(0, +) == 0 ? nil : .chiSquared(first, second)
  }

  var missingWords: String {
    "it is missing in \(percent(missing.0, rows.0)) of those to train on and in \(percent(missing.1, rows.1)) of these"
  }

  var valueWords: String {
    if let numbers {
      let (a, b) = (quantile(numbers.0.sorted(), 0.5), quantile(numbers.1.sorted(), 0.5))
      return "its median is \(rounded(a)) in those to train on and \(rounded(b)) in these"
    }
    let sizes = (rows.0 - missing.0, rows.1 - missing.1)
    func gap(_ count: (Int, Int)) -> Double {
      abs(Double(count.0) / Double(sizes.0) - Double(count.1) / Double(sizes.1))
    }
    guard let most = counts.max(by: { (gap($0.value), $1.key) < (gap($1.value), $0.key) }) else { return "" }
    return "'\(most.key.prefix(40))' is \(percent(most.value.0, sizes.0)) of those to train on and "
      + "\(percent(most.value.1, sizes.1)) of these"
  }
}
