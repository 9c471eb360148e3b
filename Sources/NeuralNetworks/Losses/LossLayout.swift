import GliaTensors

/// What a loss takes as targets.
public enum TargetKind: String, Sendable, CaseIterable {
  /// Any number.
  case numbers
  /// A number that is not below 0, such as a count.
  case notNegative
  /// A number above 0.
  case positive
  /// A probability, from 0 to 1.
  case probabilities
  /// −1 or 1.
  case signs
  /// One class a row, counted from 0, with an output for each class.
  case classes
  /// A probability for each class, which add up to 1 in each row.
  case distributions
  /// Nothing: the outputs are compared with one another. The target of a batch is an empty tensor, [batch, 0].
  case none

  /// The range of a target, for a number of outputs.
  public func values(outputs: Int) -> Hyperparameter.Values {
    switch self {
    case .numbers, .none: .anyNumber
    case .notNegative: .notNegative
    case .positive: .positive
    case .probabilities, .distributions: .closedFraction
    case .signs: .oneOf([-1, 1])
    case .classes: .integer(0...max(outputs - 1, 0))
    }
  }

  var layout: LossLayout {
    switch self {
    case .classes: .classes()
    case .distributions: .distributions()
    default: .each()
    }
  }

  var predictions: PredictionKind {
    switch self {
    case .numbers, .notNegative, .positive: .values
    case .probabilities, .classes, .distributions: .probabilities
    case .signs: .margins
    case .none: .vectors
    }
  }
}

/// The shapes that a loss takes.
public enum LossLayout: Hashable, Sendable {
  /// Targets [batch, …, n] for outputs [batch, …, n · outputs]: that many outputs side by side answer one target. One
  /// loss a target. Where `last` is set, outputs have to have that many along their last axis.
  case each(outputs: Int = 1, last: Int? = nil)
  /// Targets [batch] for outputs [batch, classes], one loss a row; exactly `count` classes where it is set.
  case classes(count: Int? = nil)
  /// Targets [batch, classes] for outputs of the same shape, one loss a row.
  case distributions(count: Int? = nil)
  /// Outputs [batch, count, size]: so many vectors a row, which are compared with one another. Targets are [batch], or
  /// [batch, 0] where there are none; one loss a row.
  case vectors(Int)
}

extension Loss {
  /// The shapes of the targets and of the losses for an output.
  ///
  /// - Throws: `ShapeMismatch` with the output that there is and the one that is expected.
  public func shapes(of output: Shape) throws -> (target: Shape, losses: Shape) {
    func mismatch(_ expected: String) -> ShapeMismatch {
      ShapeMismatch("\(Self.kind) expects an output of \(expected), got \(output).")
    }
    switch layout {
    case .each(let outputs, let last):
      if let last, output.last != last { throw mismatch("[batch, …, \(last)]") }
      if outputs == 1 { return (output, output) }
      guard let size = output.last, size % outputs == 0 else {
        throw mismatch("[batch, …, a multiple of \(outputs)]")
      }
      let target = Shape(output.dropLast() + [size / outputs])
      return (target, target)
    case .classes(let count), .distributions(let count):
      guard output.rank == 2, count == nil || output[1] == count else {
        throw mismatch("[batch, \(count.map(String.init) ?? "classes")]")
      }
      let rows = Shape([output[0]])
      return (Self.targets == .classes ? rows : output, rows)
    case .vectors(let count):
      guard output.rank == 3, output[1] == count else { throw mismatch("[batch, \(count), size]") }
      return (Self.targets == .none ? [output[0], 0] : [output[0]], [output[0]])
    }
  }
}
