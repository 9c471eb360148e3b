import GliaTensors

/// What keeps an autoencoder from copying: a narrow code alone, damage to its inputs, few units, or noise on the code.
public enum AutoencoderKind: Hashable, Sendable {
  case plain
  /// Groups of inputs are set to 0 with a probability, and normal noise of a deviation is added to the others.
  case denoising(masked: Double = 0.2, noise: Double = 0)
  /// `penalty` · Σ |code| is added to the loss. See ``SparseCode``.
  case sparse(penalty: Double = 0.001)
  /// The code is drawn; `weight` · the divergence is added to the loss. See ``VariationalCode``.
  case variational(weight: Double = 0.001)

  /// Whether a code that is as wide as the inputs has something else to keep it from copying them.
  var allowsWideCodes: Bool {
    switch self {
    case .plain, .variational: false
    case .denoising, .sparse: true
    }
  }

  /// What stands before the encoder.
  func inputLayers(widths: [Int]) -> [any Layer] {
    guard case .denoising(let masked, let noise) = self else { return [] }
    return (noise > 0 ? [GaussianNoise(noise)] : []) + [MaskedColumns(masked, widths: widths)]
  }

  /// What stands behind the encoder.
  var codeLayers: [any Layer] {
    switch self {
    case .plain, .denoising: []
    case .sparse(let penalty): [SparseCode(penalty: penalty)]
    case .variational(let weight): [VariationalCode(weight: weight)]
    }
  }
}

extension Catalog where Row == AutoencoderRow {
  /// The kinds of autoencoders with their settings.
  public static var autoencoders: Catalog {
    Catalog(
      "autoencoder",
      [
        AutoencoderRow("plain", []) { _ in .plain },
        AutoencoderRow(
          "denoising",
          [
            Hyperparameter(
              "masked", .closedFraction, default: 0.2, "The part of a row's columns that is hidden from the encoder."),
            Hyperparameter(
              "noise", .notNegative, default: 0, "The deviation of the noise that is added to the inputs."),
          ]
        ) { .denoising(masked: $0.number("masked"), noise: $0.number("noise")) },
        AutoencoderRow("sparse", SparseCode.hyperparameters) { .sparse(penalty: $0.number("penalty")) },
        AutoencoderRow("variational", VariationalCode.hyperparameters) { .variational(weight: $0.number("weight")) },
      ])
  }
}

/// A kind of autoencoder by name, with what may be set.
public struct AutoencoderRow: CatalogRow {
  public let kind: String
  public let hyperparameters: [Hyperparameter]
  private let made: @Sendable (Settings) -> AutoencoderKind

  init(_ kind: String, _ hyperparameters: [Hyperparameter], _ made: @escaping @Sendable (Settings) -> AutoencoderKind) {
    self.kind = kind
    self.hyperparameters = hyperparameters
    self.made = made
  }

  public func make(_ settings: Settings) throws -> AutoencoderKind {
    made(try hyperparameters.complete(settings, of: kind))
  }
}

extension AutoencoderKind {
  /// The kind and its settings as data.
  public var partDescription: PartDescription {
    switch self {
    case .plain: PartDescription("plain")
    case .denoising(let masked, let noise):
      PartDescription("denoising", ["masked": .number(masked), "noise": .number(noise)])
    case .sparse(let penalty): PartDescription("sparse", ["penalty": .number(penalty)])
    case .variational(let weight): PartDescription("variational", ["weight": .number(weight)])
    }
  }
}
