import GliaTensors

/// A network of the catalog's layers as plain data, from which it can be made again and trained further.
public struct NetworkDescription: Hashable, Sendable {
  public let layers: [PartDescription]
  public init(_ layers: [PartDescription]) { self.layers = layers }
}

extension Sequential {
  /// - Throws: `SettingError` for a module that is not one of the catalog's layers, and so cannot be made again.
  public func networkDescription() throws -> NetworkDescription {
    try checkLayers()
    return NetworkDescription(layers.compactMap { ($0 as? any Layer)?.partDescription })
  }

  /// - Throws: `SettingError` for an unknown layer, an unknown setting, or one that is out of its range.
  public init(_ description: NetworkDescription) throws {
    self.init(
      try description.layers.enumerated().map { index, part in
        do { return try Catalog.layers.make(part) } catch let error as SettingError {
          throw SettingError("Layer \(index): \(error.description)")
        }
      })
  }
}
