import GliaTensors

/// Where two rows of numbers differ by more than a tolerance, relative to the larger number and to `floor` where that is
/// larger still: one line for the worst place, or none.
package func difference(
  _ name: String, _ found: [Double], _ expected: [Double], relative tolerance: Double, floor: Double = 1
) -> [String] {
  guard found.count == expected.count else {
    return ["\(name): \(found.count) numbers where \(expected.count) were expected"]
  }
  var worst = (error: 0.0, place: 0)
  for i in found.indices {
    if found[i] == expected[i] || (found[i].isNaN && expected[i].isNaN) { continue }
    let error = abs(found[i] - expected[i]) / max(abs(expected[i]), abs(found[i]), floor)
    if !(error <= worst.error) { worst = (error, i) }
  }
  if worst.error <= tolerance { return [] }
  return ["\(name): \(found[worst.place]) where \(expected[worst.place]) was expected (element \(worst.place))"]
}
