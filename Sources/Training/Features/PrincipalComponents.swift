import GliaNeuralNetworks
import GliaTensors

/// The directions in which rows vary most: what an autoencoder of the same width has to beat.
///
/// x ≈ mean + Σᵢ zᵢ axisᵢ with zᵢ = (x − mean) · axisᵢ; of all linear codes of that width it leaves the smallest squared error
/// (Pearson 1901, doi:10.1080/14786440109462720). The axes are found by orthogonal iteration on the covariance with a
/// Rayleigh–Ritz step (Rutishauser 1970, doi:10.1007/BF02165229), in float64. The sign is that which makes the largest number of
/// an axis positive.
public struct PrincipalComponents {
  /// [columns]
  public let mean: [Double]
  /// [width, columns], each of length 1, those of the most variance first.
  public let axes: Tensor
  /// The variance along each axis, Σ z² / rows.
  public let variances: [Double]
  public var width: Int { variances.count }

  /// - Parameter rows: [rows, columns]
  /// - Throws: ``TrainingError`` where there are no rows, or fewer columns than axes.
  public init(of rows: Tensor, width: Int) throws {
    guard rows.rank == 2, rows.shape[0] > 0, rows.shape[1] > 0 else {
      throw TrainingError(
        "Principal components are of rows [rows, columns], and there has to be one; got \(rows.shape).")
    }
    let columns = rows.shape[1]
    guard (1...columns).contains(width) else {
      throw TrainingError("There are \(columns) columns; the principal components are 1 to \(columns), not \(width).")
    }
    mean = PrincipalComponents.mean(of: rows)
    let covariance = PrincipalComponents.covariance(of: rows, mean)
    let found = PrincipalComponents.eigenvectors(of: covariance, count: width)
    variances = found.values
    axes = Tensor(found.vectors.flatMap { $0 }, shape: [width, columns], dtype: .float64)
  }

  /// The coordinates of rows along the axes: [rows, columns] → [rows, width].
  public func codes(of rows: Tensor) -> Tensor {
    let means = Tensor(mean, dtype: rows.dtype)
    return (rows - means).matrixProduct(axes.cast(to: rows.dtype).transposed())
  }

  /// The rows that codes stand for: [rows, width] → [rows, columns].
  public func reconstruction(from codes: Tensor) -> Tensor {
    codes.matrixProduct(axes.cast(to: codes.dtype)) + Tensor(mean, dtype: codes.dtype)
  }

  // ---- Sums over rows, in blocks so that the rows need not be there twice

  private static func blocks(_ rows: Tensor) -> [Tensor] {
    stride(from: 0, to: rows.shape[0], by: 1024).map { rows.sliced($0..<min($0 + 1024, rows.shape[0])) }
  }

  static func mean(of rows: Tensor) -> [Double] {
    var sum = [Double](repeating: 0, count: rows.shape[1])
    for block in blocks(rows) { for (place, value) in block.sum([0]).doubles.enumerated() { sum[place] += value } }
    return sum.map { $0 / Double(rows.shape[0]) }
  }

  private static func covariance(of rows: Tensor, _ mean: [Double]) -> Tensor {
    let columns = rows.shape[1]
    let means = Tensor(mean, dtype: rows.dtype)
    var sum = [Double](repeating: 0, count: columns * columns)
    for block in blocks(rows) {
      let centred = block - means
      let products = centred.transposed().matrixProduct(centred).doubles
      for place in sum.indices { sum[place] += products[place] }
    }
    return Tensor(sum.map { $0 / Double(rows.shape[0]) }, shape: [columns, columns], dtype: .float64)
  }

  // ---- Eigenvectors

