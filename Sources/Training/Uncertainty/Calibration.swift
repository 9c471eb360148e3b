/// How probabilities are brought to how often they come true.
public enum CalibrationMethod: String, CaseIterable, Sendable {
  /// As the network says them.
  case none
  /// ``Temperature``: one number for all classes.
  case temperature
  /// ``IsotonicRegression``: a rising function of each class's probability. It bends as the rows ask for, and needs many
  /// of them.
  case isotonic
}

/// A calibration that was fitted on rows that no network learned from.
public enum Calibration: Sendable, Equatable {
  case temperature(Temperature)
  /// Of class 1 of two; of more classes one function each, whose values are divided by their sum.
  case isotonic([IsotonicRegression])

  /// Nil for the method `none`.
  ///
  /// - Throws: `MetricError` where there are no probabilities, or no rows of weight above 0.
  public init?(_ method: CalibrationMethod, fitting known: ClassPredictions) throws {
    switch method {
    case .none: return nil
    case .temperature: self = .temperature(try Temperature(fitting: known))
    case .isotonic: self = .isotonic(try Calibration.functions(known))
    }
  }

  /// From n rows no class is found to be nearer to 0 or 1 than 1 / (n + 2), the rule of succession: a probability of 0 would
  /// claim what no number of rows can show.
  private static func functions(_ known: ClassPredictions) throws -> [IsotonicRegression] {
    guard let probabilities = known.probabilities, known.labels.indices.contains(where: { known.weight($0) > 0 }) else {
      throw MetricError.undefined(name: "isotonic calibration", reason: "no rows, or no probabilities")
    }
    let width = known.classCount
    let least = 1 / Double(known.labels.count + 2)
    return try (width == 2 ? [1] : Array(0..<width)).map { name in
      let found = try IsotonicRegression(
        fitting: known.labels.map { $0 == name ? 1 : 0 },
        at: known.labels.indices.map { probabilities[$0 * width + name] },
        weights: known.weights)
      return try IsotonicRegression(
        inputs: found.inputs, outputs: found.outputs.map { min(max($0, least), 1 - least) })
    }
  }

  /// - Parameter probabilities: [rows, classes] row by row.
  public func callAsFunction(_ probabilities: [Double], classCount: Int) -> [Double] {
    switch self {
    case .temperature(let temperature): return temperature(probabilities, classCount: classCount)
    case .isotonic(let functions):
      return stride(from: 0, to: probabilities.count, by: max(classCount, 1)).flatMap { start -> [Double] in
        if classCount == 2 {
          let second = functions[0](probabilities[start + 1])
          return [1 - second, second]
        }
        let found = (0..<classCount).map { functions[$0](probabilities[start + $0]) }
        let sum = found.reduce(0, +)
        return found.map { $0 / sum }
      }
    }
  }

  /// In words, for reports.
  var words: String {
    switch self {
    case .temperature(let temperature): "the temperature \(Progress.short(temperature.value))"
    case .isotonic: "isotonic regression"
    }
  }
}
