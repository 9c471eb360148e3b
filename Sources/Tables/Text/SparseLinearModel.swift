/// Texts as sparse vectors of length 1: of text i, x_ic = f_c / √Σ f² for each code c that it has, and 1 for the bias.
struct SparseRows {
  private(set) var codes: [Int32] = []
  private(set) var ends: [Int] = []
  /// 1 / √Σ f² of each.
  private(set) var scales: [Double] = []
  let factors: [Double]

  init(factors: [Double]) { self.factors = factors }

  var count: Int { ends.count }
  func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

  /// Adds a text; codes without a factor are left out.
  mutating func append(_ found: ArraySlice<Int32>) {
    let known = found.filter { factors[Int($0)] > 0 }
    codes += known
    ends.append(codes.count)
    scales.append(SparseRows.scale(known, factors))
  }

  static func scale(_ codes: [Int32], _ factors: [Double]) -> Double {
    let square = codes.reduce(0.0) { $0 + factors[Int($1)] * factors[Int($1)] }
    return square > 0 ? 1 / square.squareRoot() : 0
  }
}

/// A linear model of sparse rows: Σ_c w_c x_c + b, in a form that needs no factors: the weights are w_c f_c, and that of code 0,
/// which no text has, is the bias.
///
/// The weights make ½‖w‖² + ½b² + C Σ_i ξ_i² smallest, with ξ = max(0, 1 − y s) for classes y = ±1 (a support vector machine with
/// squared hinge loss) and ξ = y − s for numbers (ridge regression). Found by coordinate descent on the dual problem:
/// Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, "A dual coordinate descent method for large-scale linear SVM",
/// DOI 10.1145/1390156.1390208; for numbers Ho and Lin 2012, "Large-scale linear support vector regression", JMLR 13.
struct SparseLinearModel {
  let weights: [Double]

  /// - Parameters:
  ///   - chosen: the rows to learn from.
  ///   - y: ±1 for classes, or any numbers, of all rows.
  ///   - tolerance: passes end when no dual variable is further from its best, by its gradient.
  init(
    _ rows: SparseRows, _ chosen: [Int], _ y: [Double], isClasses: Bool, cost: Double = 1, passes: Int = 50,
    tolerance: Double = 0.01
  ) {
    var weights = Array(repeating: 0.0, count: rows.factors.count)
    let squares = rows.factors.map { $0 * $0 }
    var dual = Array(repeating: 0.0, count: rows.count)
    let ridge = 1 / (2 * cost)
    var generator = SplitMix64(seed: 7)
    var order = chosen
    for _ in 0..<passes {
      order = generator.shuffled(order)
      var furthest = 0.0
      for row in order {
        let range = rows.range(row)
        let scale = rows.scales[row]
        var score = weights[0]
        for place in range { score += scale * weights[Int(rows.codes[place])] }
        // A vector of length 1, or 0, and the bias.
        let curvature = 1 + (scale > 0 ? 1 : 0) + ridge
        let sign = isClasses ? y[row] : 1
        let gradient = isClasses ? sign * score - 1 + ridge * dual[row] : score - y[row] + ridge * dual[row]
        let isHeld = isClasses && dual[row] == 0 && gradient > 0
        if isHeld || gradient == 0 { continue }
        furthest = max(furthest, abs(gradient))
        let next = dual[row] - gradient / curvature
        let step = (isClasses ? max(0, next) : next) - dual[row]
        dual[row] += step
        weights[0] += step * sign
        for place in range {
          let code = Int(rows.codes[place])
          weights[code] += step * sign * scale * squares[code]
        }
      }
      if furthest < tolerance { break }
    }
    self.weights = weights
  }
}
