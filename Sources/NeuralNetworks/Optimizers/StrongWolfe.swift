/// A search along a line for a step that lowers the loss enough and flattens its slope enough, the strong conditions of Wolfe:
///
///     f(t) ≤ f(0) + 10⁻⁴ · t · f′(0)   and   |f′(t)| ≤ 0.9 · |f′(0)|
///
/// It goes outwards until an interval is known to hold such a step, then narrows it by cubics through its ends. Nocedal and
/// Wright 2006, "Numerical optimization", algorithms 3.5 and 3.6, doi:10.1007/978-0-387-40065-5. A step near the end of its
/// interval twice in a row is moved inwards by a tenth of it, as minFunc and PyTorch do.
struct StrongWolfe {
  /// The loss at a step along the line, and its derivative by the step.
  struct Point {
    let step, value, slope: Double
    let gradient: [Double]
  }

  let start: Point
  /// The largest change of an element that a step of 1 makes.
  let reach: Double
  let smallestChange: Double
  let mostEvaluations: Int

  private func decreases(_ point: Point) -> Bool { point.value <= start.value + 1e-4 * point.step * start.slope }
  private func isFlat(_ point: Point) -> Bool { abs(point.slope) <= -0.9 * start.slope }

  /// The best step that was found, and how often the loss was computed.
  func search(from first: Double, evaluate: (Double) -> Point) -> (point: Point, evaluations: Int) {
    var last = start
    var point = evaluate(first)
    var rounds = 0
    while rounds < mostEvaluations {
      if !decreases(point) || (rounds > 1 && point.value >= last.value) {
        return narrowed(last, point, rounds, evaluate)
      }
      if isFlat(point) { return (point, rounds + 1) }
      if point.slope >= 0 { return narrowed(last, point, rounds, evaluate) }
      let bounds = point.step + 0.01 * (point.step - last.step)...point.step * 10
      let next = StrongWolfe.minimum(last, point, bounds)
      last = point
      point = evaluate(next)
      rounds += 1
    }
    return (point.value < start.value ? point : start, rounds + 1)
  }

  private func narrowed(_ first: Point, _ second: Point, _ before: Int, _ evaluate: (Double) -> Point)
    -> (point: Point, evaluations: Int)
  {
    // A value that is no number is never low.
    var (low, high) = second.value < first.value ? (second, first) : (first, second)
    var rounds = before
    var wasNearEnd = false
    while rounds < mostEvaluations, abs(high.step - low.step) * reach >= smallestChange {
      let bounds = min(low.step, high.step)...max(low.step, high.step)
      var step = StrongWolfe.minimum(low, high, bounds)
      let margin = 0.1 * (bounds.upperBound - bounds.lowerBound)
      let isNearEnd = min(bounds.upperBound - step, step - bounds.lowerBound) < margin
      if isNearEnd, wasNearEnd || step >= bounds.upperBound || step <= bounds.lowerBound {
        let isUpper = abs(step - bounds.upperBound) < abs(step - bounds.lowerBound)
        step = isUpper ? bounds.upperBound - margin : bounds.lowerBound + margin
        wasNearEnd = false
      } else {
        wasNearEnd = isNearEnd
      }
      let point = evaluate(step)
      rounds += 1
      if !decreases(point) || point.value >= low.value {
        high = point
        if high.value < low.value { swap(&low, &high) }
        continue
      }
      if isFlat(point) { return (point, rounds + 1) }
      if point.slope * (high.step - low.step) >= 0 { high = low }
      low = point
    }
    return (low, rounds + 1)
  }

  /// Where the cubic through two points with their slopes is least, within bounds; their middle where it has no minimum.
  private static func minimum(_ a: Point, _ b: Point, _ bounds: ClosedRange<Double>) -> Double {
    let (left, right) = a.step <= b.step ? (a, b) : (b, a)
    let secant = 3 * (left.value - right.value) / (left.step - right.step)
    let sum = left.slope + right.slope - secant
    let square = sum * sum - left.slope * right.slope
    guard square >= 0 else { return (bounds.lowerBound + bounds.upperBound) / 2 }
    let root = square.squareRoot()
    let part = (right.slope + root - sum) / (right.slope - left.slope + 2 * root)
    let place = right.step - (right.step - left.step) * part
    guard place.isFinite else { return (bounds.lowerBound + bounds.upperBound) / 2 }
    return min(max(place, bounds.lowerBound), bounds.upperBound)
  }
}
