import GliaTensors

/// Layers one after the other.
///
///     let net = Sequential {
///       Linear(4, 64); ReLU()
///       Linear(64, 1)
///     }
///
/// The parameters are named by the layer's place: "0.weight", "2.bias". A layer whose initialiser was left open gets the one
/// that is right for the activation after it; dropout, batch normalisation and the like in between do not matter. After the
/// last such layer nothing follows, so it is Glorot's.
public struct Sequential: Container, CustomReflectable {
  public static let kind = "sequential"
  public static let hyperparameters = [
    Hyperparameter("layers", .parts, default: nil, "The layers in order.")
  ]

  public let layers: [any Module]

  public init(_ layers: [any Module]) {
    self.layers = layers
    suggestInitializers()
  }

  public init(@SequentialBuilder _ layers: () -> [any Module]) { self.init(layers()) }

  public init(_ settings: Settings) throws {
    self.init(try Self.complete(settings).layers("layers"))
  }

  public var settings: Settings { ["layers": layerSetting] }

  public func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }

  /// The paths lead through the layers' places, not through the property that holds them.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers, displayStyle: .struct) }

  private var leaves: [any Module] { layers.flatMap { ($0 as? Sequential)?.leaves ?? [$0] } }

  private func suggestInitializers() {
    var following: Initializer?
    for leaf in leaves.reversed() {
      if let activation = leaf as? any Nonlinearity {
        following = activation.precedingInitializer
      } else if let weighted = leaf as? any WeightedLayer {
        weighted.weight.suggestedInitializer = following ?? .default
        following = nil
      }
    }
  }
}

/// What lets layers be listed in braces.
@resultBuilder
public enum SequentialBuilder {
  public static func buildExpression(_ layer: any Module) -> [any Module] { [layer] }
  public static func buildExpression(_ layers: [any Module]) -> [any Module] { layers }
  public static func buildBlock(_ parts: [any Module]...) -> [any Module] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Module]?) -> [any Module] { part ?? [] }
  public static func buildEither(first: [any Module]) -> [any Module] { first }
  public static func buildEither(second: [any Module]) -> [any Module] { second }
  public static func buildArray(_ parts: [[any Module]]) -> [any Module] { parts.flatMap { $0 } }
}
