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

  /// - Throws: ``TrainingError`` for a value that has no logarithm where the model works with logarithms.
  init(_ series: TimeSeries, _ schema: SeriesSchema) throws {
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
  func inputs(_ origins: [Int]) -> Tensor {
    let places = origins.flatMap { origin in schema.channels.indices.map { (origin, $0) } }
    return inputs(places)
  }

  /// What follows, scaled, in the same order: [origins · channels, horizon].
  func targets(_ origins: [Int]) -> Tensor {
    targets(origins.flatMap { origin in schema.channels.indices.map { (origin, $0) } })
  }

  func samples(_ origins: [Int]) -> Samples { Samples(inputs(origins), targets(origins)) }

  private func inputs(_ places: [(origin: Int, channel: Int)]) -> Tensor {
    let (width, lookback, horizon) = (schema.width, schema.lookback, schema.horizon)
    let scalars = [Float](unsafeUninitializedCapacity: places.count * width) { buffer, count in
      var next = buffer.baseAddress!
      func put(_ numbers: [Float], _ range: Range<Int>) {
        if range.isEmpty { return }
        numbers.withUnsafeBufferPointer { next.update(from: $0.baseAddress! + range.lowerBound, count: range.count) }
        next += range.count
      }
      for (origin, channel) in places {
        put(scaled[channel], origin - lookback..<origin)
        for column in known { put(column, origin..<origin + horizon) }
        put(calendar, origin * schema.calendar.width..<(origin + 1) * schema.calendar.width)
      }
      count = places.count * width
    }
    return Tensor(scalars, shape: [places.count, width])
  }

  private func targets(_ places: [(origin: Int, channel: Int)]) -> Tensor {
    let horizon = schema.horizon
    var scalars: [Float] = []
    scalars.reserveCapacity(places.count * horizon)
    for (origin, channel) in places { scalars += scaled[channel][origin..<origin + horizon] }
    return Tensor(scalars, shape: [places.count, horizon])
  }

  /// The batches of an epoch: every origin and channel once, in an order by the seed and the epoch alone.
  func batches(_ origins: Range<Int>, size: Int, seed: UInt64, epoch: Int) -> some Sequence<Samples> {
    let channels = schema.channels.count
    var order = Array(0..<Int32(origins.count * channels))
    var generator = SplitMix64(seed: RandomKey(seed: seed).folding(UInt64(epoch)).seed)
    generator.shuffle(&order)
    return stride(from: 0, to: order.count, by: size).lazy.map { start in
      let places = order[start..<min(start + size, order.count)].map { row in
        (origin: origins.lowerBound + Int(row) / channels, channel: Int(row) % channels)
      }
      return Samples(inputs(places), targets(places))
    }
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
