import GliaNeuralNetworks

/// What every part of every catalog keeps: it can be written and made again, and says of a setting that is wrong which it is, what
/// it has and what it may be.
package enum PartConformance {
  package static func failures<Row: CatalogRow>(
    _ row: Row, settings: Settings, describe: (Row.Made) -> PartDescription
  ) -> [String] {
    var failures: [String] = []
    do {
      let first = describe(try row.make(settings))
      let second = describe(try row.make(first.settings))
      if first != second { failures.append("\(row.kind): \(first) is made again as \(second)") }
      if first.kind != row.kind { failures.append("\(row.kind) calls itself \(first.kind)") }
      for entry in settings.entries {
        // A part within is described with its defaults, which the settings may leave out.
        if case .list = entry.value { continue }
        if first.settings[entry.name] != entry.value {
          failures.append("\(row.kind): \(entry.name) \(entry.value) became \(first.settings[entry.name] as Any)")
        }
      }
    } catch { failures.append("\(row.kind): \(error)") }
    for parameter in row.hyperparameters {
      for wrong in outside(parameter) {
        var changed = settings
        changed[parameter.name] = wrong
        failures += expectError(row, changed, naming: parameter.name, "\(wrong)", parameter.range)
      }
      if parameter.documentation.isEmpty { failures.append("\(row.kind): \(parameter.name) is not documented") }
      if let value = parameter.defaultValue, !parameter.allows(value) {
        failures.append("\(row.kind): the default of \(parameter.name) is out of its own range")
      }
    }
    var unknown = settings
    unknown["noSuchSetting"] = 1
    return failures + expectError(row, unknown, naming: "noSuchSetting", row.kind)
  }

  /// Values that a hyperparameter must not take.
  package static func outside(_ parameter: Hyperparameter) -> [Setting] { outside(parameter.values) }

  private static func outside(_ values: Hyperparameter.Values) -> [Setting] {
    switch values {
    case .number(let lower, let includingLower, let upper, let includingUpper):
      var wrong: [Setting] = [.number(.nan), .number(.infinity), .text("0.5")]
      if lower.isFinite { wrong.append(.number(includingLower ? lower.nextDown : lower)) }
      if upper.isFinite { wrong.append(.number(includingUpper ? upper.nextUp : upper)) }
      return wrong
    case .integer(let range): return [.number(Double(range.lowerBound) - 1), 1.5, .text("1")]
    case .oneOf(let numbers): return [.number((numbers.max() ?? 0) + 1), .text("1")]
    case .list(let values, let count):
      return [.number(1)] + outside(values).map { .list([$0]) } + (count == 0 ? [] : [.list([])])
    case .flag, .text: return [.number(1)]
    case .perAxis(let range, let axes, _):
      let below = Setting.number(Double(range.lowerBound) - 1)
      let lists = [[Setting](repeating: 1, count: axes + 1), [Setting](repeating: below, count: axes), []]
      return [below, 1.5, .text("none of these"), .flag(true)] + lists.map { .list($0) }
    case .choice: return [.text("none of these"), .number(1)]
    case .part(let kinds): return kinds.isEmpty ? [.number(1)] : [.part(.init("none of these")), .number(1)]
    case .parts: return [.number(1), .list([1])]
    }
  }

  /// - Parameter words: what the error has to name beside the setting: its value, and what it may be.
  private static func expectError<Row: CatalogRow>(
    _ row: Row, _ settings: Settings, naming name: String, _ words: String...
  ) -> [String] {
    do {
      _ = try row.make(settings)
      return ["\(row.kind) takes \(settings[name]!) for \(name)"]
    } catch let error as SettingError {
      let missing = ([name] + words).filter { !error.description.contains($0) }
      return missing.map { "\(row.kind): the error does not name \($0): \(error)" }
    } catch { return ["\(row.kind): \(error) is not a SettingError"] }
  }
}
