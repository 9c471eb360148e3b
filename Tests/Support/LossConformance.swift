import GliaNeuralNetworks
import GliaTensors

/// What every loss keeps: its gradient, its reductions, its weights, its shapes, the same numbers on each backend.
package struct LossConformance {
  package let row: LossRow
  package let seed: UInt64
  package init(_ row: LossRow, seed: UInt64) {
    self.row = row
    self.seed = seed
  }

  package func failures() throws -> [String] {
    var failures: [String] = []
    for (place, settings) in row.examples.enumerated() {
      failures += PartConformance.failures(row, settings: settings) { $0.partDescription }
      let loss = try row.make(settings)
      let shapes = LossConformance.shapes(for: loss)
      for shape in shapes.prefix(place == 0 ? shapes.count : 1) { failures += try numberFailures(loss, shape) }
      failures += shapeFailures(loss)
    }
    return failures
  }

  /// Outputs that a loss takes, with one row and many, and as narrow as can be.
  private static func shapes(for loss: any Loss) -> [Shape] {
    switch loss.layout {
    case .each(let outputs, nil):
      [[5, 3 * outputs], [1, 3 * outputs], [5, outputs], [1, outputs], [2, 3, outputs]]
    case .classes(nil), .distributions(nil): [[5, 3], [1, 3], [5, 1], [1, 1]]
    case .each(_, let size?), .classes(let size?), .distributions(let size?): [[5, size], [1, size]]
    case .vectors(let count): [[5, count, 3], [1, count, 3], [5, count, 1]]
    }
  }

  private func target(
    _ output: Shape, _ loss: any Loss, _ numbers: inout SeededNumbers, _ dtype: DType = .float64
  ) throws -> Tensor {
    let shape = try loss.shapes(of: output).target
    switch row.type.targets {
    case .numbers, .none: return numbers.tensor(shape, dtype)
    case .probabilities: return numbers.tensor(shape, in: 0...1, dtype)
    case .notNegative: return numbers.tensor(shape, in: 0...3, dtype)
    case .positive: return numbers.tensor(shape, in: 0.1...3, dtype)
    case .signs: return numbers.codes(shape, count: 2, dtype) * 2.0 - 1.0
    case .classes: return numbers.codes(shape, count: output[1])
    case .distributions:
      let shares = numbers.tensor(shape, in: 0.1...1, dtype)
      return shares / shares.sum([-1], keepingAxes: true)
    }
  }

  private func numberFailures(_ loss: any Loss, _ shape: Shape) throws -> [String] {
    var numbers = SeededNumbers(seed: seed)
    let x = numbers.tensor(shape)
    let y = try target(shape, loss, &numbers)
    let weights = numbers.tensor([shape[0]], in: 0.1...2)
    var failures: [String] = []
    for reduction in Reduction.allCases {
      failures += GradientChecker().failures("\(row.kind) \(shape) \(reduction)", at: [x], numbers: &numbers) {
        loss($0[0], y, weights: weights, reduction: reduction).sum()
      }
    }
    if y.dtype.isFloatingPoint, y.elementCount > 0 {
      failures += GradientChecker().failures("\(row.kind) \(shape) by the target", at: [y], numbers: &numbers) {
        loss(x, $0[0], weights: weights)
      }
    }
    let each = loss(x, y, reduction: .none).doubles
    let sum = each.reduce(0, +)
    let count = loss.counts(x, y)?.sum().scalar() ?? Double(each.count)
    failures += difference("\(row.kind) sum", [loss(x, y, reduction: .sum).scalar()], [sum], relative: 1e-13)
    failures += difference("\(row.kind) mean", [loss(x, y).scalar()], [count > 0 ? sum / count : 0], relative: 1e-13)
    let ones = Tensor.ones([shape[0]], dtype: .float64)
    failures += difference(
      "\(row.kind) with weights of 1", [loss(x, y, weights: ones).scalar()], [loss(x, y).scalar()], relative: 1e-13)
    // A row of weight 2 counts as if it were there twice.
    let twice = Tensor((0..<shape[0]).map { $0 == 0 ? 2 : 1 }, dtype: .float64)
    let repeated = loss(
      .concatenate([x, x.sliced(0..<1)]), .concatenate([y, y.sliced(0..<1)]))
    failures += difference(
      "\(row.kind), first row twice", [loss(x, y, weights: twice).scalar()], [repeated.scalar()], relative: 1e-13)
    let none = loss(x, y, weights: .zeros([shape[0]], dtype: .float64)).scalar()
    if none != 0 { failures.append("\(row.kind): weights of 0 give \(none)") }
    failures += backendFailures(loss, x, y)
    return failures + extremeFailures(loss, shape, y)
  }

  private func backendFailures(_ loss: any Loss, _ x: Tensor, _ y: Tensor) -> [String] {
    [(DType.float32, 2e-6), (.float64, 1e-13)].flatMap { dtype, tolerance in
      let results = [BackendChoice.reference, .cpu].map { choice in
        withBackend(choice) {
          let (value, slope) = valueAndGradient(at: x.cast(to: dtype)) { loss($0, y) }
          return [value.scalar()] + slope.doubles
        }
      }
      return difference("\(row.kind) in \(dtype) on the processor", results[1], results[0], relative: tolerance)
    }
  }

  /// Outputs as large as a network gone astray gives them leave loss and gradient finite.
  private func extremeFailures(_ loss: any Loss, _ shape: Shape, _ y: Tensor) -> [String] {
    [1e4, -1e4, 0].flatMap { value -> [String] in
      let x = Tensor(
        (0..<shape.elementCount).map { $0 % 2 == 0 ? value : -value }, shape: shape, dtype: .float32)
      let (result, slope) = valueAndGradient(at: x) { loss($0, y) }
      let all = [result.scalar()] + slope.doubles
      return all.allSatisfy(\.isFinite) ? [] : ["\(row.kind): an output of \(value) gives \(all)"]
    }
  }

  private func shapeFailures(_ loss: any Loss) -> [String] {
    let wrong: [(output: Shape, target: Shape, weights: Shape?)] =
      switch loss.layout {
      case .each(1, _): [([4, 3], [4], nil), ([4, 1], [4], nil), ([4, 3], [4, 1], nil), ([4, 3], [4, 3], [3])]
      case .each(let outputs, _):
        [([4, 3 * outputs], [4, 3 * outputs], nil), ([4, outputs], [4], nil), ([4, outputs + 1], [4, 1], nil)]
      case .classes: [([4, 3], [4, 3], nil), ([4, 3], [3], nil), ([4], [4], nil), ([4, 3], [4], [3])]
      case .distributions:
        [([4, 3], [4], nil), ([4], [4], nil), ([2, 4, 3], [2, 4, 3], nil), ([4, 3], [4, 3], [3])]
      case .vectors(let count):
        [
          ([4, count, 3], [4, 3], nil), ([4, 3], [4], nil), ([4, count + 1, 3], [4], nil),
          ([4, count, 3], [4, 1], nil),
        ]
      }
    return wrong.compactMap { output, target, weights in
      do {
        try loss.check(output: output, target: target, weights: weights)
        return "\(row.kind) takes a target of \(target) for an output of \(output)"
      } catch let error as ShapeMismatch {
        let isOutputWrong = (try? loss.shapes(of: output)) == nil
        let named = isOutputWrong ? output : weights ?? target
        return error.description.contains("\(named)") ? nil : "\(row.kind) does not name \(named): \(error)"
      } catch { return "\(error)" }
    }
  }
}
