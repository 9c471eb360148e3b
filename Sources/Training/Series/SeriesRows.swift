import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// The rows of a series: for an origin and a channel the window before it, what is known of the steps from it on, and, to learn
/// from, these steps themselves. Nothing of a row's input lies at or behind its origin but what is known.
struct SeriesRows {
  let schema: SeriesSchema
  let series: TimeSeries
  private let scaled: [[Float]]
  private let known: [[Float]]
  /// What the calendar says of each step, and of the one past the last.
  private let calendar: [Float]
  /// The number of the series among several.
  private let code: Int

  /// - Throws: ``TrainingError`` for a value that has no logarithm where the model works with logarithms.
  init(_ series: TimeSeries, _ schema: SeriesSchema, code: Int = 0) throws {
    self.code = code
    self.schema = schema
    self.series = series
    scaled = try SeriesRows.scaled(series.channels, schema.scalings, series.grid)
    known = try SeriesRows.scaled(series.known, schema.knownScalings, series.grid)
    calendar = (0...series.count).flatMap { step in
      schema.calendar.values(
        at: series.grid.stamp(at: step), to: series.grid.stamp(at: step + schema.horizon - 1))
    }
  }

  private static func scaled(_ channels: [TimeSeries.Channel], _ scalings: [ChannelScaling], _ grid: TimeGrid) throws
    -> [[Float]]
  {
    try zip(channels, scalings).map { channel, scaling in
      if let step = channel.values.firstIndex(where: { !scaling.allows($0) }) {
        throw TrainingError(
          "'\(channel.name)' is \(shortest(channel.values[step])) at \(grid.text(at: step)); the model works with "
            + "logarithms, so values have to be greater than 0.")
      }
      return channel.values.map { Float(scaling.apply($0)) }
    }
  }

  /// The rows of all channels for each origin, channel after channel: [origins · channels, width].
  func inputs(_ origins: [Int]) -> Tensor { PanelRows(self).inputs([origins]) }

  func putInputs(_ origin: Int, _ channel: Int, _ next: inout UnsafeMutablePointer<Float>) {
    func put(_ numbers: [Float], _ range: Range<Int>) {
      if range.isEmpty { return }
      numbers.withUnsafeBufferPointer { next.update(from: $0.baseAddress! + range.lowerBound, count: range.count) }
      next += range.count
    }
    put(scaled[channel], origin - schema.lookback..<origin)
    for column in known { put(column, origin..<origin + schema.horizon) }
    put(calendar, origin * schema.calendar.width..<(origin + 1) * schema.calendar.width)
    if schema.hasCode == true { put([Float(code)], 0..<1) }
  }

  func targets(_ origin: Int, _ channel: Int) -> ArraySlice<Float> { scaled[channel][origin..<origin + schema.horizon] }
}

/// The rows of one series or of several.
struct PanelRows {
  let schema: SeriesSchema
  let members: [SeriesRows]

  /// The rows of a single series.
  init(_ rows: SeriesRows) {
    schema = rows.schema
    members = [rows]
  }

  /// - Throws: ``TrainingError`` for a value that has no logarithm where the model works with logarithms.
  init(_ series: [TimeSeries], _ schema: SeriesSchema) throws {
    self.schema = schema
    members = try series.enumerated().map { place, one in
      try SeriesRows(one, schema.member(place), code: place + 1)
    }
  }

  private struct Place { let member, origin, channel: Int }

  /// Of each series the rows of all channels for each of its origins: [Σ origins · channels, width].
  func inputs(_ origins: [[Int]]) -> Tensor { inputs(places(origins)) }

  /// What follows, scaled, in the same order: [Σ origins · channels, horizon].
  func targets(_ origins: [[Int]]) -> Tensor { targets(places(origins)) }

  func samples(_ origins: [[Int]]) -> Samples {
    let places = places(origins)
    return Samples(inputs(places), targets(places))
  }

  private func places(_ origins: [[Int]]) -> [Place] {
    origins.enumerated().flatMap { member, own in
      own.flatMap { origin in
        schema.channels.indices.map { Place(member: member, origin: origin, channel: $0) }
      }
    }
  }

  private func inputs(_ places: [Place]) -> Tensor {
    let width = schema.width
    let scalars = [Float](unsafeUninitializedCapacity: places.count * width) { buffer, count in
      guard var next = buffer.baseAddress else { return }
      for place in places { members[place.member].putInputs(place.origin, place.channel, &next) }
      count = places.count * width
    }
    return Tensor(scalars, shape: [places.count, width])
  }

  private func targets(_ places: [Place]) -> Tensor {
    var scalars: [Float] = []
    scalars.reserveCapacity(places.count * schema.horizon)
    for place in places { scalars += members[place.member].targets(place.origin, place.channel) }
    return Tensor(scalars, shape: [places.count, schema.horizon])
  }

  /// The batches of an epoch: every origin and channel of every series once, in an order by the seed and the epoch alone.
  ///
  /// - Parameter most: an epoch ends after so many batches; the next one draws others.
  func batches(_ origins: [Range<Int>], size: Int, most: Int, seed: UInt64, epoch: Int) -> some Sequence<Samples> {
    let channels = schema.channels.count
    let ends = origins.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count * channels) }
    var order = Array(0..<Int32(ends[ends.count - 1]))
    var generator = SplitMix64(seed: RandomKey(seed: seed).folding(UInt64(epoch)).seed)
    generator.shuffle(&order)
    let count = min(order.count, most * size)
    return stride(from: 0, to: count, by: size).lazy.map { start in
      let places = order[start..<min(start + size, count)].map { row in
        let member = PanelRows.member(of: Int(row), ends)
        let own = Int(row) - ends[member]
        return Place(
          member: member, origin: origins[member].lowerBound + own / channels, channel: own % channels)
      }
      return Samples(inputs(places), targets(places))
    }
  }

  /// The series of a row: the last whose rows begin at it or before.
  private static func member(of row: Int, _ ends: [Int]) -> Int {
    var (low, high) = (0, ends.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if ends[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }
}

extension Samples {
  /// Of rows that were made together.
  fileprivate init(_ inputs: Tensor, _ targets: Tensor) {
    self.inputs = inputs
    self.targets = targets
    weights = nil
  }
}
