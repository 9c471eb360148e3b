import GliaFormats

// How answers are treated, and what rows count, in a model file. Every member has to be known, and to be what it can be.

extension Postprocessing {
  var json: JSONValue {
    var object = JSONObject()
    object["calibration"] = calibration?.json
    if let threshold {
      var member = JSONObject()
      member["value"] = .number(threshold.value)
      member["metric"] = threshold.metric.map { .string($0.rawValue) }
      object["threshold"] = .object(member)
    }
    object["intervals"] = intervals?.json
    return .object(object)
  }

  /// - Parameters:
  ///   - classes: how many the target has; 0 for a number.
  ///   - quantiles: how many the network answers with.
  init(json: JSONValue, classes: Int, quantiles: Int) throws {
    let object = try json.members("its postprocessing", ["calibration", "threshold", "intervals"])
    let threshold = try object["threshold"].map { json in
      let member = try json.members("its threshold", ["value", "metric"])
      let metric = try member["metric"].map { _ in
        guard let metric = ThresholdMetric(rawValue: try member.string("metric")) else {
          throw TrainingError("its threshold is tuned for a metric that is not known")
        }
        return metric
      }
      return try DecisionThreshold(try member.number("value"), for: metric)
    }
    self.init(
      calibration: try object["calibration"].map { try Calibration(json: $0, classes: classes) }, threshold: threshold,
      intervals: try object["intervals"].map(PredictionIntervals.init(json:)))
    guard threshold == nil || classes == 2, calibration == nil || classes > 0, intervals == nil || classes == 0,
      intervals?.method != .quantile || quantiles == 3
    else {
      throw TrainingError("its postprocessing does not suit its target")
    }
  }
}

extension Calibration {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    switch self {
    case .temperature(let temperature): object["temperature"] = .number(temperature.value)
    case .isotonic(let functions): object["isotonic"] = .array(functions.map(\.json))
    }
    return .object(object)
  }

  fileprivate init(json: JSONValue, classes: Int) throws {
    let object = try json.members("its calibration", ["temperature", "isotonic"])
    guard object.count == 1 else { throw TrainingError("its calibration has to be of one kind") }
    if object["temperature"] != nil {
      self = .temperature(try Temperature(try object.number("temperature")))
      return
    }
    let functions = try object.array("isotonic").map(IsotonicRegression.init(json:))
    guard functions.count == (classes == 2 ? 1 : classes),
      functions.allSatisfy({ $0.outputs.allSatisfy { $0 > 0 && $0 < 1 } })
    else { throw TrainingError("its calibration does not give each class a probability") }
    self = .isotonic(functions)
  }
}

extension IsotonicRegression {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["inputs"] = .array(inputs.map { .number($0) })
    object["outputs"] = .array(outputs.map { .number($0) })
    return .object(object)
  }

  fileprivate init(json: JSONValue) throws {
    let object = try json.members("an isotonic function", ["inputs", "outputs"])
    try self.init(inputs: try object.numbers("inputs"), outputs: try object.numbers("outputs"))
  }
}

extension PredictionIntervals {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["level"] = .number(level)
    object["method"] = .string(method.rawValue)
    object["margin"] = .number(margin)
    object["spread"] = spread?.json
    return .object(object)
  }

  fileprivate init(json: JSONValue) throws {
    let object = try json.members("its intervals", ["level", "method", "margin", "spread"])
    guard let method = IntervalMethod(rawValue: try object.string("method")) else {
      throw TrainingError("its intervals are made by a method that is not known")
    }
    try self.init(
      level: try object.number("level"), method: method, margin: try object.number("margin"),
      spread: try object["spread"].map(IsotonicRegression.init(json:)))
  }
}

extension RowWeights {
  var json: JSONValue {
    var object = JSONObject()
    object["column"] = .string(column)
    object["constant"] = .array(constant.map { .number($0) })
    return .object(object)
  }

  /// - Parameter answers: how many numbers the constant answer has.
  init(json: JSONValue, answers: Int) throws {
    let object = try json.members("the weights of its rows", ["column", "constant"])
    self.init(column: try object.string("column"), constant: try object.numbers("constant"))
    guard constant.count == answers, constant.allSatisfy(\.isFinite) else {
      throw TrainingError("the weights of its rows do not suit its target")
    }
  }
}

extension JSONValue {
  /// The members of an object, all of which are known.
  fileprivate func members(_ what: String, _ known: Set<String>) throws -> JSONObject {
    guard let object else { throw TrainingError("\(what) is not described by an object") }
    if let other = object.keys.first(where: { !known.contains($0) }) {
      throw TrainingError("\(what) has a member '\(other)' that is not known")
    }
    return object
  }
}

extension JSONObject {
  fileprivate func numbers(_ key: String) throws -> [Double] {
    try array(key).map {
      guard let number = $0.number else { throw TrainingError("'\(key)' holds what is no number") }
      return number
    }
  }
}
