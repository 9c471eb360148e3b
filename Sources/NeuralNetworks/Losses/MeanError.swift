import GliaTensors

/// (output − target)², for numbers of any size.
public struct MeanSquaredError: Loss {
  public static let kind = "meanSquaredError"
  public static let targets = TargetKind.numbers
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { (output - target).squared() }
}

/// |output − target|, which outliers pull at less; its slope at 0 is 0.
public struct MeanAbsoluteError: Loss {
  public static let kind = "meanAbsoluteError"
  public static let targets = TargetKind.numbers
  public init() {}
  public init(_ settings: Settings) throws { _ = try Self.complete(settings) }
  public func losses(_ output: Tensor, _ target: Tensor) -> Tensor { (output - target).abs() }
}

extension Loss where Self == MeanSquaredError {
  /// See ``MeanSquaredError`` for the formula, the shapes and the settings.
  public static var meanSquaredError: MeanSquaredError { MeanSquaredError() }
}

extension Loss where Self == MeanAbsoluteError {
  /// See ``MeanAbsoluteError`` for the formula, the shapes and the settings.
  public static var meanAbsoluteError: MeanAbsoluteError { MeanAbsoluteError() }
}
