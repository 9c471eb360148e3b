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
public struct Average: Layer {
  public static let kind = "average"
  public static let hyperparameters = [
    Hyperparameter("networks", .parts, default: nil, "The networks, at least one."), .averages,
  ]

  public let networks: [any Module]
  public let averages: AveragedValue

  public init(_ networks: [any Module], of averages: AveragedValue = .outputs) {
    self.networks = networks
    self.averages = averages
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      try all.parts("networks").map { try Catalog.layers.make($0) }, of: AveragedValue(rawValue: all.text("averages"))!)
  }

  public var settings: Settings {
    ["networks": Sequential(networks).settings["layers"], "averages": .text(averages.rawValue)]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard let first = networks.first else { throw mismatch("Average has no network.") }
    let shape = try first.outputShape(for: input, dtype: dtype)
    for (place, network) in networks.enumerated().dropFirst() {
      let other = try network.outputShape(for: input, dtype: dtype)
      guard other == shape else {
        throw mismatch("Average: network 0 gives \(shape), network \(place) gives \(other).")
      }
    }
    guard shape.rank == 2 else {
      throw mismatch("Average: the networks have to give [rows, outputs], they give \(shape).")
    }
    return shape
  }

  public func apply(_ x: Tensor) -> Tensor {
    averages.mean(Tensor.concatenate(networks.map { $0(x).expanded(axis: 1) }, axis: 1), axis: 1)
  }
}
