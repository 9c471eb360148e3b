extension Table {
  /// A warning where a class has fewer rows than there are parts to split into: to train on, to watch and to score on.
  func smallClasses(_ target: Column) -> [Inspection.Warning] {
    let groups = Split.groups((0..<rowCount).filter { !target.isMissing($0) }, by: target)
    let small = groups.filter { $0.rows.count < 3 }
    guard let first = small.first, groups.count > 1 else { return [] }
    let names = quotedList(small.map { "\($0.name)" }, limit: 5)
    let size = small.count == 1 ? counted(first.rows.count, "row") : "fewer than 3 rows each"
    return [
      Inspection.Warning(
        kind: .smallClass, column: target.name, other: nil,
        description:
          "'\(target.name)' has \(small.count == 1 ? "a class" : "\(small.count) classes") too small to be learnt and scored: "
          + "\(names) with \(size), first on \(place(of: first.rows[0]))")
    ]
  }

  /// A warning where a few values of a target of numbers outweigh all others: one in two hundred rows or fewer (one at least) has
  /// more than half of Σ (y − median)².
  func outliers(_ target: Column) -> [Inspection.Warning] {
    guard let values = target.numbers else { return [] }
    let rows = (0..<rowCount).filter { values[$0].isFinite }
    guard rows.count >= 50 else { return [] }
    let median = quantile(rows.map { values[$0] }.sorted(), 0.5)
    // Squares of the share of the greatest cannot overflow.
    let greatest = rows.reduce(0) { max($0, abs(values[$1] / 2 - median / 2)) }
    guard greatest > 0, greatest.isFinite else { return [] }
    func square(_ row: Int) -> Double {
      let part = (values[row] / 2 - median / 2) / greatest
      return part * part
    }
    let all = rows.reduce(0) { $0 + square($1) }
    let limit = max(1, rows.count / 200)
    let furthest = rows.sorted { (square($1), $0) < (square($0), $1) }.prefix(limit)
    guard let first = furthest.first, furthest.reduce(0, { $0 + square($1) }) > all / 2 else { return [] }
    var (count, sum) = (0, 0.0)
    for row in furthest where sum <= all / 2 { (count, sum) = (count + 1, sum + square(row)) }
    return [
      Inspection.Warning(
        kind: .outliers, column: target.name, other: nil,
        description: "'\(target.name)' has values that outweigh all others in a squared error: "
          + "\(counted(count, "row")) of \(rows.count), \(count == 1 ? "" : "first ")\(rounded(values[first])) "
          + "on \(place(of: first)), where the median is \(rounded(median))")
    ]
  }
}
