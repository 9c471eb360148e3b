/// Turns the image about its centre by an angle from −`degrees` to `degrees`. A number between pixels is made of the four around
/// it, each by its nearness (bilinear); outside of the image lies `fill`.
public struct Rotate: Augmentation {
  public static let kind = "rotate"
  public static let hyperparameters = [
    Hyperparameter(
      "degrees", .number(lower: 0, includingLower: true, upper: 180, includingUpper: true), default: nil,
      "The largest angle, either way."),
    Hyperparameter("fill", .anyNumber, default: 0, "What comes in from outside."),
  ]

  public let degrees: Double
  public let fill: Double
  public init(degrees: Double, fill: Double = 0) {
    self.degrees = degrees
    self.fill = fill
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(degrees: all.number("degrees"), fill: all.number("fill"))
  }
  public var settings: Settings { ["degrees": .number(degrees), "fill": .number(fill)] }

  public func apply(to image: AugmentedImage, draws: inout RandomDraws) {
    turn(image, by: draws.number(in: -degrees...degrees))
  }

  /// Turns it by one angle, counter-clockwise.
  package func turn(_ image: AugmentedImage, by degrees: Double) {
    let (sine, cosine) = sineAndCosine(degrees / 180 * .pi)
    let (height, width) = (image.height, image.width)
    let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
    image.replace { old, line, column in
      // Where the pixel comes from: it is turned back.
      let (dy, dx) = (Double(line) - middleY, Double(column) - middleX)
      let (y, x) = (sine * dx + cosine * dy + middleY, cosine * dx - sine * dy + middleX)
      let (top, left) = (y.rounded(.down), x.rounded(.down))
      func pixel(_ y: Double, _ x: Double) -> Double {
        y >= 0 && y < Double(height) && x >= 0 && x < Double(width) ? Double(old[Int(y) * width + Int(x)]) : fill
      }
      let (down, right) = (y - top, x - left)
      let upper = pixel(top, left) * (1 - right) + pixel(top, left + 1) * right
      let lower = pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right
      return Float(upper * (1 - down) + lower * down)
    }
  }
}
