/// The rows to train on, to watch while training, and to score at the end, each in rising order and none in two parts.
public struct Split: Codable, Sendable, Equatable {
  public var training: [Int]
  public var validation: [Int]
  public var test: [Int]
  /// What a person should know, one sentence each.
  public var warnings: [String] = []

  /// A split that was made elsewhere.
  public init(training: [Int], validation: [Int] = [], test: [Int] = [], warnings: [String] = []) {
    self.training = training.sorted()
    self.validation = validation.sorted()
    self.test = test.sorted()
    self.warnings = warnings
  }

  /// Each row by chance, with `round(share × rows)` rows in a part, and one at least where its share is above 0.
  ///
  /// - Parameters:
  ///   - rows: indices into the table, as `Table.rowsWithValue(in:)` gives them.
  ///   - validation: the share of rows for validation, from 0 to 1.
  ///   - test: the share of rows for the test.
  /// - Throws: `TableError` where a share is out of range, or where no row would be left to train on.
  public static func random(
    _ rows: [Int], validation: Double = 0, test: Double = 0, seed: UInt64
  ) throws(TableError) -> Split {
    let sizes = try Sizes(rows.count, validation, test)
    var generator = SplitMix64(seed: seed)
    return sizes.cut(generator.shuffled(rows))
  }

  /// Like `random` within each class, so that the parts have the table's own shares of classes.
  ///
  /// The rows of all classes are laid out class after class, each shuffled, and dealt out so that every part gets its
  /// share of each class to within one row. A class with fewer rows than there are parts is trained on, with a warning.
  ///
  /// - Parameter column: the classes; rows where it is missing form a class of their own.
  public static func stratified(
    _ rows: [Int], by column: Column, validation: Double = 0, test: Double = 0, seed: UInt64
  ) throws(TableError) -> Split {
    let sizes = try Sizes(rows.count, validation, test)
    var generator = SplitMix64(seed: seed)
    var parts: ([Int], [Int], [Int]) = ([], [], [])
    var warnings: [String] = []
    let wanted = (sizes.validation > 0 ? 1 : 0) + (sizes.test > 0 ? 1 : 0) + 1
    // What rounding took from the classes so far is given to those that follow.
    var owed = (validation: 0.0, test: 0.0)
    for (name, members) in groups(rows, by: column) {
      let shuffled = generator.shuffled(members)
      if members.count < wanted, wanted > 1 {
        warnings.append(
          "class '\(name.prefix(60))' has \(counted(members.count, "row")), too few for \(wanted) parts; all of it is trained on"
        )
        parts.0 += shuffled
        continue
      }
      owed.test += test * Double(members.count)
      owed.validation += validation * Double(members.count)
      let least = (test: sizes.test > 0 ? 1 : 0, validation: sizes.validation > 0 ? 1 : 0)
      let testCount = min(max(Int(owed.test.rounded()), least.test), members.count - 1 - least.validation)
      let validationCount = min(max(Int(owed.validation.rounded()), least.validation), members.count - 1 - testCount)
      owed.test -= Double(testCount)
      owed.validation -= Double(validationCount)
      parts.2 += shuffled[..<testCount]
      parts.1 += shuffled[testCount..<testCount + validationCount]
      parts.0 += shuffled[(testCount + validationCount)...]
    }
    return Split(training: parts.0, validation: parts.1, test: parts.2, warnings: warnings)
  }

  /// Whole groups by chance: all rows with the same value are in the same part, so that no person, place or machine is
  /// both trained on and scored. Parts are filled group by group until they have their share of rows.
  ///
  /// - Parameter column: the groups; each row where it is missing is a group of its own.
  public static func grouped(
    _ rows: [Int], by column: Column, validation: Double = 0, test: Double = 0, seed: UInt64
  ) throws(TableError) -> Split {
    let sizes = try Sizes(rows.count, validation, test)
    var generator = SplitMix64(seed: seed)
    let known = groups(rows.filter { !column.isMissing($0) }, by: column).map(\.rows)
    let lone = rows.filter { column.isMissing($0) }.map { [$0] }
    let wanted = 1 + (sizes.validation > 0 ? 1 : 0) + (sizes.test > 0 ? 1 : 0)
    guard known.count + lone.count >= wanted else {
      throw TableError(
        .split, "\(counted(known.count + lone.count, "group")) cannot be split into \(wanted) parts",
        column: column.name)
    }
    var parts: ([Int], [Int], [Int]) = ([], [], [])
    for group in generator.shuffled(known + lone) {
      if parts.2.count < sizes.test {
        parts.2 += group
      } else if parts.1.count < sizes.validation {
        parts.1 += group
      } else {
        parts.0 += group
      }
    }
    guard !parts.0.isEmpty else {
      throw TableError(.split, "the groups are so large that none is left to train on", column: column.name)
    }
    return Split(training: parts.0, validation: parts.1, test: parts.2)
  }

  /// The earliest rows to train on, the latest for the test, validation between them. Rows of the same moment may fall
  /// into two parts; their order in the table then decides.
  ///
  /// - Parameter column: dates or numbers, missing nowhere.
  public static func byTime(
    _ rows: [Int], _ column: Column, validation: Double = 0, test: Double = 0
  ) throws(TableError) -> Split {
    let sizes = try Sizes(rows.count, validation, test)
    guard let times = column.numbers, column.type != .boolean else {
      throw TableError(
        .split, "a split by time needs dates or numbers, not \(column.type.rawValue)", column: column.name)
    }
    if let row = rows.first(where: { times[$0].isNaN }) {
      throw TableError(.split, "row \(row + 1) has no value, so its place in time is unknown", column: column.name)
    }
    let latestFirst = rows.sorted { (times[$0], $0) > (times[$1], $1) }
    return sizes.cut(latestFirst)
  }

  /// The rows of each value, the values sorted by their text, the missing last.
  static func groups(_ rows: [Int], by column: Column) -> [(name: String, rows: [Int])] {
    var members: [String?: [Int]] = [:]
    for row in rows { members[column.text(row), default: []].append(row) }
    let names = sortedLevels(members.keys.compactMap { $0 })
    var result = names.map { (name: $0, rows: members[$0] ?? []) }
    if let missing = members[nil] { result.append((name: "missing", rows: missing)) }
    return result
  }

  private struct Sizes {
    let validation: Int
    let test: Int

    init(_ count: Int, _ validation: Double, _ test: Double) throws(TableError) {
      guard validation >= 0, test >= 0, validation + test < 1 else {
        throw TableError(
          .split,
          "the shares for validation (\(validation)) and test (\(test)) have to be 0 or more and less than 1 together")
      }
      func size(_ share: Double) -> Int { share == 0 ? 0 : max(1, Int((share * Double(count)).rounded())) }
      self.validation = size(validation)
      self.test = size(test)
      guard self.validation + self.test < count else {
        throw TableError(.split, "\(counted(count, "row")) cannot be split so that some are left to train on")
      }
    }

    /// The first rows for the test, the next for validation.
    func cut(_ rows: [Int]) -> Split {
      Split(
        training: Array(rows[(test + validation)...]), validation: Array(rows[test..<test + validation]),
        test: Array(rows[..<test]))
    }
  }
}
