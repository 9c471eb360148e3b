import GliaTensors

/// How the losses of a batch become one number.
public enum Reduction: String, Sendable, CaseIterable {
  /// Σ weight · loss / Σ weight; without weights the mean.
  case mean
  /// Σ weight · loss
  case sum
  /// weight · loss, each by itself.
  case none
}

/// What a loss takes as targets.
public enum TargetKind: Sendable, Hashable {
  /// Any number for each output.
  case numbers
  /// A probability, from 0 to 1, for each output.
  case probabilities
  /// One class a row, counted from 0, with an output for each class.
  case classes
}

/// How far an output is from its target.
///
/// A loss never broadcasts: a target whose shape is not the one that the output asks for is an error.
public protocol Loss: Part, Sendable {
  static var targets: TargetKind { get }

  /// The losses, not yet reduced: one for each output, or one for each row.
  func losses(_ output: Tensor, _ target: Tensor) -> Tensor

  /// What the network's output means as a prediction: the link between the two.
  func prediction(from output: Tensor) -> Tensor
}

extension Loss {
  public func prediction(from output: Tensor) -> Tensor { output }

  /// The loss of outputs [batch, …] against targets.
  ///
  /// - Parameter weights: One weight a row, [batch], or one a loss; all 1 where there are none. Where all weights of a batch
  ///   are zero its mean is 0.
  public func callAsFunction(
    _ output: Tensor, _ target: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
  ) -> Tensor {
    do {
      try check(output: output.shape, target: target.shape, weights: weights?.shape)
    } catch { fatalError("\(error)") }
    let losses = losses(output, Self.targets == .classes ? target : target.cast(to: output.dtype))
    guard let weights else {
      switch reduction {
      case .mean: return losses.mean()
      case .sum: return losses.sum()
      case .none: return losses
      }
    }
    var spread = weights.cast(to: losses.dtype)
    while spread.rank < losses.rank { spread = spread.expanded(axis: -1) }
    spread = spread.broadcast(to: losses.shape)
    let weighted = losses * spread
    switch reduction {
    case .mean:
      let total = spread.sum()
      return weighted.sum() / (total .== 0.0).select(.ones([], dtype: total.dtype), total)
    case .sum: return weighted.sum()
    case .none: return weighted
    }
  }

  /// Checks that a target fits an output.
  ///
  /// - Throws: `ShapeMismatch` with both shapes.
  public func check(output: Shape, target: Shape, weights: Shape? = nil) throws {
    var losses = output
    if Self.targets == .classes {
      guard output.rank == 2 else {
        throw ShapeMismatch("\(Self.kind) expects an output of [batch, classes], got \(output).")
      }
      losses = [output[0]]
    }
    guard target == losses else {
      throw ShapeMismatch(
        "\(Self.kind): the output is \(output), so the target has to be \(losses), not \(target)."
          + (target.elementCount == losses.elementCount ? " Reshape one to the other: a loss never broadcasts." : ""))
    }
    if let weights, weights != losses, weights.rank != 1 || weights.first != losses.first {
      throw ShapeMismatch(
        "\(Self.kind): the weights are \(weights); they have to be \(Shape([losses.first ?? 1])), one a row.")
    }
  }

  /// Checks that targets are values that the loss takes, for a number of outputs.
  ///
  /// - Throws: `SettingError` with the first that is not, and its place.
  public func check(targets: [Double], outputs: Int) throws {
    for (index, value) in targets.enumerated() {
      let isRight =
        switch Self.targets {
        case .numbers: value.isFinite
        case .probabilities: (0...1).contains(value)
        case .classes: Int(exactly: value).map((0..<outputs).contains) ?? false
        }
      if isRight { continue }
      let range =
        switch Self.targets {
        case .numbers: "a finite number"
        case .probabilities: "from 0 to 1"
        case .classes: "an integer from 0 to \(outputs - 1)"
        }
      throw SettingError("\(Self.kind): target \(index) is \(Setting.plain(value)); it has to be \(range).")
    }
  }
}

extension Catalog where Row == LossRow {
  /// The losses: one row each.
  public static var losses: Catalog {
    Catalog(
      "loss",
      [
        LossRow(MeanSquaredError.self), LossRow(MeanAbsoluteError.self), LossRow(BinaryCrossEntropy.self),
        LossRow(CrossEntropy.self),
      ])
  }
}

/// A loss of the catalog.
public struct LossRow: CatalogRow {
  public let type: any Loss.Type
  init(_ type: any Loss.Type) { self.type = type }
  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Loss { try type.init(settings) }
}
