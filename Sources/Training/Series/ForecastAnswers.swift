import GliaNeuralNetworks
import GliaTensors

/// A network's answers, scaled: for each row the values of the steps, and where it has heads for them how far its quantiles lie
/// from these.
///
/// A row of the output is [v₁ … v_h], or [v₁ … v_h, l₁, u₁ … l_h, u_h] with the quantiles v + l and v + u. Without heads both ends
/// are the value itself.
struct ForecastAnswers {
  let horizon: Int
  let rows: Int
  private let outputs: [Float]
  private let width: Int

  init(_ network: any Module, _ inputs: Tensor, horizon: Int) throws {
    self.horizon = horizon
    rows = inputs.shape[0]
    outputs = try Predictor(network).outputs(for: inputs).scalars(as: Float.self)
    width = outputs.count / max(rows, 1)
  }

  func value(_ row: Int, _ step: Int) -> Double { Double(outputs[row * width + step]) }

  func ends(_ row: Int, _ step: Int) -> (lower: Double, upper: Double) {
    let value = value(row, step)
    guard width > horizon else { return (value, value) }
    let place = row * width + horizon + 2 * step
    return (value + Double(outputs[place]), value + Double(outputs[place + 1]))
  }

  /// How far a value lies outside of the ends, negative inside: max(l − y, y − u), which is |y − v| without heads.
  func score(_ row: Int, _ step: Int, _ truth: Double) -> Double {
    let ends = ends(row, step)
    return max(ends.lower - truth, truth - ends.upper)
  }

  /// The forecasts of some rows of a channel one behind the other, in its own unit.
  ///
  /// - Parameter margins: how far an interval's ends lie past the quantiles, for each step.
  func values(_ rows: some Sequence<Int>, _ scaling: ChannelScaling, margins: [Double]) -> ForecastValues {
    var all = ForecastValues()
    for row in rows {
      for step in 0..<horizon {
        let (value, ends) = (value(row, step), ends(row, step))
        all.values.append(scaling.undo(value))
        all.lower.append(scaling.undo(min(value, ends.lower - margins[step])))
        all.upper.append(scaling.undo(max(value, ends.upper + margins[step])))
      }
    }
    return all
  }
}

/// Forecasts of a channel one behind the other, and the ends of their intervals.
struct ForecastValues {
  var values: [Double] = []
  var lower: [Double] = []
  var upper: [Double] = []

  mutating func append(_ others: ForecastValues) {
    values += others.values
    lower += others.lower
    upper += others.upper
  }
}
