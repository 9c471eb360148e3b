/// Turns every other image round, as in a mirror: left and right, or up and down, by chance.
public struct Flip: Augmentation {
  /// Which axis is mirrored.
  public enum Direction: String, CaseIterable, Sendable {
    /// Left becomes right.
    case horizontal
    /// Up becomes down.
    case vertical
  }

  public static let kind = "flip"
  public static let hyperparameters = [
    Hyperparameter(
      "direction", .choice(Direction.allCases.map(\.rawValue)), default: .text(Direction.horizontal.rawValue),
      "Which sides change places."),
    Hyperparameter("probability", .closedFraction, default: 0.5, "How many of the images are turned round."),
  ]

  public let direction: Direction
  public let probability: Double
  public init(_ direction: Direction = .horizontal, probability: Double = 0.5) {
    self.direction = direction
    self.probability = probability
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(Direction(rawValue: all.text("direction")) ?? .horizontal, probability: all.number("probability"))
  }
  public var settings: Settings {
    ["direction": .text(direction.rawValue), "probability": .number(probability)]
  }

  public func apply(to image: AugmentedImage, draws: inout RandomDraws) {
    // The draw is below 1, so that a probability of 1 means always.
    guard draws.number(in: 0...1) < probability else { return }
    let (height, width) = (image.height, image.width)
    image.replace { old, line, column in
      switch direction {
      case .horizontal: old[line * width + width - 1 - column]
      case .vertical: old[(height - 1 - line) * width + column]
      }
    }
  }
}
