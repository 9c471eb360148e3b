import GliaTensors

/// A layer that is made of others.
///
/// It computes in `callAsFunction(_:)`, where its layers check what they get, and checks what they give.
public protocol Container: Layer {
  var layers: [any Module] { get }
}

extension Container {
  public func outputShape(of input: Shape, dtype: DType) throws -> Shape { try outputShape(for: input, dtype: dtype) }
  public func apply(_ x: Tensor) -> Tensor { self(x) }

  /// The layers as a setting. A module that is not a layer of the catalog stands here under its Swift name, which cannot be
  /// read again.
  var layerSetting: Setting {
    .list(layers.map { .part(($0 as? any Layer)?.partDescription ?? PartDescription("\(type(of: $0))")) })
  }

  /// - Throws: `SettingError` for a module that is not one of the catalog's layers, and so cannot be made again.
  func checkLayers() throws {
    for (index, layer) in layers.enumerated() {
      guard let layer = layer as? any Layer, Catalog.layers.rows.contains(where: { $0.type == type(of: layer) }) else {
        throw SettingError(
          "Layer \(index), \(type(of: layer)), is not one of Glia's own layers, so a file cannot describe it.")
      }
      try (layer as? any Container)?.checkLayers()
    }
  }
}

/// A container of layers one after the other, which does something with what they make of its input.
public protocol BodyContainer: Container {
  var body: Sequential { get }
  init(_ layers: [any Module])
}

extension BodyContainer {
  public static var hyperparameters: [Hyperparameter] {
    [Hyperparameter("layers", .parts, default: nil, "The layers of the body in order.")]
  }

  public var layers: [any Module] { body.layers }
  public init(@SequentialBuilder _ layers: () -> [any Module]) { self.init(layers()) }
  public init(_ settings: Settings) throws { self.init(try Self.complete(settings).layers("layers")) }
  public var settings: Settings { ["layers": layerSetting] }
}

extension Settings {
  /// The layers of a container's setting.
  func layers(_ name: String) throws -> [any Module] { try parts(name).map { try Catalog.layers.make($0) } }
}
