import GliaNeuralNetworks

/// How the values of a channel become numbers of about −1 … 1, and back: z = (x − mean) / deviation, of the logarithm of x where
/// growth is by factors. Fitted on the steps that are learned from alone.
public struct ChannelScaling: Codable, Sendable, Equatable {
  public let isLogarithmic: Bool
  public let mean, deviation: Double

  /// - Returns: nil where a logarithm is asked for and a value is not positive.
  static func fit(_ values: some Collection<Double>, isLogarithmic: Bool) -> ChannelScaling? {
    guard !isLogarithmic || values.allSatisfy(allowsLogarithm) else { return nil }
    let numbers = isLogarithmic ? values.map(naturalLogarithm) : Array(values)
    let mean = numbers.reduce(0, +) / Double(max(numbers.count, 1))
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(numbers.count, 1))
    let deviation = variance.squareRoot()
    return ChannelScaling(isLogarithmic: isLogarithmic, mean: mean, deviation: deviation > 0 ? deviation : 1)
  }

  /// The logarithm is that of positive normal numbers.
  private static func allowsLogarithm(_ value: Double) -> Bool { value >= 1e-300 }

  func allows(_ value: Double) -> Bool { value.isFinite && (!isLogarithmic || ChannelScaling.allowsLogarithm(value)) }

  func apply(_ value: Double) -> Double { ((isLogarithmic ? naturalLogarithm(value) : value) - mean) / deviation }

  func undo(_ scaled: Double) -> Double {
    let value = scaled * deviation + mean
    return isLogarithmic ? exponential(value) : value
  }

  /// Whether a file's numbers can be used.
  var isValid: Bool { mean.isFinite && deviation.isFinite && deviation > 0 }
}
