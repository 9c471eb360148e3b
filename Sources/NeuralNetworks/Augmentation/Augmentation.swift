/// A change to an image, drawn anew each time, that leaves what is to be learnt as it was.
///
///     try trainer.fit(images, epochs: 10, augmentation: [Shift(by: 2), Rotate(degrees: 10), CutOut(size: 8)])
///
/// What is drawn depends on the trainer's seed, the epoch and the row alone. One of your own is a struct with `apply`.
public protocol Augmentation: Part, Sendable {
  /// Changes the image in place.
  func apply(to image: AugmentedImage, draws: inout RandomDraws)

  /// Checks that images of this size can be changed so.
  ///
  /// - Throws: `SettingError` with the setting and the size.
  func check(height: Int, width: Int) throws
}

extension Augmentation {
  public func check(height: Int, width: Int) throws {}
}

/// The numbers of one image, [channels, height, width], row by row, in memory that somebody else keeps.
public struct AugmentedImage {
  public let channels, height, width: Int
  public let scalars: UnsafeMutableBufferPointer<Float>
  /// Room for another image of the size.
  private let spare: UnsafeMutableBufferPointer<Float>

  package init(
    channels: Int, height: Int, width: Int, scalars: UnsafeMutableBufferPointer<Float>,
    spare: UnsafeMutableBufferPointer<Float>
  ) {
    (self.channels, self.height, self.width) = (channels, height, width)
    (self.scalars, self.spare) = (scalars, spare)
  }

  /// Gives each place a number made from the image as it was: `make` gets a channel of it, a line and a column.
  public func replace(_ make: (_ channel: UnsafeBufferPointer<Float>, _ line: Int, _ column: Int) -> Float) {
    _ = spare.update(fromContentsOf: scalars)
    for channel in 0..<channels {
      let start = channel * height * width
      let old = UnsafeBufferPointer(rebasing: spare[start..<start + height * width])
      for line in 0..<height {
        for column in 0..<width { scalars[start + line * width + column] = make(old, line, column) }
      }
    }
  }
}

/// Random numbers for one row of one epoch.
public struct RandomDraws: RandomNumberGenerator {
  private var generator: SplitMix64

  public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  public mutating func next() -> UInt64 { generator.next() }

  /// A number from `range`, each as likely as any other.
  public mutating func number(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + Double(next() >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
  }

  /// A whole number from `range`, each as likely as any other.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + generator.index(below: range.count)
  }

  /// A share of a mixture, of the distribution Beta(α, α): up to 1 by Jöhnk's method (1964, doi:10.1007/BF02613706), which draws
  /// two numbers to the power 1/α until they are at most 1 together, which above 1 would take ever longer; there from two
  /// gamma numbers (Marsaglia and Tsang 2000, doi:10.1145/358407.358414).
  mutating func share(alpha: Double) -> Double {
    if alpha > 1 {
      let (x, y) = (gamma(alpha), gamma(alpha))
      return x / (x + y)
    }
    while true {
      // In logarithms, since a small α takes the powers out of the range of numbers.
      let x = naturalLogarithm(number(in: 0x1p-60...1)) / alpha
      let y = naturalLogarithm(number(in: 0x1p-60...1)) / alpha
      let largest = max(x, y)
      let sum = largest + naturalLogarithm(exponential(x - largest) + exponential(y - largest))
      if sum <= 0 { return exponential(x - sum) }
    }
  }

  /// A number of the gamma distribution, for shapes above 1.
  private mutating func gamma(_ shape: Double) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let normal = generator.normal()
      let root = 1 + c * normal
      if root <= 0 { continue }
      let cube = root * root * root
      let uniform = number(in: 0x1p-60...1)
      if naturalLogarithm(uniform) < normal * normal / 2 + d - d * cube + d * naturalLogarithm(cube) { return d * cube }
    }
  }
}

extension Catalog where Row == AugmentationRow {
  /// The augmentations: one row each.
  public static var augmentations: Catalog {
    Catalog(
      "augmentation",
      [
        AugmentationRow(Shift.self, ["by": 2]), AugmentationRow(Rotate.self, ["degrees": 30]),
        AugmentationRow(Flip.self), AugmentationRow(CutOut.self, ["size": 2]),
      ])
  }
}

/// An augmentation of the catalog.
public struct AugmentationRow: CatalogRow {
  public let type: any Augmentation.Type
  /// What to try it with.
  package let exampleSettings: Settings
  init(_ type: any Augmentation.Type, _ exampleSettings: Settings = [:]) {
    self.type = type
    self.exampleSettings = exampleSettings
  }
  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Augmentation { try type.init(settings) }
}
