import GliaTensors

extension Initializer {
  /// Uniform from `lower` up to `upper`.
  public static func uniform(lower: Double = -0.05, upper: Double = 0.05) -> Initializer {
    Initializer("uniform", ["lower": .number(lower), "upper": .number(upper)]) { shape, key, dtype in
      let unit = Tensor.uniform(shape, key: key, dtype: dtype)
      return unit * (upper - lower) + lower
    }
  }

  /// The normal distribution; small around 0 where nothing is said.
  public static func normal(mean: Double = 0, deviation: Double = 0.01) -> Initializer {
    Initializer("normal", ["mean": .number(mean), "deviation": .number(deviation)]) { shape, key, dtype in
      .normal(shape, mean: mean, deviation: deviation, key: key, dtype: dtype)
    }
  }

  /// The normal distribution without what is more than `cut` deviations from the mean. `deviation` is that of the whole
  /// distribution; of what is left at a cut of 2 it is 0.88 times as much.
  public static func truncatedNormal(mean: Double = 0, deviation: Double = 0.01, cut: Double = 2) -> Initializer {
    let settings: Settings = ["mean": .number(mean), "deviation": .number(deviation), "cut": .number(cut)]
    return Initializer("truncatedNormal", settings) { shape, key, dtype in
      // Φ⁻¹(p) = √2 · erf⁻¹(2p − 1), so numbers that are uniform between erf(±cut / √2) become what is wanted.
      let bound = (Tensor(cut, dtype: .float64) * 0.5.squareRoot()).erf()
      let unit = Tensor.uniform(shape, in: -1..<1, key: key, dtype: .float64)
      let standard = inverseErf(unit * bound.broadcast(to: shape)) * 2.0.squareRoot()
      // Rounding may lead a hair beyond the cut.
      return (standard.maximum(-cut).minimum(cut) * deviation + mean).cast(to: dtype)
    }
  }

  /// The normal distribution, but 0 in a part `sparsity` of the places, rounded up, of each column, which are chosen at random.
  /// A column has the weights of one input, [outputs, …].
  ///
  /// Martens 2010, "Deep learning via Hessian-free optimization".
  public static func sparse(sparsity: Double = 0.9, deviation: Double = 0.01) -> Initializer {
    Initializer("sparse", ["sparsity": .number(sparsity), "deviation": .number(deviation)]) { shape, key, dtype in
      let (rows, columns) = matrix(shape)
      let zeros = (sparsity * Double(rows)).rounded(.up)
      // The order of random numbers is a random order.
      let order = Tensor.uniform([rows, columns], key: key.folding("places")).argSorted(axis: 0)
      let kept = (order .>= zeros).cast(to: dtype).reshaped(shape)
      return kept * .normal(shape, deviation: deviation, key: key, dtype: dtype)
    }
  }

  /// A weight of [outputs, inputs, …] as a matrix [outputs, inputs · …]; a vector is one column.
  static func matrix(_ shape: Shape) -> (rows: Int, columns: Int) {
    (shape.first ?? 1, shape.dropFirst().reduce(1, *))
  }
}

/// The x with erf(x) = y, for float64 y with |y| < 1 − 1e-9, to the last digits that y decides.
///
/// It starts with Winitzki's formula, which is right to 2 parts in 1,000, and each of Halley's steps cubes the error.
package func inverseErf(_ y: Tensor) -> Tensor {
  let a = 0.147
  let log = (-y.squared()).logOnePlus()
  let half = log * 0.5 + 2 / (Double.pi * a)
  var x = y.sign() * ((half.squared() - log / a).squareRoot() - half).maximum(0.0).squareRoot()
  for _ in 0..<2 {
    let step = (x.erf() - y) * (x.squared().exp() * (Double.pi.squareRoot() / 2))
    x = x - step / (x * step + 1.0)
  }
  return x
}
