import GliaTensors

/// What came of loading weights by name.
public struct LoadReport: Hashable, Sendable, CustomStringConvertible {
  /// A parameter whose shape or type is not that of the value for it.
  public struct Difference: Hashable, Sendable {
    public let name: String
    /// The shape in the model, and the one that was given.
    public let expected, found: Shape
  }

  /// Loaded.
  public internal(set) var matched: [String] = []
  /// In the model, not given.
  public internal(set) var missing: [String] = []
  /// Given, not in the model.
  public internal(set) var unexpected: [String] = []
  /// Of another shape.
  public internal(set) var differing: [Difference] = []
  /// Further names of a shared parameter under which other values were given than under its first name.
  public internal(set) var contradicting: [String] = []

  public var isComplete: Bool {
    missing.isEmpty && unexpected.isEmpty && differing.isEmpty && contradicting.isEmpty
  }

  public var description: String {
    var lines = ["\(matched.count) matched"]
    if !missing.isEmpty { lines.append("missing: " + missing.joined(separator: ", ")) }
    if !unexpected.isEmpty { lines.append("not in the network: " + unexpected.joined(separator: ", ")) }
    for entry in differing { lines.append("'\(entry.name)' is \(entry.expected) here, \(entry.found) there") }
    for name in contradicting { lines.append("'\(name)' is shared here, and has values of its own there") }
    return lines.joined(separator: "; ")
  }
}

/// Weights that are not those of the network.
public struct LoadError: Error, Sendable, CustomStringConvertible {
  public let report: LoadReport
  public var description: String { "The weights do not fit the network: \(report)." }
}

extension Module {
  /// The values of all parameters, by the names that PyTorch's state dicts have.
  public func stateDictionary() -> [(name: String, value: Tensor)] {
    namedParameters.map { ($0.name, $0.parameter.value) }
  }

  /// Takes over weights by name.
  ///
  /// PyTorch's count of batches in batch normalisation ("num_batches_tracked") is passed over. A parameter in several places
  /// takes its values from any of its names; PyTorch's state dicts have all of them.
  ///
  /// - Parameter partly: Whether to load what fits where not everything does.
  /// - Throws: `LoadError` where something is missing, too much or of another shape, unless `partly`; nothing is changed then.
  @discardableResult
  public func load(_ state: [(name: String, value: Tensor)], partly: Bool = false) throws -> LoadReport {
    try validate()
    let parameters = namedParameters
    var given = Dictionary(state.map { ($0.name, $0.value) }) { first, _ in first }
    var known = Set(parameters.map(\.name))
    var report = LoadReport()
    let names = Dictionary(uniqueKeysWithValues: parameters.map { (ObjectIdentifier($0.parameter), $0.name) })
    for other in sharedParameters {
      guard let value = given[other.name], let first = names[ObjectIdentifier(other.parameter)] else { continue }
      known.insert(other.name)
      if given[first] == nil { given[first] = value }
      let isSame = given[first]!.shape == value.shape && given[first]!.doubles == value.doubles
      if !isSame { report.contradicting.append(other.name) }
    }
    for entry in parameters {
      guard let value = given[entry.name] else {
        report.missing.append(entry.name)
        continue
      }
      if value.shape == entry.parameter.shape {
        report.matched.append(entry.name)
      } else {
        report.differing.append(.init(name: entry.name, expected: entry.parameter.shape, found: value.shape))
      }
    }
    report.unexpected = state.map(\.name).filter {
      !known.contains($0) && $0 != "num_batches_tracked" && !$0.hasSuffix(".num_batches_tracked")
    }
    guard partly || report.isComplete else { throw LoadError(report: report) }
    let matched = Set(report.matched)
    for entry in parameters where matched.contains(entry.name) { entry.parameter.value = given[entry.name]! }
    return report
  }
}
