import GliaTensors

/// What is averaged over the networks of a committee.
public enum AveragedValue: String, Sendable, CaseIterable {
  /// The outputs themselves.
  case outputs
  /// The probabilities that the outputs are logits of; the answer is the logarithm of their mean.
  case probabilities

  /// The mean over an axis of [..., members, ..., outputs].
  func mean(_ outputs: Tensor, axis: Int) -> Tensor {
    if self == .outputs { return outputs.mean([axis]) }
    let logarithms = logSoftmax(outputs)
    let greatest = logarithms.max([axis], keepingAxes: true)
    return (logarithms - greatest).exp().mean([axis]).log() + greatest.squeezed(axis: axis)
  }
}

extension Hyperparameter {
  static let averages = Hyperparameter(
    "averages", .choice(AveragedValue.allCases.map(\.rawValue)), default: .text(AveragedValue.outputs.rawValue),
    "What is averaged: the outputs, or the probabilities that they are logits of.")
}

/// The mean answer of several networks to the same input: x [rows, …] → [rows, outputs].
///
/// Of outputs it is Σ yₘ / n. Of logits it is log(Σ softmax(yₘ) / n), which has the mean probabilities as its softmax.
/// Networks that started apart, or learned from other rows, are wrong in different places, so their mean is nearer than they
/// are: for squared errors by just the spread of their answers (Krogh and Vedelsby 1994, "Neural network ensembles, cross
/// validation, and active learning"; Breiman 1996, "Bagging predictors", DOI 10.1007/BF00058655).
public struct Average: Container, CustomReflectable {
  public static let kind = "average"
  public static let hyperparameters = [
    Hyperparameter("networks", .parts, default: nil, "The networks, at least one."), .averages,
  ]

  public let layers: [any Module]
  public let averages: AveragedValue

  public init(_ networks: [any Module], of averages: AveragedValue = .outputs) {
    layers = networks
    self.averages = averages
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(try all.layers("networks"), of: AveragedValue(rawValue: all.text("averages"))!)
  }

  public static func check(_ settings: Settings) throws {
    if settings.parts("networks").isEmpty { throw SettingError("\(kind): networks is empty; it needs at least one.") }
  }

  public var settings: Settings { ["networks": layerSetting, "averages": .text(averages.rawValue)] }

  /// The paths lead through the networks' places, not through the property that holds them.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers, displayStyle: .struct) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    checked(x) {
      let results = layers.map { $0(x) }
      guard results[0].rank == 2, results.allSatisfy({ $0.shape == results[0].shape }) else {
        let shapes = results.map { "\($0.shape)" }.joined(separator: ", ")
        throw mismatch("Average's networks have to give [rows, outputs], all alike; they give \(shapes).")
      }
      return averages.mean(Tensor.concatenate(results.map { $0.expanded(axis: 1) }, axis: 1), axis: 1)
    }
  }
}
