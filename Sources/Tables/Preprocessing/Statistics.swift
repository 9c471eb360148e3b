/// The value at a share of the way through sorted values, interpolated linearly between ranks; 0 for no values.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
  guard !sorted.isEmpty else { return 0 }
  let position = share * Double(sorted.count - 1)
  let low = Int(position)
  let rest = position - Double(low)
  guard rest > 0, low + 1 < sorted.count else { return sorted[low] }
  return sorted[low] * (1 - rest) + sorted[low + 1] * rest
}

/// The mean and the population's standard deviation, in two passes; (0, 0) for no values.
func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
  guard !values.isEmpty else { return (0, 0) }
  let largest = values.reduce(0) { max($0, abs($1)) }
  // Squares of such numbers would overflow.
  let unit = largest > 1e140 ? largest : 1
  let count = Double(values.count)
  let mean = values.reduce(0) { $0 + $1 / unit } / count
  let variance = values.reduce(0) { $0 + ($1 / unit - mean) * ($1 / unit - mean) } / count
  return (mean * unit, variance.squareRoot() * unit)
}

/// The normal distribution's quantile, by Acklam's rational approximation in three pieces (2003), with a relative error
/// below 1.15e-9: features are Float32, so no step of refinement is worth its error function.
func normalQuantile(_ p: Double) -> Double {
  let a = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
    -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  let b = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
    -1.328068155288572e+01, 1,
  ]
  let c = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
    4.374664141464968e+00, 2.938163982698783e+00,
  ]
  let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1]
  func polynomial(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
  if p > 0.97575 { return -normalQuantile(1 - p) }
  if p < 0.02425 {
    let q = (-2 * naturalLogarithm(p)).squareRoot()
    return polynomial(c, q) / polynomial(d, q)
  }
  let q = p - 0.5
  return polynomial(a, q * q) * q / polynomial(b, q * q)
}

/// ln x for a positive normal number, by ln(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), to about 1e-16: the same
/// bits on every system, which the systems' own are not.
func naturalLogarithm(_ x: Double) -> Double {
  var exponent = Double(x.exponent)
  var significand = x.significand
  if significand > 1.414_213_562_373_095_1 {
    significand /= 2
    exponent += 1
  }
  let ratio = (significand - 1) / (significand + 1)
  let square = ratio * ratio
  var sum = 0.0
  for odd in stride(from: 25.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
  return exponent * 0.693_147_180_559_945_3 + 2 * ratio * sum
}

/// e to the power of x, for x from −700 to 700, to about 1e-16: the same bits on every system.
func exponential(_ x: Double) -> Double {
  // x = k ln 2 + r with |r| ≤ ln 2 / 2; ln 2 in two parts, so that k ln 2 is exact in the first.
  let k = (x * 1.442_695_040_888_963_4).rounded()
  let r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
  var series = 1.0
  for divisor in stride(from: 13.0, through: 1, by: -1) { series = 1 + series * r / divisor }
  return Double(sign: .plus, exponent: Int(k), significand: series)
}
