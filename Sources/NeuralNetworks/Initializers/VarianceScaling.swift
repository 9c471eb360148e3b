import GliaTensors

// Initialisers that keep the variance of signals from layer to layer.
//
// Goals, in order: the variance that the papers name, exactly; the same numbers for the same name and seed; one draw a scalar.
// Dropped: truncated normals (as Keras has them), whose variance has to be corrected for what is cut off.

extension Initializer {
  /// Uniform in ±√(6 / (fanIn + fanOut)): variance 2 / (fanIn + fanOut), for tanh, sigmoid and linear outputs.
  ///
  /// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
  public static var glorotUniform: Initializer {
    Initializer("glorotUniform") { shape, key, dtype in
      uniform(variance: 2 / (fans(shape).in + fans(shape).out), shape, key, dtype)
    }
  }

  /// Normal with variance 2 / (fanIn + fanOut). See `glorotUniform`.
  public static var glorotNormal: Initializer {
    Initializer("glorotNormal") { shape, key, dtype in
      .normal(shape, deviation: (2 / (fans(shape).in + fans(shape).out)).squareRoot(), key: key, dtype: dtype)
    }
  }

  /// Uniform in ±√(6 / fanIn): variance 2 / fanIn, for ReLU.
  ///
  /// He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers", arXiv:1502.01852.
  public static var heUniform: Initializer { heUniform(negativeSlope: 0) }

  /// Normal with variance 2 / fanIn, for ReLU. See `heUniform`.
  public static var heNormal: Initializer { heNormal(negativeSlope: 0) }

  /// Uniform with variance 2 / ((1 + negativeSlope²) · fanIn), for leaky ReLU.
  public static func heUniform(negativeSlope: Double) -> Initializer {
    Initializer("heUniform", ["negativeSlope": .number(negativeSlope)]) { shape, key, dtype in
      uniform(variance: heVariance(shape, negativeSlope), shape, key, dtype)
    }
  }

  /// Normal with variance 2 / ((1 + negativeSlope²) · fanIn), for leaky ReLU.
  public static func heNormal(negativeSlope: Double) -> Initializer {
    Initializer("heNormal", ["negativeSlope": .number(negativeSlope)]) { shape, key, dtype in
      .normal(shape, deviation: heVariance(shape, negativeSlope).squareRoot(), key: key, dtype: dtype)
    }
  }

  /// Uniform in ±√(3 / fanIn): variance 1 / fanIn, for linear layers and SELU.
  ///
  /// LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", doi:10.1007/3-540-49430-8_2.
  public static var lecunUniform: Initializer {
    Initializer("lecunUniform") { shape, key, dtype in uniform(variance: 1 / fans(shape).in, shape, key, dtype) }
  }

  /// Normal with variance 1 / fanIn. See `lecunUniform`.
  public static var lecunNormal: Initializer {
    Initializer("lecunNormal") { shape, key, dtype in
      .normal(shape, deviation: (1 / fans(shape).in).squareRoot(), key: key, dtype: dtype)
    }
  }

  private static func heVariance(_ shape: Shape, _ negativeSlope: Double) -> Double {
    2 / ((1 + negativeSlope * negativeSlope) * fans(shape).in)
  }

  /// A uniform distribution in ±b has the variance b² / 3.
  private static func uniform(variance: Double, _ shape: Shape, _ key: RandomKey, _ dtype: DType) -> Tensor {
    let bound = (3 * variance).squareRoot()
    return .uniform(shape, in: -bound..<bound, key: key, dtype: dtype)
  }
}
