import GliaTensors

/// Members that learn side by side and answer together, over a body of layers that take [rows, members, features]:
/// x [rows, features] → [rows, outputs].
///
/// In training the rows are dealt out: row i goes to member i mod `members`, so that every member has rows of its own and its
/// own loss. In inference every member sees every row, and the answer is their mean: of the outputs, or, where the outputs are
/// logits, the logarithm of the mean of the probabilities, log(Σ softmax(yₘ) / members).
///
/// Training the mean of the members' losses, rather than the loss of their mean, is what keeps members different.
/// Gorishniy, Kotelnikov and Babenko 2024, "TabM", arXiv:2410.24210.
public struct Ensemble: Layer {
  public static let kind = "ensemble"
  public static let hyperparameters = [
    Hyperparameter("members", .size, default: nil, "The members."),
    Hyperparameter("layers", .parts, default: nil, "The layers, which take [rows, members, features]."),
    .averages,
  ]

  public let members: Int
  public let averages: AveragedValue
  public let body: Sequential

  public init(members: Int, averages: AveragedValue = .outputs, _ layers: [any Module]) {
    self.members = members
    self.averages = averages
    body = Sequential(layers)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      members: all.integer("members"), averages: AveragedValue(rawValue: all.text("averages"))!,
      try all.parts("layers").map { try Catalog.layers.make($0) })
  }

  public var settings: Settings {
    ["members": Setting(members), "layers": body.settings["layers"], "averages": .text(averages.rawValue)]
  }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard input.rank == 2 else { throw mismatch("Ensemble expects [rows, features], got \(input).") }
    let inner = try body.outputShape(for: [input[0], members, input[1]], dtype: dtype)
    guard inner.rank == 3, inner[0] == input[0], inner[1] == members else {
      throw mismatch("Ensemble's layers have to give [rows, \(members), outputs], they give \(inner).")
    }
    return [input[0], inner[2]]
  }

  public func apply(_ x: Tensor) -> Tensor {
    if Trace.current?.isTraining == true { return dealt(x) }
    let (rows, features) = (x.shape[0], x.shape[1])
    return averages.mean(body(x.expanded(axis: 1).broadcast(to: [rows, members, features])), axis: 1)
  }

  /// Each row through one member. Rows of zeros fill up the last deal.
  private func dealt(_ x: Tensor) -> Tensor {
    let (rows, features) = (x.shape[0], x.shape[1])
    let deals = (rows + members - 1) / members
    let filled = x.padded(low: [0, 0], high: [deals * members - rows, 0])
    let outputs = body(filled.reshaped([deals, members, features]))
    return outputs.reshaped([deals * members, outputs.shape[2]]).sliced(0..<rows)
  }
}
