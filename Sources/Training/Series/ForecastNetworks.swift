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

  /// A linear part and hidden layers beside it, whose last layer starts at zero, so that the whole starts as the linear part.
  ///
  /// - Parameters:
  ///   - linear: trained on rows without the calendar; it is copied.
  ///   - kind: two plain hidden layers, or blocks with ways around them.
  func hidden(_ kind: ForecastNetwork, on linear: Sequential) throws -> Sequential {
    let copy = self.linear(.linear)
    let values = linear.parameters.map(\.value)
    for (parameter, value) in zip(copy.parameters, values) { parameter.value = value }
    let body = kind == .dense ? dense(outputs: schema.horizon) : body(outputs: schema.horizon)
    return Sequential([Parallel(.add, [copy, Sequential(body)])])
  }

  /// A network, and for each step how far two quantiles lie from what it says: see ``ForecastAnswers``.
  ///
  /// - Parameter width: how many columns of a row the network reads; the heads see all of them.
  static func joined(_ network: Sequential, width: Int, _ heads: Sequential) -> Sequential {
    Sequential([Parallel(.concatenate, [Sequential([Columns(0..<width), network]), heads])])
  }

  /// The two quantiles of what a network leaves, step after step: [rows, 2 · horizon], zero at first.
  func heads() -> Sequential { Sequential(body(outputs: 2 * schema.horizon)) }

  /// An encoder and a decoder of dense blocks, as in A. Das and others 2023, "Long-term forecasting with TiDE: time-series dense
  /// encoder", arXiv:2304.08424: each block is a hidden layer and a linear way around it, added and normalised. The linear part
  /// beside them is the paper's global residual connection.
  private func dense(outputs: Int) -> [any Module] {
    let size = ForecastNetworks.hidden
    return entrance + [block(inner, size), block(size, size), Linear(size, outputs, initializer: .zeros)]
  }

  private func block(_ inputs: Int, _ outputs: Int) -> Sequential {
    Sequential {
      Parallel(.add) {
        Sequential {
          Linear(inputs, ForecastNetworks.hidden); ReLU()
          Linear(ForecastNetworks.hidden, outputs); Dropout(ForecastNetworks.dropout)
        }
        Linear(inputs, outputs)
      }
      LayerNorm(outputs)
    }
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
