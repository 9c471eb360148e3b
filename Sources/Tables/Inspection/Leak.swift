extension Table {
  /// A warning where one column alone tells the target: by name if it has few values, by one threshold or more if it
  /// has many, by a straight line if the target is a number.
  func leak(_ column: Column, _ target: Column, _ task: LearningTask) -> Inspection.Warning? {
    let rows = (0..<rowCount).filter { !column.isMissing($0) && !target.isMissing($0) }
    guard rows.count >= 20, rows.count * 2 >= rowCount else { return nil }
    let tells =
      task == .classification
      ? tellsClass(column, target, rows) : tellsNumber(column, target, rows)
    guard tells else { return nil }
    return Inspection.Warning(
      kind: .leak, column: column.name, other: target.name,
      description: "'\(column.name)' alone gives '\(target.name)' away; is it known when a prediction is wanted?")
  }

  /// Whether each value of the column has nearly one class (99.5% of rows), where values recur; for numbers with many
  /// values, whether the rows sorted by them change class no oftener than there are classes.
  private func tellsClass(_ column: Column, _ target: Column, _ rows: [Int]) -> Bool {
    var classOf: [String: Int] = [:]
    let classes = rows.map { row -> Int in
      let text = target.text(row) ?? ""
      if let known = classOf[text] { return known }
      classOf[text] = classOf.count
      return classOf.count - 1
    }
    guard classOf.count > 1 else { return false }
    let order = rows.indices.map { ($0, column.sortKey(rows[$0])) }
    let sorted = order.sorted { $0.1 < $1.1 }
    var right = 0
    var changes = 0
    var groups = 0
    var lastClass: Int?
    var start = 0
    while start < sorted.count {
      var end = start
      var counts: [Int: Int] = [:]
      while end < sorted.count, sorted[end].1 == sorted[start].1 {
        counts[classes[sorted[end].0], default: 0] += 1
        end += 1
      }
      let major = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }!
      right += major.value
      if major.key != lastClass || counts.count > 1 { changes += counts.count }
      lastClass = major.key
      groups += 1
      start = end
    }
    if groups * 10 <= rows.count { return right * 1000 >= rows.count * 995 }
    return column.numbers != nil && changes <= classOf.count
  }

  /// Whether the correlation is above 0.9999 either way.
  private func tellsNumber(_ column: Column, _ target: Column, _ rows: [Int]) -> Bool {
    guard let x = column.numbers, let y = target.numbers else { return false }
    let usable = rows.filter { x[$0].isFinite && y[$0].isFinite }
    let (meanX, deviationX) = meanAndDeviation(usable.map { x[$0] })
    let (meanY, deviationY) = meanAndDeviation(usable.map { y[$0] })
    guard deviationX > 0, deviationY > 0 else { return false }
    let sum = usable.reduce(0.0) { $0 + (x[$1] - meanX) / deviationX * ((y[$1] - meanY) / deviationY) }
    return abs(sum / Double(usable.count)) > 0.9999
  }
}

extension Column {
  /// A number that is equal for equal values: the value, or the level's code.
  fileprivate func sortKey(_ row: Int) -> Double {
    switch values {
    case .numbers(let numbers): numbers[row]
    case .integers(let integers, _): Double(integers[row])
    case .codes(let codes, _): Double(codes[row])
    }
  }
}
