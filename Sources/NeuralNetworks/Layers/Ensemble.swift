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
public struct Ensemble: Container, CustomReflectable {
  public static let kind = "ensemble"
  public static let hyperparameters = [
    Hyperparameter("members", .size, default: nil, "The members."),
    Hyperparameter("layers", .parts, default: nil, "The layers, which take [rows, members, features]."),
    .averages,
  ]

  public let members: Int
  public let averages: AveragedValue
  private let body: Sequential
  public var layers: [any Module] { body.layers }

  public init(members: Int, averages: AveragedValue = .outputs, _ layers: [any Module]) {
    self.members = members
    self.averages = averages
    body = Sequential(layers)
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(
      members: all.integer("members"), averages: AveragedValue(rawValue: all.text("averages"))!,
      try all.layers("layers"))
  }

  public var settings: Settings {
    ["members": Setting(members), "layers": layerSetting, "averages": .text(averages.rawValue)]
  }

  /// The paths lead through the layers' places, not through the property that holds them.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers, displayStyle: .struct) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    checked(x) {
      guard x.rank == 2 else { throw mismatch("Ensemble expects [rows, features], got \(x.shape).") }
      if Trace.current?.isTraining == true { return try dealt(x) }
      let (rows, features) = (x.shape[0], x.shape[1])
      return averages.mean(
        try answers(x.expanded(axis: 1).broadcast(to: [rows, members, features])), axis: 1)
    }
  }

  private func answers(_ x: Tensor) throws -> Tensor {
    let outputs = body(x)
    guard outputs.rank == 3, outputs.shape[0] == x.shape[0], outputs.shape[1] == members else {
      throw mismatch("Ensemble's layers have to give [rows, \(members), outputs], they give \(outputs.shape).")
    }
    return outputs
  }

  /// Each row through one member. Rows of zeros fill up the last deal.
  private func dealt(_ x: Tensor) throws -> Tensor {
    let (rows, features) = (x.shape[0], x.shape[1])
    let deals = (rows + members - 1) / members
    let filled = x.padded(low: [0, 0], high: [deals * members - rows, 0])
    let outputs = try answers(filled.reshaped([deals, members, features]))
    return outputs.reshaped([deals * members, outputs.shape[2]]).sliced(0..<rows)
  }
}
