import GliaTensors

extension Initializer {
  /// 0 everywhere: right for biases; a layer whose weight starts so does not learn, since all its units stay alike.
  public static var zeros: Initializer { Initializer("zeros") { shape, _, dtype in .zeros(shape, dtype: dtype) } }

  /// 1 everywhere.
  public static var ones: Initializer { Initializer("ones") { shape, _, dtype in .ones(shape, dtype: dtype) } }

  /// One number everywhere.
  public static func constant(_ value: Double) -> Initializer {
    Initializer("constant", ["value": .number(value)]) { shape, _, dtype in
      Tensor(repeating: value, shape: shape, dtype: dtype)
    }
  }

  /// The normal distribution; small around 0 where nothing is said.
  public static func normal(mean: Double = 0, deviation: Double = 0.01) -> Initializer {
    Initializer("normal", ["mean": .number(mean), "deviation": .number(deviation)]) { shape, key, dtype in
      .normal(shape, mean: mean, deviation: deviation, key: key, dtype: dtype)
    }
  }
}
