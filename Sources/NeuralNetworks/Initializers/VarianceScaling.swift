import GliaTensors

// Initialisers that keep the variance of signals from layer to layer.
//
// Goals, in order: the variance that the papers name, exactly; the same numbers for the same name and seed; one draw a scalar.
// Dropped: truncated normals (as Keras has them), whose variance has to be corrected for what is cut off.
//
// `gain` multiplies every number: what an activation takes from the spread of its input can be given back so.

extension Initializer {
  /// Uniform in ±gain · √(6 / (fanIn + fanOut)): variance gain² · 2 / (fanIn + fanOut), for tanh, sigmoid and linear outputs.
  ///
  /// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
  public static func glorotUniform(gain: Double) -> Initializer {
    uniform("glorotUniform", ["gain": .number(gain)]) { gain * gain * 2 / ($0.in + $0.out) }
  }

  /// Normal with variance gain² · 2 / (fanIn + fanOut). See `glorotUniform(gain:)`.
  public static func glorotNormal(gain: Double) -> Initializer {
    normal("glorotNormal", ["gain": .number(gain)]) { gain * gain * 2 / ($0.in + $0.out) }
  }

  /// Which number of a weight's units a variance goes by: the inputs keep the spread of what goes forward, the outputs that of
  /// the gradients.
  public enum Fan: String, CaseIterable, Sendable { case fanIn, fanOut }

  /// Uniform with variance 2 / ((1 + negativeSlope²) · fan), for leaky ReLU; with a slope of 0 for ReLU. The fan is fanIn unless
  /// `mode` says otherwise.
  ///
  /// He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers", arXiv:1502.01852.
  public static func heUniform(negativeSlope: Double = 0, mode: Fan) -> Initializer {
    uniform("heUniform", heSettings(negativeSlope, mode), variance: heVariance(negativeSlope, mode))
  }

  /// Normal with variance 2 / ((1 + negativeSlope²) · fan). See `heUniform(negativeSlope:mode:)`.
  public static func heNormal(negativeSlope: Double = 0, mode: Fan) -> Initializer {
    normal("heNormal", heSettings(negativeSlope, mode), variance: heVariance(negativeSlope, mode))
  }

  /// ``heUniform(negativeSlope:mode:)`` by the number of inputs.
  public static func heUniform(negativeSlope: Double) -> Initializer {
    heUniform(negativeSlope: negativeSlope, mode: .fanIn)
  }
  /// ``heNormal(negativeSlope:mode:)`` by the number of inputs.
  public static func heNormal(negativeSlope: Double) -> Initializer {
    heNormal(negativeSlope: negativeSlope, mode: .fanIn)
  }

  private static func heSettings(_ negativeSlope: Double, _ mode: Fan) -> Settings {
    ["negativeSlope": .number(negativeSlope), "mode": mode == .fanIn ? nil : .text(mode.rawValue)]
  }

  private static func heVariance(_ negativeSlope: Double, _ mode: Fan) -> Variance {
    { 2 / ((1 + negativeSlope * negativeSlope) * (mode == .fanIn ? $0.in : $0.out)) }
  }

  /// Uniform in ±gain · √(3 / fanIn): variance gain² / fanIn, for linear layers and SELU.
  ///
  /// LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", doi:10.1007/3-540-49430-8_2.
  public static func lecunUniform(gain: Double) -> Initializer {
    uniform("lecunUniform", ["gain": .number(gain)]) { gain * gain / $0.in }
  }

  /// Normal with variance gain² / fanIn. See `lecunUniform(gain:)`.
  public static func lecunNormal(gain: Double) -> Initializer {
    normal("lecunNormal", ["gain": .number(gain)]) { gain * gain / $0.in }
  }

  public static var glorotUniform: Initializer { glorotUniform(gain: 1) }
  public static var glorotNormal: Initializer { glorotNormal(gain: 1) }
  public static var heUniform: Initializer { heUniform(negativeSlope: 0) }
  public static var heNormal: Initializer { heNormal(negativeSlope: 0) }
  public static var lecunUniform: Initializer { lecunUniform(gain: 1) }
  public static var lecunNormal: Initializer { lecunNormal(gain: 1) }

  private typealias Variance = @Sendable (_ fans: (in: Double, out: Double)) -> Double

  /// A uniform distribution in ±b has the variance b² / 3.
  private static func uniform(_ kind: String, _ settings: Settings, variance: @escaping Variance) -> Initializer {
    Initializer(kind, settings) { shape, key, dtype in
      let bound = (3 * variance(fans(shape))).squareRoot()
      return .uniform(shape, in: -bound..<bound, key: key, dtype: dtype)
    }
  }

  private static func normal(_ kind: String, _ settings: Settings, variance: @escaping Variance) -> Initializer {
    Initializer(kind, settings) { shape, key, dtype in
      .normal(shape, deviation: variance(fans(shape)).squareRoot(), key: key, dtype: dtype)
    }
  }
}