  /// The eigenvectors with the greatest eigenvalues of a symmetric matrix.
  private static func eigenvectors(of matrix: Tensor, count: Int) -> (values: [Double], vectors: [[Double]]) {
    let size = matrix.shape[0]
    // More vectors than asked for: those at the end come to rest last.
    let kept = min(size, 2 * count + 8)
    var basis = orthonormal(
      rows(of: .normal([kept, size], key: RandomKey(seed: 0).folding("principal components"), dtype: .float64)))
    var values: [Double] = []
    for _ in 0..<300 {
      let q = Tensor(basis.flatMap { $0 }, shape: [kept, size], dtype: .float64)
      let image = q.matrixProduct(matrix)
      let small = image.matrixProduct(q.transposed())
      Tensor.evaluate([image, small])
      let ritz = jacobi(rows(of: small))
      let turn = Tensor(ritz.vectors.flatMap { $0 }, shape: [kept, kept], dtype: .float64)
      let change = zip(ritz.values, values).prefix(count).reduce(0) { $0 + abs($1.0 - $1.1) }
      let isAtRest = kept == size || !values.isEmpty && change <= 1e-14 * ritz.values.prefix(count).reduce(0, +)
      values = ritz.values
      if isAtRest {
        let vectors = rows(of: turn.matrixProduct(q)).prefix(count).map(upright)
        return (values.prefix(count).map { max($0, 0) }, vectors)
      }
      basis = orthonormal(rows(of: turn.matrixProduct(image)))
    }
    return (values.prefix(count).map { max($0, 0) }, basis.prefix(count).map(upright))
  }

  private static func rows(of matrix: Tensor) -> [[Double]] {
    let (numbers, width) = (matrix.doubles, matrix.shape[1])
    return stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<$0 + width]) }
  }

  private static func upright(_ vector: [Double]) -> [Double] {
    let greatest = vector.max { abs($0) < abs($1) } ?? 0
    return greatest < 0 ? vector.map { -$0 } : vector
  }

  /// Gram and Schmidt's process, twice over for the sake of rounding. A vector that the others span becomes an axis of its own.
  private static func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
    var done: [[Double]] = []
    for var vector in vectors {
      var unit = 0
      while true {
        let before = vector.reduce(0) { $0 + $1 * $1 }
        for _ in 0..<2 { for other in done { remove(other, from: &vector) } }
        let after = vector.reduce(0) { $0 + $1 * $1 }
        if after > 1e-20 * before, after > 0 {
          let scale = 1 / after.squareRoot()
          done.append(vector.map { $0 * scale })
          break
        }
        vector = vector.indices.map { $0 == unit ? 1 : 0 }
        unit += 1
      }
    }
    return done
  }

  private static func remove(_ other: [Double], from vector: inout [Double]) {
    var product = 0.0
    for place in vector.indices { product += vector[place] * other[place] }
    for place in vector.indices { vector[place] -= product * other[place] }
  }

  /// All eigenvalues of a small symmetric matrix, the greatest first, with their vectors, by Jacobi's rotations
  /// (1846, doi:10.1515/crll.1846.30.51).
  static func jacobi(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
    var a = matrix
    let n = a.count
    var vectors = (0..<n).map { row in (0..<n).map { $0 == row ? 1.0 : 0 } }
    for _ in 0..<60 {
      var (outside, all) = (0.0, 0.0)
      for i in 0..<n { for j in 0..<n { all += a[i][j] * a[i][j]; if i != j { outside += a[i][j] * a[i][j] } } }
      if outside <= 1e-30 * all { break }
      for p in 0..<n { for q in p + 1..<max(n, p + 1) where a[p][q] != 0 { rotate(p, q, &a, &vectors) } }
    }
    let order = (0..<n).sorted { a[$0][$0] > a[$1][$1] }
    return (order.map { a[$0][$0] }, order.map { vectors[$0] })
  }

  private static func rotate(_ p: Int, _ q: Int, _ a: inout [[Double]], _ vectors: inout [[Double]]) {
    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let cosine = 1 / (t * t + 1).squareRoot()
    let sine = t * cosine
    for k in a.indices {
      let (x, y) = (a[k][p], a[k][q])
      (a[k][p], a[k][q]) = (cosine * x - sine * y, sine * x + cosine * y)
    }
    for k in a.indices {
      let (x, y) = (a[p][k], a[q][k])
      (a[p][k], a[q][k]) = (cosine * x - sine * y, sine * x + cosine * y)
      let (v, w) = (vectors[p][k], vectors[q][k])
      (vectors[p][k], vectors[q][k]) = (cosine * v - sine * w, sine * v + cosine * w)
    }
  }
}
