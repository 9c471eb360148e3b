/// Covers a square of the image, in all channels, with `fill`. Its centre is any pixel, so that at an edge a part is covered.
///
/// DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with cutout", arXiv:1708.04552.
public struct CutOut: Augmentation {
  public static let kind = "cutOut"
  public static let hyperparameters = [
    Hyperparameter("size", .size, default: nil, "The side of the square, in pixels."),
    Hyperparameter("fill", .anyNumber, default: 0, "What covers it."),
  ]

  public let size: Int
  public let fill: Double
  public init(size: Int, fill: Double = 0) {
    self.size = size
    self.fill = fill
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(size: all.integer("size"), fill: all.number("fill"))
  }
  public var settings: Settings { ["size": Setting(size), "fill": .number(fill)] }

  public func check(height: Int, width: Int) throws {
    guard size <= min(height, width) else {
      throw SettingError(
        "cutOut: size is \(size); for images of \(height) × \(width) it has to be at most \(min(height, width)).")
    }
  }

  public func apply(to image: AugmentedImage, draws: inout RandomDraws) {
    let (line, column) = (draws.integer(in: 0...image.height - 1), draws.integer(in: 0...image.width - 1))
    let lines = max(0, line - size / 2)..<min(image.height, line - size / 2 + size)
    let columns = max(0, column - size / 2)..<min(image.width, column - size / 2 + size)
    for channel in 0..<image.channels {
      for line in lines {
        let start = (channel * image.height + line) * image.width
        for column in columns { image.scalars[start + column] = Float(fill) }
      }
    }
  }
}
