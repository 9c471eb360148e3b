/// What a column holds, in a few numbers.
public struct ColumnSummary: Codable, Sendable, Equatable {
  /// A value of a category, and how many rows have it.
  public struct Level: Codable, Sendable, Equatable {
    public let level: String
    public let count: Int
  }

  public let name: String
  public let type: ColumnType
  public let count: Int
  public let missing: Int
  public let distinct: Int
  /// Smallest and largest value, for numbers, integers and dates (in seconds); infinite values aside.
  public let minimum: Double?
  public let maximum: Double?
  public let mean: Double?
  /// The population's standard deviation.
  public let deviation: Double?
  public let median: Double?
  /// The most frequent levels of categories, booleans and text, at most ten, the most frequent first.
  public let levels: [Level]

  init(_ column: Column) {
    name = column.name
    type = column.type
    count = column.count
    missing = column.missingCount
    if case .codes(let codes, let levels) = column.values {
      var counts = Array(repeating: 0, count: levels.count)
      for code in codes where code >= 0 { counts[Int(code)] += 1 }
      let order = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }
      distinct = order.count
      self.levels = order.prefix(10).map { Level(level: levels[$0], count: counts[$0]) }
      (minimum, maximum, mean, deviation, median) = (nil, nil, nil, nil, nil)
      return
    }
    levels = []
    distinct = DistinctValues(column, Array(0..<column.count)).count
    let sorted = (column.numbers ?? []).filter(\.isFinite).sorted()
    minimum = sorted.first
    maximum = sorted.last
    median = sorted.isEmpty ? nil : quantile(sorted, 0.5)
    let moments = meanAndDeviation(sorted)
    mean = sorted.isEmpty ? nil : moments.mean
    deviation = sorted.isEmpty ? nil : moments.deviation
  }
}
