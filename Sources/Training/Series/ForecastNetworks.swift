import GliaNeuralNetworks
import GliaTensors

/// The networks of a forecast, made of layers of the catalog.
struct ForecastNetworks {
  let schema: SeriesSchema
  /// How many seasons before a step the linear part starts as the mean of.
  let seasons: Int

  /// The linear part: of the window, and of what is known. It starts as the seasonal naive forecast, of one season or several.
  func linear(_ kind: ForecastNetwork) -> Sequential {
    let (lookback, horizon) = (schema.lookback, schema.horizon)
    let window: any Module
    if kind == .decomposed {
      let layer = DecomposedLinear(lookback, horizon)
      for linear in [layer.trend, layer.remainder] { linear.weight.value = naiveWeight }
      window = layer
    } else {
      let layer = NormalizedLinear(lookback, horizon)
      layer.weight.value = naiveWeight
      window = layer
    }
    if schema.width == lookback { return Sequential([window]) }
    var branches = [Sequential([Columns(0..<lookback), window])]
    let known = horizon * schema.known.count
    if known > 0 {
      branches.append(
        Sequential([Columns(lookback..<lookback + known), Linear(known, horizon, initializer: .zeros)]))
    }
    return branches.count == 1 ? branches[0] : Sequential([Parallel(.add, branches)])
  }

  /// W that means the values whole seasons before each step; zeros, which say the last value, where the window has no season.
  private var naiveWeight: Tensor {
    var weight = [Float](repeating: 0, count: schema.horizon * schema.lookback)
    if schema.season > 1, schema.season <= schema.lookback {
      for step in 0..<schema.horizon {
        for season in 1...seasons {
          let place = schema.lookback - season * schema.season + step % schema.season
          weight[step * schema.lookback + place] = 1 / Float(seasons)
        }
      }
    }
    return Tensor(weight, shape: [schema.horizon, schema.lookback])
  }

  /// A linear part and two hidden layers beside it, whose last layer starts at zero, so that the whole starts as the linear
  /// part.
  ///
  /// - Parameter linear: trained on rows without the calendar; it is copied.
  func residual(on linear: Sequential) throws -> Sequential {
    let copy = self.linear(.linear)
    let values = linear.parameters.map(\.value)
    for (parameter, value) in zip(copy.parameters, values) { parameter.value = value }
    return Sequential([Parallel(.add, [copy, Sequential(body(outputs: schema.horizon))])])
  }

  /// Two hidden layers, whose answer starts at zero.
  private func body(outputs: Int) -> [any Module] {
    entrance + [
      Linear(inner, ForecastNetworks.hidden), ReLU(), Dropout(ForecastNetworks.dropout),
      Linear(ForecastNetworks.hidden, ForecastNetworks.hidden), ReLU(), Dropout(ForecastNetworks.dropout),
      Linear(ForecastNetworks.hidden, outputs, initializer: .zeros),
    ]
  }

  /// What hidden layers see of a row: the window from its last value on, and numbers that are learned for the series instead of
  /// its own. They start at zero, where they stay for a series that is not learned from.
  private var entrance: [any Module] {
    let window = RelativeWindow(schema.lookback)
    guard schema.hasCode == true else { return [window] }
    let embedding = Embedding(schema.memberCount + 1, embeddingSize, initializer: .zeros)
    return [ColumnEmbedding(numbers: schema.width - 1, embeddings: [embedding]), window]
  }

  private var embeddingSize: Int { min(max(schema.memberCount / 2, 2), 16) }
  private var inner: Int { schema.hasCode == true ? schema.width - 1 + embeddingSize : schema.width }

  static let hidden = 256
  static let dropout = 0.3
}
