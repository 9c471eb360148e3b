import GliaGraph
import GliaTensors

/// A function of a tensor that has parameters: a layer, or a network.
///
///     struct Net: Module {
///       let fc1 = Linear(4, 8), fc2 = Linear(8, 1)
///       func callAsFunction(_ x: Tensor) -> Tensor { fc2(relu(fc1(x))) }
///     }
///
/// Modules are structs of constants. Their parameters are found in their stored properties, at any depth, and are named by
/// the path to them, as PyTorch does: "fc1.weight", "blocks.0.bias".
public protocol Module {
  func callAsFunction(_ x: Tensor) -> Tensor
}

/// A parameter and the path to it.
public struct NamedParameter {
  public let name: String
  public let parameter: Parameter
}

extension Module {
  /// The parameters in the order of the properties that hold them; one that is found twice is listed once, by its first
  /// path.
  public var namedParameters: [NamedParameter] {
    ParameterSearch(self).found
  }

  public var parameters: [Parameter] { namedParameters.map(\.parameter) }

  /// The further paths to parameters that are found more than once.
  public var sharedParameters: [NamedParameter] { ParameterSearch(self).shared }

  /// Gives every parameter its first value.
  ///
  /// Each value depends on the seed and the parameter's name only, not on the order in which layers were made.
  ///
  /// - Throws: `SettingError` for a layer's setting that is out of range or a size that this machine cannot hold.
  public func initialize(seed: UInt64) throws {
    try validate()
    initialize(namedParameters, seed: seed)
  }

  /// Gives a first value to the parameters that have none.
  package func initializeMissing(seed: UInt64) throws {
    try validate()
    initialize(namedParameters.filter { !$0.parameter.isInitialized }, seed: seed)
  }

  private func initialize(_ chosen: [NamedParameter], seed: UInt64) {
    for entry in chosen { entry.parameter.initialize(seed: seed, name: entry.name) }
    let new = Set(chosen.map { ObjectIdentifier($0.parameter) })
    for case (_, let layer as any Layer) in ParameterSearch(self).parts
    where layer.parameters.contains(where: { new.contains(ObjectIdentifier($0)) }) {
      layer.finishInitializing()
    }
  }

  /// Checks the settings of every layer and initialiser, and that the machine can hold the parameters.
  ///
  /// - Throws: `SettingError` with the setting's name, its value and its range.
  public func validate() throws {
    let search = ParameterSearch(self)
    for (path, part) in search.parts {
      do { try part.validateSettings() } catch let error as SettingError {
        throw path.isEmpty ? error : SettingError("Layer '\(path)': \(error.description)")
      }
    }
    for entry in search.found {
      do { try entry.parameter.initializer?.validate() } catch let error as SettingError {
        throw SettingError("Parameter '\(entry.name)': \(error.description)")
      }
    }
    try ParameterSearch.checkMemory(search.found)
  }

  /// Keeps the parameters under a path as they are: training does not change them, the optimizer keeps nothing for them,
  /// and batch normalisation uses its running statistics. Without a path, all.
  ///
  /// - Throws: `SettingError` where no parameter has the path.
  /// - Returns: The names of the parameters.
  @discardableResult
  public func freeze(_ path: String = "") throws -> [String] { try setFrozen(true, path) }

  /// Undoes `freeze`.
  @discardableResult
  public func unfreeze(_ path: String = "") throws -> [String] { try setFrozen(false, path) }

  private func setFrozen(_ isFrozen: Bool, _ path: String) throws -> [String] {
    let all = namedParameters
    let chosen = all.filter { path.isEmpty || $0.name == path || $0.name.hasPrefix(path + ".") }
    if chosen.isEmpty, !path.isEmpty {
      throw SettingError(
        "No parameter lies under '\(path)'. There are: \(all.map(\.name).joined(separator: ", ")).")
    }
    for entry in chosen { entry.parameter.isFrozen = isFrozen }
    return chosen.map(\.name)
  }
}
