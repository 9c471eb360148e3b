extension Table {
  /// Columns of numbers that are a straight line of an earlier one, y = a x + b, to within a millionth of their range; equal
  /// columns are left to `duplicates()`.
  ///
  /// A column is brought to the range from 0 to 1, where a column and a line of it are the same or each other's mirror image. A
  /// sum with weights at random, the same for both, puts such columns side by side, so that sorting finds them.
  func linearTwins() -> [Inspection.Warning] {
    let candidates = columnValues.enumerated().compactMap { place, column in UnitColumn(column, place) }
      .sorted { ($0.key, $0.place) < ($1.key, $1.place) }
    var found: [(place: Int, warning: Inspection.Warning)] = []
    for (index, column) in candidates.enumerated() {
      // The earliest column that it is a line of. Where a thousand have one sum, they are all constant but for a few rows.
      var twin: UnitColumn?
      for other in candidates[..<index].reversed().prefix(1000) {
        guard column.key - other.key < UnitColumn.tolerance else { break }
        if (twin.map { other.place < $0.place } ?? true), column.isLine(of: other) { twin = other }
      }
      for other in candidates[(index + 1)...].prefix(1000) {
        guard other.key - column.key < UnitColumn.tolerance else { break }
        if (twin.map { other.place < $0.place } ?? true), column.isLine(of: other) { twin = other }
      }
      guard let twin, twin.place < column.place, let line = column.line(of: twin) else { continue }
      let (name, other) = (column.column.name, twin.column.name)
      found.append(
        (
          column.place,
          Inspection.Warning(
            kind: .duplicate, column: name, other: other,
            description: "'\(name)' is a straight line of '\(other)': \(line)")
        ))
    }
    return found.sorted { $0.place < $1.place }.map(\.warning)
  }
}

/// A column of numbers with its range, to compare its shape.
private struct UnitColumn {
  static let tolerance = 1e-6
  let column: Column
  let place: Int
  private let values: [Double]
  private let low, high: Double
  /// How far the weighted mean is from the middle of the range.
  let key: Double

  init?(_ column: Column, _ place: Int) {
    guard column.type != .boolean, let values = column.numbers else { return nil }
    let finite = values.lazy.filter(\.isFinite)
    // A column of a few values is a line of another by chance.
    guard let low = finite.min(), let high = finite.max(), high - low > 0, (high - low).isFinite, values.count >= 10
    else {
      return nil
    }
    var generator = SplitMix64(seed: 1)
    var (sum, weights) = (0.0, 0.0)
    for value in values where value.isFinite {
      let weight = Double(generator.next() >> 11) * 0x1p-53
      sum += weight * ((value - low) / (high - low))
      weights += weight
    }
    (self.column, self.place, self.values, self.low, self.high) = (column, place, values, low, high)
    key = abs(sum / weights - 0.5)
  }

  /// Whether each value is where the other's is in its range, or at the mirrored place.
  func isLine(of other: UnitColumn) -> Bool { fits(other, mirrored: false) || fits(other, mirrored: true) }

  private func fits(_ other: UnitColumn, mirrored: Bool) -> Bool {
    zip(values, other.values).allSatisfy { value, theirs in
      guard value.isFinite, theirs.isFinite else { return value == theirs || (value.isNaN && theirs.isNaN) }
      let (x, y) = ((theirs - other.low) / (other.high - other.low), (value - low) / (high - low))
      return abs(y - (mirrored ? 1 - x : x)) <= UnitColumn.tolerance
    }
  }

  /// `1.8 · celsius + 32`; nil for the line that says equal.
  func line(of other: UnitColumn) -> String? {
    let isMirrored = !fits(other, mirrored: false)
    let slope = (high - low) / (other.high - other.low) * (isMirrored ? -1 : 1)
    let start = (isMirrored ? high : low) - slope * other.low
    let shown = abs(start) < 1e-6 * max(abs(low), abs(high)) ? 0 : start
    if abs(slope - 1) < 1e-12, shown == 0 { return nil }
    let term = shown == 0 ? "" : shown < 0 ? " - \(rounded(-shown))" : " + \(rounded(shown))"
    return "\(rounded(slope)) · \(other.column.name)\(term)"
  }
}
