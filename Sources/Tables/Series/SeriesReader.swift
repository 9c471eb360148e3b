/// Makes a series of a table's rows: one pass from stamps to steps, with a note for everything that is not as it should be.
struct SeriesReader {
  private let table: Table
  private let time: String
  private let targets: [String]
  private let known: [String]
  private let stamps: [Double]
  private let areDates: Bool
  private let columns: [[Double]]
  private var notes: [String] = []

  init(_ table: Table, time: String, targets: [String], known: [String]) throws(TableError) {
    self.table = table
    self.time = time
    self.targets = targets
    self.known = known
    guard let first = targets.first else {
      throw TableError(.noTarget, "no column is to be forecast; name one at least", file: table.file)
    }
    let names = [time] + targets + known
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw TableError(.duplicateName, "the column is named twice", file: table.file, column: names[twice])
    }
    (stamps, areDates) = try SeriesReader.stamps(table, time)
    var columns: [[Double]] = []
    for name in targets + known { columns.append(try SeriesReader.numbers(table, name)) }
    self.columns = columns
    _ = try table.rowsWithValue(in: first)
  }

  // ---- The columns

  private static func stamps(_ table: Table, _ name: String) throws(TableError) -> ([Double], areDates: Bool) {
    let column = try table.column(name)
    guard column.type == .date || column.type == .integer || column.type == .number, let stamps = column.numbers else {
      let row = (0..<table.rowCount).first { row in column.text(row).map { CivilTime.parse($0) == nil } ?? false }
      throw TableError(
        .wrongType,
        "\(row.flatMap { column.text($0) }.map { "'\($0.prefix(60))'" } ?? "its value") is not a time; dates are read as "
          + "2016-07-01, 2016-07-01 13:00:00, 2016/07/01, 1949-01 or 1 Jul 2016, in one column or another",
        file: table.file, line: row.flatMap { table.line(ofRow: $0) }, column: name)
    }
    if let row = stamps.firstIndex(where: { !$0.isFinite }) {
      throw TableError(
        .allMissing, "the time is missing; give it, or leave the row out", file: table.file,
        line: table.line(ofRow: row), column: name)
    }
    return (stamps, column.type == .date)
  }

  private static func numbers(_ table: Table, _ name: String) throws(TableError) -> [Double] {
    let column = try table.column(name)
    guard let numbers = column.numbers, column.type != .date else {
      throw TableError(
        .wrongType, "its values are \(column.type == .date ? "dates" : "words"); a series is of numbers",
        file: table.file, column: name)
    }
    if let row = numbers.firstIndex(where: \.isInfinite) {
      throw TableError(
        .infiniteTarget, "the value is infinite", file: table.file, line: table.line(ofRow: row), column: name)
    }
    return numbers
  }

  // ---- Stamps to steps

  mutating func series() throws(TableError) -> TimeSeries {
    let order = ordered()
    let groups = try joined(order)
    guard groups.count > 1 else {
      throw TableError(.noRows, "there is one stamp only; a series has several", file: table.file, column: time)
    }
    let grid = TimeGrid.find(groups.map { stamps[$0[0]] }, areDates: areDates)
    let steps = try steps(of: groups, on: grid)
    let length = steps[steps.count - 1] + 1
    var values = columns.map { _ in [Double](repeating: .nan, count: length) }
    for (group, step) in zip(groups, steps) {
      for column in columns.indices {
        let present = group.map { columns[column][$0] }.filter { !$0.isNaN }
        if !present.isEmpty { values[column][step] = present.reduce(0, +) / Double(present.count) }
      }
    }
    noteDoubled(groups, grid)
    return try filled(values, grid, absent: Set(0..<length).subtracting(steps))
  }

  private mutating func ordered() -> [Int] {
    let falls = zip(stamps, stamps.dropFirst()).reduce(0) { $0 + ($1.1 < $1.0 ? 1 : 0) }
    if falls == 0 { return Array(stamps.indices) }
    notes.append(
      "the rows are not in the order of time: \(counted(falls, "stamp")) \(falls == 1 ? "lies" : "lie") "
        + "before the one above; they were put in order"
    )
    return stamps.indices.sorted { (stamps[$0], $0) < (stamps[$1], $1) }
  }

  /// The rows of each stamp, in the order of time.
  private func joined(_ order: [Int]) throws(TableError) -> [[Int]] {
    var groups: [[Int]] = []
    for row in order {
      if let last = groups.last, stamps[last[0]] == stamps[row] {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
    let doubled = groups.filter { $0.count > 1 }
    guard doubled.count * 20 <= groups.count || doubled.count < 2 else {
      let lines = doubled[0].prefix(2).compactMap { table.line(ofRow: $0).map(String.init) }
      throw TableError(
        .wrongType,
        "\(doubled.count) of \(groups.count) stamps come more than once, first \(word(stamps[doubled[0][0]]))"
          + (lines.isEmpty ? "" : " in the lines \(lines.joined(separator: " and "))")
          + ": where several series stand in one table, name the column that tells them apart (--series)",
        file: table.file, column: time)
    }
    return groups
  }

  private func steps(of groups: [[Int]], on grid: TimeGrid) throws(TableError) -> [Int] {
    var steps: [Int] = []
    for (place, group) in groups.enumerated() {
      guard let step = grid.step(of: stamps[group[0]]) else {
        let before = place > 0 ? word(stamps[groups[place - 1][0]]) : "none"
        throw TableError(
          .wrongType,
          "\(word(stamps[group[0]])) lies between the steps: most stamps go \(grid.frequency), the one before is \(before); "
            + "bring the rows to even steps first, by sums or means",
          file: table.file, line: table.line(ofRow: group[0]), column: time)
      }
      steps.append(step)
    }
    guard steps[steps.count - 1] < 4 * groups.count + 1000 else {
      throw TableError(
        .wrongType,
        "\(groups.count) stamps from \(word(stamps[groups[0][0]])) to \(word(stamps[groups[groups.count - 1][0]])) go "
          + "\(grid.frequency): most steps have no row, so this is no even series", file: table.file, column: time)
    }
    return steps
  }

  private func word(_ stamp: Double) -> String { areDates ? CivilTime(seconds: stamp).description : shortest(stamp) }

  private mutating func noteDoubled(_ groups: [[Int]], _ grid: TimeGrid) {
    let doubled = groups.filter { $0.count > 1 }.map { stamps[$0[0]] }
    guard !doubled.isEmpty else { return }
    let summer = doubled.filter { changesClocks($0) }.count
    notes.append(
      "\(counted(doubled.count, "stamp")) \(doubled.count == 1 ? "comes" : "come") more than once, first \(word(doubled[0]))"
        + summerWords(summer, of: doubled.count) + "; the mean of their values was taken")
  }

  // ---- Summer time

  /// Whether the stamp lies in a night in which clocks are changed: a Sunday of spring or autumn, up to three o'clock.
  private func changesClocks(_ stamp: Double) -> Bool {
    guard areDates else { return false }
    let time = CivilTime(seconds: stamp)
    return time.weekday == 6 && time.hour <= 3 && [3, 4, 10, 11].contains(time.month)
  }

  private func summerWords(_ count: Int, of all: Int) -> String {
    count == 0 ? "" : ", \(count == all ? "all" : "\(count)") in a night in which clocks change"
  }

  // ---- Gaps

  /// The series from where all channels have begun to where the last ends, without gaps.
  private mutating func filled(_ values: [[Double]], _ grid: TimeGrid, absent: Set<Int>) throws(TableError)
    -> TimeSeries
  {
    let channels = values.prefix(targets.count)
    var (first, end) = (0, 0)
    for (name, channel) in zip(targets, channels) {
      guard let own = channel.firstIndex(where: { !$0.isNaN }), let last = channel.lastIndex(where: { !$0.isNaN })
      else {
        throw TableError(.allMissing, "every value of this column is missing", file: table.file, column: name)
      }
      (first, end) = (max(first, own), max(end, last + 1))
    }
    guard first < end else {
      throw TableError(.allMissing, "the targets have no time in common", file: table.file, column: targets[0])
    }
    if first > 0 { notes.append("the series begins at \(grid.text(at: first)), where all targets have values") }
    if end < values[0].count {
      notes.append(
        "the last value is that of \(grid.text(at: end - 1)); the \(values[0].count - end) steps behind it are the future"
      )
    }
    let missing = absent.filter { (first..<end).contains($0) }.sorted()
    if !missing.isEmpty {
      let summer = missing.filter { changesClocks(grid.stamp(at: $0)) }.count
      notes.append(
        "\(counted(missing.count, grid.frequency.unit)) \(missing.count == 1 ? "has" : "have") no row, first "
          + grid.text(at: missing[0]) + summerWords(summer, of: missing.count))
    }
    var isFilled = [Bool](repeating: false, count: end - first)
    var made: [TimeSeries.Channel] = []
    for (place, name) in (targets + known).enumerated() {
      let stop = place < targets.count ? end : (values[place].lastIndex { !$0.isNaN } ?? -1) + 1
      guard stop >= end else {
        throw TableError(
          .allMissing,
          "the column ends before the targets do, at \(stop > 0 ? grid.text(at: stop - 1) : "the beginning")",
          file: table.file, column: name)
      }
      let own = Array(values[place][first..<stop])
      made.append(TimeSeries.Channel(name: name, values: try fill(own, name, grid.moved(by: first))))
      if place < targets.count { for step in own.indices where own[step].isNaN { isFilled[step] = true } }
    }
    return TimeSeries(
      time: time, grid: grid.moved(by: first), channels: Array(made.prefix(targets.count)),
      known: Array(made.dropFirst(targets.count)), isFilled: isFilled, notes: notes)
  }

  private mutating func fill(_ values: [Double], _ name: String, _ grid: TimeGrid) throws(TableError) -> [Double] {
    var (values, count, longest, step) = (values, 0, 0, 0)
    let season = grid.frequency.seasons.last ?? 3
    while step < values.count {
      guard values[step].isNaN else {
        step += 1
        continue
      }
      let end = values[step...].firstIndex { !$0.isNaN } ?? values.count
      let gap = step..<end
      guard gap.count <= max(season, 3) else {
        throw TableError(
          .allMissing,
          "there is no value for \(gap.count) steps from \(grid.text(at: step)) to \(grid.text(at: end - 1)), more than the "
            + "\(max(season, 3)) that are filled; cut the table before or after them, or fill them first",
          file: table.file, column: name)
      }
      SeriesReader.fill(gap, of: &values, season: season)
      (count, longest, step) = (count + gap.count, max(longest, gap.count), end)
    }
    guard count <= max(values.count / 5, 1) else {
      throw TableError(
        .allMissing, "\(count) of \(values.count) steps have no value: too many to be filled", file: table.file,
        column: name)
    }
    if count > 0 {
      notes.append(
        "'\(name)' was filled for \(counted(count, "step")): by a straight line"
          + (longest > 3 ? ", in gaps of more than 3 by the values a season before" : ""))
    }
    return values
  }

  private static func fill(_ gap: Range<Int>, of values: inout [Double], season: Int) {
    guard gap.lowerBound > 0 || gap.upperBound < values.count else { return }
    let before = gap.lowerBound > 0 ? values[gap.lowerBound - 1] : values[gap.upperBound]
    let after = gap.upperBound < values.count ? values[gap.upperBound] : before
    for step in gap {
      if gap.count > 3, step >= season {
        values[step] = values[step - season]
      } else {
        let part = Double(step - gap.lowerBound + 1) / Double(gap.count + 1)
        values[step] = before + (after - before) * part
      }
    }
  }
}
