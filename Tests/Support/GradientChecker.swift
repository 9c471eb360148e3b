import GliaTensors

/// A function's gradient against central differences, in float64.
///
/// Few elements are moved one by one; many all at once along one random direction.
package struct GradientChecker {
  package var step = 1e-5
  package var tolerance = 1e-7
  package var elementLimit = 64
  package init() {}

  /// - Parameters:
  ///   - function: Gives one number. It is called many times.
  ///   - gradients: What the library says, one tensor for each point.
  /// - Returns: A line for each gradient that differs.
  package func failures(
    _ name: String, at points: [Tensor], gradients: [Tensor], numbers: inout SeededNumbers,
    function: ([Tensor]) -> Double
  ) -> [String] {
    points.indices.flatMap { place -> [String] in
      let point = points[place].doubles
      let gradient = gradients[place].doubles
      let label = "\(name), gradient \(place)"
      if gradients[place].shape != points[place].shape { return ["\(label) has shape \(gradients[place].shape)"] }
      func slope(_ direction: [Double]) -> Double {
        let ends = [step, -step].map { distance -> Double in
          var moved = points
          moved[place] = Tensor(
            zip(point, direction).map { $0 + distance * $1 }, shape: points[place].shape, dtype: .float64)
          return function(moved)
        }
        return (ends[0] - ends[1]) / (2 * step)
      }
      if point.count <= elementLimit {
        let slopes = point.indices.map { i in slope(point.indices.map { $0 == i ? 1 : 0 }) }
        return difference(label, gradient, slopes, relative: tolerance)
      }
      let direction = point.map { _ in Double.random(in: -1...1, using: &numbers) }
      let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      return difference(label + " along a direction", [expected], [slope(direction)], relative: tolerance)
    }
  }

  /// Checks a function of tensors whose gradients the library finds itself.
  package func failures(
    _ name: String, at points: [Tensor], numbers: inout SeededNumbers, of function: @escaping ([Tensor]) -> Tensor
  ) -> [String] {
    let found = valueAndGradient(at: points, of: function).gradients
    return failures(name, at: points, gradients: found, numbers: &numbers) { function($0).scalar() }
  }
}
