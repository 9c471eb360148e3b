import GliaTensors

extension Initializer {
  /// Rows, or columns where these are fewer, that stand at right angles to each other and have the length `gain`: a square weight
  /// turns its input and keeps its length. A kernel [outputs, inputs, …] is taken as [outputs, inputs · …]. All such matrices are
  /// equally likely.
  ///
  /// Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
  /// arXiv:1312.6120.
  public static func orthogonal(gain: Double = 1) -> Initializer {
    Initializer("orthogonal", ["gain": .number(gain)]) { shape, key, dtype in
      let (rows, columns) = matrix(shape)
      let (count, length) = (min(rows, columns), max(rows, columns))
      var vectors = Tensor.normal([count, length], key: key, dtype: .float64).doubles
      vectors.withUnsafeMutableBufferPointer { orthonormalize($0, count: count, length: length) }
      let matrix = Tensor(vectors, shape: [count, length], dtype: .float64) * gain
      return (rows <= columns ? matrix : matrix.transposed()).reshaped(shape).cast(to: dtype)
    }
  }

  /// Gram and Schmidt's method on rows of normal numbers. What is left of each row points equally often everywhere.
  ///
  /// Twice is enough to be orthogonal to rounding (Giraud, Langou, Rozložník and van den Eshof 2005,
  /// doi:10.1007/s00211-005-0615-4).
  private static func orthonormalize(_ vectors: UnsafeMutableBufferPointer<Double>, count: Int, length: Int) {
    for row in 0..<count {
      let own = row * length
      for _ in 0..<2 {
        for earlier in 0..<row {
          let other = earlier * length
          var product = 0.0
          for i in 0..<length { product += vectors[own + i] * vectors[other + i] }
          for i in 0..<length { vectors[own + i] -= product * vectors[other + i] }
        }
      }
      var square = 0.0
      for i in 0..<length { square += vectors[own + i] * vectors[own + i] }
      let scale = 1 / square.squareRoot()
      for i in 0..<length { vectors[own + i] *= scale }
    }
  }
}
