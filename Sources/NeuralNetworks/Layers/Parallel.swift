import GliaGraph
import GliaTensors

/// Several layers on the same input, whose results are joined along an axis, added or multiplied.
///
///     Parallel(.add) { Linear(8, 4); Sequential { Linear(8, 16); ReLU(); Linear(16, 4) } }
///
/// The parameters are named by the branch's place: "0.weight", "1.0.weight".
public struct Parallel: Container, CustomReflectable {
  /// How the branches' outputs become one.
  public enum Joining: String, CaseIterable, Sendable {
    /// One behind the other along the axis.
    case concatenate
    case add
    case multiply
  }

  public static let kind = "parallel"
  public static let hyperparameters = [
    Hyperparameter("branches", .parts, default: nil, "The layers that the input is given to; at least one."),
    Hyperparameter(
      "joining", .choice(Joining.allCases.map(\.rawValue)), default: .text("concatenate"),
      "What is done with their results."),
    Hyperparameter(
      "axis", .integer(-8...7), default: -1, "The axis to concatenate along; negative ones count from the last."),
  ]

  public static func check(_ settings: Settings) throws {
    if settings.parts("branches").isEmpty { throw SettingError("\(kind): branches is empty; it needs at least one.") }
    if settings.integer("axis") == 0 {
      throw SettingError("\(kind): axis is 0, which are the rows; it has to be another one.")
    }
  }

  public let layers: [any Module]
  public let joining: Joining
  public let axis: Int

  public init(_ joining: Joining = .concatenate, axis: Int = -1, _ branches: [any Module]) {
    layers = branches
    self.joining = joining
    self.axis = axis
  }

  public init(
    _ joining: Joining = .concatenate, axis: Int = -1, @SequentialBuilder _ branches: () -> [any Module]
  ) {
    self.init(joining, axis: axis, branches())
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(Joining(rawValue: all.text("joining"))!, axis: all.integer("axis"), try all.layers("branches"))
  }

  public var settings: Settings {
    ["branches": layerSetting, "joining": .text(joining.rawValue), "axis": Setting(axis)]
  }

  /// The paths lead through the branches' places, not through the property that holds them.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers, displayStyle: .struct) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    checked(x) {
      let results = layers.map { $0(x) }
      try expectToFit(results)
      switch joining {
      case .concatenate: return .concatenate(results, axis: axis)
      case .add: return results.dropFirst().reduce(results[0], +)
      case .multiply: return results.dropFirst().reduce(results[0], *)
      }
    }
  }

  private func expectToFit(_ results: [Tensor]) throws {
    let rank = results[0].rank
    let place = axis < 0 ? axis + rank : axis
    if joining == .concatenate, !(1..<max(rank, 1)).contains(place) {
      throw mismatch("Parallel joins along axis \(axis), but its first branch gives \(results[0].shape).")
    }
    let fits = results.allSatisfy { result in
      result.dtype == results[0].dtype && result.rank == rank
        && (0..<rank).allSatisfy {
          joining == .concatenate && $0 == place || result.shape[$0] == results[0].shape[$0]
        }
    }
    guard fits else {
      let shapes = results.map { "\($0.dtype)\($0.shape)" }.joined(separator: ", ")
      throw mismatch("Parallel cannot \(joining.rawValue) what its branches give: \(shapes).")
    }
  }
}
