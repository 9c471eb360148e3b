import GliaTensors

extension PiecewiseLinear {
  /// Sets the edges by rows [rows, inputSize or more] and what is to be predicted of them: those of a column are where a small
  /// decision tree, which sees this column alone, cuts it. So they are close where the target changes with the number.
  ///
  /// The tree is grown best first: of all leaves the cut is made that takes most from
  ///
  ///     Σ over leaves, Σᵢ wᵢ |tᵢ − t̄|²
  ///
  /// with t the target, for classes a vector of 0 and 1 (the sum is then the Gini impurity), t̄ its mean in the leaf and w the
  /// weights. It ends with `bins` leaves, or where no cut takes anything. A cut lies halfway between two values; of equal ones
  /// the lowest is taken. Every leaf has `leastRows` rows. The first and the last value are edges too; where there are fewer
  /// edges than bins take, the last one repeats.
  ///
  /// Fit it on training rows alone, for it has seen the target of the rows that it is given.
  ///
  /// Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular deep learning", arXiv:2203.05556;
  /// Breiman, Friedman, Olshen and Stone 1984, "Classification and regression trees".
  ///
  /// - Parameters:
  ///   - targets: classes [rows] as integers, or numbers [rows, 1].
  ///   - weights: [rows]; all 1 where nothing is said.
  ///   - leastRows: where nothing is said, half of what the rows come to in a bin, from 1 to 64.
  public func fit(to rows: Tensor, targets: Tensor, weights: Tensor? = nil, leastRows: Int? = nil) {
    let (count, width, values) = (rows.shape[0], rows.shape[1], rows.scalars(as: Double.self))
    let least = max(leastRows ?? min(64, count / (2 * bins)), 1)
    let target = TreeTarget(targets, weights: weights?.scalars(as: Double.self), rows: count)
    let all = columns.flatMap { column -> [Double] in
      let own = (0..<count).map { values[$0 * width + column] }
      let order = own.indices.sorted { (own[$0], $0) < (own[$1], $1) }
      var tree = TargetTree(order.map { own[$0] }, order, target, leastRows: least)
      let edges = tree.edges(bins: bins)
      return edges + Array(repeating: edges.last ?? 0, count: bins + 1 - edges.count)
    }
    edges.value = Tensor(all, shape: edges.shape)
  }
}

/// What a tree is to tell apart: a number a row, or a class.
private struct TreeTarget {
  /// The class of each row; nil where the target is a number.
  let classes: [Int]?
  /// The target less its mean, which keeps sums of squares small; empty where it is a class.
  let numbers: [Double]
  let weights: [Double]
  let classCount: Int
  /// What no cut can take more than: Σ w |t|², of a number's t less its mean.
  let total: Double

  init(_ targets: Tensor, weights: [Double]?, rows: Int) {
    let weights = weights ?? Array(repeating: 1, count: rows)
    self.weights = weights
    if targets.dtype.isInteger {
      let classes = targets.scalars(as: Int64.self).map(Int.init)
      (self.classes, numbers, classCount) = (classes, [], (classes.max() ?? 0) + 1)
      total = weights.reduce(0, +)
    } else {
      let own = targets.scalars(as: Double.self)
      let mean = own.reduce(0, +) / Double(max(own.count, 1))
      let numbers = own.map { $0 - mean }
      (classes, self.numbers, classCount) = (nil, numbers, 1)
      total = zip(weights, numbers).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    }
  }
}

/// The weight, and the weighted sums of the target, of some rows.
private struct TreeSums {
  private(set) var weight = 0.0
  private var sums: [Double]
  /// Σ sums², kept up with every row.
  private var squares = 0.0

  init(_ target: TreeTarget) { sums = Array(repeating: 0, count: target.classCount) }

  mutating func add(_ row: Int, of target: TreeTarget, times factor: Double = 1) {
    let own = factor * target.weights[row]
    weight += own
    let place = target.classes?[row] ?? 0
    let before = sums[place]
    let after = before + own * (target.classes == nil ? target.numbers[row] : 1)
    sums[place] = after
    squares += after * after - before * before
  }

  /// |Σ w t|² / Σ w: of all that leaves can say, what takes the most away from Σ w |t − t̄|².
  var explained: Double { weight > 0 ? squares / weight : 0 }
}

/// A decision tree on one column, whose rows are sorted by its value.
private struct TargetTree {
  private struct Leaf {
    let rows: Range<Int>
    /// The place that the right side begins at, and what the cut takes; nil where none takes anything.
    let cut: (place: Int, gain: Double)?
  }

  private let sorted: [Double]
  private let order: [Int]
  private let target: TreeTarget
  private let leastRows: Int

  init(_ sorted: [Double], _ order: [Int], _ target: TreeTarget, leastRows: Int) {
    self.sorted = sorted
    self.order = order
    self.target = target
    self.leastRows = leastRows
  }

  /// The least value, where the tree cuts, and the greatest value: at most `bins` + 1, each once.
  mutating func edges(bins: Int) -> [Double] {
    guard let first = sorted.first, let last = sorted.last, first < last else { return Array(sorted.prefix(1)) }
    var leaves = [leaf(sorted.indices)]
    while leaves.count < bins {
      var best: Int?
      for index in leaves.indices {
        if let gain = leaves[index].cut?.gain, gain > best.flatMap({ leaves[$0].cut?.gain }) ?? 0 { best = index }
      }
      guard let best, let place = leaves[best].cut?.place else { break }
      let rows = leaves[best].rows
      leaves.replaceSubrange(best...best, with: [leaf(rows.lowerBound..<place), leaf(place..<rows.upperBound)])
    }
    let cuts = leaves.dropFirst().map { leaf -> Double in
      let (below, above) = (sorted[leaf.rows.lowerBound - 1], sorted[leaf.rows.lowerBound])
      let middle = below / 2 + above / 2
      return middle < above ? middle : below
    }
    return [first] + cuts.filter { $0 > first && $0 < last } + [last]
  }

  private func leaf(_ rows: Range<Int>) -> Leaf {
    guard rows.count >= 2 * leastRows else { return Leaf(rows: rows, cut: nil) }
    var (left, right) = (TreeSums(target), TreeSums(target))
    for place in rows { right.add(order[place], of: target) }
    let before = right.explained
    // What rounding alone may come to is no gain.
    var best: (place: Int, gain: Double)?
    var least = 1e-12 * target.total
    for place in rows.dropLast(leastRows) {
      left.add(order[place], of: target)
      right.add(order[place], of: target, times: -1)
      let next = place + 1
      guard next - rows.lowerBound >= leastRows, sorted[next] > sorted[place] else { continue }
      let gain = left.explained + right.explained - before
      if gain > least { (best, least) = ((next, gain), gain) }
    }
    return Leaf(rows: rows, cut: best)
  }
}
