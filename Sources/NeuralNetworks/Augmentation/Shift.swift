/// Moves the image by whole pixels, each from −`by` to `by` down and to the right; what comes in is `fill`.
public struct Shift: Augmentation {
  public static let kind = "shift"
  public static let hyperparameters = [
    Hyperparameter("by", .integer(0...65_535), default: nil, "The most pixels to move, along each axis."),
    Hyperparameter("fill", .anyNumber, default: 0, "What comes in from outside."),
  ]

  public let by: Int
  public let fill: Double
  public init(by: Int, fill: Double = 0) {
    self.by = by
    self.fill = fill
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(by: all.integer("by"), fill: all.number("fill"))
  }
  public var settings: Settings { ["by": Setting(by), "fill": .number(fill)] }

  public func check(height: Int, width: Int) throws {
    guard by < min(height, width) else {
      throw SettingError(
        "shift: by is \(by); for images of \(height) × \(width) it has to be at most \(min(height, width) - 1).")
    }
  }

  public func apply(to image: AugmentedImage, draws: inout RandomDraws) {
    let (down, right) = (draws.integer(in: -by...by), draws.integer(in: -by...by))
    if down == 0, right == 0 { return }
    let fill = Float(fill)
    image.replace { old, line, column in
      let (y, x) = (line - down, column - right)
      return y >= 0 && y < image.height && x >= 0 && x < image.width ? old[y * image.width + x] : fill
    }
  }
}
